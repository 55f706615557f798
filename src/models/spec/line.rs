//! One line of a spec: words and numbers with their columns.

use super::fault::{Fault, SpecError};
use std::ops::Range;

/// A word or a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// As it was written.
    pub(super) raw: String,
    /// In lower case without `_` and `-`: `no_bias`, `No-Bias` and `nobias` are one word.
    pub(super) word: String,
    pub(super) columns: Range<usize>,
}

/// A statement's place in the text, and how it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Position {
    /// From 1.
    pub(super) line: usize,
    pub(super) columns: Range<usize>,
    pub(super) statement: String,
}

impl Position {
    pub(super) fn of(line: usize, tokens: &[Token]) -> Self {
        Self { line, columns: columns(tokens), statement: statement(tokens) }
    }

    pub(super) fn error(&self, fault: Fault) -> SpecError {
        let Self { line, columns, statement } = self.clone();
        SpecError { line, columns, statement, fault }
    }
}

/// The tokens before a comment. Commas, colons, semicolons, equals signs and brackets part tokens as spaces do.
pub(super) fn tokens(line: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut open = false;
    for (column, letter) in line.chars().enumerate() {
        if letter == '#' {
            break;
        }
        if letter.is_whitespace() || ",:;=()[]".contains(letter) {
            open = false;
            continue;
        }
        if !open {
            tokens.push(Token { raw: String::new(), word: String::new(), columns: column..column });
            open = true;
        }
        if let Some(token) = tokens.last_mut() {
            token.raw.push(letter);
            token.columns.end = column + 1;
        }
    }
    for token in &mut tokens {
        token.word = token.raw.chars().filter(|c| !"_-".contains(*c)).map(|c| c.to_ascii_lowercase()).collect();
    }
    tokens
}

/// The tokens as one statement, at most 40 characters of it.
fn statement(tokens: &[Token]) -> String {
    let text = tokens.iter().map(|token| token.raw.as_str()).collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// From the first token to the last.
fn columns(tokens: &[Token]) -> Range<usize> {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => first.columns.start..last.columns.end,
        _ => 0..0,
    }
}

/// A whole number of `1..=limit`; `K×K` is K.
pub(super) fn whole(text: &str, limit: usize) -> Option<usize> {
    let [rows, columns] = oblong(text, limit)?;
    (rows == columns).then_some(rows)
}

/// Rows and columns, each of `1..=limit`; one number is both.
pub(super) fn oblong(text: &str, limit: usize) -> Option<[usize; 2]> {
    let mut parts = text.split(['x', 'X', '×', '*']).map(|part| part.parse::<usize>().ok());
    let rows = parts.next()??;
    let columns = parts.next().unwrap_or(Some(rows))?;
    let is_whole = parts.next().is_none() && [rows, columns].iter().all(|extent| (1..=limit).contains(extent));
    is_whole.then_some([rows, columns])
}

/// `C×H×W`, in one token or several.
pub(super) fn extents(tokens: &[Token], limit: usize) -> Option<[usize; 3]> {
    let text = tokens.iter().map(|token| token.raw.as_str()).collect::<Vec<_>>().join(" ");
    let parts = text.split(|c: char| "xX×*".contains(c) || c.is_whitespace()).filter(|part| !part.is_empty());
    let parts: Vec<usize> = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let parts: [usize; 3] = parts.try_into().ok()?;
    parts.iter().all(|part| (1..=limit).contains(part)).then_some(parts)
}

/// How many letters differ (Damerau & Levenshtein, neighbours may swap).
pub(super) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(40).collect(), b.chars().take(40).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_columns_and_one_spelling() {
        let tokens = tokens("  Conv(6, 5×5)  pad=2 No_Bias # not this");
        let seen: Vec<_> = tokens.iter().map(|t| (t.word.as_str(), t.columns.clone())).collect();
        assert_eq!(
            seen,
            [("conv", 2..6), ("6", 7..8), ("5×5", 10..13), ("pad", 16..19), ("2", 20..21), ("nobias", 22..29)]
        );
        assert_eq!(columns(&tokens), 2..29);
        assert_eq!(statement(&tokens), "Conv 6 5×5 pad 2 No_Bias");
    }

    #[test]
    fn numbers_are_whole_and_limited() {
        let read = ["7", "3x3", "3×3", "0", "3x5", "-1", "1e9", "99999999999999999999", "x", "3x3x3"];
        assert_eq!(
            read.map(|text| whole(text, 100)),
            [Some(7), Some(3), Some(3), None, None, None, None, None, None, None]
        );
        let input = |text| extents(&tokens(text), 1000);
        assert_eq!(["3x32x32", "3 32 32", "3 × 32 x32"].map(input), [Some([3, 32, 32]); 3]);
        assert_eq!(["32x32", "3x0x3", "1x2x3x4", "", "axbxc"].map(input), [None; 5]);
    }

    #[test]
    fn near_words_are_near() {
        assert_eq!(
            [("cnov", "conv"), ("rleu", "relu"), ("", "abc"), ("same", "same")].map(|(a, b)| distance(a, b)),
            [1, 1, 3, 0]
        );
    }
}
