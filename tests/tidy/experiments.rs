//! An experiment is four places: its file of the protocol, its file of the lab, its page, its row of the table. Beside them stand
//! its tests and its texts; nothing else in the source names it.

use crate::rooms::paths;
use crate::source::SourceFile;
use std::collections::BTreeSet;
use std::path::Path;

/// A row of the table in `src/experiments.rs`.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// Whose names may be used by whom, each with its reason.
const MAY_NAME: &[(&str, &str, &str)] = &[
    (
        "train",
        "src/ui/page/optimise/",
        "races and deep networks open in Train, with its settings and names of optimisers",
    ),
    ("train", "src/ui/page/compress/", "the data sets have the names that Train gives them"),
    ("train", "src/ui/page/distil/", "the data sets have the names that Train gives them"),
    ("distil", "src/lab/train/", "a student is trained as any network is, with soft targets beside the labels"),
    ("distil", "src/lab/train.rs", "a student is trained as any network is, with soft targets beside the labels"),
    ("train", "src/lab/compress/", "a network is trained afterwards as Train trains, on the data sets that it has"),
    ("train", "src/lab/distil/", "teacher and students are networks that Train trains"),
    ("transfer", "src/lab/detect/", "R-CNN's machines are the linear support vector machines of Transfer"),
    ("train", "src/lab/look/excite/", "what excites a unit is looked for in the data sets that Train has"),
    ("train", "src/lab/look/invariance.rs", "whose classes are told apart is a data set that Train has"),
    ("train", "src/ui/page/look/excite/", "a data set that is brought there is brought as it is to Train"),
    ("train", "src/lab/depth/", "a network learns points as Train trains, on the sets that it has"),
    ("train", "src/lab/represent/", "what is learnt without labels is a data set that Train has"),
    (
        "transfer",
        "src/lab/represent/map.rs",
        "layers whose answers are mapped are those whose answers can be features there",
    ),
    (
        "transfer",
        "src/protocol/represent/",
        "layers whose answers are mapped are those whose answers can be features there",
    ),
    ("train", "src/ui/page/represent/", "a data set that is brought there is brought as it is to Train"),
    ("train", "src/ui/page/bring.rs", "pictures that are brought go as they are to Train"),
    (
        "train",
        "src/lab/brain/",
        "what grows without a gradient stands beside what Train trains, on the sets that it has",
    ),
    ("train", "src/bench/", "what trains and where it runs"),
    ("train", "src/command/", "what trains and where it runs"),
    ("networks", "src/ui/page/classify/choices.rs", "a network that is not in the list is looked for there"),
    ("speed", "src/bench/", "the benchmark page measures as Speed does"),
    ("speed", "src/command/bench.rs", "so does the command"),
];

/// From the text of `src/experiments.rs`.
pub(crate) fn rows(table: &str) -> Vec<Row> {
    let is_word =
        |word: &&str| !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let row = |line: &str| {
        let cells = line.split_once('{').map_or(line, |(_, cells)| cells).trim_end_matches([' ', ',', '}']);
        let words: Vec<&str> = cells.split_whitespace().collect();
        let [id, name, group, about] = words[..] else { return None };
        let is_row = [id, name, group, about].iter().all(is_word) && name.starts_with(char::is_uppercase);
        is_row.then(|| Row { id: id.to_owned(), name: name.to_owned() })
    };
    table.lines().filter(|line| !line.trim_start().starts_with("//")).filter_map(row).collect()
}

/// The places of an experiment, and what else belongs to it.
fn is_place(path: &str, id: &str) -> bool {
    let of = |room: &str| path == format!("{room}/{id}.rs") || path.starts_with(&format!("{room}/{id}/"));
    ["src/protocol", "src/lab", "src/ui/page", "src/command"].iter().any(|room| of(room))
        || path == "src/experiments.rs"
}

/// What has to be there for each row.
pub(crate) fn missing(root: &Path, rows: &[Row], tests: &[SourceFile]) -> Vec<String> {
    let mut missing = Vec::new();
    let locales = ["en", "ja"].map(|language| {
        let text = std::fs::read_to_string(root.join(format!("locales/{language}.json"))).unwrap();
        (language, serde_json::from_str::<serde_json::Value>(&text).unwrap())
    });
    for Row { id, name } in rows {
        let files = [format!("src/protocol/{id}.rs"), format!("src/lab/{id}.rs"), format!("src/ui/page/{id}/mod.rs")];
        missing.extend(
            files.into_iter().filter(|path| !root.join(path).is_file()).map(|path| format!("{name}: no {path}")),
        );
        for (language, texts) in &locales {
            let has = texts[id.as_str()].is_object() && texts["app"][id.as_str()].is_string();
            if !has {
                missing.push(format!("{name}: locales/{language}.json wants a section `{id}`, and `{id}` in `app`"));
            }
        }
        for folder in ["tests/e2e/", "tests/experiments/"] {
            let has = |file: &&SourceFile| file.path.starts_with(folder) && file.text.contains(id.as_str());
            if !tests.iter().any(|file| has(&file)) {
                missing.push(format!("{name}: no test in {folder} names it"));
            }
        }
    }
    missing
}

