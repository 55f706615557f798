//! An autoencoder as a task: the graphs of its training step and of what is looked at meanwhile.

use super::card::AutoencoderCard;
use super::examples::{bytes_of, mean_of};
use super::network::{AutoencoderShape, Encoded, MEAN};
use super::shared::{CodeShared, mean_square};
use crate::data::dataset::{Dataset, Part};
use crate::graph::op::random::Distribution;
use crate::graph::{DType, Graph, Host, Program, ShapeError, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::batch::{Batches, EXAMPLES, MEASURED, values};
use crate::lab::device::Device;
use crate::lab::run::RunTask;
use crate::lab::trainer::{NamedVariable, Task, Trainer};
use crate::nn::{Normalise, VarBuilder, init, loss};
use crate::protocol::{AutoencoderTrain, CodeRule, Interval};
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// How often units of a sparse code are on in the mean.
const SPARSITY: f64 = 0.05;
/// Before components are looked for, so many steps are seen.
const BEFORE_COMPONENTS: u32 = 30;

/// A network that learns to give pictures again.
pub struct AutoencoderTask {
    pub(super) shape: AutoencoderShape,
    strength: f64,
    batch: usize,
    data: Rc<Dataset>,
    batches: Batches,
    mean: Vec<f32>,
    pub(super) shared: Rc<CodeShared>,
}

/// A program beside the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoencoderProgram {
    /// Codes and pictures again of so many neighbours in the data set, from an example on.
    Again(usize),
}

pub type AutoencoderTrainer = Trainer<AutoencoderTask>;

const FIRST: &str = "first";

/// Mean squared errors of a number in 0…1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodeErrors {
    pub pictures: u32,
    pub autoencoder: f64,
    /// Of as many principal components of the pictures that are learnt from.
    pub components: f64,
}

/// The loss of a batch `x [batch, …]` in nats or squares of one number, the mean squared error of a number, and the penalty of a picture.
pub(super) fn loss_of(
    shape: &AutoencoderShape,
    strength: f64,
    x: &Tensor,
    vb: &VarBuilder,
) -> Result<[Tensor; 3], ShapeError> {
    let batch = x.dims()[0];
    let numbers = shape.numbers();
    let wanted = x.reshape([batch, numbers])?;
    let seen = match shape.rule {
        CodeRule::Denoising => {
            let shown = noise(Distribution::Uniform, &[batch, numbers], vb, x.dtype())?.gt_scalar(strength)?;
            wanted.mul(&shown)?.reshape(x.dims())?
        }
        _ => x.clone(),
    };
    let encoded = shape.encode(&seen, vb)?;
    let code = match &encoded.log_variance {
        // A draw from the distribution that leaves the gradient its way (the reparametrisation of Kingma & Welling).
        Some(log) => {
            let drawn = noise(Distribution::Normal, encoded.code.dims(), vb, x.dtype())?;
            encoded.code.add(&log.affine(0.5, 0.0)?.exp()?.mul(&drawn)?)?
        }
        None => encoded.code.clone(),
    };
    let said = shape.decode(&code, vb)?;
    let off = loss::mse(&shape.picture_from(&said)?, &wanted)?;
    let fit = if shape.is_linear() { off.clone() } else { cross_entropy(&said, &wanted)? };
    Ok(match penalty(shape, &encoded, vb)? {
        Some(penalty) => {
            let weighed = penalty.reshape([1])?.affine(strength / numbers as f64, 0.0)?;
            [fit.reshape([1])?.add(&weighed)?, off, penalty]
        }
        None => {
            let none = off.affine(0.0, 0.0)?;
            [fit, off, none]
        }
    })
}

/// Of each pixel as a coin, in the mean: `max(x, 0) - x t + ln(1 + exp(-|x|))`. As [`loss::bce_with_logits`], of fewer operations.
fn cross_entropy(logits: &Tensor, wanted: &Tensor) -> Result<Tensor, ShapeError> {
    let rest = logits.abs()?.neg()?.exp()?.affine(1.0, 1.0)?.log()?;
    logits.relu()?.sub(&logits.mul(wanted)?)?.add(&rest)?.mean_all()
}

