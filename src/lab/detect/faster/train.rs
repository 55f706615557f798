//! Training while somebody watches: losses, and precision on scenes that are not learnt from.

use super::{FasterFile, FasterSave, FasterTrainer, faster_config};
use crate::lab::detect::found::DetectInput;
use crate::lab::detect::lessons::{Lessons, names_of, scene_input};
use crate::lab::detect::measure::measured;
use crate::lab::device::{Device, choose};
use crate::lab::trainer::{Driver, TrainingLoop};
use crate::lab::{Host, LabError};
use crate::protocol::{BackendUsed, DetectTask, DetectTrain, DetectorProgress};
use std::rc::Rc;

/// From what a run learns, and the detector that it begins with.
#[derive(Clone)]
pub(in crate::lab::detect) struct Teaching {
    pub(in crate::lab::detect) lessons: Lessons,
    pub(in crate::lab::detect) start: Option<Rc<FasterFile>>,
}

/// Measurements of a run, and scenes of each; points of the loss's curve at most.
const MEASUREMENTS: u32 = 15;
const MEASURED_SCENES: u32 = 12;
const POINTS: u32 = 240;
/// Scenes that are measured with while training come from a stream of their own.
const STREAM: u32 = 0x3ea6_0000;

/// A detector that was trained in this session, and its curves.
#[derive(Clone)]
pub(in crate::lab::detect) struct TrainedDetector {
    /// With what the optimiser keeps.
    pub(in crate::lab::detect) file: Rc<FasterFile>,
    progress: DetectorProgress,
}

/// Trains on `teaching`; `tell` hears how far it is, `keep` gets the detector now and then. `before` is what was kept last.
///
/// # Errors
/// [`LabError::Setup`] of figures that are out of their limits, [`LabError::RunDiffers`] where a run goes on with others.
pub(in crate::lab::detect) async fn train_detector(
    job: &DetectTrain,
    teaching: &Teaching,
    before: Option<TrainedDetector>,
    host: &impl Host,
    tell: &impl Fn(DetectorProgress),
    keep: &impl Fn(TrainedDetector),
) -> Result<DetectorProgress, LabError> {
    let DetectTrain { steps, batch, rate, resume, .. } = *job;
    let known = DetectTrain::STEPS;
    ensure!(known.holds(steps), "{steps} steps cannot be trained; choose {known}");
    let known = DetectTrain::BATCH;
    ensure!(known.holds(batch), "a batch of {batch} pictures cannot be trained; choose {known}");
    let known = DetectTrain::RATE;
    ensure!(known.holds(rate), "a learning rate of {rate} cannot train; choose {known}");
    let before = before.filter(|_| resume);
    ensure!(!resume || before.is_some(), "no training was stopped here, so none can go on; start one");
    let sample = async |device: &Device| trainer(job, teaching, device).await?.step_millis(host).await;
    let gpu = host.gpu().await?;
    let (device, backend) = choose(job.backend, &gpu, sample).await?;
    let mut trainer = trainer(job, teaching, &device).await?;
    let mut progress = DetectorProgress {
        step: 0,
        of: steps,
        losses: Vec::new(),
        precision: Vec::new(),
        params: trainer.params(),
        steps_per_second: 0.0,
        seconds: 0.0,
        backend: backend.clone(),
    };
    if let Some(before) = before {
        trainer.go_on_with(&before.file)?;
        (progress.losses, progress.precision) = (before.progress.losses, before.progress.precision);
        go_back(&mut progress, trainer.step());
    }
    let first = trainer.step();
    let mut driver = Driver::new(host, &gpu, job.backend, backend);
    let mut training = Watched { trainer, teaching, progress, first, told: None, tell, keep };
    driver.drive(&mut training).await?;
    let (backend, seconds) = (driver.backend().clone(), driver.seconds());
    training.is_at(&backend, seconds);
    Ok(training.progress)
}

async fn trainer(job: &DetectTrain, teaching: &Teaching, device: &Device) -> Result<FasterTrainer, LabError> {
    let config = faster_config(job.steps, job.rate, job.seed);
    let mut trainer = FasterTrainer::start(config, job.batch, teaching.lessons.clone(), device).await?;
    if let Some(start) = &teaching.start {
        trainer.begin_with(start).await?;
    }
    Ok(trainer)
}

