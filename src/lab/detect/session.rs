//! What stays from job to job: detectors that are compiled, what R-CNN learnt, and what was said of the last picture before suppression.

use super::album::BoxShelf;
use super::facts::detect_facts;
use super::faster::{FasterCard, FasterFile, FasterModel, FasterTrainer};
use super::found::{Candidates, DetectInput, at_once, by_regions, check, check_suppression, in_two_stages};
use super::lessons::{BoxedPictures, Lessons, class_among, measured_scene, names_of, scene_of_task};
use super::measure::{JudgedPicture, measured};
use super::rcnn::RegionModel;
use super::yolo::{OneStage, one_stage_names};
use super::{CoveredThings, covered_by, proposals_curve, shipped_detector};
use crate::lab::device::{Device, Models, Placed};
use crate::lab::run::{TrainedRun, watch};
use crate::lab::{Host, LabError, Monitor, Perform, Weights, rgb_from_pixels};
use crate::models::DETECTOR;
use crate::protocol::{
    BackendUsed, Detect, DetectNews, DetectTask, DetectTrain, Detected, DetectedPicture, DetectionMeasure,
    DetectorKind, Exported, LiveFrame, RunProgress, ShiftChange, Stage, Suppression, TrueBox,
};
use async_lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;

/// Scenes that a detector is measured with.
const MEASURED: u32 = 24;

#[derive(Default)]
pub struct DetectSession {
    regions: Mutex<Models<RegionModel, 1>>,
    two_stage: Mutex<Models<FasterModel, 1>>,
    one_stage: Mutex<Models<OneStage, 1>>,
    /// Fetched when it is first asked.
    shipped: RefCell<Option<Rc<FasterFile>>>,
    trained: RefCell<Option<TrainedRun<FasterCard>>>,
    last: RefCell<Option<Candidates>>,
    album: Mutex<BoxShelf>,
}

impl<H: Host> Perform<H> for Detect {
    type Kept = DetectSession;

    async fn perform(self, kept: &DetectSession, host: &H, tell: &dyn Fn(DetectNews)) -> Result<Detected, LabError> {
        match self {
            Detect::Run(task) => {
                check(&task)?;
                let input = kept.input_of(&task, host).await?;
                let found = kept.run(&input, &task, host, tell).await?;
                Ok(Detected::Found(Box::new(found)))
            }
            Detect::See(LiveFrame { task, frame }) => {
                check(&task)?;
                let input = DetectInput { picture: Rc::new(rgb_from_pixels(&frame)?), truth: Vec::new() };
                Ok(Detected::Found(Box::new(kept.run(&input, &task, host, &|_| {}).await?)))
            }
            Detect::Suppress(by) => kept.suppress(by, host),
            Detect::Evaluate(task) => Ok(Detected::Evaluated(Box::new(kept.evaluate(&task, host).await?))),
            Detect::Train(job) => Ok(Detected::Trained(kept.train(&job, host, tell).await?)),
            Detect::Change(change) => Ok(Detected::Album(kept.shelf(host).await?.change(change, host).await?)),
            Detect::Write(format) => Ok(Detected::Saved(kept.shelf(host).await?.written(format)?)),
            Detect::Save => Ok(Detected::Saved(Exported {
                name: "faster-rcnn.safetensors".to_owned(),
                bytes: kept.trained()?.halved()?.into(),
            })),
            Detect::Check(choice) => Ok(Detected::Checked(detect_facts(choice, host).await?)),
        }
    }
}

