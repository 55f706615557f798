//! Fine-tuning: a trained network, with a new last layer, goes on learning for classes of a person's own (Girshick et al. 2014; Yosinski
//! et al., "How transferable are features in deep neural networks?", 2014).
//!
//! Invariants:
//! - What is frozen is the same to the bit afterwards.
//! - The network that is given is the one of the least loss on the validation part, of which no step has learnt.
//! - Pictures that are nearly the same are all in one part.
//! - A run that goes on where it was stopped comes to the same bits as one that was not stopped.

mod blocks;
mod kept;
mod start;

pub(super) use kept::TunePart;
pub use kept::{KeepRun, TuneLog, TuneRun, TuneSubject};
pub use start::TuneStart;

use super::subject::LabelledPictures;
use super::validate::HeldOut;
use crate::data::dataset::{Dataset, Examples, Part, Split};
use crate::lab::batch::Batches;
use crate::lab::device::{Batched, Device, MaybeGpu, Model};
use crate::lab::further::{FurtherTask, MEASURED, must_fit, picture_planes};
use crate::lab::softmax::log_sum_exp;
use crate::lab::trainer::{Driver, TrainConfig, Trainer, TrainingLoop};
use crate::lab::wilson::share_of;
use crate::lab::{LabError, Monitor, Weights, seen, values_from};
use crate::protocol::{
    BackendChoice, BackendUsed, FineTune, Fit, Optimiser, Rule, Schedule, ScheduleKind, Setup, TuneEpoch, Why,
};
use candle_core::Tensor as Host;
use kept::{KeptTuning, TuneProgress};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How a network learns, and from what.
pub struct FineTuning<'a> {
    pub start: &'a TuneStart,
    pub settings: &'a FineTune,
    pub subject: &'a LabelledPictures,
    pub fit: Fit,
    /// Of the split, the order, and the first weights of the last layer.
    pub seed: u32,
}

/// What came of it.
pub struct TunedNetwork {
    pub weights: Weights,
    pub epochs: Vec<TuneEpoch>,
    /// The epoch whose weights these are.
    pub best: u32,
    /// Pictures that were learnt from, and those of the validation part.
    pub pictures: [u32; 2],
    pub backend: BackendUsed,
    pub elapsed_ms: f64,
}

impl FineTuning<'_> {
    /// To the end, from where `log` says that it was; `tell` hears of each epoch.
    ///
    /// # Errors
    /// [`LabError::Setup`] of figures that make no sense, classes with too few pictures, and a network too large for the memory;
    /// [`LabError::NotFiniteRun`] where the loss is no number any more; [`LabError::Cancelled`].
    pub async fn run<M: Monitor>(
        &self,
        device: &Device,
        gpu: &MaybeGpu,
        watch: &M,
        log: &TuneLog<'_>,
        tell: &mut dyn FnMut(&TuneEpoch),
    ) -> Result<TunedNetwork, LabError> {
        let Self { start, settings, .. } = *self;
        check(settings)?;
        let began = watch.now_millis();
        let data = Rc::new(self.data()?);
        let batches = Batches::normalised(&data, start.network().normalise);
        let [learnt, asked] = [Part::Train, Part::Validation].map(|part| data.split.range(part).len() as u32);
        let batch = settings.batch.min(learnt);
        must_fit(start.network(), batch)?;
        let setup = Setup { batch, augment: settings.augment, ..Setup::default() };
        let config = TrainConfig {
            optimiser: Optimiser { rule: Rule::Adamw, rate: settings.rate, weight_decay: 1e-2, ..Optimiser::default() },
            schedule: Schedule { kind: ScheduleKind::Cosine, warmup_steps: 0 },
            seed: self.seed,
            steps_per_epoch: batches.per_epoch(batch).max(1),
            epochs: settings.epochs,
        };
        let task = start.task(settings, setup, batches, data.clone())?;
        let trainer = Trainer::of(task, config, device).await?;
        let patience = settings.patience;
        let (epochs, losses, kept_losses) = (Vec::new(), Vec::new(), Vec::new());
        let mut tuning = Tuning {
            trainer,
            data,
            patience,
            epochs,
            losses,
            kept_losses,
            best: None,
            saving: [0.0; 2],
            log,
            tell,
            watch,
        };
        if let Some(before) = log.before() {
            tuning.go_on(before)?;
        }
        let choice = match device {
            Device::Cpu => BackendChoice::Cpu,
            Device::Gpu(_) => BackendChoice::Auto,
        };
        let mut driver = Driver::new(watch, gpu, choice, device.used(Why::Chosen));
        let driven = driver.drive(&mut tuning).await;
        if matches!(driven, Err(LabError::Cancelled)) {
            tuning.save().await?;
        }
        driven?;
        let backend = driver.backend().clone();
        let Tuning { epochs, best, .. } = tuning;
        let Some(Best { epoch, values, .. }) = best else {
            return Err(bad_setup!("fine-tuning ended before it was measured"));
        };
        let weights = Weights::of_values(start.network().clone(), &values)?;
        let elapsed_ms = watch.now_millis() - began;
        Ok(TunedNetwork { weights, epochs, best: epoch, pictures: [learnt, asked], backend, elapsed_ms })
    }

    /// The pictures as the network reads them, the validation part behind.
    fn data(&self) -> Result<Dataset, LabError> {
        let Self { start, subject, fit, seed, .. } = *self;
        let network = start.network();
        let plan = subject.plan(seed)?;
        let all = || 0..subject.labels.len();
        let (learnt, asked): (Vec<usize>, Vec<usize>) = all().partition(|&at| plan.fold[at] != 0);
        let order = || learnt.iter().chain(&asked).copied();
        let mut bytes = Vec::new();
        for at in order() {
            bytes.extend(picture_planes(&subject.pictures[at].picture, network, fit)?);
        }
        let labels = order().map(|at| subject.labels[at]).collect();
        let split = Split::of_counts([learnt.len(), asked.len(), 0]);
        Ok(Dataset::new("pictures", network.input, subject.classes.clone(), Examples::Bytes(bytes), labels, split)?)
    }
}