/// What a run is measured with while it goes on: pictures that it does not learn from; none of a few of a person's own.
fn measured_with(lessons: &Lessons) -> Vec<Result<DetectInput, LabError>> {
    match lessons {
        Lessons::Scenes => (0..MEASURED_SCENES).map(|number| scene_input(STREAM, u64::from(number))).collect(),
        Lessons::Own(own) => own.held_out().into_iter().flatten().map(|(_, input)| Ok(input.clone())).collect(),
    }
}

/// Forgets what came after this step.
fn go_back(progress: &mut DetectorProgress, step: u32) {
    progress.losses.retain(|(at, _)| *at <= step);
    progress.precision.retain(|(at, _)| *at <= step);
}

struct Watched<'a, T, K> {
    trainer: FasterTrainer,
    teaching: &'a Teaching,
    /// All of it.
    progress: DetectorProgress,
    first: u32,
    /// Up to this step all was told.
    told: Option<u32>,
    tell: &'a T,
    keep: &'a K,
}

impl<T: Fn(DetectorProgress), K: Fn(TrainedDetector)> Watched<'_, T, K> {
    fn is_at(&mut self, backend: &BackendUsed, seconds: f64) {
        let Self { trainer, progress, first, .. } = self;
        progress.step = trainer.step();
        progress.seconds = seconds as f32;
        progress.steps_per_second = (progress.step - *first) as f32 / seconds.max(1e-3) as f32;
        progress.backend = backend.clone();
    }

    async fn add_losses(&mut self) -> Result<(), LabError> {
        let every = self.progress.of.div_ceil(POINTS);
        for (step, numbers) in self.trainer.losses().await? {
            if step.is_multiple_of(every) || step == self.progress.of || step == 1 {
                let numbers = std::array::from_fn(|at| numbers.get(at).copied().unwrap_or(0.0));
                self.progress.losses.push((step, numbers));
            }
        }
        Ok(())
    }
}

impl<T: Fn(DetectorProgress), K: Fn(TrainedDetector)> TrainingLoop for Watched<'_, T, K> {
    type End = ();

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        let of = self.progress.of;
        if self.trainer.step() >= of {
            return Ok(Some(()));
        }
        self.trainer.propose_and_advance().await?;
        let step = self.trainer.step();
        if step.is_multiple_of(of.div_ceil(POINTS)) || step == of || self.trainer.is_full() {
            self.add_losses().await?;
        }
        if step.is_multiple_of(of.div_ceil(MEASUREMENTS)) || step == of {
            let task = DetectTask::default();
            let lessons = &self.teaching.lessons;
            let judged = self.trainer.judged(measured_with(lessons), task.overlap).await?;
            if !judged.is_empty() {
                let names = names_of(&lessons.classes());
                let found = measured(&judged, &names, task.threshold, self.progress.backend.clone());
                self.progress.precision.push((step, [found.ap50, found.ap75_coco]));
            }
        }
        Ok(None)
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        self.add_losses().await?;
        self.trainer.keep().await?;
        let bytes = self.trainer.saved(FasterSave::All, "the detector in training").await?;
        let file = Rc::new(FasterFile::parse("the detector in training", bytes)?);
        (self.keep)(TrainedDetector { file, progress: self.progress.clone() });
        Ok(())
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        self.trainer.recover(device).await?;
        if let (0, Some(start)) = (self.trainer.step(), &self.teaching.start) {
            self.trainer.begin_with(start).await?;
        }
        go_back(&mut self.progress, self.trainer.step());
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, seconds: f64) {
        self.is_at(backend, seconds);
        let is_new = |at: u32| self.told.is_none_or(|told| at > told);
        let mut news = self.progress.clone();
        news.losses.retain(|(at, _)| is_new(*at));
        news.precision.retain(|(at, _)| is_new(*at));
        self.told = news.losses.last().map(|(at, _)| *at).max(news.precision.last().map(|(at, _)| *at)).max(self.told);
        (self.tell)(news);
    }
}