impl DetectSession {
    async fn shelf(&self, host: &impl Host) -> Result<async_lock::MutexGuard<'_, BoxShelf>, LabError> {
        host.or_cancelled(self.album.lock()).await
    }

    /// A picture of the tray or of the album, or a drawn scene.
    async fn input_of(&self, task: &DetectTask, host: &impl Host) -> Result<DetectInput, LabError> {
        if let Some(picture) = task.picture {
            return Ok(DetectInput { picture: host.picture(picture)?, truth: Vec::new() });
        }
        match task.album {
            Some(picture) => self.shelf(host).await?.input(picture),
            None => scene_of_task(task.scene),
        }
    }

    async fn lessons(&self, own: bool, host: &impl Host) -> Result<Lessons, LabError> {
        self.shelf(host).await?.lessons_of(own)
    }

    /// A person's own few pictures are learnt by a detector that has seen others.
    async fn train(
        &self,
        job: &DetectTrain,
        host: &impl Host,
        tell: &dyn Fn(DetectNews),
    ) -> Result<RunProgress, LabError> {
        let lessons = self.lessons(job.own, host).await?;
        let begin = match job.own {
            true => Some(self.faster(&DetectTask::default(), host).await?),
            false => None,
        };
        let before = self.trained.borrow().clone();
        let (plan, tell) = (job.plan(), |progress| tell(DetectNews::Training(progress)));
        let make = async |device: &Device| FasterTrainer::start(&plan, lessons.clone(), begin.clone(), device).await;
        let keep = |trained| _ = self.trained.replace(Some(trained));
        watch(make, job.backend, job.resume, before, host, &tell, &keep).await
    }

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
                let (weights, lessons) = (host.weights(&task.network).await?, self.lessons(task.own, host).await?);
                let mut models = host.or_cancelled(self.regions.lock()).await?;
                let run = async |models: &mut [Placed<RegionModel>]| {
                    let Placed { model, used, .. } = &mut models[0];
                    by_regions(input, task, &lessons, (model, used), host, &tell).await
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
                let weights = one_stage(task, host).await?;
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
            DetectorKind::OneStage => self.evaluate_one_stage(task, host).await?,
        };
        measure.elapsed_ms = host.now_millis() - start;
        Ok(measure)
    }

    async fn evaluate_regions(&self, task: &DetectTask, host: &impl Host) -> Result<DetectionMeasure, LabError> {
        let (weights, lessons) = (host.weights(&task.network).await?, self.lessons(task.own, host).await?);
        let names = names_of(&lessons.classes());
        let asked = Asked::of(&lessons, &names)?;
        let mut models = host.or_cancelled(self.regions.lock()).await?;
        let run = async |models: &mut [Placed<RegionModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let mut judged = Judged::default();
            for at in 0..asked.len() {
                let (id, input) = asked.next(at, host).await?;
                let found = by_regions(&input, task, &lessons, (model, used), host, &|_| {}).await?;
                judged.add(id, found, input, task, host);
            }
            Ok((judged, used.clone()))
        };
        let (judged, used) = models.run(std::slice::from_ref(&weights), task.backend, host, run).await?;
        Ok(judged.measured(task, &names, Some(task.regions), used))
    }

    async fn evaluate_two_stages(&self, task: &DetectTask, host: &impl Host) -> Result<DetectionMeasure, LabError> {
        let (file, lessons) = (self.faster(task, host).await?, self.lessons(task.own, host).await?);
        let names = names_of(&file.card.classes);
        let asked = Asked::of(&lessons, &names)?;
        let mut models = host.or_cancelled(self.two_stage.lock()).await?;
        let run = async |models: &mut [Placed<FasterModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let (mut judged, mut changes) = (Judged::default(), Vec::new());
            for at in 0..asked.len() {
                let (id, input) = asked.next(at, host).await?;
                let found = in_two_stages(&input, task, (&mut model.0, used), host).await?;
                changes.extend(model.0.shift_changes(&input).await?);
                judged.add(id, found, input, task, host);
            }
            Ok((judged, changes, used.clone()))
        };
        let (judged, changes, used) = models.run(std::slice::from_ref(&file), task.backend, host, run).await?;
        let mut measure = judged.measured(task, &names, Some(100), used);
        measure.shift = ShiftChange::of(&changes);
        Ok(measure)
    }

    /// Of a person's own boxes: it knows no drawn shapes.
    async fn evaluate_one_stage(&self, task: &DetectTask, host: &impl Host) -> Result<DetectionMeasure, LabError> {
        ensure!(
            task.own,
            "detectors of one stage know none of the classes of drawn scenes; draw or bring boxes of their classes, and measure them with these"
        );
        let (lessons, weights) = (self.lessons(true, host).await?, one_stage(task, host).await?);
        let names = one_stage_names(weights.network());
        let asked = Asked::of(&lessons, &names)?;
        let mut models = host.or_cancelled(self.one_stage.lock()).await?;
        let run = async |models: &mut [Placed<OneStage>]| {
            let Placed { model, used, .. } = &mut models[0];
            let mut judged = Judged::default();
            for at in 0..asked.len() {
                let (id, input) = asked.next(at, host).await?;
                judged.add(id, at_once(&input, task, (model, used), host).await?, input, task, host);
            }
            Ok((judged, used.clone()))
        };
        let (judged, used) = models.run(std::slice::from_ref(&weights), task.backend, host, run).await?;
        Ok(judged.measured(task, &names, None, used))
    }
}

