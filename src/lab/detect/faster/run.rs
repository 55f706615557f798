//! Runs of Faster R-CNN: what their files say, and with what they are measured.

use super::{FasterTrainer, FasterTraining, weights_of};
use crate::graph::ShapeError;
use crate::lab::LabError;
use crate::lab::detect::found::DetectInput;
use crate::lab::detect::lessons::{Lessons, names_of, scene_input};
use crate::lab::detect::measure::measured;
use crate::lab::run::{RunCard, RunFile, RunTask};
use crate::lab::trainer::NamedVariable;
use crate::protocol::{DetectTask, DetectTrain, Interval, Why};
use serde::{Deserialize, Serialize};

/// Scenes of each measurement of a run.
const MEASURED_SCENES: u32 = 12;
/// Scenes that are measured with while training come from a stream of their own.
const STREAM: u32 = 0x3ea6_0000;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FasterCard {
    pub classes: Vec<String>,
}

pub type FasterFile = RunFile<FasterCard>;

impl RunCard for FasterCard {
    const KEY: &'static str = "neocog.detector";
    const KIND: &'static str = "faster-rcnn";
    const WHAT: &'static str = "detector";
    const NETWORK: &'static str = "Faster R-CNN";

    fn refusal(&self) -> Option<&'static str> {
        self.classes.is_empty().then_some("it is a detector without classes")
    }

    fn weights(&self) -> Result<Vec<NamedVariable>, ShapeError> {
        weights_of(self.classes.len())
    }
}

impl RunTask for FasterTraining {
    type Card = FasterCard;

    const EXAMPLES: &'static str = "pictures";
    const BATCH: Interval = DetectTrain::BATCH;
    const WEIGHT_DECAY: f64 = 0.02;
    const WARMUP: u32 = 100;
    const MEASUREMENTS: u32 = 15;

    fn batch(&self) -> u32 {
        self.batch as u32
    }

    fn card(&self) -> FasterCard {
        FasterCard { classes: self.classes.clone() }
    }

    fn take_up(&mut self, card: &FasterCard) -> Result<(), LabError> {
        match card.classes == self.classes {
            true => Ok(()),
            false => Err(LabError::RunDiffers { what: "list of classes".to_owned() }),
        }
    }

    async fn learn(trainer: &mut FasterTrainer) -> Result<(), LabError> {
        trainer.propose_and_advance().await
    }

    /// Average precision at 0.5 and at 0.75 (COCO's).
    async fn measured(trainer: &mut FasterTrainer) -> Result<Option<Vec<f64>>, LabError> {
        let task = DetectTask::default();
        let lessons = trainer.lessons().clone();
        let judged = trainer.judged(measured_with(&lessons), task.overlap).await?;
        let used = trainer.device().used(Why::Chosen);
        let found = measured(&judged, &names_of(&lessons.classes()), task.threshold, used);
        Ok((!judged.is_empty()).then(|| vec![found.ap50, found.ap75_coco]))
    }
}

/// Pictures that a run does not learn from; none of a few of a person's own.
fn measured_with(lessons: &Lessons) -> Vec<Result<DetectInput, LabError>> {
    match lessons {
        Lessons::Scenes => (0..MEASURED_SCENES).map(|number| scene_input(STREAM, u64::from(number))).collect(),
        Lessons::Own(own) => own.held_out().into_iter().flatten().map(|(_, input)| Ok(input.clone())).collect(),
    }
}
