//! A public type's name is defined once in the crate: a reader who has met it in one room must not meet another of that name.

use crate::source::SourceFile;
use std::collections::BTreeMap;

/// Names that several files may define, each list with its reason.
const MAY_REPEAT: &[(&[&str], &str)] = &[
    (&["Arguments"], "what each subcommand of the command line takes; the modules never name each other's"),
    (&["BatchNorm", "Conv2d"], "a layer has the name of its op"),
    (
        &["DataFile", "Fit", "Interpolation", "Part", "Preset", "Rule", "Scene", "SpecError", "Summary"],
        "the protocol's twin of what the engine has: the protocol knows no other room, and neither do `data`, `nn` and `models`",
    ),
    (
        &["Kind", "Network", "Source", "Stage", "Update"],
        "a room's own word for what it is about; code that needs two of them names one by its module",
    ),
    (&["Marks", "Pipeline", "Replay"], "one of the two is compiled: in the browser, or natively"),
];

pub(crate) fn breaches(files: &[SourceFile]) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for file in files {
        for name in public_types(file) {
            places.entry(name).or_default().push(&file.path);
        }
    }
    let may_repeat = |name: &str| MAY_REPEAT.iter().any(|(names, _)| names.contains(&name));
    let repeated = places.into_iter().filter(|(name, paths)| paths.len() > 1 && !may_repeat(name));
    repeated.map(|(name, paths)| format!("{name} is defined in {}", paths.join(", "))).collect()
}

/// `pub struct A`, `pub(crate) enum A`, `pub trait A`, `pub type A`: each name once.
fn public_types(file: &SourceFile) -> Vec<String> {
    let tokens = file.tokens();
    let text = |at: usize| tokens[at].text.as_str();
    let is_public = |at: usize| match text(at - 1) {
        "pub" => true,
        ")" => (0..at).rev().find(|&open| text(open) == "(").is_some_and(|open| open > 0 && text(open - 1) == "pub"),
        _ => false,
    };
    let mut names: Vec<String> = (1..tokens.len().saturating_sub(1))
        .filter(|&at| matches!(text(at), "struct" | "enum" | "trait" | "type") && !tokens[at].in_test && is_public(at))
        .map(|at| tokens[at + 1].text.clone())
        .filter(|name| name.starts_with(char::is_uppercase))
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_defined_once() {
        let file = |path: &str, text: &str| SourceFile::new(path, text);
        let one = file(
            "src/a.rs",
            "pub struct Run; struct Own; pub(crate) enum Kind { A } impl T for Run { type Kept = (); }",
        );
        let same = file("src/b.rs", "pub(super) trait Run {} struct Own; #[cfg(test)] mod tests { pub enum Kind {} }");
        assert_eq!(breaches(&[one, same]), ["Run is defined in src/a.rs, src/b.rs"]);
        let allowed = ["src/c.rs", "src/d.rs"].map(|path| file(path, "pub(super) struct Arguments;"));
        assert_eq!(breaches(&allowed), Vec::<String>::new());
    }
}
