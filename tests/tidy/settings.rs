//! Settings of a page: each key once, or a link would set two things by one name.

use crate::source::SourceFile;
use std::collections::BTreeSet;

const MADE_BY: [&str; 3] = ["Field::", "choice!(", "switch!("];

/// The keys of a page's settings, in the order of the file.
pub(crate) fn keys(text: &str) -> Vec<&str> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for made_by in MADE_BY {
        for (at, _) in text.match_indices(made_by) {
            let key = text[at..].split('"').nth(1);
            found.extend(key.map(|key| (at, key)));
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, key)| key).collect()
}

pub(crate) fn breaches(file: &SourceFile) -> Vec<String> {
    if !(file.path.starts_with("src/ui/page/") && file.path.ends_with("/settings.rs")) {
        return Vec::new();
    }
    let mut met = BTreeSet::new();
    let twice = keys(&file.text).into_iter().filter(|key| !met.insert(*key));
    twice.map(|key| format!("{}: two settings have the key \"{key}\"", file.path)).collect()
}

#[test]
fn a_key_of_two_settings_is_found() {
    let text = "Field::whole(\n    \"seed\", words!(train.seed), SEED, |s| &mut s.seed)\nchoice!(Goal, \"goal\", words!(look.goal), goal)\n\
                switch!(\"alone\", words!(look.alone), is_alone).when(is_of)\nField::text(\"seed\", |s| s.other.clone(), set)";
    assert_eq!(keys(text), ["seed", "goal", "alone", "seed"]);
    let file = |path: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(breaches(&file("src/ui/page/look/settings.rs")).len(), 1);
    assert!(breaches(&file("src/ui/page/look/words.rs")).is_empty());
}
