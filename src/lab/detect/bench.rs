//! A detector and pictures that are at hand.

use super::faster::{FasterDetector, FasterFile};
use super::found::{self, Candidates, DetectInput};
use super::lessons::{Lessons, names_of};
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
    /// What R-CNN learns from.
    lessons: Lessons,
    device: Device,
}

enum Detector {
    Regions(Box<RegionModel>),
    TwoStage(Box<FasterDetector>),
    OneStage(OneStage),
}

impl DetectBench {
    /// The weights decide: those of a one-stage detector are one, others give R-CNN its features, which learns from `lessons`.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn new(weights: &Rc<Weights>, lessons: Lessons, device: &Device) -> Result<Self, LabError> {
        let detector = match weights.network().names_classes() {
            true => Detector::Regions(Box::new(RegionModel::on(weights, device).await?)),
            false => Detector::OneStage(OneStage::on(weights, device).await?),
        };
        Ok(Self { detector, lessons, device: device.clone() })
    }

    /// Faster R-CNN.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn of_two_stages(file: &FasterFile, device: &Device) -> Result<Self, LabError> {
        let detector = Detector::TwoStage(Box::new(FasterDetector::new(file, device).await?));
        Ok(Self { detector, lessons: Lessons::Scenes, device: device.clone() })
    }

    /// How much features change where a thing's box moves by a pixel; none where nothing is pooled.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn shift_changes(&mut self, input: &DetectInput) -> Result<Option<Vec<[f64; 2]>>, LabError> {
        match &mut self.detector {
            Detector::TwoStage(model) => model.shift_changes(input).await.map(Some),
            Detector::Regions(_) | Detector::OneStage(_) => Ok(None),
        }
    }

    /// What it tells apart, in English and Japanese.
    pub fn names(&self) -> Vec<[String; 2]> {
        match &self.detector {
            Detector::Regions(_) => names_of(&self.lessons.classes()),
            Detector::TwoStage(model) => names_of(model.classes()),
            Detector::OneStage(model) => model.names(&[]),
        }
    }

    /// Which it is.
    pub fn kind(&self) -> DetectorKind {
        match self.detector {
            Detector::Regions(_) => DetectorKind::Regions,
            Detector::TwoStage(_) => DetectorKind::TwoStage,
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
            Detector::Regions(model) => {
                found::by_regions(input, task, &self.lessons, (model, &used), watch, &|_| {}).await?
            }
            Detector::TwoStage(model) => found::in_two_stages(input, task, (model, &used), watch).await?,
            Detector::OneStage(model) => found::at_once(input, task, (model, &used), watch).await?,
        };
        let all = candidates.kept(Suppression { threshold: 0.0, overlap: task.overlap }, watch);
        Ok((found, JudgedPicture { picture: 0, found: all.boxes, truth: input.truth.clone() }))
    }
}
