//! What stays from job to job: detectors that are compiled, what R-CNN learnt, and what was said of the last picture before suppression.

use super::facts::detect_facts;
use super::found::{Candidates, DetectInput, at_once, by_regions, check, check_suppression, shape_names};
use super::measure::{JudgedPicture, measured};
use super::rcnn::{RegionModel, truth_of};
use super::yolo::OneStage;
use super::{CoveredThings, covered_by, proposals_curve};
use crate::data::procedural::ShapeScene;
use crate::lab::device::{Models, Placed};
use crate::lab::{Host, LabError, Monitor, Perform};
use crate::models::DETECTOR;
use crate::protocol::{
    BackendUsed, Detect, DetectNews, DetectTask, Detected, DetectedPicture, DetectionMeasure, DetectorKind, Stage,
    Suppression,
};
use async_lock::Mutex;
use std::cell::RefCell;

/// Scenes that are looked at, and those that a detector is measured with.
const SHOWN_STREAM: u32 = 0x5402_0000;
const MEASURED_STREAM: u32 = 0x3ea5_0000;
/// Scenes that a detector is measured with.
const MEASURED: u32 = 24;

#[derive(Default)]
pub struct DetectSession {
    regions: Mutex<Models<RegionModel, 1>>,
    one_stage: Mutex<Models<OneStage, 1>>,
    last: RefCell<Option<Candidates>>,
}

impl<H: Host> Perform<H> for Detect {
    type Kept = DetectSession;

    async fn perform(self, kept: &DetectSession, host: &H, tell: &dyn Fn(DetectNews)) -> Result<Detected, LabError> {
        match self {
            Detect::Run(task) => {
                check(&task)?;
                let input = input_of(&task, host)?;
                let found = kept.run(&input, &task, host, tell).await?;
                Ok(Detected::Found(Box::new(found)))
            }
            Detect::Suppress(by) => kept.suppress(by, host),
            Detect::Evaluate(task) => Ok(Detected::Evaluated(Box::new(kept.evaluate(&task, host).await?))),
            Detect::Check(choice) => Ok(Detected::Checked(detect_facts(choice, host).await?)),
        }
    }
}

/// A picture of the tray, or a drawn scene.
fn input_of(task: &DetectTask, host: &impl Host) -> Result<DetectInput, LabError> {
    if let Some(picture) = task.picture {
        return Ok(DetectInput { picture: (*host.picture(picture)?).clone(), truth: Vec::new() });
    }
    scene_input(SHOWN_STREAM, task.scene)
}

fn scene_input(stream: u32, number: u32) -> Result<DetectInput, LabError> {
    let scene = ShapeScene::drawn(stream, u64::from(number))?;
    Ok(DetectInput { truth: truth_of(&scene), picture: scene.picture })
}

impl DetectSession {
    async fn run<H: Host>(
        &self,
        input: &DetectInput,
        task: &DetectTask,
        host: &H,
        tell: &dyn Fn(DetectNews),
    ) -> Result<DetectedPicture, LabError> {
        let tell = |found| tell(DetectNews::Found(Box::new(found)));
        let (found, candidates) = match task.detector {
            DetectorKind::Regions => {
                let weights = host.weights(&task.network).await?;
                let mut models = host.or_cancelled(self.regions.lock()).await?;
                let run = async |models: &mut [Placed<RegionModel>]| {
                    let Placed { model, used, .. } = &mut models[0];
                    by_regions(input, task, (model, used), host, &tell).await
                };
                models.run(std::slice::from_ref(&weights), task.backend, host, run).await?
            }
            DetectorKind::OneStage => {
                let weights = host.any_weights(DETECTOR).await?;
                let mut models = host.or_cancelled(self.one_stage.lock()).await?;
                let run = async |models: &mut [Placed<OneStage>]| {
                    let Placed { model, used, .. } = &mut models[0];
                    at_once(input, task, (model, used), host).await
                };
                models.run(std::slice::from_ref(&weights), task.backend, host, run).await?
            }
        };
        self.last.replace(Some(candidates));
        Ok(found)
    }

    fn suppress(&self, by: Suppression, host: &impl Monitor) -> Result<Detected, LabError> {
        check_suppression(by)?;
        let last = self.last.borrow();
        let last = last.as_ref().ok_or_else(|| bad_setup!("no picture was looked at yet, so there are no boxes"))?;
        Ok(Detected::Kept(last.kept(by, host)))
    }

    async fn evaluate(&self, task: &DetectTask, host: &impl Host) -> Result<DetectionMeasure, LabError> {
        check(task)?;
        ensure!(
            task.detector == DetectorKind::Regions,
            "Yolo-Fastest knows none of the classes of drawn scenes; `neocog detect evaluate` measures it on pictures with boxes"
        );
        let start = host.now_millis();
        let weights = host.weights(&task.network).await?;
        let mut models = host.or_cancelled(self.regions.lock()).await?;
        let run = async |models: &mut [Placed<RegionModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let (mut judged, mut regions) = (Vec::new(), Vec::new());
            for number in 0..MEASURED {
                host.step(Stage::Run, u64::from(number), u64::from(MEASURED)).await?;
                let input = scene_input(MEASURED_STREAM, number)?;
                let (found, candidates) = by_regions(&input, task, (model, used), host, &|_| {}).await?;
                // Precision is of all boxes, however low their scores.
                let all = candidates.kept(Suppression { threshold: 0.0, overlap: task.overlap }, host);
                judged.push(JudgedPicture { found: all.boxes, truth: input.truth.clone() });
                regions.push((found.regions, input.truth));
            }
            Ok((judged, regions, used.clone()))
        };
        let (judged, regions, used): (Vec<JudgedPicture>, Vec<CoveredThings>, BackendUsed) =
            models.run(std::slice::from_ref(&weights), task.backend, host, run).await?;
        let mut measure = measured(&judged, &shape_names(), task.threshold, used);
        measure.proposals =
            proposals_curve(task.regions).map(|count| [f64::from(count), covered_by(&regions, count)]).collect();
        measure.elapsed_ms = host.now_millis() - start;
        Ok(measure)
    }
}
