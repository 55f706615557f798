//! A run while somebody watches: its losses, and what is measured now and then on examples that it does not learn from.

use super::{RunFile, RunTask, SaveAs};
use crate::lab::device::{Device, choose};
use crate::lab::trainer::{Driver, Trainer, TrainingLoop};
use crate::lab::{Host, LabError};
use crate::protocol::{BackendChoice, BackendUsed, RunProgress};
use std::rc::Rc;

/// Points of the loss's curve at most.
const POINTS: u32 = 240;

/// What was trained in this session, and its curves.
#[derive(Clone)]
pub(in crate::lab) struct TrainedRun<C> {
    /// With what the optimiser keeps.
    pub(in crate::lab) file: Rc<RunFile<C>>,
    progress: RunProgress,
}

/// Trains what `make` makes; `tell` hears how far it is, `keep` gets the run now and then. Where it is to `go_on`, it does so from
/// `before`, which was kept last.
///
/// # Errors
/// [`LabError::Setup`] where there is nothing to go on from, [`LabError::RunDiffers`] where that is another run, and what `make` refuses.
pub(in crate::lab) async fn watch<T: RunTask>(
    make: impl AsyncFn(&Device) -> Result<Trainer<T>, LabError>,
    choice: BackendChoice,
    go_on: bool,
    before: Option<TrainedRun<T::Card>>,
    host: &impl Host,
    tell: &impl Fn(RunProgress),
    keep: &impl Fn(TrainedRun<T::Card>),
) -> Result<RunProgress, LabError> {
    let before = before.filter(|_| go_on);
    ensure!(!go_on || before.is_some(), "no training was stopped here, so none can go on; start one");
    let sample = async |device: &Device| make(device).await?.step_millis(host).await;
    let gpu = host.gpu().await?;
    let (device, backend) = choose(choice, &gpu, sample).await?;
    let mut trainer = make(&device).await?;
    let mut progress = RunProgress {
        step: 0,
        of: trainer.steps(),
        losses: Vec::new(),
        measured: Vec::new(),
        params: trainer.params(),
        steps_per_second: 0.0,
        seconds: 0.0,
        backend: backend.clone(),
    };
    if let Some(before) = before {
        trainer.go_on_with(&before.file)?;
        (progress.losses, progress.measured) = (before.progress.losses, before.progress.measured);
        go_back(&mut progress, trainer.step());
    }
    let first = trainer.step();
    let mut driver = Driver::new(host, &gpu, choice, backend);
    let mut training = Watched { trainer, progress, first, told: None, tell, keep };
    driver.drive(&mut training).await?;
    let (backend, seconds) = (driver.backend().clone(), driver.seconds());
    training.is_at(&backend, seconds);
    Ok(training.progress)
}

/// Forgets what came after this step.
fn go_back(progress: &mut RunProgress, step: u32) {
    progress.losses.retain(|(at, _)| *at <= step);
    progress.measured.retain(|(at, _)| *at <= step);
}

struct Watched<'a, R: RunTask, T, K> {
    trainer: Trainer<R>,
    /// All of it.
    progress: RunProgress,
    first: u32,
    /// Up to this step all was told.
    told: Option<u32>,
    tell: &'a T,
    keep: &'a K,
}

impl<R: RunTask, T, K> Watched<'_, R, T, K> {
    fn is_at(&mut self, backend: &BackendUsed, seconds: f64) {
        let Self { trainer, progress, first, .. } = self;
        progress.step = trainer.step();
        progress.seconds = seconds as f32;
        progress.steps_per_second = (progress.step - *first) as f32 / seconds.max(1e-3) as f32;
        progress.backend = backend.clone();
    }

    async fn add_losses(&mut self) -> Result<(), LabError> {
        let of = self.progress.of;
        let every = of.div_ceil(POINTS);
        let shown = |step: u32| step.is_multiple_of(every) || step == of || step == 1;
        let losses = self.trainer.losses().await?;
        self.progress.losses.extend(losses.into_iter().filter(|(step, _)| shown(*step)));
        Ok(())
    }
}

impl<R: RunTask, T: Fn(RunProgress), K: Fn(TrainedRun<R::Card>)> TrainingLoop for Watched<'_, R, T, K> {
    type End = ();

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        let of = self.progress.of;
        if self.trainer.step() >= of {
            return Ok(Some(()));
        }
        self.trainer.learn().await?;
        let step = self.trainer.step();
        if step.is_multiple_of(of.div_ceil(POINTS)) || step == of || self.trainer.is_full() {
            self.add_losses().await?;
        }
        let is_first = R::LOOKS_AT_ONCE && step == 1;
        if step.is_multiple_of(of.div_ceil(R::MEASUREMENTS)) || step == of || is_first {
            let shares = R::measured(&mut self.trainer).await?;
            self.progress.measured.extend(shares.map(|shares| (step, shares)));
        }
        Ok(None)
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        const NAME: &str = "the run";
        self.add_losses().await?;
        self.trainer.keep().await?;
        let bytes = self.trainer.saved(SaveAs::Run, NAME).await?;
        let file = Rc::new(RunFile::parse(NAME, bytes)?);
        (self.keep)(TrainedRun { file, progress: self.progress.clone() });
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
        news.measured.retain(|(at, _)| is_new(*at));
        self.told = news.losses.last().map(|(at, _)| *at).max(news.measured.last().map(|(at, _)| *at)).max(self.told);
        (self.tell)(news);
    }
}
