//! The folder of an experiment: its settings lie beside its networks, so that no network of other settings is taken for one
//! of its own.

use super::super::Failure;
use crate::data::dataset::{Dataset, Part};
use crate::lab::distil::paper;
use crate::protocol::{BackendChoice, Mix, Setup};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

const SETTINGS: &str = "settings.json";

/// All that decides what the four networks become.
#[derive(Serialize)]
pub(super) struct DistilSettings {
    pub(super) teacher: Setup,
    /// Of all three.
    pub(super) student: Setup,
    mix: Mix,
    omitted: u32,
    /// Examples of each class, for training and for the test.
    examples: [Vec<u32>; 2],
    shape: [usize; 3],
}

impl DistilSettings {
    pub(super) fn new(epochs: u32, student_epochs: u32, seed: u32, backend: BackendChoice, data: &Dataset) -> Self {
        Self {
            teacher: paper::teacher(epochs, seed, backend),
            student: paper::student(student_epochs, seed, backend),
            mix: paper::MIX,
            omitted: paper::OMITTED,
            examples: [Part::Train, Part::Test].map(|part| data.class_counts(part)),
            shape: data.shape,
        }
    }

    /// Makes the folder and leaves the settings there, or finds the same settings in it.
    pub(super) fn claim(&self, folder: &Path) -> Result<(), Failure> {
        let file = folder.join(SETTINGS);
        let here = serde_json::to_value(self).map_err(|error| Failure::Said(error.to_string()))?;
        if file.exists() {
            let there = read(&file)?;
            return match first_difference("", &there, &here) {
                None => Ok(()),
                Some(what) => Err(Failure::Said(format!(
                    "{} holds another run: {what}; choose another folder with --out",
                    folder.display()
                ))),
            };
        }
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::Said(format!("the folder {} cannot be made: {error}", folder.display())))?;
        if holds_a_network(folder) {
            return Err(Failure::Said(format!(
                "{} holds networks but no {SETTINGS} that says how they came about; choose another folder with --out",
                folder.display()
            )));
        }
        let text = serde_json::to_string_pretty(&here).map_err(|error| Failure::Said(error.to_string()))?;
        std::fs::write(&file, text).map_err(|error| {
            Failure::Said(format!("{} cannot be written: {error}; choose another folder with --out", file.display()))
        })
    }
}

fn read(file: &Path) -> Result<Value, Failure> {
    let said = |error: String| Failure::Said(format!("{} cannot be read: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| said(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| said(error.to_string()))
}

fn holds_a_network(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().contains(".safetensors"))
}

/// The first place where two values of the same form differ, with both figures.
fn first_difference(at: &str, there: &Value, here: &Value) -> Option<String> {
    if let (Value::Object(there), Value::Object(here)) = (there, here)
        && there.keys().eq(here.keys())
    {
        return there.iter().zip(here).find_map(|((key, there), (_, here))| {
            let at = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            first_difference(&at, there, here)
        });
    }
    let at = if at.is_empty() { "the settings" } else { at };
    (there != here).then(|| format!("{at} is {there} there and {here} here"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_is_named_with_both_figures() {
        let there = json!({ "mix": { "temperature": 20.0, "weight": 0.9 }, "omitted": 3 });
        assert_eq!(first_difference("", &there, &there.clone()), None);
        let here = json!({ "mix": { "temperature": 20.0, "weight": 1.0 }, "omitted": 3 });
        assert_eq!(first_difference("", &there, &here).unwrap(), "mix.weight is 0.9 there and 1.0 here");
        assert!(first_difference("", &there, &json!({ "mix": 1 })).unwrap().starts_with("the settings is"));
    }
}
