//! `neocog detect`: boxes around things, and what they are.

mod boxes;
mod evaluate;
mod train;

use super::drive::open;
use super::pictures::PictureArguments;
use super::preprocessing::{Preprocessing, any_weights_from};
use super::train::Where;
use super::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::detect::{DetectBench, DetectInput, FasterFile, Lessons};
use crate::protocol::{DetectStage, DetectTask, DetectedBox, DetectedPicture, StageReport};
use boxes::BoxFolder;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Print the boxes that a detector finds in pictures.
    Run(RunDetector),
    /// Measure a detector on pictures whose boxes are known: precision and recall as VOC and COCO have them, and kinds of mistake.
    Evaluate(evaluate::EvaluateDetector),
    /// Train Faster R-CNN on scenes that the program draws, or on pictures with known boxes. An interrupted run goes on when the same command is given again.
    Train(train::TrainDetector),
}

/// A detector, its figures, and where it runs.
#[derive(Args)]
struct Chosen {
    /// A file of weights: Faster R-CNN as `detect train` writes it, Yolo-Fastest 1.1, or any network that names classes, whose features R-CNN uses to tell drawn shapes apart.
    file: PathBuf,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// Boxes with lower scores are left out.
    #[arg(long, default_value_t = DetectTask::default().threshold, value_name = "SCORE")]
    threshold: f64,
    /// Of two boxes of a class that overlap by more (intersection over union), the one with the lower score is left out.
    #[arg(long, default_value_t = DetectTask::default().overlap, value_name = "SHARE")]
    overlap: f64,
    /// Of R-CNN: regions of a picture that the network looks at.
    #[arg(long, default_value_t = DetectTask::default().regions, value_name = "N")]
    regions: u32,
    /// Of R-CNN: drawn scenes that it learns from.
    #[arg(long, default_value_t = DetectTask::default().scenes, value_name = "N")]
    scenes: u32,
    /// Of those scenes.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// R-CNN learns from these boxes instead, of all pictures but every fifth: as `--annotations` of `evaluate`, with the pictures beside them.
    #[arg(long, value_name = "PATH")]
    learn: Option<PathBuf>,
    /// R-CNN leaves regions where they are, and does not move them onto the thing in them.
    #[arg(long)]
    still: bool,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
}

#[derive(Args)]
pub(super) struct RunDetector {
    #[command(flatten)]
    detector: Chosen,
    #[command(flatten)]
    pictures: PictureArguments,
}

#[derive(Serialize)]
struct Row {
    image: String,
    width: u32,
    height: u32,
    boxes: Vec<Found>,
    stages: Vec<StageReport>,
    elapsed_ms: f64,
}

#[derive(Serialize)]
struct Found {
    class: u32,
    label: String,
    score: f32,
    /// Left, top, right, bottom in pixels.
    corners: [f32; 4],
}

impl Chosen {
    fn task(&self) -> DetectTask {
        DetectTask {
            threshold: self.threshold,
            overlap: self.overlap,
            regions: self.regions,
            scenes: self.scenes,
            seed: self.seed,
            moves: !self.still,
            ..DetectTask::default()
        }
    }

    async fn bench(&self) -> Result<DetectBench, Failure> {
        let (device, _) = self.device.device().await?;
        let name = self.file.display().to_string();
        if FasterFile::is_one(&name, open(&self.file)?) {
            return Ok(DetectBench::of_two_stages(&FasterFile::parse(&name, open(&self.file)?)?, &device).await?);
        }
        let weights = Rc::new(any_weights_from(&self.file, self.model.as_deref(), &self.preprocessing)?);
        let lessons = match &self.learn {
            Some(path) => Lessons::Own(Rc::new(BoxFolder::open(path, None)?.read()?)),
            None => Lessons::Scenes,
        };
        Ok(DetectBench::new(&weights, lessons, &device).await?)
    }
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Run(run) => find(run, report),
        Arguments::Evaluate(evaluate) => pollster::block_on(evaluate::run(evaluate, report)),
        Arguments::Train(train) => pollster::block_on(train::run(train, report)),
    }
}

fn find(arguments: &RunDetector, report: &mut Report<'_>) -> Result<(), Failure> {
    let RunDetector { detector, pictures } = arguments;
    let (mut bench, task, watch) = (pollster::block_on(detector.bench())?, detector.task(), NoMonitor::default());
    let find = |picture| {
        let input = DetectInput { picture: Rc::new(picture), truth: Vec::new() };
        pollster::block_on(bench.run(&input, &task, &watch)).map(|(found, _)| found)
    };
    pictures.each(report, find, row, people)
}

fn name<'a>(found: &'a DetectedPicture, one: &DetectedBox) -> &'a str {
    found.classes.get(one.class as usize).map_or("", |[name, _]| name)
}

fn row(image: &str, found: DetectedPicture) -> Row {
    let one = |one: &DetectedBox| Found {
        class: one.class,
        label: name(&found, one).to_owned(),
        score: one.score,
        corners: one.corners,
    };
    let boxes = found.kept.boxes.iter().map(one).collect();
    let DetectedPicture { width, height, stages, elapsed_ms, .. } = found;
    Row { image: image.to_owned(), width, height, boxes, stages, elapsed_ms }
}

fn people(image: &str, found: &DetectedPicture, report: &mut Report<'_>) -> Result<(), Failure> {
    report.line(&format!("{image}  ({:.0} ms)", found.elapsed_ms))?;
    for StageReport { stage, count, millis } in &found.stages {
        let what = match stage {
            DetectStage::Learn => "examples learnt from",
            DetectStage::Segment => "parts of one colour",
            DetectStage::Propose => "regions",
            DetectStage::Network => "looked at by the network",
            DetectStage::Score => "scores above the threshold",
            DetectStage::Suppress => "boxes after suppression",
        };
        report.line(&format!("  {count:6}  {what}  ({millis:.1} ms)"))?;
    }
    for one in &found.kept.boxes {
        let [left, top, right, bottom] = one.corners;
        let label = name(found, one);
        report.line(&format!("  {:5.3}  {label:14} {left:7.1} {top:7.1} {right:7.1} {bottom:7.1}", one.score))?;
    }
    Ok(())
}
