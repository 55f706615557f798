//! `neocog pose`: where a person's joints are.

mod evaluate;
mod people;
mod train;

use super::drive::open;
use super::pictures::PictureArguments;
use super::preprocessing::{Preprocessing, any_weights_from};
use super::train::Where;
use super::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::pose::{CascadeFile, FeatureCascade, PoseBench, PoseFeatures, PoseInput};
use crate::protocol::{FoundPose, JointPlace};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Print the joints of the person in each picture. A cascade takes the whole picture for one person.
    Run(RunPose),
    /// Measure on people whose joints are known: PCP and PCK after each stage.
    Evaluate(evaluate::EvaluatePose),
    /// Train DeepPose on figures that the program draws, and on people whose joints are known; or a cascade on the features of another network. An interrupted run goes on when the same command is given again.
    Train(train::TrainPose),
}

/// A network, and where it runs.
#[derive(Args)]
struct ChosenPose {
    /// A file of weights: a cascade as `pose train` writes it, or MoveNet Lightning.
    file: PathBuf,
    /// The network from whose features the cascade has learnt.
    #[arg(long, value_name = "WEIGHTS")]
    features: Option<PathBuf>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
}

#[derive(Args)]
pub(super) struct RunPose {
    #[command(flatten)]
    network: ChosenPose,
    #[command(flatten)]
    pictures: PictureArguments,
}

#[derive(Serialize)]
struct Row {
    image: String,
    width: u32,
    height: u32,
    joints: &'static [&'static str],
    /// Across and down in pixels, after each stage.
    stages: Vec<Vec<JointPlace>>,
    /// Of heat maps.
    scores: Vec<f32>,
    elapsed_ms: f64,
}

impl ChosenPose {
    async fn bench(&self) -> Result<PoseBench, Failure> {
        let (device, _) = self.device.device().await?;
        let name = self.file.display().to_string();
        if CascadeFile::is_one(&name, open(&self.file)?) {
            return Ok(PoseBench::of_cascade(&CascadeFile::parse(&name, open(&self.file)?)?, &device).await?);
        }
        if FeatureCascade::is_one(&name, open(&self.file)?) {
            let Some(features) = &self.features else {
                return Err(Failure::Said(format!(
                    "{name} has learnt from a network's features; name its weights by --features"
                )));
            };
            let weights = Rc::new(any_weights_from(features, None, &self.preprocessing)?);
            let cascade = FeatureCascade::parse(&name, open(&self.file)?, &weights)?;
            let eyes = PoseFeatures::new(&weights, &device).await?;
            return Ok(PoseBench::of_features(cascade, eyes, &device));
        }
        let weights = Rc::new(any_weights_from(&self.file, None, &self.preprocessing)?);
        Ok(PoseBench::of_weights(&weights, &device).await?)
    }
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Run(run) => find(run, report),
        Arguments::Evaluate(evaluate) => pollster::block_on(evaluate::run(evaluate, report)),
        Arguments::Train(train) => pollster::block_on(train::run(train, report)),
    }
}

fn find(arguments: &RunPose, report: &mut Report<'_>) -> Result<(), Failure> {
    let (mut bench, watch) = (pollster::block_on(arguments.network.bench())?, NoMonitor::default());
    let find = |picture| pollster::block_on(bench.run(&PoseInput { picture, truth: None }, &watch));
    arguments.pictures.each(report, find, row, people)
}

fn row(image: &str, found: FoundPose) -> Row {
    let FoundPose { skeleton, width, height, stages, scores, elapsed_ms, .. } = found;
    let stages = stages.into_iter().map(|stage| stage.joints).collect();
    Row { image: image.to_owned(), width, height, joints: skeleton.joints(), stages, scores, elapsed_ms }
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
