//! `neocog pose`: where a person's joints are.

mod evaluate;
mod train;

use super::drive::{open, read};
use super::preprocessing::{Preprocessing, any_weights_from};
use super::train::Where;
use super::{Failure, Report};
use crate::data::decode;
use crate::lab::device::{Device, MaybeGpu};
use crate::lab::pose::{CascadeFile, PoseBench, PoseInput};
use crate::lab::{LabError, NoMonitor};
use crate::protocol::{FoundPose, JointPlace};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::rc::Rc;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Print the joints of the person in each picture.
    Run(RunPose),
    /// Measure on people whose joints are known: PCP and PCK after each stage.
    Evaluate(evaluate::EvaluatePose),
    /// Train DeepPose on figures that the program draws. An interrupted run goes on when the same command is given again.
    Train(train::TrainPose),
}

/// A network, and where it runs.
#[derive(Args)]
struct ChosenPose {
    /// A file of weights: a cascade as `pose train` writes it, or MoveNet Lightning.
    file: PathBuf,
    #[command(flatten)]
    preprocessing: Preprocessing,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
}

#[derive(Args)]
pub(super) struct RunPose {
    #[command(flatten)]
    network: ChosenPose,
    /// PNG, JPEG, WebP, GIF or BMP files. A cascade takes the whole picture for one person.
    #[arg(long = "picture", required = true, num_args = 1.., value_name = "PATH")]
    pictures: Vec<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    image: &'a str,
    width: u32,
    height: u32,
    joints: &'a [&'a str],
    /// Across and down in pixels, after each stage.
    stages: Vec<&'a [JointPlace]>,
    /// Of heat maps.
    scores: &'a [f32],
    elapsed_ms: f64,
}

#[derive(Serialize)]
struct Refused<'a> {
    image: &'a str,
    error: String,
}

impl ChosenPose {
    async fn bench(&self) -> Result<PoseBench, Failure> {
        let device = match self.device {
            Where::Cpu => Device::Cpu,
            Where::Gpu => MaybeGpu::find().await.device().await?,
        };
        let name = self.file.display().to_string();
        if CascadeFile::is_one(&name, open(&self.file)?) {
            return Ok(PoseBench::of_cascade(&CascadeFile::parse(&name, open(&self.file)?)?, &device).await?);
        }
        let weights = Rc::new(any_weights_from(&self.file, None, &self.preprocessing)?);
        Ok(PoseBench::of_weights(&weights, &device).await?)
    }
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Run(run) => pollster::block_on(find(run, report)),
        Arguments::Evaluate(evaluate) => pollster::block_on(evaluate::run(evaluate, report)),
        Arguments::Train(train) => pollster::block_on(train::run(train, report)),
    }
}

fn input(path: &Path) -> Result<PoseInput, Failure> {
    let name = path.display().to_string();
    let picture = decode(&name, &read(path)?).map_err(LabError::from)?;
    Ok(PoseInput { picture, truth: None })
}

async fn find(arguments: &RunPose, report: &mut Report<'_>) -> Result<(), Failure> {
    let RunPose { network, pictures, json } = arguments;
    let (mut bench, watch) = (network.bench().await?, NoMonitor::default());
    let mut refused = false;
    for path in pictures {
        let image = path.display().to_string();
        let found = match input(path) {
            Ok(input) => bench.run(&input, &watch).await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        match found {
            Ok(found) if *json => report.json(&row(&image, &found))?,
            Ok(found) => people(&image, &found, report)?,
            // One bad picture does not keep the others from being looked at.
            Err(Failure::Said(error)) => {
                refused = true;
                if *json {
                    report.json(&Refused { image: &image, error })?;
                } else {
                    eprintln!("neocog: {error}");
                }
            }
            Err(other) => return Err(other),
        }
    }
    if refused { Err(Failure::Reported) } else { Ok(()) }
}

fn row<'a>(image: &'a str, found: &'a FoundPose) -> Row<'a> {
    let FoundPose { width, height, scores, elapsed_ms, .. } = found;
    let stages = found.stages.iter().map(|stage| stage.joints.as_slice()).collect();
    let joints = found.skeleton.joints();
    Row { image, width: *width, height: *height, joints, stages, scores, elapsed_ms: *elapsed_ms }
}

fn people(image: &str, found: &FoundPose, report: &mut Report<'_>) -> Result<(), Failure> {
    report.line(&format!("{image}  ({:.0} ms)", found.elapsed_ms))?;
    for (at, name) in found.skeleton.joints().iter().enumerate() {
        let places =
            found.stages.iter().map(|stage| format!("{:7.1} {:7.1}", stage.joints[at][0], stage.joints[at][1]));
        let score = found.scores.get(at).map_or_else(String::new, |score| format!("  {score:.3}"));
        report.line(&format!("  {name:15}{}{score}", places.collect::<Vec<_>>().join("  →")))?;
    }
    Ok(())
}
