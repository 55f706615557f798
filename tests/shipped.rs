//! The weights under `www/models`, which this engine trained: whole, small, and as good as their lines in the README there say.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shared;

use neocog::data::dataset::Part;
use neocog::data::files::dataset_from_paths;
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::train::evaluate;
use std::path::Path;

const LARGEST_BYTES: usize = 1_500_000;

fn model(name: &str) -> Vec<u8> {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models").join(name)).unwrap();
    assert!(bytes.len() <= LARGEST_BYTES, "{name} has {} bytes", bytes.len());
    bytes
}

#[test]
fn digits_on_the_mnist_test_set() {
    let bytes = model("digits.safetensors");
    let Some(folder) = shared::shared("data/mnist") else { return };
    let data = dataset_from_paths(&[folder], None).unwrap();
    let found = evaluate("digits", bytes, data, Part::Test).unwrap().unwrap();
    println!("digits: {} errors of {}", found.errors, found.of);
    assert!(found.errors <= 70, "{} errors of {}", found.errors, found.of);
}

#[test]
fn digits_drawn_by_the_program() {
    let data = Set::find("digits").unwrap().draw(&Recipe { count: 2000, ..Recipe::default() }).unwrap();
    let found = evaluate("digits", model("digits.safetensors"), data, Part::Train).unwrap().unwrap();
    println!("digits: {} errors of {} drawn digits, which it was not trained on", found.errors, found.of);
    assert!(found.accuracy > 0.7, "{} errors of {}", found.errors, found.of);
}