fn check(settings: &FineTune) -> Result<(), LabError> {
    let FineTune { blocks: _, rate, lower, epochs, batch, patience, .. } = *settings;
    ensure!(FineTune::RATE.holds(rate), "a learning rate of {rate} is not taken; choose {}", FineTune::RATE);
    ensure!(FineTune::LOWER.holds(lower), "a factor of {lower} is not taken; choose {}", FineTune::LOWER);
    ensure!(FineTune::EPOCHS.holds(epochs), "{epochs} epochs are not taken; choose {}", FineTune::EPOCHS);
    ensure!(FineTune::BATCH.holds(batch), "a batch of {batch} is not taken; choose {}", FineTune::BATCH);
    let (known, shift) = (FineTune::SHIFT, settings.augment.shift);
    ensure!(known.holds(shift), "a shift of {shift} pixels is not taken; choose {known}");
    let known = FineTune::PATIENCE;
    ensure!(known.holds(patience), "a patience of {patience} epochs is not taken; choose {known}");
    Ok(())
}

struct Tuning<'a, 'k, M> {
    trainer: Trainer<FurtherTask>,
    data: Rc<Dataset>,
    patience: u32,
    epochs: Vec<TuneEpoch>,
    /// Of the steps of the epoch under way; as they were when the trainer's state was kept last.
    losses: Vec<f32>,
    kept_losses: Vec<f32>,
    best: Option<Best>,
    /// When the run was saved last, and how long that took.
    saving: [f64; 2],
    log: &'a TuneLog<'k>,
    tell: &'a mut dyn FnMut(&TuneEpoch),
    watch: &'a M,
}

struct Best {
    epoch: u32,
    loss: f32,
    values: BTreeMap<String, Host>,
}

impl<M: Monitor> Tuning<'_, '_, M> {
    /// Where it was when it was kept.
    fn go_on(&mut self, KeptTuning { progress, now, best }: KeptTuning) -> Result<(), LabError> {
        let TuneProgress { step, epochs, losses, .. } = progress;
        self.trainer.restore(step, |name| now.get(name).cloned())?;
        let least = epochs.iter().min_by(|a, b| a.validation_loss.total_cmp(&b.validation_loss));
        self.best = least.map(|least| Best { epoch: least.epoch, loss: least.validation_loss, values: best });
        (self.epochs, self.losses) = (epochs, losses);
        Ok(())
    }

    async fn add_losses(&mut self) -> Result<(), LabError> {
        self.losses.extend(self.trainer.numbers().await?.into_iter().map(|(_, row)| row[0]));
        Ok(())
    }

    async fn save(&mut self) -> Result<(), LabError> {
        if !self.log.is_kept() {
            return Ok(());
        }
        let began = self.watch.now_millis();
        self.add_losses().await?;
        let (part, step, epochs, losses) =
            (self.log.part(), self.trainer.step(), self.epochs.clone(), self.losses.clone());
        let now = self.trainer.values(true).await?;
        let best = self.best.as_ref().map(|best| best.values.clone()).unwrap_or_default();
        self.log.keep(KeptTuning { progress: TuneProgress { part, step, epochs, losses }, now, best }).await?;
        let ended = self.watch.now_millis();
        self.saving = [ended, ended - began];
        Ok(())
    }

