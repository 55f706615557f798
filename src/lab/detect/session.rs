//! What stays from job to job: detectors that are compiled, what R-CNN learnt, and what was said of the last picture before suppression.

use super::facts::detect_facts;
use super::faster::{FasterFile, FasterModel, TrainedDetector, train_detector};
use super::found::{
    Candidates, DetectInput, at_once, by_regions, check, check_suppression, in_two_stages, shape_names,
};
use super::measure::{JudgedPicture, measured};
use super::rcnn::{RegionModel, truth_of};
use super::yolo::OneStage;
use super::{CoveredThings, covered_by, proposals_curve, shipped_detector};
use crate::data::procedural::ShapeScene;
use crate::lab::device::{Models, Placed};
use crate::lab::{Host, LabError, Monitor, Perform};
use crate::models::DETECTOR;
use crate::protocol::{
    BackendUsed, BoxCorners, Detect, DetectNews, DetectTask, Detected, DetectedPicture, DetectionMeasure, DetectorKind,
    Exported, ShiftChange, Stage, Suppression,
};
use async_lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;

/// Scenes that are looked at, and those that a detector is measured with.
const SHOWN_STREAM: u32 = 0x5402_0000;
const MEASURED_STREAM: u32 = 0x3ea5_0000;
/// Scenes that a detector is measured with.
const MEASURED: u32 = 24;

#[derive(Default)]
pub struct DetectSession {
    regions: Mutex<Models<RegionModel, 1>>,
    two_stage: Mutex<Models<FasterModel, 1>>,
    one_stage: Mutex<Models<OneStage, 1>>,
    /// Fetched when it is first asked.
    shipped: RefCell<Option<Rc<FasterFile>>>,
    trained: RefCell<Option<TrainedDetector>>,
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
            Detect::Train(job) => {
                let before = kept.trained.borrow().clone();
                let keep = |trained| _ = kept.trained.replace(Some(trained));
                let tell = |progress| tell(DetectNews::Training(progress));
                Ok(Detected::Trained(train_detector(&job, before, host, &tell, &keep).await?))
            }
            Detect::Save => Ok(Detected::Saved(Exported {
                name: "faster-rcnn.safetensors".to_owned(),
                bytes: kept.trained()?.halved()?.into(),
            })),
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

/// Scene `number` of those that detectors are measured with, and nothing is learnt from.
///
/// # Errors
/// None of its own.
pub fn measured_scene(number: u32) -> Result<DetectInput, LabError> {
    scene_input(MEASURED_STREAM, number)
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
            DetectorKind::TwoStage => {
                let file = self.faster(task, host).await?;
                let mut models = host.or_cancelled(self.two_stage.lock()).await?;
                let run = async |models: &mut [Placed<FasterModel>]| {
                    let Placed { model, used, .. } = &mut models[0];
                    in_two_stages(input, task, (&mut model.0, used), host).await
                };
                models.run(std::slice::from_ref(&file), task.backend, host, run).await?
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

    /// What was trained in this session.
    fn trained(&self) -> Result<Rc<FasterFile>, LabError> {
        let trained = self.trained.borrow().as_ref().map(|trained| trained.file.clone());
        trained.ok_or_else(|| bad_setup!("no detector was trained here yet; train one first"))
    }

    /// Faster R-CNN, as it comes with the page or as it was trained.
    async fn faster(&self, task: &DetectTask, host: &impl Host) -> Result<Rc<FasterFile>, LabError> {
        if task.trained {
            return self.trained();
        }
        if let Some(file) = self.shipped.borrow().clone() {
            return Ok(file);
        }
        let report = shipped_detector();
        let bytes = host.shipped("Faster R-CNN", &report).await?;
        let file = Rc::new(FasterFile::parse(&report.file, bytes)?);
        self.shipped.replace(Some(file.clone()));
        Ok(file)
    }

    async fn evaluate(&self, task: &DetectTask, host: &impl Host) -> Result<DetectionMeasure, LabError> {
        check(task)?;
        let start = host.now_millis();
        let mut measure = match task.detector {
            DetectorKind::Regions => self.evaluate_regions(task, host).await?,
            DetectorKind::TwoStage => self.evaluate_two_stages(task, host).await?,
            DetectorKind::OneStage => {
                return Err(bad_setup!(
                    "Yolo-Fastest knows none of the classes of drawn scenes; `neocog detect evaluate` measures it on pictures with boxes"
                ));
            }
        };
        measure.elapsed_ms = host.now_millis() - start;
        Ok(measure)
    }

    async fn evaluate_regions(&self, task: &DetectTask, host: &impl Host) -> Result<DetectionMeasure, LabError> {
        let weights = host.weights(&task.network).await?;
        let mut models = host.or_cancelled(self.regions.lock()).await?;
        let run = async |models: &mut [Placed<RegionModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let mut judged = JudgedScenes::default();
            for number in 0..MEASURED {
                let input = judged.next(number, host).await?;
                judged.add(by_regions(&input, task, (model, used), host, &|_| {}).await?, input, task, host);
            }
            Ok((judged, used.clone()))
        };
        let (judged, used) = models.run(std::slice::from_ref(&weights), task.backend, host, run).await?;
        Ok(judged.measured(task, task.regions, used))
    }

    async fn evaluate_two_stages(&self, task: &DetectTask, host: &impl Host) -> Result<DetectionMeasure, LabError> {
        let file = self.faster(task, host).await?;
        let mut models = host.or_cancelled(self.two_stage.lock()).await?;
        let run = async |models: &mut [Placed<FasterModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let (mut judged, mut changes) = (JudgedScenes::default(), Vec::new());
            for number in 0..MEASURED {
                let input = judged.next(number, host).await?;
                let things: Vec<BoxCorners> = input.truth.iter().map(|thing| thing.corners).collect();
                changes.extend(model.0.shift_changes(&input.picture, &things).await?);
                judged.add(in_two_stages(&input, task, (&mut model.0, used), host).await?, input, task, host);
            }
            Ok((judged, changes, used.clone()))
        };
        let (judged, changes, used) = models.run(std::slice::from_ref(&file), task.backend, host, run).await?;
        let mut measure = judged.measured(task, 100, used);
        measure.shift = ShiftChange::of(&changes);
        Ok(measure)
    }
}

/// What a detector said of scenes that it has not learnt from.
#[derive(Default)]
struct JudgedScenes {
    judged: Vec<JudgedPicture>,
    regions: Vec<CoveredThings>,
}

impl JudgedScenes {
    async fn next(&self, number: u32, host: &impl Host) -> Result<DetectInput, LabError> {
        host.step(Stage::Run, u64::from(number), u64::from(MEASURED)).await?;
        measured_scene(number)
    }

    fn add(
        &mut self,
        (found, candidates): (DetectedPicture, Candidates),
        input: DetectInput,
        task: &DetectTask,
        host: &impl Monitor,
    ) {
        // Precision is of all boxes, however low their scores.
        let all = candidates.kept(Suppression { threshold: 0.0, overlap: task.overlap }, host);
        self.judged.push(JudgedPicture { found: all.boxes, truth: input.truth.clone() });
        self.regions.push((found.regions, input.truth));
    }

    fn measured(&self, task: &DetectTask, most: u32, used: BackendUsed) -> DetectionMeasure {
        let mut measure = measured(&self.judged, &shape_names(), task.threshold, used);
        let recall = |count| [f64::from(count), covered_by(&self.regions, count)];
        measure.proposals = proposals_curve(most).map(recall).collect();
        measure
    }
}
