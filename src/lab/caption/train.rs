//! Training while somebody watches: on scenes, and what captions of one's own have in common with them.

use super::batch::Scenes;
use super::kept::{Captioner, SaveKind, saved};
use super::scene_trainer::{SceneTrainer, scene_config};
use super::task::{Captioning, ExampleSource};
use crate::data::scenes::SceneKind;
use crate::lab::device::{Device, choose};
use crate::lab::trainer::{Driver, Trainer, TrainingLoop};
use crate::lab::{Host, LabError};
use crate::protocol::{BackendUsed, CaptionNews, CaptionTrain, ExamPoint};

/// Evaluations of a run, and scenes in each.
const EVALUATIONS: u32 = 15;
const EVALUATED_SCENES: u32 = 128;

/// Trains; `tell` hears how far it is, and `keep` gets the network after each evaluation.
pub async fn train_scenes(
    job: &CaptionTrain,
    host: &impl Host,
    tell: &impl Fn(CaptionNews),
    keep: &impl Fn(Captioner),
) -> Result<CaptionNews, LabError> {
    let (steps, allowed) = (job.steps, CaptionTrain::STEPS);
    ensure!(allowed.holds(steps), "{steps} steps cannot be trained; choose {allowed}");
    let sample = async |device: &Device| trainer(job, device).await?.step_millis(host).await;
    let gpu = host.gpu().await?;
    let (device, backend) = choose(job.backend, &gpu, sample).await?;
    let trainer = trainer(job, &device).await?;
    let mut driver = Driver::new(host, &gpu, job.backend, backend);
    let (curves, due) = (Curves::of(&trainer), Evaluations(keep));
    let mut training = Watched { trainer, curves, due, tell };
    driver.drive(&mut training).await?;
    Ok(training.curves.whole(driver.backend(), driver.seconds()))
}

async fn trainer(job: &CaptionTrain, device: &Device) -> Result<SceneTrainer, LabError> {
    let mut config = scene_config(job.steps, job.seed);
    config.batch = job.batch;
    config.optimiser.rate = job.rate;
    SceneTrainer::start(config, device).await
}

/// The network is measured now and then, and handed over.
struct Evaluations<'a, K>(&'a K);

impl<K: Fn(Captioner)> Due<Scenes> for Evaluations<'_, K> {
    type End = ();

    async fn before(&mut self, trainer: &mut SceneTrainer, _: &mut Curves) -> Result<Option<()>, LabError> {
        Ok((trainer.step() == trainer.steps()).then_some(()))
    }

    async fn after(&mut self, trainer: &mut SceneTrainer, curves: &mut Curves) -> Result<(), LabError> {
        let (step, steps) = (trainer.step(), trainer.steps());
        if step.is_multiple_of(steps.div_ceil(EVALUATIONS)) || step == steps {
            let found = trainer.evaluate(SceneKind::HeldOut, EVALUATED_SCENES).await?;
            curves.evaluations.push(ExamPoint { step, right: found.right, of: found.of });
            let file = saved(trainer, SaveKind::Weights, "memory").await?;
            (self.0)(Captioner::parse("the network in training", file)?);
        }
        Ok(())
    }
}

/// A captioning network under training, of scenes or of captions of one's own.
pub(super) struct Watched<'a, S: ExampleSource, D, T> {
    pub(super) trainer: Trainer<Captioning<S>>,
    pub(super) curves: Curves,
    pub(super) due: D,
    pub(super) tell: &'a T,
}

/// What is due beside the steps and their losses.
pub(super) trait Due<S: ExampleSource> {
    type End;

    /// Before a step; the end where no step is left.
    async fn before(
        &mut self,
        trainer: &mut Trainer<Captioning<S>>,
        curves: &mut Curves,
    ) -> Result<Option<Self::End>, LabError>;

    async fn after(&mut self, trainer: &mut Trainer<Captioning<S>>, curves: &mut Curves) -> Result<(), LabError>;
}

impl<S: ExampleSource, D: Due<S>, T: Fn(CaptionNews)> TrainingLoop for Watched<'_, S, D, T> {
    type End = D::End;

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    async fn turn(&mut self) -> Result<Option<D::End>, LabError> {
        let Self { trainer, curves, due, .. } = self;
        let end = due.before(trainer, curves).await?;
        if end.is_some() {
            return Ok(end);
        }
        trainer.advance()?;
        let (step, steps) = (trainer.step(), trainer.steps());
        if step.is_multiple_of(steps.div_ceil(POINTS)) || step == steps || trainer.is_full() {
            curves.add_losses(trainer.word_losses().await?);
        }
        due.after(trainer, curves).await.map(|()| None)
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        self.trainer.keep().await
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        self.trainer.recover(device).await?;
        self.curves.go_back(self.trainer.step());
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, seconds: f64) {
        (self.tell)(self.curves.news(self.trainer.step(), backend, seconds));
    }
}

/// Points of the loss's curve, at most.
pub(super) const POINTS: u32 = 240;

/// What there is to tell of a training, and what of it was told.
pub(super) struct Curves {
    losses: Vec<(u32, f32)>,
    pub(super) evaluations: Vec<ExamPoint>,
    pub(super) held_out: Vec<(u32, f32)>,
    /// Up to this step all was told.
    told: Option<u32>,
    params: u64,
    dispatches: u32,
    steps: u32,
}

impl Curves {
    pub(super) fn of<S: ExampleSource>(trainer: &Trainer<Captioning<S>>) -> Self {
        let (losses, evaluations, held_out) = (Vec::new(), Vec::new(), Vec::new());
        let (params, dispatches, steps) = (trainer.params(), trainer.dispatches(), trainer.steps());
        Self { losses, evaluations, held_out, told: None, params, dispatches, steps }
    }

    /// Those of the steps that the curve shows.
    pub(super) fn add_losses(&mut self, losses: Vec<(u32, f32)>) {
        let (steps, every) = (self.steps, self.steps.div_ceil(POINTS));
        let is_shown = |(step, _): &(u32, f32)| step.is_multiple_of(every) || *step == steps;
        self.losses.extend(losses.into_iter().filter(is_shown));
    }

    /// Forgets what came after this step.
    pub(super) fn go_back(&mut self, step: u32) {
        self.losses.retain(|(at, _)| *at <= step);
        self.evaluations.retain(|point| point.step <= step);
        self.held_out.retain(|(at, _)| *at <= step);
    }

    /// What is new since the last time.
    pub(super) fn news(&mut self, step: u32, backend: &BackendUsed, seconds: f64) -> CaptionNews {
        let news = self.since(self.told, step, backend, seconds);
        self.told = self.told.max(Some(step));
        news
    }

    /// All of it.
    pub(super) fn whole(&self, backend: &BackendUsed, seconds: f64) -> CaptionNews {
        self.since(None, self.steps, backend, seconds)
    }

    fn since(&self, told: Option<u32>, step: u32, backend: &BackendUsed, seconds: f64) -> CaptionNews {
        let is_new = |at: u32| told.is_none_or(|told| at > told);
        let seconds = seconds.max(1e-3) as f32;
        CaptionNews {
            step,
            of: self.steps,
            losses: self.losses.iter().copied().filter(|&(at, _)| is_new(at)).collect(),
            exams: self.evaluations.iter().copied().filter(|point| is_new(point.step)).collect(),
            held_out: self.held_out.iter().copied().filter(|&(at, _)| is_new(at)).collect(),
            params: self.params,
            dispatches: self.dispatches,
            steps_per_second: step as f32 / seconds,
            seconds,
            backend: backend.clone(),
        }
    }
}
