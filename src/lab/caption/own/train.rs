//! Learning captions of one's own while somebody watches.

use super::{CaptionTrainer, OwnConfig, OwnScores, OwnSet, Sentences, scores};
use crate::lab::caption::kept::Captioner;
use crate::lab::caption::train::{Curves, Due, Watched};
use crate::lab::device::{Device, choose};
use crate::lab::trainer::Driver;
use crate::lab::{Host, LabError, Monitor};
use crate::protocol::{CaptionNews, LearnCaptions};
use std::rc::Rc;

pub struct OwnTrained {
    pub news: CaptionNews,
    pub best_epoch: u32,
    pub scores: OwnScores,
    pub captioner: Captioner,
    pub device: Device,
}

/// Trains, keeps the weights that make held-out sentences likeliest, and measures them; `tell` hears how far it is.
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
    let mut training = Watched { curves: Curves::of(&trainer), trainer, due: Epochs(host), tell };
    let (scores, captioner) = driver.drive(&mut training).await?;
    let Watched { trainer, curves, .. } = training;
    let (news, device) = (curves.whole(driver.backend(), driver.seconds()), trainer.device().clone());
    let best_epoch = trainer.best().map_or(0, |(epoch, _)| epoch);
    Ok(OwnTrained { news, best_epoch, scores, captioner, device })
}

/// Held-out sentences are measured after each epoch, and the network with the best weights at the end.
struct Epochs<'a, W>(&'a W);

impl<W: Monitor> Due<Sentences> for Epochs<'_, W> {
    type End = (OwnScores, Captioner);

    async fn before(
        &mut self,
        trainer: &mut CaptionTrainer,
        curves: &mut Curves,
    ) -> Result<Option<Self::End>, LabError> {
        if trainer.step() == trainer.steps() {
            trainer.take_best()?;
            return scores(trainer, self.0).await.map(Some);
        }
        if trainer.step() == 0 && curves.held_out.is_empty() {
            curves.held_out.push((0, trainer.evaluate().await? as f32));
        }
        Ok(None)
    }

    async fn after(&mut self, trainer: &mut CaptionTrainer, curves: &mut Curves) -> Result<(), LabError> {
        let step = trainer.step();
        if step.is_multiple_of(trainer.steps_per_epoch()) {
            curves.held_out.push((step, trainer.evaluate().await? as f32));
        }
        Ok(())
    }
}