fn noise(distribution: Distribution, shape: &[usize], vb: &VarBuilder, dtype: DType) -> Result<Tensor, ShapeError> {
    let training = vb.training_mode().ok_or_else(|| ShapeError::bad("noise", "is drawn in training only", shape))?;
    let (graph, key) = (vb.graph(), training.next_key());
    let drawn = match distribution {
        Distribution::Uniform => graph.random_uniform(training.counter(), key, shape)?,
        Distribution::Normal => graph.random_normal(training.counter(), key, shape)?,
    };
    drawn.to_dtype(dtype)
}

/// Of a picture, in the mean over the batch.
fn penalty(shape: &AutoencoderShape, encoded: &Encoded, vb: &VarBuilder) -> Result<Option<Tensor>, ShapeError> {
    let batch = encoded.code.dims()[0] as f64;
    Ok(match (shape.rule, &encoded.log_variance) {
        // -½ Σ (1 + ln σ² - μ² - σ²)
        (CodeRule::Variational, Some(log)) => {
            let terms = log.exp()?.add(&encoded.code.sqr()?)?.sub(log)?.affine(1.0, -1.0)?;
            Some(terms.sum_all()?.affine(0.5 / batch, 0.0)?)
        }
        // Σ ρ ln(ρ / ρ̂) + (1 - ρ) ln((1 - ρ) / (1 - ρ̂))
        (CodeRule::Sparse, _) => {
            let mean = encoded.code.mean(0)?.clamp(1e-6, 1.0 - 1e-6)?;
            let on = mean.log()?.affine(-SPARSITY, SPARSITY * SPARSITY.ln())?;
            let rest = 1.0 - SPARSITY;
            let off = mean.affine(-1.0, 1.0)?.log()?.affine(-rest, rest * rest.ln())?;
            Some(on.add(&off)?.sum_all()?)
        }
        (CodeRule::Contractive, _) => Some(shape.contraction(encoded, vb)?),
        _ => None,
    })
}

impl Task for AutoencoderTask {
    type Extra = AutoencoderProgram;

    fn forward(&self, vb: &VarBuilder, counter: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let batch = self.batches.shuffled(counter, self.batch)?;
        Ok(loss_of(&self.shape, self.strength, &batch.x, vb)?.into())
    }

    fn constants(&self) -> Result<Vec<(&'static str, Host)>, LabError> {
        // Labels play no part.
        Ok(values(&self.data)?.into_iter().filter(|(name, _)| *name == EXAMPLES).collect())
    }

    fn inputs(&mut self, _: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(Vec::new())
    }

    /// The mean is known; and the last layer starts where, with an empty code, the mean comes out.
    fn first_value(&self, (name, shape, start): &NamedVariable, seed: u32) -> Result<Host, LabError> {
        let whole = |values: Vec<f32>| Ok(Host::from_vec(values, shape.as_slice(), &HostDevice::Cpu)?);
        match name.as_str() {
            MEAN => whole(self.mean.clone()),
            "decoder.picture.bias" if shape[0] == self.mean.len() => whole(match self.shape.is_linear() {
                true => self.mean.clone(),
                false => self.mean.iter().map(|mean| logit(mean.clamp(0.01, 0.99))).collect(),
            }),
            name => Ok(init::value(*start, shape, u64::from(seed), name)?),
        }
    }

    fn program(&self, extra: &AutoencoderProgram) -> Result<Program, LabError> {
        let AutoencoderProgram::Again(count) = *extra;
        let graph = Graph::new();
        let vb = VarBuilder::new(&graph);
        let x = self.batches.measuring(&graph.input(FIRST, Spec::u32([1])), count)?.x;
        let code = self.shape.encode(&x, &vb)?.code;
        let again = self.shape.picture_from(&self.shape.decode(&code, &vb)?)?;
        Ok(Program::step(&[&code, &again], &[])?)
    }
}

fn logit(share: f32) -> f32 {
    (share / (1.0 - share)).ln()
}

impl RunTask for AutoencoderTask {
    type Card = AutoencoderCard;

    const EXAMPLES: &'static str = "pictures";
    const BATCH: Interval = AutoencoderTrain::BATCH;
    // Weights that are pulled to nothing are not where principal components are.
    const WEIGHT_DECAY: f64 = 0.0;
    const WARMUP: u32 = 50;
    const MEASUREMENTS: u32 = 150;
    const LOOKS_AT_ONCE: bool = true;

    fn batch(&self) -> u32 {
        self.batch as u32
    }

