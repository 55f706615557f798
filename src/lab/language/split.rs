//! What a text is a row of: characters, or words.

use crate::protocol::TextUnit;

/// Signs of one word are of one kind.
#[derive(Clone, Copy, PartialEq)]
enum SignKind {
    Letter,
    Kanji,
    Hiragana,
    Katakana,
    Space,
    Other,
}

fn kind_of(sign: char) -> SignKind {
    match sign {
        '\n' => SignKind::Other,
        '\u{3041}'..='\u{309f}' => SignKind::Hiragana,
        '\u{30a0}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}' => SignKind::Katakana,
        '\u{3005}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => SignKind::Kanji,
        sign if sign.is_alphanumeric() => SignKind::Letter,
        sign if sign.is_whitespace() => SignKind::Space,
        _ => SignKind::Other,
    }
}

/// The next unit of a text: where it begins, and where the one after it is looked for. Words are runs of letters and digits (with an
/// apostrophe between letters), of kanji, of hiragana or of katakana; each other sign is one by itself; spaces but the end of a line are
/// left out.
pub fn next_unit(text: &str, of: TextUnit) -> Option<(usize, usize)> {
    match of {
        TextUnit::Characters => text.chars().next().map(|sign| (0, sign.len_utf8())),
        TextUnit::Words => {
            let (first, sign) = text.char_indices().find(|(_, sign)| kind_of(*sign) != SignKind::Space)?;
            let (kind, mut end) = (kind_of(sign), first + sign.len_utf8());
            if kind != SignKind::Other {
                let mut rest = text[end..].char_indices().peekable();
                let start = end;
                while let Some((at, sign)) = rest.next() {
                    let goes_on = kind_of(sign) == kind
                        || kind == SignKind::Letter
                            && matches!(sign, '\'' | '’')
                            && rest.peek().is_some_and(|(_, next)| next.is_alphabetic());
                    if !goes_on {
                        break;
                    }
                    end = start + at + sign.len_utf8();
                }
            }
            Some((first, end))
        }
    }
}

/// Whether words are written with a space between them.
pub fn is_spaced(before: &str, after: &str) -> bool {
    let kind = |sign: Option<char>| sign.map_or(SignKind::Other, kind_of);
    let (last, first) = (before.chars().last(), after.chars().next());
    let opens = |sign: char| matches!(sign, '(' | '[' | '{' | '“' | '‘' | '\n');
    let ends = |sign: char| matches!(sign, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '}' | '”' | '’' | '\n');
    match (kind(last), kind(first)) {
        (SignKind::Letter, SignKind::Letter) => true,
        (SignKind::Letter, SignKind::Other) => first.is_some_and(|sign| sign.is_ascii() && !ends(sign)),
        (SignKind::Other, SignKind::Letter) => last.is_some_and(|sign| sign.is_ascii() && !opens(sign)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(mut text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        while let Some((start, end)) = next_unit(text, TextUnit::Words) {
            found.push(&text[start..end]);
            text = &text[end..];
        }
        found
    }

    #[test]
    fn words_are_runs_of_one_kind() {
        assert_eq!(
            words("The dog's 12 cats,\n  (don't)!  "),
            ["The", "dog's", "12", "cats", ",", "\n", "(", "don't", ")", "!"]
        );
        assert_eq!(
            words("犬を見た猫はカメラで走ります。"),
            ["犬", "を", "見", "た", "猫", "は", "カメラ", "で", "走", "ります", "。"]
        );
        assert_eq!(words("   "), Vec::<&str>::new());
        assert!(is_spaced("dog", "runs") && !is_spaced("runs", ".") && !is_spaced("(", "it") && !is_spaced("犬", "を"));
    }
}