/// Files of experiments that no row names.
pub(crate) fn without_row(rows: &[Row], files: &[SourceFile]) -> Vec<String> {
    let implements = |file: &&SourceFile| {
        let tokens = file.tokens();
        tokens
            .windows(3)
            .any(|three| three[0].text == "impl" && three[1].text == "Experiment" && three[2].text == "for")
    };
    let is_known = |file: &SourceFile| rows.iter().any(|row| file.path == format!("src/protocol/{}.rs", row.id));
    let strays = files.iter().filter(|file| file.path.starts_with("src/protocol/")).filter(implements);
    strays
        .filter(|file| !is_known(file))
        .map(|file| format!("{}: no row of src/experiments.rs is its", file.path))
        .collect()
}

/// The types that an experiment's protocol file defines, and its own name.
fn names_of(row: &Row, files: &[SourceFile]) -> BTreeSet<String> {
    let mut names = BTreeSet::from([row.name.clone()]);
    for file in files.iter().filter(|file| file.path.starts_with("src/protocol/") && is_place(&file.path, &row.id)) {
        for pair in file.tokens().windows(3) {
            if pair[0].text == "pub" && ["enum", "struct", "trait"].contains(&pair[1].text.as_str()) {
                names.insert(pair[2].text.clone());
            }
        }
    }
    names
}

/// Where the source names an experiment outside its places.
pub(crate) fn strays(rows: &[Row], files: &[SourceFile]) -> Vec<String> {
    let mut strays = Vec::new();
    for row in rows {
        let names = names_of(row, files);
        let may = |path: &str| MAY_NAME.iter().any(|(id, place, _)| *id == row.id && path.starts_with(place));
        let others = files.iter().filter(|file| file.path.starts_with("src/"));
        for file in others.filter(|file| !is_place(&file.path, &row.id) && !may(&file.path)) {
            let tokens = file.tokens();
            let is_start = |name: &str| matches!(name, "crate" | "super" | "protocol" | "ExperimentId");
            for (at, path) in paths(&tokens, is_start).into_iter().filter(|(at, _)| !tokens[*at].in_test) {
                // Its modules and types by their paths, its id.
                let is_its = |pair: &[String]| match pair[0].as_str() {
                    "protocol" => pair[1] == row.id || names.contains(&pair[1]),
                    "lab" | "page" => pair[1] == row.id,
                    "ExperimentId" => pair[1] == row.name,
                    _ => false,
                };
                if path.windows(2).any(is_its) {
                    strays.push(format!("{}:{}: `{}` is of {}", file.path, tokens[at].line, path.join("::"), row.name));
                }
            }
        }
    }
    strays
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "macro_rules! x {\n // part => { module type }\n learn => {\n  train  Train  Learn  Nothing,\n }\n fool => { fool Fool Use Pictures }\n}";

    #[test]
    fn the_table_is_read() {
        let row = |id: &str, name: &str| Row { id: id.into(), name: name.into() };
        assert_eq!(rows(TABLE), [row("train", "Train"), row("fool", "Fool")]);
    }

    #[test]
    fn a_name_elsewhere_is_a_breach() {
        let files = |path: &str, text: &str| {
            let own = "pub enum Fool { Attack(Attack) } pub struct Attack; impl Experiment for Fool {}";
            [SourceFile::new("src/protocol/fool.rs", own), SourceFile::new(path, text)]
        };
        let rows = rows(TABLE);
        for (path, text, count) in [
            ("src/worker/session.rs", "match id { ExperimentId::Fool => 1 }", 1),
            ("src/ui/client/mod.rs", "use crate::protocol::{Job, Attack};", 1),
            ("src/ui/client/mod.rs", "fn f(job: protocol::Attack) {}", 1),
            ("src/ui/client/mod.rs", "use crate::graph::Attack;", 0),
            ("src/worker/session.rs", "use crate::lab::fool;", 1),
            ("src/worker/session.rs", "#[cfg(test)] mod tests { use crate::protocol::Attack; }", 0),
            ("src/lab/fool/pgd.rs", "use crate::protocol::Attack;", 0),
            ("src/ui/page/fool/mod.rs", "use crate::protocol::Attack;", 0),
            ("src/worker/session.rs", "// Fool\nlet fool = 1;", 0),
        ] {
            assert_eq!(strays(&rows, &files(path, text)).len(), count, "{path}: {text}");
        }
        assert!(without_row(&rows, &files("src/x.rs", "")).is_empty());
        let stray = [SourceFile::new("src/protocol/pose.rs", "impl Experiment for Pose {}")];
        assert_eq!(without_row(&rows, &stray).len(), 1);
    }
}
