//! `neocog evaluate`: the errors of a trained network on a part of a data set, how far its probabilities can be trusted, and which
//! pictures are probably of none of its classes.

use super::drive::read;
use super::preprocessing::{Preprocessing, beside, weights_from};
use super::{Failure, Report};
use crate::data::dataset::{self, Dataset};
use crate::data::decode;
use crate::data::files::dataset_from_paths;
use crate::data::procedural::{Recipe, Set};
use crate::lab::calibration::{Calibration, Confidence, Judged};
use crate::lab::train::EvaluatedNetwork;
use crate::lab::{LabError, logits_of};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(super) struct Arguments {
    /// What `neocog train` wrote, or any file of weights that `neocog classify` takes.
    file: PathBuf,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// Files or folders with examples (MNIST's, CIFAR-10's or -100's, an .npz, pictures by class), or the name of a drawn set.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Which examples.
    #[arg(long, value_enum, default_value_t = Part::Test)]
    part: Part,
    /// Classes of the network, by name: the share that is right where no other class may be answered. Without them, the classes of
    /// the data, where the network knows more.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    among: Vec<String>,
    /// Pictures of none of the classes: how many of them are taken for such.
    #[arg(long, num_args = 1.., value_name = "PICTURE")]
    unknown: Vec<PathBuf>,
    /// A copy of the file that says its temperature, and below which confidence a picture is probably of none of the classes. Both
    /// are taken from the data's part for validation.
    #[arg(long, value_name = "FILE")]
    calibrate: Option<PathBuf>,
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
    top5: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    among: Option<Among>,
    temperature: f64,
    /// At a temperature of 1, and at this one.
    calibration_error: [f64; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    none_of_these: Option<NoneOfThese>,
}

#[derive(Serialize)]
struct Among {
    classes: usize,
    of: usize,
    accuracy: f64,
}

#[derive(Serialize)]
struct NoneOfThese {
    confidence: Confidence,
    below: f64,
    /// The share of the examples of this part that is taken for pictures of none of the classes.
    refused: f64,
    /// The same of the pictures that are.
    #[serde(skip_serializing_if = "Option::is_none")]
    caught: Option<[usize; 2]>,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let name = arguments.file.display().to_string();
    let (bytes, by) = (read(&arguments.file)?, arguments.preprocessing.chosen());
    let beside = |file: &str| beside(&arguments.file, file);
    let evaluation = EvaluatedNetwork::brought(&name, bytes, &beside, &by, examples(&arguments.data, None)?)?;
    let part = arguments.part.into();
    let Some(measured) = evaluation.measured(part)? else {
        return Err(Failure::Said("there are no examples in that part of the data; choose another --part".to_owned()));
    };
    let judged = evaluation.judged(part)?;
    let unknown = unknown_of(arguments)?;
    let calibration = calibration_of(arguments, &evaluation, &unknown)?;
    if let Some(out) = &arguments.calibrate {
        let written = std::fs::write(out, evaluation.calibrated(&calibration)?);
        written.map_err(|error| Failure::Said(format!("{} cannot be written: {error}", out.display())))?;
    }
    let caught = unknown.rows().filter(|logits| calibration.is_unknown(logits)).count();
    let found = Found {
        accuracy: 1.0 - f64::from(measured.errors) / f64::from(measured.of),
        errors: measured.errors,
        of: measured.of,
        loss: measured.loss,
        top5: judged.top(5),
        among: among(arguments, &evaluation, &judged)?,
        temperature: calibration.temperature,
        calibration_error: [1.0, calibration.temperature].map(|temperature| judged.calibration_error(temperature)),
        none_of_these: calibration.unknown_below.map(|below| NoneOfThese {
            confidence: below.confidence,
            below: below.limit,
            refused: judged.refused(&calibration),
            caught: (!unknown.is_empty()).then_some([caught, unknown.len()]),
        }),
    };
    if arguments.json { report.json(&found) } else { told(&name, &found, report) }
}

fn told(name: &str, found: &Found, report: &mut Report<'_>) -> Result<(), Failure> {
    let Found { accuracy, errors, of, loss, top5, temperature, calibration_error: [before, after], .. } = found;
    report.line(&format!("{name}: {errors} errors of {of}, accuracy {:.2} %, loss {loss:.4}", accuracy * 100.0))?;
    report.line(&format!("  right class among the five likeliest: {:.2} %", top5 * 100.0))?;
    if let Some(Among { classes, of, accuracy }) = found.among {
        report.line(&format!("  among {classes} classes: {:.2} % of {of}", accuracy * 100.0))?;
    }
    report.line(&format!(
        "  expected calibration error {:.2} %, at a temperature of {temperature:.3} {:.2} %",
        before * 100.0,
        after * 100.0
    ))?;
    let Some(NoneOfThese { confidence, below, refused, caught }) = &found.none_of_these else { return Ok(()) };
    let of = match confidence {
        Confidence::Energy => "negative energy",
        Confidence::Probability => "largest probability",
    };
    report
        .line(&format!("  probably none of these: {of} below {below:.4}, {:.2} % of the examples", refused * 100.0))?;
    let Some([caught, of]) = caught else { return Ok(()) };
    report.line(&format!("  {caught} of {of} unknown pictures"))
}

/// What is fitted to the part for validation, where that is asked for or the file says nothing; else what the file says.
fn calibration_of(
    arguments: &Arguments,
    evaluation: &EvaluatedNetwork,
    unknown: &Judged,
) -> Result<Calibration, Failure> {
    let kept = evaluation.calibration()?;
    if arguments.calibrate.is_none() && kept != Calibration::default() {
        return Ok(kept);
    }
    let known = evaluation.judged(dataset::Part::Validation)?;
    if known.is_empty() {
        return match arguments.calibrate {
            Some(_) => Err(Failure::Said("these data have no part for validation to calibrate with".to_owned())),
            None => Ok(kept),
        };
    }
    let temperature = known.temperature();
    let with = |confidence| {
        let unknown_below = Some(known.unknown_below(confidence, temperature));
        Calibration { temperature, unknown_below }
    };
    // What tells more of the unknown pictures from known ones; the first where there are none.
    let [energy, probability] = Confidence::ALL.map(with);
    Ok(if unknown.refused(&probability) > unknown.refused(&energy) { probability } else { energy })
}

fn among(arguments: &Arguments, evaluation: &EvaluatedNetwork, judged: &Judged) -> Result<Option<Among>, Failure> {
    let names = evaluation.names();
    let number = |name: &String| {
        let found = names.iter().position(|known| known == name).map(|at| at as u32);
        found.ok_or_else(|| {
            Failure::Said(format!("the network knows no class \"{name}\"; choose among {}", names.join(", ")))
        })
    };
    let classes = match arguments.among.as_slice() {
        [] if evaluation.classes().len() < names.len() => evaluation.classes().to_vec(),
        [] => return Ok(None),
        named => named.iter().map(number).collect::<Result<_, _>>()?,
    };
    let (of, accuracy) = judged.among(&classes);
    Ok(Some(Among { classes: classes.len(), of, accuracy }))
}

/// The logits of the pictures of none of the classes; they have no right one.
fn unknown_of(arguments: &Arguments) -> Result<Judged, Failure> {
    let mut unknown = Judged::default();
    if arguments.unknown.is_empty() {
        return Ok(unknown);
    }
    let weights = Rc::new(weights_from(&arguments.file, None, &arguments.preprocessing)?);
    let picture = |path: &PathBuf| {
        let bytes = read(path)?;
        Ok(decode(&path.display().to_string(), &bytes).map_err(LabError::from)?)
    };
    let pictures = arguments.unknown.iter().map(picture).collect::<Result<Vec<_>, Failure>>()?;
    let rows = pollster::block_on(logits_of(&weights, &pictures))?;
    rows.iter().for_each(|logits| unknown.add(logits, 0));
    Ok(unknown)
}

/// Files, or, where there is none of that name, a set that the program draws. Pictures by class become squares of `side` pixels, or must all be of one size.
pub(super) fn examples(paths: &[PathBuf], side: Option<u32>) -> Result<Dataset, Failure> {
    if let [one] = paths
        && !one.exists()
        && let Some(Ok(set)) = one.to_str().map(Set::find)
    {
        return Ok(set.draw(&Recipe::default())?);
    }
    let data = dataset_from_paths(paths, side)?;
    data.notes.iter().for_each(|note| eprintln!("neocog: {note}"));
    Ok(data)
}