    fn card(&self) -> AutoencoderCard {
        AutoencoderCard { shape: self.shape.clone(), data: self.data.name.clone() }
    }

    fn take_up(&mut self, card: &AutoencoderCard) -> Result<(), LabError> {
        let differs = |what: &str| Err(LabError::RunDiffers { what: what.to_owned() });
        match () {
            () if card.shape != self.shape => differs("network"),
            () if card.data != self.data.name => differs("data set"),
            () => Ok(()),
        }
    }

    async fn learn(trainer: &mut AutoencoderTrainer) -> Result<(), LabError> {
        if trainer.step() >= BEFORE_COMPONENTS {
            trainer.task.shared.look_for_components()?;
        }
        trainer.advance()
    }

    /// The mean squared error of a number on pictures that are not learnt from; of a linear network also the angle.
    async fn measured(trainer: &mut AutoencoderTrainer) -> Result<Option<Vec<f64>>, LabError> {
        let shared = trainer.task.shared.clone();
        let range = shared.looked_at();
        let program = AutoencoderProgram::Again(range.len());
        let first = Host::new(&[range.start as u32], &HostDevice::Cpu)?;
        let found = trainer.extra(program).await?.run(|_| first.clone()).await?;
        let codes = found[0].to_vec2::<f32>()?;
        let again = found[1].flatten_all()?.to_vec1::<f32>()?;
        let values = trainer.values(false).await?;
        shared.looked(trainer.step(), &codes, &again, values).map(Some)
    }
}

impl AutoencoderTrainer {
    /// With first weights. A batch is no larger than the part for training.
    ///
    /// # Errors
    /// [`LabError::Setup`] of figures that make no sense, and what a device refuses.
    pub async fn start(setup: &AutoencoderTrain, data: &Rc<Dataset>, device: &Device) -> Result<Self, LabError> {
        Self::with_shared(setup, data, &Rc::new(CodeShared::new(setup, data)?), device).await
    }

    pub(super) async fn with_shared(
        setup: &AutoencoderTrain,
        data: &Rc<Dataset>,
        shared: &Rc<CodeShared>,
        device: &Device,
    ) -> Result<Self, LabError> {
        let mut plan = setup.plan();
        plan.batch = plan.batch.min(data.split.range(Part::Train).len() as u32);
        let task = AutoencoderTask {
            shape: shared.shape.clone(),
            strength: setup.strength,
            batch: plan.batch as usize,
            data: data.clone(),
            batches: Batches::normalised(data, Normalise::UNIT),
            mean: mean_of(data),
            shared: shared.clone(),
        };
        Self::of_run(task, &plan, device).await
    }

    /// Mean squared errors of a number on a whole part; of principal components too, which are found first.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn errors(&mut self, part: Part) -> Result<CodeErrors, LabError> {
        let shared = self.task.shared.clone();
        while !shared.look_for_components()? {}
        let (mut sum, mut batch, mut count) = (0.0, 0, 0);
        let mut rows = Vec::new();
        while let Some(examples) = self.task.batches.measured(part, batch) {
            let first = Host::new(&[examples.start as u32], &HostDevice::Cpu)?;
            let found = self.extra(AutoencoderProgram::Again(MEASURED)).await?.run(|_| first.clone()).await?;
            let again = found[1].flatten_all()?.to_vec1::<f32>()?;
            let wanted: Vec<f32> =
                bytes_of(&self.task.data, examples.clone()).iter().map(|&byte| f32::from(byte) / 255.0).collect();
            sum += mean_square(&wanted, &again[..wanted.len()]) * examples.len() as f64;
            count += examples.len();
            batch += 1;
            rows.extend(wanted);
        }
        let components =
            shared.components().map_or(f64::NAN, |found| found.error(rows.chunks_exact(self.task.shape.numbers())));
        Ok(CodeErrors { pictures: count as u32, autoencoder: sum / count.max(1) as f64, components })
    }

    /// Of a linear network: the largest principal angle, in degrees, between the space of its pictures and that of the components.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn angle(&mut self) -> Result<Option<f64>, LabError> {
        let shared = self.task.shared.clone();
        while !shared.look_for_components()? {}
        let values = self.values(false).await?;
        if self.task.shape.is_linear() { shared.angle(&values) } else { Ok(None) }
    }
}
