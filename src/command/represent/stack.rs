//! `neocog represent stack`: a deep belief net, and what it is good for as first weights of a classifier.

use crate::command::evaluate::examples;
use crate::command::train::Where;
use crate::command::{Failure, Report};
use crate::lab::represent::{StackLearner, StackPictures, TuneTrainer};
use crate::protocol::{AccuracyShare, StackTrain, StackTune};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

#[derive(Args)]
pub(in crate::command) struct TrainStack {
    /// digits, shapes, or files or folders with pictures (MNIST's, an .npz, pictures by class); half the brightness is on.
    #[arg(long, num_args = 1.., value_name = "PATH", default_value = "digits")]
    data: Vec<PathBuf>,
    #[arg(long, default_value_t = StackTrain::default().layers)]
    layers: u32,
    /// Hidden units of each layer.
    #[arg(long, default_value_t = StackTrain::default().units)]
    units: u32,
    /// Of each layer.
    #[arg(long, default_value_t = StackTrain::default().steps)]
    steps: u32,
    /// Steps of a chain for each step of learning.
    #[arg(long, default_value_t = StackTrain::default().k)]
    k: u32,
    #[arg(long, default_value_t = StackTrain::default().rate)]
    rate: f64,
    #[arg(long, default_value_t = StackTrain::default().batch)]
    batch: u32,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Pictures whose class the classifiers are told.
    #[arg(long, default_value_t = StackTune::default().labelled)]
    labelled: u32,
    /// Of the classifiers; 0 trains none.
    #[arg(long, default_value_t = StackTune::default().epochs)]
    epochs: u32,
    #[arg(long, default_value_t = StackTune::default().rate)]
    tune_rate: f64,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Found {
    /// Of each layer at its end: cross-entropy of a unit below in nats, of pictures that are learnt from and of others.
    reconstruction: Vec<[f64; 2]>,
    seconds: f64,
    /// After each epoch from 0: right of the pictures that are not learnt from, from the stack's weights and from random ones.
    pre_trained: Vec<AccuracyShare>,
    random: Vec<AccuracyShare>,
}

pub(super) async fn run(arguments: &TrainStack, report: &mut Report<'_>) -> Result<(), Failure> {
    let TrainStack { layers, units, steps, k, rate, batch, seed, .. } = *arguments;
    let setup = StackTrain { layers, units, steps, k, rate, batch, seed, ..StackTrain::default() };
    let pictures = Rc::new(StackPictures::of(&Rc::new(examples(&arguments.data, None)?))?);
    let mut learner = StackLearner::new(&setup, &pictures)?;
    let start = Instant::now();
    let mut reconstruction = Vec::new();
    while learner.step() < learner.steps() {
        learner.advance()?;
        if !learner.is_finite() {
            let step = learner.step();
            return Err(Failure::Said(format!("learning has diverged after {step} steps; choose a smaller --rate")));
        }
        let point = learner.point_at_end();
        if let Some(point) = point {
            let [train, other] = point.reconstruction;
            report.line(&format!(
                "layer {}: {steps} steps, cross-entropy of a unit below {train:.4} (validation {other:.4})",
                point.layer + 1
            ))?;
            reconstruction.push(point.reconstruction);
        }
    }
    let mut shares = [const { Vec::<AccuracyShare>::new() }; 2];
    if arguments.epochs > 0 {
        let TrainStack { labelled, epochs, tune_rate, .. } = *arguments;
        let job = StackTune { labelled, epochs, rate: tune_rate, seed, ..StackTune::default() };
        let (device, _) = arguments.device.device().await?;
        let data = pictures.labelled(labelled as usize)?;
        let net = Rc::new(learner.net.clone());
        let mut trainers = [
            TuneTrainer::start(&job, &net, false, &data, &device).await?,
            TuneTrainer::start(&job, &net, true, &data, &device).await?,
        ];
        report.line(&format!(
            "{} parameters; {labelled} labelled pictures, {} others to be measured with",
            trainers[0].params(),
            data.split.validation.len()
        ))?;
        for epoch in 0..=epochs {
            for (trainer, shares) in trainers.iter_mut().zip(&mut shares) {
                shares.push(trainer.right().await?);
                for _ in 0..trainer.steps_per_epoch() {
                    if epoch < epochs {
                        trainer.advance()?;
                        if trainer.is_full() {
                            trainer.losses().await?;
                        }
                    }
                }
                trainer.losses().await?;
            }
            let told = shares.each_ref().map(|shares| shares.last().map_or_else(String::new, share));
            report.line(&format!("epoch {epoch:4}: pre-trained {}, random weights {}", told[0], told[1]))?;
        }
    }
    if arguments.json {
        let [pre_trained, random] = shares;
        report.json(&Found { reconstruction, seconds: start.elapsed().as_secs_f64(), pre_trained, random })?;
    }
    Ok(())
}

/// With the interval that holds the true share with a probability of 95 %.
fn share(found: &AccuracyShare) -> String {
    let [share, low, high] = [found.share(), found.low, found.high].map(|share| 100.0 * share);
    format!("{share:.1} % right ({low:.1} to {high:.1})")
}
