//! A detector and pictures that are at hand.

use super::found::{self, Candidates, DetectInput};
use super::measure::JudgedPicture;
use super::rcnn::RegionModel;
use super::yolo::OneStage;
use crate::lab::device::{Device, Model};
use crate::lab::{LabError, Monitor, Weights};
use crate::protocol::{DetectTask, DetectedPicture, DetectorKind, Suppression, Why};
use std::rc::Rc;

/// A detector on a device, for pictures one after another.
pub struct DetectBench {
    detector: Detector,
    device: Device,
}

enum Detector {
    Regions(Box<RegionModel>),
    OneStage(OneStage),
}

impl DetectBench {
    /// The weights decide: those of a one-stage detector are one, others give R-CNN its features.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn new(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let detector = match weights.network().names_classes() {
            true => Detector::Regions(Box::new(RegionModel::on(weights, device).await?)),
            false => Detector::OneStage(OneStage::on(weights, device).await?),
        };
        Ok(Self { detector, device: device.clone() })
    }

    /// Which of both it is.
    pub fn kind(&self) -> DetectorKind {
        match self.detector {
            Detector::Regions(_) => DetectorKind::Regions,
            Detector::OneStage(_) => DetectorKind::OneStage,
        }
    }

    /// Of the task, figures alone count. Also all boxes of the picture, however low their scores, suppressed by the task's overlap.
    ///
    /// # Errors
    /// [`LabError::Setup`] of figures that are out of their limits.
    pub async fn run(
        &mut self,
        input: &DetectInput,
        task: &DetectTask,
        watch: &impl Monitor,
    ) -> Result<(DetectedPicture, JudgedPicture), LabError> {
        found::check(task)?;
        let used = self.device.used(Why::Chosen);
        let (found, candidates): (DetectedPicture, Candidates) = match &mut self.detector {
            Detector::Regions(model) => found::by_regions(input, task, (model, &used), watch, &|_| {}).await?,
            Detector::OneStage(model) => found::at_once(input, task, (model, &used), watch).await?,
        };
        let all = candidates.kept(Suppression { threshold: 0.0, overlap: task.overlap }, watch);
        Ok((found, JudgedPicture { found: all.boxes, truth: input.truth.clone() }))
    }
}