/// The task's file, else Yolo-Fastest.
async fn one_stage(task: &DetectTask, host: &impl Host) -> Result<Rc<Weights>, LabError> {
    host.any_weights(task.brought.as_deref().unwrap_or(DETECTOR)).await
}

/// What a detector is measured with.
enum Asked {
    Scenes,
    /// Of a person's own those that are held out; of each of their classes its number among the detector's.
    Own(Rc<BoxedPictures>, Vec<Option<u32>>),
}

impl Asked {
    fn of(lessons: &Lessons, names: &[[String; 2]]) -> Result<Self, LabError> {
        let classes = lessons.classes();
        let known: Vec<Option<u32>> = classes.iter().map(|class| class_among(class, names)).collect();
        let all = || names.iter().map(|[name, _]| name.as_str()).collect::<Vec<_>>().join(", ");
        ensure!(
            known.iter().any(Option::is_some),
            "the detector knows {}, and the boxes are of {}; train one on them, or choose another",
            all(),
            classes.join(", ")
        );
        match lessons {
            Lessons::Scenes => Ok(Self::Scenes),
            Lessons::Own(own) => own.held_out().map(|_| Self::Own(own.clone(), known)),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Scenes => MEASURED as usize,
            Self::Own(own, _) => own.held_out().map_or(0, |held| held.len()),
        }
    }

    /// The number by which the page knows the picture, and the picture.
    async fn next(&self, at: usize, host: &impl Host) -> Result<(u32, DetectInput), LabError> {
        host.step(Stage::Run, at as u64, self.len() as u64).await?;
        match self {
            Self::Scenes => Ok((DetectTask::MEASURED + at as u32, measured_scene(at as u32)?)),
            Self::Own(own, known) => {
                let (id, input) = own.held_out()?[at];
                let thing = |one: &TrueBox| Some(TrueBox { class: known[one.class as usize]?, corners: one.corners });
                let truth = input.truth.iter().filter_map(thing).collect();
                Ok((*id, DetectInput { truth, picture: input.picture.clone() }))
            }
        }
    }
}

/// What a detector said of pictures that it has not learnt from.
#[derive(Default)]
struct Judged {
    pictures: Vec<JudgedPicture>,
    regions: Vec<CoveredThings>,
}

impl Judged {
    fn add(
        &mut self,
        picture: u32,
        (found, candidates): (DetectedPicture, Candidates),
        input: DetectInput,
        task: &DetectTask,
        host: &impl Monitor,
    ) {
        // Precision is of all boxes, however low their scores.
        let all = candidates.kept(Suppression { threshold: 0.0, overlap: task.overlap }, host);
        self.pictures.push(JudgedPicture { picture, found: all.boxes, truth: input.truth.clone() });
        self.regions.push((found.regions, input.truth));
    }

    /// With the recall of up to so many regions, where there are regions.
    fn measured(
        &self,
        task: &DetectTask,
        names: &[[String; 2]],
        most: Option<u32>,
        used: BackendUsed,
    ) -> DetectionMeasure {
        let mut measure = measured(&self.pictures, names, task.threshold, used);
        let recall = |count| [f64::from(count), covered_by(&self.regions, count)];
        measure.own = task.own;
        measure.proposals = most.into_iter().flat_map(proposals_curve).map(recall).collect();
        measure
    }
}
