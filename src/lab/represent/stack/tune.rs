//! A classifier with sigmoid layers as a stack has them, from the stack's weights or from random ones.

use super::net::BeliefNet;
use crate::data::dataset::{Dataset, Part};
use crate::graph::{Graph, Host, Init, Program, ShapeError, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::batch::{Batches, MEASURED, values};
use crate::lab::device::Device;
use crate::lab::represent::BoltzmannModel;
use crate::lab::trainer::{LaneReport, NamedVariable, Task, TrainConfig, Trainer, check_optimiser};
use crate::lab::wilson::share_of;
use crate::nn::loss::cross_entropy;
use crate::nn::{Normalise, VarBuilder, init, linear};
use crate::protocol::{AccuracyShare, Interval, Optimiser, Rule, RunPlan, Schedule, StackTune, TuneLane};
use candle_core::Device as HostDevice;
use std::rc::Rc;

const FIRST: &str = "first";

/// A classifier that learns.
pub struct TuneTask {
    /// Units of the layers, pictures and classes among them.
    widths: Vec<usize>,
    batch: usize,
    data: Rc<Dataset>,
    batches: Batches,
    /// Whose weights it begins with; random ones where not given.
    from: Option<Rc<BeliefNet>>,
}

pub type TuneTrainer = Trainer<TuneTask>;

/// A program beside the step: logits of neighbours in the data, from an example on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TuneLogits;

fn layer_name(at: usize) -> String {
    format!("fc{}", at + 1)
}

impl TuneTask {
    /// `x [batch, …]` → logits `[batch, classes]`. Random weights are drawn as Glorot & Bengio (2010) have it.
    fn logits(&self, x: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
        let last = self.widths.len().saturating_sub(2);
        let mut y = x.flatten_from(1)?;
        for (at, pair) in self.widths.windows(2).enumerate() {
            let place = vb.pp(layer_name(at)).with_weight_init(Init::GlorotUniform);
            y = linear(pair[0], pair[1], place)?.forward(&y)?;
            if at < last {
                y = y.sigmoid()?;
            }
        }
        Ok(y)
    }
}

impl Task for TuneTask {
    type Extra = TuneLogits;

    fn forward(&self, vb: &VarBuilder, counter: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let batch = self.batches.shuffled(counter, self.batch)?;
        Ok(vec![cross_entropy(&self.logits(&batch.x, vb)?, &batch.labels, 0.0)?])
    }

    fn constants(&self) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(values(&self.data)?.into())
    }

    fn inputs(&mut self, _: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(Vec::new())
    }

    fn first_value(&self, (name, shape, start): &NamedVariable, seed: u32) -> Result<Host, LabError> {
        let layers = self.from.iter().flat_map(|net| &net.layers).enumerate();
        for (at, machine) in layers {
            let values: Vec<f32> = match name.strip_prefix(&layer_name(at)) {
                Some(".weight") => {
                    (0..machine.hidden()).flat_map(|unit| machine.filter(unit)).map(|weight| weight as f32).collect()
                }
                Some(".bias") => machine.hidden_biases().iter().map(|bias| *bias as f32).collect(),
                _ => continue,
            };
            return Ok(Host::from_vec(values, shape.as_slice(), &HostDevice::Cpu)?);
        }
        Ok(init::value(*start, shape, u64::from(seed), name)?)
    }

    fn program(&self, _: &TuneLogits) -> Result<Program, LabError> {
        let graph = Graph::new();
        let x = self.batches.measuring(&graph.input(FIRST, Spec::u32([1])), MEASURED)?.x;
        Ok(Program::step(&[&self.logits(&x, &VarBuilder::new(&graph))?], &[])?)
    }
}

impl TuneTrainer {
    /// With the layers of `net`, from its weights or, with `is_random`, from others. The output layer begins alike.
    ///
    /// # Errors
    /// [`LabError::Setup`] of figures that make no sense, and what a device refuses.
    pub async fn start(
        job: &StackTune,
        net: &Rc<BeliefNet>,
        is_random: bool,
        data: &Rc<Dataset>,
        device: &Device,
    ) -> Result<Self, LabError> {
        let StackTune { epochs, rate, seed, .. } = *job;
        let known = StackTune::EPOCHS;
        ensure!(known.holds(epochs), "{epochs} epochs cannot be trained; choose {known}");
        let known = StackTune::BATCH;
        ensure!(known.holds(job.batch), "a batch of {} pictures cannot be trained; choose {known}", job.batch);
        let known: Interval = RunPlan::RATE;
        ensure!(known.holds(rate), "a learning rate of {rate} cannot train; choose {known}");
        let batch = (job.batch as usize).min(data.split.range(Part::Train).len());
        let hidden = net.layers.iter().map(BoltzmannModel::hidden);
        let task = TuneTask {
            widths: std::iter::once(data.row_len()).chain(hidden).chain([data.classes.len()]).collect(),
            batch,
            data: data.clone(),
            batches: Batches::normalised(data, Normalise::UNIT),
            from: (!is_random).then(|| net.clone()),
        };
        let optimiser = Optimiser { rule: Rule::Momentum, rate, ..Optimiser::default() };
        check_optimiser(&optimiser)?;
        let steps_per_epoch = task.batches.per_epoch(batch as u32).max(1);
        let config = TrainConfig { optimiser, schedule: Schedule::default(), seed, steps_per_epoch, epochs };
        Self::of(task, config, device).await
    }

    /// How many of the pictures that are not learnt from are right.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn right(&mut self) -> Result<AccuracyShare, LabError> {
        let (data, mut right, mut of, mut batch) = (self.task.data.clone(), 0, 0, 0);
        while let Some(examples) = self.task.batches.measured(Part::Validation, batch) {
            let first = Host::new(&[examples.start as u32], &HostDevice::Cpu)?;
            let logits = self.extra(TuneLogits).await?.run(|_| first.clone()).await?.remove(0).to_vec2::<f32>()?;
            for (row, at) in logits.iter().zip(examples) {
                let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(class, _)| class);
                right += usize::from(best == Some(data.labels[at] as usize));
                of += 1;
            }
            batch += 1;
        }
        Ok(share_of(right, of))
    }
}

impl LaneReport for TuneLane {
    type Task = TuneTask;

    fn has_diverged(&self) -> bool {
        self.diverged.is_some()
    }

    /// Measured after each epoch.
    async fn read(&mut self, trainer: &mut TuneTrainer, every: u32, is_last: bool) -> Result<(), LabError> {
        let step = trainer.step();
        if step.is_multiple_of(every) || is_last {
            match trainer.losses().await {
                Ok(losses) => {
                    let shown = |at: u32| at.is_multiple_of(every) || at == 1 || at == step;
                    self.losses
                        .extend(losses.iter().filter(|(at, _)| shown(*at)).map(|(at, numbers)| (*at, numbers[0])));
                }
                Err(LabError::NotFiniteRun { step, .. }) => {
                    self.diverged = Some(step);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        if step.is_multiple_of(trainer.steps_per_epoch()) || is_last {
            self.right.push((step, trainer.right().await?));
        }
        Ok(())
    }

    fn retain(&mut self, wanted: impl Fn(u32) -> bool) {
        self.losses.retain(|(step, _)| wanted(*step));
        self.right.retain(|(step, _)| wanted(*step));
    }
}
