//! Holds the design against the source: who may know whom, file lengths, names, heads, shaders, texts.
//!
//! Every rule is a function from a file's path and text to its breaches. One test runs all rules over the repository;
//! beside each rule a made-up snippet shows that the rule can fail.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "tidy/experiments.rs"]
mod experiments;
#[path = "tidy/names.rs"]
mod names;
#[path = "tidy/regions.rs"]
mod regions;
#[path = "tidy/rooms.rs"]
mod rooms;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/settings.rs"]
mod settings;
#[path = "tidy/shaders.rs"]
mod shaders;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/texts.rs"]
mod texts;

use source::SourceFile;
use std::path::Path;

/// Files over 500 lines, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn report(breaches: &[String]) {
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

#[test]
fn rooms_know_only_whom_they_may() {
    let crates = rooms::dependencies(&std::fs::read_to_string(root().join("Cargo.toml")).unwrap());
    assert!(crates.contains("wgpu") && crates.contains("web_sys"), "Cargo.toml was not understood: {crates:?}");
    let files = SourceFile::all(root(), &["src"]);
    assert!(!files.is_empty());
    report(&files.iter().flat_map(|file| rooms::breaches(file, &crates)).collect::<Vec<_>>());
}

#[test]
fn an_experiment_is_four_places() {
    let rows = experiments::rows(&std::fs::read_to_string(root().join("src/experiments.rs")).unwrap());
    assert!(rows.len() > 5, "the table was not understood: {rows:?}");
    let (files, tests) = (SourceFile::all(root(), &["src"]), SourceFile::all(root(), &["tests"]));
    let mut breaches = experiments::missing(root(), &rows, &tests);
    breaches.extend(experiments::without_row(&rows, &files));
    breaches.extend(experiments::strays(&rows, &files));
    report(&breaches);
}

#[test]
fn files_read_as_the_style_says() {
    let files = SourceFile::all(root(), &["src", "tests", "benches", ".ci"]);
    assert!(files.iter().any(|file| file.path == "tests/tidy.rs"));
    let mut breaches: Vec<String> = files.iter().flat_map(rules::breaches).collect();
    breaches.extend(rules::length_breaches(&files, LONG_FILES));
    report(&breaches);
}

#[test]
fn a_public_type_has_a_name_of_its_own() {
    report(&names::breaches(&SourceFile::all(root(), &["src"])));
}

#[test]
fn a_setting_has_a_key_of_its_own() {
    let files = SourceFile::all(root(), &["src"]);
    let of_look = files.iter().find(|file| file.path == "src/ui/page/look/settings.rs");
    assert!(of_look.is_some_and(|file| settings::keys(&file.text).len() > 20), "the settings were not understood");
    report(&files.iter().flat_map(settings::breaches).collect::<Vec<_>>());
}

#[test]
fn every_shader_is_valid_as_it_stands() {
    report(&shaders::all(root()).iter().filter_map(|(path, wgsl)| shaders::breach(path, wgsl)).collect::<Vec<_>>());
}

/// With COPY_REGIONS set it writes every copy afresh from its original instead.
#[test]
fn shared_regions_are_equal() {
    let (mended, faults) = regions::mended(&shaders::all(root()));
    if std::env::var_os("COPY_REGIONS").is_none() {
        return report(&faults);
    }
    for (path, text) in mended {
        std::fs::write(root().join(path), text).unwrap();
    }
    report(&regions::mended(&shaders::all(root())).1);
}
