//! What people's reports of similar programs led to: every row of `../shared/data/reported/README.md` gives what its last column
//! says, and files made here show the same kinds of fault.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod captions;
#[path = "../shared/gpu.rs"]
mod gpu;
#[path = "../data/datasets/made.rs"]
#[allow(dead_code, reason = "made for the tests of data sets, too")]
mod made;
#[path = "../shared/odd_pictures.rs"]
mod odd_pictures;
mod pictures;
mod ranges;
mod sets;
#[path = "../shared/data.rs"]
mod shared;
#[path = "../shared/skip.rs"]
mod skip;
mod training;
mod weights;

use neocog::data::files::{DataFile, Found, combine, read_paths};
use neocog::data::{DataError, Dataset};
use neocog::lab::LabError;
use neocog::protocol::Trouble;
use std::path::PathBuf;

/// A file or folder of the reports.
fn reported(under: &str) -> Option<PathBuf> {
    shared::shared(&format!("data/reported/{under}"))
}

fn read(files: Vec<DataFile>) -> Result<Dataset, DataError> {
    match combine(files)? {
        Found::Dataset(dataset) => Ok(dataset),
        Found::Pictures(pictures) => pictures.decode(None),
    }
}

fn read_reported(under: &str) -> Option<Result<Dataset, DataError>> {
    Some(read_paths(&[reported(under)?]).and_then(read))
}

/// What a person reads.
fn sentence(error: impl Into<LabError>) -> String {
    Trouble::from(error.into()).to_string()
}
