//! `neocog detect train`: Faster R-CNN learns from scenes that the program draws, or from pictures with known boxes.

use super::boxes::BoxFolder;
use crate::command::run::{RunArguments, run_from};
use crate::command::{Failure, Report};
use crate::lab::LabError;
use crate::lab::detect::{DetectInput, FasterTrainer, Lessons, measured, measured_scene};
use crate::protocol::{DetectTask, Why};
use clap::Args;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(in crate::command) struct TrainDetector {
    #[command(flatten)]
    run: RunArguments<4000, 8>,
    /// Scenes that the detector is measured with at the end.
    #[arg(long, default_value_t = 200, value_name = "N")]
    scenes: u32,
    /// Pictures with known boxes to learn from, all but every fifth: COCO's JSON file, a folder of PASCAL VOC's XML files, a folder of YOLO's text files with `classes.txt`, or a table with tabs.
    #[arg(long, value_name = "PATH")]
    annotations: Option<PathBuf>,
    /// The folder of the pictures; without it, that of the annotations.
    #[arg(long, value_name = "FOLDER", requires = "annotations")]
    pictures: Option<PathBuf>,
    /// Begin with the weights of this detector, whatever classes it knows.
    #[arg(long, value_name = "FILE")]
    begin: Option<PathBuf>,
}

/// Of each line of figures while training.
const SCENES: u32 = 24;

pub(super) async fn run(arguments: &TrainDetector, report: &mut Report<'_>) -> Result<(), Failure> {
    let TrainDetector { run, scenes, annotations, pictures, begin } = arguments;
    let lessons = match annotations {
        Some(path) => Lessons::Own(Rc::new(BoxFolder::open(path, pictures.as_deref())?.read()?)),
        None => Lessons::Scenes,
    };
    let begin = begin.as_deref().map(run_from).transpose()?.map(Rc::new);
    let (device, gpu) = run.device.device().await?;
    let mut trainer = FasterTrainer::start(&run.plan(), lessons, begin, &device).await?;
    let told = async |trainer: &mut FasterTrainer, is_last: bool| {
        figures(trainer, if is_last { *scenes } else { SCENES }).await
    };
    run.learn(&mut trainer, &gpu, told, report).await
}

/// Precision on scenes, or on the pictures, that are not learnt from.
async fn figures(trainer: &mut FasterTrainer, scenes: u32) -> Result<String, LabError> {
    let lessons = trainer.lessons().clone();
    let (inputs, what): (Vec<Result<DetectInput, LabError>>, _) = match &lessons {
        Lessons::Scenes => ((0..scenes).map(measured_scene).collect(), "other scenes"),
        Lessons::Own(own) => {
            (own.held_out()?.into_iter().map(|(_, input)| Ok(input.clone())).collect(), "pictures held out")
        }
    };
    let count = inputs.len();
    let judged = trainer.judged(inputs, DetectTask::default().overlap).await?;
    let names: Vec<[String; 2]> = lessons.classes().into_iter().map(|name| [name.clone(), name]).collect();
    let found = measured(&judged, &names, 0.5, trainer.device().used(Why::Chosen));
    let [ap50, ap75, coco] = [found.ap50, found.ap75_coco, found.ap_coco].map(|share| 100.0 * share);
    Ok(format!("{count} {what}: AP50 {ap50:.1} %, AP75 {ap75:.1} %, COCO {coco:.1} %"))
}
