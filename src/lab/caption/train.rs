//! Training on scenes while somebody watches.

use super::curves::{Curves, POINTS};
use super::kept::{Captioner, Keep, saved};
use super::scene_trainer::{SceneTrainer, scene_config};
use crate::data::scenes::Kind;
use crate::lab::device::{Device, choose};
use crate::lab::trainer::{Driver, Training};
use crate::lab::{Host, LabError};
use crate::protocol::{BackendUsed, CaptionNews, CaptionTrain, ExamPoint};

/// Evaluations of a run, and scenes in each.
const EVALUATIONS: u32 = 15;
const EVALUATED_SCENES: u32 = 128;

/// Trains; `tell` hears how far it is, and `keep` gets the network after each evaluation.
///
/// # Errors
/// [`LabError::Setup`] for figures that make no sense, [`LabError::NotFiniteRun`], [`LabError::Cancelled`], and what a device
/// refuses.
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
    let mut training = SceneTraining { curves: Curves::of(&trainer), trainer, tell, keep };
    driver.drive(&mut training).await?;
    Ok(training.curves.whole(driver.backend(), driver.seconds()))
}

async fn trainer(job: &CaptionTrain, device: &Device) -> Result<SceneTrainer, LabError> {
    let mut config = scene_config(job.steps, job.seed);
    config.batch = job.batch;
    config.optimiser.rate = job.rate;
    SceneTrainer::start(config, device).await
}

struct SceneTraining<'a, T, K> {
    trainer: SceneTrainer,
    curves: Curves,
    tell: &'a T,
    keep: &'a K,
}

impl<T: Fn(CaptionNews), K: Fn(Captioner)> Training for SceneTraining<'_, T, K> {
    type End = ();

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        let Self { trainer, curves, .. } = self;
        trainer.advance()?;
        let (step, steps) = (trainer.step(), trainer.steps());
        let is_due = |times: u32| step.is_multiple_of(steps.div_ceil(times)) || step == steps;
        if is_due(POINTS) || trainer.is_full() {
            curves.add_losses(trainer.losses().await?);
        }
        if is_due(EVALUATIONS) {
            let found = trainer.evaluate(Kind::HeldOut, EVALUATED_SCENES).await?;
            curves.evaluations.push(ExamPoint { step, right: found.right, of: found.of });
            let file = saved(trainer, Keep::Weights, "memory").await?;
            (self.keep)(Captioner::parse("the network in training", file)?);
        }
        Ok((step == steps).then_some(()))
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
