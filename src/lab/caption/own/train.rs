//! Learning captions of one's own while somebody watches.

use super::{CaptionTrainer, OwnConfig, OwnScores, OwnSet, scores};
use crate::lab::caption::curves::{Curves, POINTS};
use crate::lab::caption::kept::Captioner;
use crate::lab::device::{Device, choose};
use crate::lab::trainer::{Driver, Training};
use crate::lab::{Host, LabError, Watch};
use crate::protocol::{BackendUsed, CaptionNews, LearnCaptions};
use std::rc::Rc;

/// What came of learning.
pub struct OwnTrained {
    pub news: CaptionNews,
    pub best_epoch: u32,
    pub scores: OwnScores,
    pub captioner: Captioner,
    pub device: Device,
}

/// Trains, keeps the weights that make held-out sentences likeliest, and measures them; `tell` hears how far it is.
///
/// # Errors
/// [`LabError::Setup`] for figures that make no sense, [`LabError::NotFiniteRun`], [`LabError::Cancelled`], and what a device
/// refuses.
pub async fn train_own(
    job: &LearnCaptions,
    set: &Rc<OwnSet>,
    host: &impl Host,
    tell: &impl Fn(CaptionNews),
) -> Result<OwnTrained, LabError> {
    let config = OwnConfig {
        epochs: job.epochs,
        rate: job.rate,
        size: job.size as usize,
        least: job.least as usize,
        seed: job.seed,
        ..OwnConfig::default()
    };
    let sample = async |device: &Device| CaptionTrainer::start(set, config, device).await?.step_millis(host).await;
    let gpu = host.gpu().await?;
    let (device, backend) = choose(job.backend, &gpu, sample).await?;
    let trainer = CaptionTrainer::start(set, config, &device).await?;
    let mut driver = Driver::new(host, &gpu, job.backend, backend);
    let mut training = OwnTraining { curves: Curves::of(&trainer), trainer, watch: host, tell };
    let (scores, captioner) = driver.drive(&mut training).await?;
    let OwnTraining { trainer, curves, .. } = training;
    let (news, device) = (curves.whole(driver.backend(), driver.seconds()), trainer.device().clone());
    let best_epoch = trainer.best().map_or(0, |(epoch, _)| epoch);
    Ok(OwnTrained { news, best_epoch, scores, captioner, device })
}

struct OwnTraining<'a, W, T> {
    trainer: CaptionTrainer,
    curves: Curves,
    watch: &'a W,
    tell: &'a T,
}

impl<W: Watch, T: Fn(CaptionNews)> Training for OwnTraining<'_, W, T> {
    type End = (OwnScores, Captioner);

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    async fn turn(&mut self) -> Result<Option<Self::End>, LabError> {
        let Self { trainer, curves, watch, .. } = self;
        if trainer.step() == trainer.steps() {
            trainer.take_best()?;
            return scores(trainer, *watch).await.map(Some);
        }
        if trainer.step() == 0 && curves.held_out.is_empty() {
            curves.held_out.push((0, trainer.evaluate().await? as f32));
        }
        trainer.advance()?;
        let (step, steps) = (trainer.step(), trainer.steps());
        if step.is_multiple_of(steps.div_ceil(POINTS)) || step == steps || trainer.is_full() {
            curves.add_losses(trainer.losses().await?);
        }
        if step.is_multiple_of(trainer.steps_per_epoch()) {
            curves.held_out.push((step, trainer.evaluate().await? as f32));
        }
        Ok(None)
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
