//! A Rust file as tokens: comments and literals dropped, inline modules and test code marked.

use std::path::Path;

pub(crate) struct SourceFile {
    /// From the repository's root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A word or a punctuation mark (`::` is one).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// From 1.
    pub(crate) line: usize,
    /// The inline modules around it.
    pub(crate) modules: Vec<String>,
    /// Inside an item under `#[cfg(test)]` or `#[test]`.
    pub(crate) in_test: bool,
}

impl SourceFile {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// All Rust files under these folders.
    pub(crate) fn all(root: &Path, folders: &[&str]) -> Vec<Self> {
        folders
            .iter()
            .flat_map(|folder| files_under(&root.join(folder), "rs"))
            .map(|file| Self::new(&relative(root, &file), &std::fs::read_to_string(&file).unwrap()))
            .collect()
    }

    /// The first folder or file name below `src`: `graph` for `src/graph/op/relu.rs`, `serve` for `src/serve.rs`.
    pub(crate) fn room(&self) -> &str {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
    }

    /// The module that the file is: `[graph, op, relu]`.
    pub(crate) fn module(&self) -> Vec<String> {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path).trim_end_matches(".rs");
        let mut parts: Vec<String> = path.split('/').map(String::from).collect();
        if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
            parts.pop();
        }
        parts
    }

    pub(crate) fn tokens(&self) -> Vec<Token> {
        // `#[cfg(test)] mod tests;` in another file.
        let in_test = self.path.ends_with("/tests.rs");
        marked(words(&self.text), in_test)
    }
}

/// Files with this extension under `folder`, sorted; none where there is no such folder.
pub(crate) fn files_under(folder: &Path, extension: &str) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let wanted = |path: &Path| path.extension().is_some_and(|found| found == extension);
    paths
        .into_iter()
        .flat_map(|path| match path.is_dir() {
            true => files_under(&path, extension),
            false => Some(path).filter(|path| wanted(path)).into_iter().collect(),
        })
        .collect()
}

pub(crate) fn relative(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/")
}

/// Words and punctuation with their lines; comments, strings and characters left out.
fn words(text: &str) -> Vec<(String, usize)> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut words, mut line, mut i) = (Vec::new(), 1, 0);
    while i < chars.len() {
        let start = i;
        match at(i) {
            '/' if at(i + 1) == '/' => i += chars[i..].iter().take_while(|c| **c != '\n').count(),
            '/' if at(i + 1) == '*' => i = after_block_comment(&chars, i),
            '"' => i = after_string(&chars, i + 1),
            // A lifetime has no closing quote right behind its first letter.
            '\'' if at(i + 1) == '\\' || at(i + 2) == '\'' => {
                i += if at(i + 1) == '\\' { 3 } else { 2 };
                i += chars[i.min(chars.len())..].iter().take_while(|c| **c != '\'').count() + 1;
            }
            'r' | 'b' | 'c' if let Some(end) = after_raw_string(&chars, i) => i = end,
            'b' | 'c' if matches!(at(i + 1), '"' | '\'') => i += 1,
            c if c.is_alphanumeric() || c == '_' => {
                i += chars[i..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
                words.push((chars[start..i].iter().collect(), line));
            }
            ':' if at(i + 1) == ':' => {
                i += 2;
                words.push(("::".into(), line));
            }
            c => {
                i += 1;
                if !c.is_whitespace() {
                    words.push((c.into(), line));
                }
            }
        }
        i = i.min(chars.len());
        line += chars[start..i].iter().filter(|c| **c == '\n').count();
    }
    words
}

fn after_block_comment(chars: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0, start);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

/// `i` is behind the opening quote.
fn after_string(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    i
}

/// Behind `r"…"`, `r#"…"#`, `br"…"`, `cr"…"`, if one starts here.
fn after_raw_string(chars: &[char], start: usize) -> Option<usize> {
    let mut i = start;
    if matches!(chars[i], 'b' | 'c') {
        i += 1;
    }
    (chars.get(i) == Some(&'r')).then_some(())?;
    let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
    i += 1 + hashes;
    (chars.get(i) == Some(&'"')).then_some(())?;
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let length = chars[i + 1..].windows(end.len()).position(|window| window == end)?;
    Some(i + 1 + length + end.len())
}

fn marked(words: Vec<(String, usize)>, in_test_file: bool) -> Vec<Token> {
    // Per open brace: the inline module that it opens, and whether it is test code.
    let mut open: Vec<(Option<String>, bool)> = Vec::new();
    let (mut test_attribute, mut i) = (false, 0);
    let mut tokens = Vec::new();
    let word = |i: usize| words.get(i).map(|(text, _)| text.as_str()).unwrap_or_default();
    while i < words.len() {
        if word(i) == "#" && word(i + 1) == "[" {
            let attribute: String = words[i + 2..].iter().take(6).map(|(text, _)| text.as_str()).collect();
            test_attribute |= attribute.starts_with("cfg(test)") || attribute.starts_with("test]");
        }
        let in_test = in_test_file || test_attribute || open.iter().any(|(_, test)| *test);
        let modules = open.iter().filter_map(|(name, _)| name.clone()).collect();
        tokens.push(Token { text: words[i].0.clone(), line: words[i].1, modules, in_test });
        match word(i) {
            "{" => {
                let name = (i >= 2 && word(i - 2) == "mod").then(|| word(i - 1).to_string());
                open.push((name, in_test));
                test_attribute = false;
            }
            "}" => {
                open.pop();
            }
            // An item without a body: `#[cfg(test)] use …;`
            ";" => test_attribute = false,
            _ => {}
        }
        i += 1;
    }
    tokens
}

fn texts(source: &str) -> Vec<String> {
    words(source).into_iter().map(|(text, _)| text).collect()
}

#[test]
fn comments_and_literals_are_no_tokens() {
    let source = "a /* b /* c */ d */ \"e \\\" f\" r#\"g \" h\"# b'i' b\"i\" 'j' '\\n' '\\'' // k\nl 'm: \"\n\" n";
    assert_eq!(texts(source), ["a", "l", "'", "m", ":", "n"]);
    assert_eq!(words(source).last().unwrap().1, 3, "lines inside strings count");
}

#[test]
fn modules_and_tests_are_known() {
    let file = SourceFile::new("src/graph/op/mod.rs", "fn a() {} #[cfg(test)] mod tests { mod deep { b } } c");
    assert_eq!((file.room(), file.module()), ("graph", vec!["graph".to_string(), "op".into()]));
    let tokens = file.tokens();
    let find = |text: &str| tokens.iter().find(|token| token.text == text).unwrap();
    assert_eq!(find("b").modules, ["tests", "deep"]);
    assert!(find("b").in_test && !find("a").in_test && !find("c").in_test);
}
