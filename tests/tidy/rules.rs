//! How files read: length, names, heads, glob imports.

use crate::source::SourceFile;

const MOST_LINES: usize = 500;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc"];

pub(crate) fn breaches(file: &SourceFile) -> Vec<String> {
    [name_breach(file), head_breach(file)].into_iter().flatten().chain(glob_breaches(file)).collect()
}

fn name_breach(file: &SourceFile) -> Option<String> {
    let empty = |part: &str| EMPTY_NAMES.contains(&part.trim_end_matches(".rs"));
    file.path.split('/').any(empty).then(|| format!("{}: name it after what it holds", file.path))
}

fn head_breach(file: &SourceFile) -> Option<String> {
    let first = file.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!["));
    (!first.is_some_and(|line| line.starts_with("//! ") && line.len() > 8))
        .then(|| format!("{}: it must begin with `//!` and say what it is", file.path))
}

/// Some preludes are made for a glob, tests see what they test, and a `match` over an enum may drop its name; every other name
/// is worth its import.
fn glob_breaches(file: &SourceFile) -> Vec<String> {
    let tokens = file.tokens();
    let mut breaches = Vec::new();
    let mut statement: Option<usize> = None;
    for (i, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "use" => statement = Some(i),
            ";" => statement = None,
            "*" => {
                let Some(start) = statement else { continue };
                let path: String = tokens[start + 1..i].iter().map(|token| token.text.as_str()).collect();
                let variants = start + 3 == i && path.starts_with(char::is_uppercase);
                let in_tests = ["super::", "proptest::prelude::"].contains(&path.as_str()) && token.in_test;
                // The table of experiments re-exports its rows' types by their own names.
                let by_table = path == "$id::";
                let allowed = variants || in_tests || by_table || path == "leptos::prelude::";
                if !allowed {
                    breaches.push(format!("{}:{}: `use {path}*` hides where names come from", file.path, token.line));
                }
            }
            _ => {}
        }
    }
    breaches
}

/// Files longer than that without a reason, and reasons for files that are short or gone.
pub(crate) fn length_breaches(files: &[SourceFile], allowed: &[(&str, &str)]) -> Vec<String> {
    let lines = |file: &SourceFile| file.text.lines().count();
    let long = files
        .iter()
        .filter(|file| lines(file) > MOST_LINES && !allowed.iter().any(|(path, _)| *path == file.path))
        .map(|file| format!("{}: {} lines; split it, or give the reason in tests/tidy", file.path, lines(file)));
    let stale = allowed.iter().filter_map(|(path, reason)| {
        let still_long = files.iter().any(|file| file.path == *path && lines(file) > MOST_LINES);
        (!still_long || reason.len() < 20).then(|| format!("{path}: a stale or empty entry in the list of long files"))
    });
    long.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile::new(path, text)
    }

    #[test]
    fn a_good_file_passes() {
        let text = "#![cfg(unix)]\n//! What this is.\nuse leptos::prelude::*;\nfn f(a: u32) -> u32 { use Kind::*; a * 2 }\n\
                    #[cfg(test)] mod tests { use super::*; use proptest::prelude::*; }";
        assert_eq!(breaches(&file("src/ui/app.rs", text)), Vec::<String>::new());
    }

    #[test]
    fn tests_in_a_file_of_their_own_are_tests() {
        let text = "//! What this is.\nuse super::*;";
        assert_eq!(breaches(&file("src/nn/a/tests.rs", text)), Vec::<String>::new());
        assert_eq!(breaches(&file("src/nn/a/proofs.rs", text)).len(), 1);
    }

    #[test]
    fn each_rule_can_fail() {
        for (path, text) in [
            ("src/nn/utils.rs", "//! Odds and ends."),
            ("src/helpers/a.rs", "//! Odds and ends."),
            ("src/nn/a.rs", "fn f() {}"),
            ("src/nn/a.rs", ""),
            ("src/nn/a.rs", "//!\nfn f() {}"),
            ("src/nn/a.rs", "//! What this is.\nuse crate::graph::*;"),
            ("src/nn/a.rs", "//! What this is.\nuse crate::{graph::{Tensor, op::*}};"),
            ("src/nn/a.rs", "//! What this is.\npub use super::*;"),
            ("src/nn/a.rs", "//! What this is.\nuse crate::Kind::*;"),
            ("src/nn/a.rs", "//! What this is.\nuse proptest::prelude::*;"),
        ] {
            assert_eq!(breaches(&file(path, text)).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn long_files_want_a_reason() {
        let long = [file("src/a.rs", &"x\n".repeat(501))];
        let short = [file("src/a.rs", &"x\n".repeat(500))];
        let allowed = [("src/a.rs", "one table that cannot be cut in two")];
        assert_eq!(length_breaches(&long, &[]).len(), 1);
        assert_eq!(length_breaches(&long, &allowed).len(), 0);
        assert_eq!(length_breaches(&short, &[]).len(), 0);
        assert_eq!(length_breaches(&short, &allowed).len(), 1);
        assert_eq!(length_breaches(&long, &[("src/a.rs", "")]).len(), 1);
    }
}