    async fn measure(&mut self, epoch: u32) -> Result<(), LabError> {
        self.add_losses().await?;
        let loss = self.losses.iter().sum::<f32>() / self.losses.len().max(1) as f32;
        let held = self.held_out().await?;
        let [right, of] = [held.right(), held.labels.len()];
        let all = held.scores.iter().zip(&held.labels);
        let losses =
            all.map(|(row, &label)| log_sum_exp(row.iter().map(|&x| f64::from(x))) - f64::from(row[label as usize]));
        let validation_loss = (losses.sum::<f64>() / of.max(1) as f64) as f32;
        if !(loss.is_finite() && validation_loss.is_finite()) {
            let step = self.trainer.step();
            return Err(LabError::NotFiniteRun { step, what: "the loss".to_owned() });
        }
        let validation = share_of(right, of);
        let measured = TuneEpoch { epoch, loss, validation_loss, validation };
        if self.best.as_ref().is_none_or(|best| validation_loss < best.loss) {
            let values = self.trainer.values(false).await?;
            self.best = Some(Best { epoch, loss: validation_loss, values });
        }
        // From here on it is measured: whoever stopped it before goes on with the measurement.
        self.losses.clear();
        (self.tell)(&measured);
        self.epochs.push(measured);
        Ok(())
    }

    /// What the network says of the validation part.
    async fn held_out(&mut self) -> Result<HeldOut, LabError> {
        let part = self.data.split.range(Part::Validation);
        let labels = self.data.labels[part.clone()].to_vec();
        let mut scores = Vec::new();
        for first in part.clone().step_by(MEASURED) {
            let count = MEASURED.min(part.end - first);
            let first = Host::new(&[first as u32], &candle_core::Device::Cpu)?;
            let found = self.trainer.extra(()).await?.run(|_| first.clone()).await?;
            scores.extend(found[0].to_vec2::<f32>()?.into_iter().take(count));
            self.watch.rest().await?;
        }
        Ok(HeldOut { scores, labels })
    }

    /// Epochs that were measured, and epochs that were learnt.
    fn epochs_done(&self) -> [u32; 2] {
        let measured = self.epochs.last().map_or(0, |measured| measured.epoch);
        [measured, self.trainer.step() / self.trainer.steps_per_epoch()]
    }

    fn is_over(&self) -> bool {
        let [measured, learnt] = self.epochs_done();
        let best = self.best.as_ref().map_or(0, |best| best.epoch);
        let is_last = self.trainer.step() >= self.trainer.steps() && measured == learnt;
        is_last || measured - best >= self.patience
    }
}

impl<M: Monitor> TrainingLoop for Tuning<'_, '_, M> {
    type End = ();

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    /// A step, or after the last one of an epoch a measurement.
    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        let [measured, learnt] = self.epochs_done();
        if measured < learnt {
            self.measure(learnt).await?;
        } else if !self.is_over() {
            self.trainer.advance()?;
            if self.trainer.is_full() {
                self.add_losses().await?;
            }
        }
        Ok(self.is_over().then_some(()))
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        self.add_losses().await?;
        self.trainer.keep().await?;
        self.kept_losses.clone_from(&self.losses);
        let [at, took] = self.saving;
        // A large network's file is not written all the time.
        if self.is_over() || self.watch.now_millis() - at >= 20.0 * took {
            self.save().await?;
        }
        Ok(())
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        self.trainer.recover(device).await?;
        self.losses.clone_from(&self.kept_losses);
        let [_, done] = self.epochs_done();
        self.epochs.retain(|measured| measured.epoch <= done);
        self.best = self.best.take().filter(|best| best.epoch <= done);
        if self.epochs.len() as u32 == done && self.trainer.step().is_multiple_of(self.trainer.steps_per_epoch()) {
            // The losses are of an epoch that is measured.
            self.losses.clear();
        }
        Ok(())
    }

    fn report(&mut self, _: &BackendUsed, _: f64) {}
}

/// How often a network is right about pictures.
///
/// # Errors
/// What the device refuses.
pub(super) async fn asked(
    weights: &Rc<Weights>,
    device: &Device,
    pictures: &LabelledPictures,
    fit: Fit,
    watch: &impl Monitor,
) -> Result<HeldOut, LabError> {
    let network = weights.network();
    let mut model = Batched::on(weights, device).await?;
    let mut scores = Vec::new();
    for some in pictures.pictures.chunks(model.batch()) {
        watch.rest().await?;
        let inputs = some.iter().map(|known| values_from(&seen(&known.picture, network, fit)?, network));
        scores.extend(model.rows(&inputs.collect::<Result<Vec<_>, _>>()?).await?);
    }
    Ok(HeldOut { scores, labels: pictures.labels.clone() })
}
