//! Runs of a cascade: what their files say, and with what they are measured.

use super::{CascadeTrainer, CascadeTraining, Displacements, weights_of};
use crate::graph::ShapeError;
use crate::lab::LabError;
use crate::lab::pose::measure::accuracy;
use crate::lab::run::{RunCard, RunFile, RunTask};
use crate::lab::trainer::NamedVariable;
use crate::protocol::{Interval, PoseTrain, Skeleton};
use serde::{Deserialize, Serialize};

/// Figures of each measurement of a run.
const MEASURED_FIGURES: u32 = 24;
/// Figures that are measured with while training come from a stream of their own.
const STREAM: u32 = 0x3ea6_0000;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CascadeCard {
    joints: Vec<String>,
    pub(super) displacements: [Displacements; 2],
    pub(super) measured_at: Option<u32>,
}

pub type CascadeFile = RunFile<CascadeCard>;

impl RunCard for CascadeCard {
    const KEY: &'static str = "neocog.pose";
    const KIND: &'static str = "deep-pose";
    const WHAT: &'static str = "cascade";
    const NETWORK: &'static str = "DeepPose";

    fn refusal(&self) -> Option<&'static str> {
        match () {
            () if self.joints != Skeleton::Lsp.joints() => Some("it finds other joints"),
            () if !self.displacements.iter().all(Displacements::is_whole) => {
                Some("it does not say how far each joint is off")
            }
            () => None,
        }
    }

    fn weights(&self) -> Result<Vec<NamedVariable>, ShapeError> {
        weights_of()
    }
}

impl RunTask for CascadeTraining {
    type Card = CascadeCard;

    const EXAMPLES: &'static str = "figures";
    const BATCH: Interval = PoseTrain::BATCH;
    const WEIGHT_DECAY: f64 = 0.01;
    const WARMUP: u32 = 50;
    const MEASUREMENTS: u32 = 20;

    fn batch(&self) -> u32 {
        self.batch as u32
    }

    fn card(&self) -> CascadeCard {
        CascadeCard {
            joints: Skeleton::Lsp.joints().iter().map(|joint| (*joint).to_owned()).collect(),
            displacements: self.displacements.clone(),
            measured_at: self.measured_at,
        }
    }

    fn take_up(&mut self, card: &CascadeCard) -> Result<(), LabError> {
        self.displacements = card.displacements.clone();
        self.measured_at = card.measured_at;
        Ok(())
    }

    async fn learn(trainer: &mut CascadeTrainer) -> Result<(), LabError> {
        trainer.measure_and_advance().await
    }

    /// PCK at 0.2 after each stage.
    async fn measured(trainer: &mut CascadeTrainer) -> Result<Option<Vec<f64>>, LabError> {
        let judged = trainer.judged(STREAM, MEASURED_FIGURES).await?;
        Ok(Some(accuracy(&judged).iter().map(|stage| stage.pck).collect()))
    }
}
