//! The page's texts: every language has the same keys with the same values in them, and the code gives exactly those.

use crate::experiments;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type Places = BTreeMap<String, BTreeSet<String>>;

const LANGUAGES: [&str; 2] = ["en", "ja"];

#[test]
fn every_language_has_the_same_keys_and_values() {
    let [first, others @ ..] = LANGUAGES.map(|language| (language, places_of(language)));
    for (language, places) in others {
        let differing: Vec<_> =
            first.1.keys().chain(places.keys()).filter(|key| first.1.get(*key) != places.get(*key)).collect();
        assert!(differing.is_empty(), "{language} differs from {} in {differing:?}", first.0);
    }
}

#[test]
fn the_code_gives_each_text_its_values() {
    let places = places_of(LANGUAGES[0]);
    let mut used = BTreeSet::new();
    // Named by the table of experiments.
    let table = std::fs::read_to_string("src/experiments.rs").unwrap();
    used.extend(experiments::rows(&table).into_iter().map(|row| format!("app.{}", row.id)));
    // Named by the table of failures.
    for (key, figures) in failures() {
        assert_eq!(Some(&figures), places.get(&key), "the figures of {key}");
        used.insert(key);
    }
    for file in rust_files(Path::new("src/ui")) {
        let code = std::fs::read_to_string(&file).unwrap();
        for (key, given) in calls_in(&code) {
            let wanted = places.get(&key).unwrap_or_else(|| panic!("{}: there is no text {key}", file.display()));
            assert_eq!(&given, wanted, "{}: the values of {key}", file.display());
            used.insert(key);
        }
    }
    let unused: Vec<_> = places.keys().filter(|key| !used.contains(*key)).collect();
    assert!(unused.is_empty(), "nothing shows these texts: {unused:?}");
}

fn places_of(language: &str) -> Places {
    let text = std::fs::read_to_string(format!("locales/{language}.json")).expect("the texts can be read");
    let Value::Object(groups) = serde_json::from_str(&text).expect("the texts are JSON") else {
        panic!("{language}.json is no object")
    };
    let texts = groups.iter().flat_map(|(group, texts)| {
        let texts = texts.as_object().expect("groups are objects");
        texts.iter().map(move |(name, text)| (format!("{group}.{name}"), text.as_str().expect("texts are strings")))
    });
    texts.map(|(key, text)| (key, names_in(text))).collect()
}

/// Each row of the table of failures, `Name key { figure: Type, … }`: the key of its text and its figures, which its English sentence
/// for scripts must name too.
fn failures() -> Vec<(String, BTreeSet<String>)> {
    let code = std::fs::read_to_string("src/protocol/trouble.rs").expect("the table can be read");
    let (_, table) = code.split_once("\ntroubles! {\n").expect("there is a table of failures");
    let (table, _) = table.split_once("\n}\n").expect("the table ends");
    let rows: Vec<&str> = table.split("\";\n").map(|row| row.trim_end_matches("\";")).collect();
    let read = |row: &&str| {
        let (head, sentence) = row.split_once("}\n").expect("a row has a sentence");
        let (names, figures) = head.split_once(" {").expect("a row has figures, or none in braces");
        let key = names.split_whitespace().last().expect("a row has a name in the protocol");
        let figures = figures.split(',').filter_map(|figure| figure.split_once(':'));
        let figures: BTreeSet<String> = figures.map(|(name, _)| name.trim().to_owned()).collect();
        assert_eq!(names_in(sentence), figures, "the English sentence of {key}");
        (format!("trouble.{key}"), figures)
    };
    assert!(rows.len() > 40, "the table is not read as it is written");
    rows.iter().map(read).collect()
}

/// The names between braces.
fn names_in(text: &str) -> BTreeSet<String> {
    text.split('{').skip(1).map(|piece| piece.split_once('}').expect("a brace is not closed").0.to_owned()).collect()
}

/// `say!(a.b, x = …)` and its kin: the key, and the names of the values.
fn calls_in(code: &str) -> Vec<(String, BTreeSet<String>)> {
    let starts = ["say!(", "show!(", "words!(", "td_string!(lang::of_page(), "];
    let calls = starts.iter().flat_map(|start| code.match_indices(start).map(|(at, _)| &code[at + start.len()..]));
    // The macros' own definitions begin with a `$`.
    let calls = calls
        .filter(|call| !call.starts_with('$') && !call.starts_with("app.$id") && !call.starts_with("trouble.$key"));
    calls
        .map(|call| {
            let arguments = arguments_of(call);
            let (key, values) = arguments.split_first().expect("a call without a key");
            let names = values.iter().filter_map(|value| value.split_once('=')).map(|(name, _)| name.trim().to_owned());
            (key.trim().to_owned(), names.collect())
        })
        .collect()
}

/// What stands between commas up to the closing parenthesis, nested commas left alone.
fn arguments_of(call: &str) -> Vec<String> {
    let mut arguments = vec![String::new()];
    let mut depth = 0_u32;
    for letter in call.chars() {
        match letter {
            ')' if depth == 0 => break,
            ',' if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if let Some(last) = arguments.last_mut() {
            last.push(letter);
        }
    }
    arguments
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read").flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect()
}
