//! `neocog evaluate`: the errors of a trained network on a part of a data set.

use super::drive::read;
use super::{Failure, Report};
use crate::data::dataset::{self, Dataset};
use crate::data::files::dataset_from_paths;
use crate::data::procedural::{Recipe, Set};
use crate::lab::train;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Arguments {
    /// What `neocog train` wrote.
    file: PathBuf,
    /// Files or folders with examples (MNIST's, CIFAR-10's, an .npz, pictures by class), or the name of a drawn set.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Which examples.
    #[arg(long, value_enum, default_value_t = Part::Test)]
    part: Part,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

spelled! { enum Part => dataset::Part { Train, Validation, Test } }

#[derive(Serialize)]
struct Found {
    accuracy: f64,
    errors: u32,
    of: u32,
    loss: f32,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let name = arguments.file.display().to_string();
    let bytes = read(&arguments.file)?;
    let dataset = examples(&arguments.data)?;
    let Some(measured) = train::evaluate(&name, bytes, dataset, arguments.part.into())? else {
        return Err(Failure::Said("there are no examples in that part of the data; choose another --part".to_owned()));
    };
    let (errors, of) = (measured.errors, measured.of);
    let accuracy = 1.0 - f64::from(errors) / f64::from(of);
    if arguments.json {
        return report.json(&Found { accuracy, errors, of, loss: measured.loss });
    }
    report.line(&format!(
        "{name}: {errors} errors of {of}, accuracy {:.2} %, loss {:.4}",
        accuracy * 100.0,
        measured.loss
    ))
}

/// Files, or, where there is none of that name, a set that the program draws.
pub(super) fn examples(paths: &[PathBuf]) -> Result<Dataset, Failure> {
    if let [one] = paths
        && !one.exists()
        && let Some(Ok(set)) = one.to_str().map(Set::find)
    {
        return Ok(set.draw(&Recipe::default())?);
    }
    Ok(dataset_from_paths(paths, None)?)
}
