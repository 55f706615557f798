//! Training while somebody watches: losses, and PCK on figures that are not learnt from.

use super::cascade::{CascadeFile, CascadeSave, CascadeTrainer, PoseExample, cascade_config};
use super::measure::accuracy;
use crate::lab::device::{Device, choose};
use crate::lab::trainer::{Driver, TrainingLoop};
use crate::lab::{Host, LabError};
use crate::protocol::{BackendUsed, PoseProgress, PoseTrain};
use std::rc::Rc;

/// Measurements of a run, and figures of each; points of the loss's curve at most.
const MEASUREMENTS: u32 = 20;
const MEASURED_FIGURES: u32 = 24;
const POINTS: u32 = 240;
/// Figures that are measured with while training come from a stream of their own.
const STREAM: u32 = 0x3ea6_0000;

/// A cascade that was trained in this session, and its curves.
#[derive(Clone)]
pub struct TrainedCascade {
    /// With what the optimiser keeps.
    pub file: Rc<CascadeFile>,
    progress: PoseProgress,
}

/// Trains; `tell` hears how far it is, `keep` gets the cascade now and then. `before` is what was kept last.
///
/// # Errors
/// [`LabError::Setup`] of figures that are out of their limits, [`LabError::RunDiffers`] where a run goes on with others.
pub async fn train_cascade(
    job: &PoseTrain,
    own: Rc<[PoseExample]>,
    before: Option<TrainedCascade>,
    host: &impl Host,
    tell: &impl Fn(PoseProgress),
    keep: &impl Fn(TrainedCascade),
) -> Result<PoseProgress, LabError> {
    let PoseTrain { steps, batch, rate, resume, .. } = *job;
    let known = PoseTrain::STEPS;
    ensure!(known.holds(steps), "{steps} steps cannot be trained; choose {known}");
    let known = PoseTrain::BATCH;
    ensure!(known.holds(batch), "a batch of {batch} figures cannot be trained; choose {known}");
    let known = PoseTrain::RATE;
    ensure!(known.holds(rate), "a learning rate of {rate} cannot train; choose {known}");
    ensure!(
        !job.own || !own.is_empty(),
        "no picture was put right yet, so none can be learnt from; drag a joint first"
    );
    let before = before.filter(|_| resume);
    ensure!(!resume || before.is_some(), "no training was stopped here, so none can go on; start one");
    let own = if job.own { own } else { Rc::default() };
    let sample = async |device: &Device| trainer(job, own.clone(), device).await?.step_millis(host).await;
    let gpu = host.gpu().await?;
    let (device, backend) = choose(job.backend, &gpu, sample).await?;
    let mut trainer = trainer(job, own.clone(), &device).await?;
    let mut progress = PoseProgress {
        step: 0,
        of: steps,
        losses: Vec::new(),
        accuracy: Vec::new(),
        params: trainer.params(),
        steps_per_second: 0.0,
        seconds: 0.0,
        backend: backend.clone(),
    };
    if let Some(before) = before {
        trainer.go_on_with(&before.file)?;
        (progress.losses, progress.accuracy) = (before.progress.losses, before.progress.accuracy);
        go_back(&mut progress, trainer.step());
    }
    let first = trainer.step();
    let mut driver = Driver::new(host, &gpu, job.backend, backend);
    let mut training = WatchedCascade { trainer, progress, first, told: None, tell, keep };
    driver.drive(&mut training).await?;
    let (backend, seconds) = (driver.backend().clone(), driver.seconds());
    training.is_at(&backend, seconds);
    Ok(training.progress)
}

async fn trainer(job: &PoseTrain, own: Rc<[PoseExample]>, device: &Device) -> Result<CascadeTrainer, LabError> {
    CascadeTrainer::start(cascade_config(job.steps, job.rate, job.seed), job.batch, own, device).await
}

/// Forgets what came after this step.
fn go_back(progress: &mut PoseProgress, step: u32) {
    progress.losses.retain(|(at, _)| *at <= step);
    progress.accuracy.retain(|(at, _)| *at <= step);
}

struct WatchedCascade<'a, T, K> {
    trainer: CascadeTrainer,
    /// All of it.
    progress: PoseProgress,
    first: u32,
    /// Up to this step all was told.
    told: Option<u32>,
    tell: &'a T,
    keep: &'a K,
}

impl<T: Fn(PoseProgress), K: Fn(TrainedCascade)> WatchedCascade<'_, T, K> {
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
                let numbers = std::array::from_fn(|at| numbers.get(1 + at).copied().unwrap_or(0.0));
                self.progress.losses.push((step, numbers));
            }
        }
        Ok(())
    }
}

impl<T: Fn(PoseProgress), K: Fn(TrainedCascade)> TrainingLoop for WatchedCascade<'_, T, K> {
    type End = ();

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        let of = self.progress.of;
        if self.trainer.step() >= of {
            return Ok(Some(()));
        }
        self.trainer.measure_and_advance().await?;
        let step = self.trainer.step();
        if step.is_multiple_of(of.div_ceil(POINTS)) || step == of || self.trainer.is_full() {
            self.add_losses().await?;
        }
        if step.is_multiple_of(of.div_ceil(MEASUREMENTS)) || step == of {
            let stages = accuracy(&self.trainer.judged(STREAM, MEASURED_FIGURES).await?);
            let shares = std::array::from_fn(|stage| stages.get(stage).map_or(0.0, |found| found.pck));
            self.progress.accuracy.push((step, shares));
        }
        Ok(None)
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        self.add_losses().await?;
        self.trainer.keep().await?;
        let bytes = self.trainer.saved(CascadeSave::All, "the cascade in training").await?;
        let file = Rc::new(CascadeFile::parse("the cascade in training", bytes)?);
        (self.keep)(TrainedCascade { file, progress: self.progress.clone() });
        Ok(())
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        self.trainer.recover(device).await?;
        go_back(&mut self.progress, self.trainer.step());
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, seconds: f64) {
        self.is_at(backend, seconds);
        let is_new = |at: u32| self.told.is_none_or(|told| at > told);
        let mut news = self.progress.clone();
        news.losses.retain(|(at, _)| is_new(*at));
        news.accuracy.retain(|(at, _)| is_new(*at));
        self.told = news.losses.last().map(|(at, _)| *at).max(news.accuracy.last().map(|(at, _)| *at)).max(self.told);
        (self.tell)(news);
    }
}
