//! What every training has in common: the data, the optimiser, the schedule, the loss, and the points of a curve.

use super::BackendChoice;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Everything that decides a run: the same setup on the same device gives the same run. It is what a link carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    pub data: DataChoice,
    /// One layer per line.
    pub network: String,
    pub optimiser: Optimiser,
    pub schedule: Schedule,
    pub loss: Loss,
    /// Of cross-entropy, in 0..1.
    pub label_smoothing: f64,
    pub batch: u32,
    pub epochs: u32,
    /// Of the weights, the order of the examples, dropout and augmentation.
    pub seed: u32,
    pub augment: Augment,
    pub backend: BackendChoice,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            data: DataChoice::default(),
            // By Glorot's rule it begins with guessing; by He's, the last layer would begin with being sure.
            network:
                "init glorot\nconv 8 5 pad 2\nrelu\nmaxpool 2\nconv 16 5 pad 2\nrelu\nmaxpool 2\nflatten\nlinear 64\n\
                      relu\nlinear classes"
                    .to_owned(),
            optimiser: Optimiser { rate: 3e-3, ..Optimiser::default() },
            schedule: Schedule::default(),
            loss: Loss::default(),
            label_smoothing: 0.0,
            batch: 32,
            epochs: 10,
            seed: 1,
            augment: Augment::default(),
            backend: BackendChoice::Auto,
        }
    }
}

/// Which examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataChoice {
    /// A row of [`DataReport`]: drawn by the program, or dropped before.
    pub set: String,
    /// Of drawn sets.
    pub seed: u32,
    /// Examples of drawn sets, all parts together; 0 is the set's own number.
    pub count: u32,
    /// Of drawn points: standard deviation.
    pub noise: f32,
}

impl Default for DataChoice {
    fn default() -> Self {
        Self { set: "digits".to_owned(), seed: 1, count: 0, noise: 0.1 }
    }
}

/// How gradients become steps. Figures that a rule does not have are ignored by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Optimiser {
    pub rule: Rule,
    pub rate: f64,
    /// Of momentum and Nesterov; RMSProp's smoothing constant is `beta2`.
    pub momentum: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
    /// Coupled (added to the gradient) but for AdamW.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; 0 does not clip.
    pub clip: f64,
    /// Largest norm of the weights into one unit, held after each step (Hinton et al. 2012); 0 does not bound it.
    pub max_norm: f64,
}

impl Default for Optimiser {
    fn default() -> Self {
        Self {
            rule: Rule::Adam,
            rate: 1e-3,
            momentum: 0.9,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            clip: 0.0,
            max_norm: 0.0,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    Sgd,
    Momentum,
    Nesterov,
    Adagrad,
    Rmsprop,
    #[default]
    Adam,
    Adamw,
}

impl Rule {
    pub const ALL: [Rule; 7] =
        [Rule::Sgd, Rule::Momentum, Rule::Nesterov, Rule::Adagrad, Rule::Rmsprop, Rule::Adam, Rule::Adamw];
}

/// The learning rate over time, as a factor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    pub kind: ScheduleKind,
    /// Steps in which the rate climbs from nothing.
    pub warmup_steps: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    #[default]
    Constant,
    /// Times `factor` after every so many epochs.
    Step { every_epochs: u32, factor: f64 },
    /// Half a cosine down to nothing at the last epoch.
    Cosine,
}

/// What is made small, the mean over a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    #[default]
    CrossEntropy,
    /// Of the logits, with 1 for the right class and 0 for the others as targets.
    SquaredError,
    /// Each class by itself, yes or no: binary cross-entropy.
    BinaryCrossEntropy,
}

impl Loss {
    pub const ALL: [Loss; 3] = [Loss::CrossEntropy, Loss::SquaredError, Loss::BinaryCrossEntropy];
}

/// Changes to training pictures, drawn anew for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augment {
    /// Largest shift in pixels, either way.
    pub shift: u32,
    /// Left to right, every second picture.
    pub flip: bool,
    /// Largest displacement of elastic distortion in pixels (Simard 2003); 0 for none.
    pub elastic: f32,
}

/// One point of the curves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    pub step: u32,
    pub loss: f32,
    /// Share of the batch, 0..1.
    pub accuracy: f32,
    pub rate: f32,
}

impl CurvePoint {
    /// A curve has no more points than this, however long the run.
    pub const MOST: usize = 16_384;
    /// These first steps stay whatever follows: on a logarithmic axis they are half of the picture.
    const BEGINNING: u32 = 4096;

    /// Whether a curve that has come to step `last` keeps the point of `step`: beyond the beginning every second, fourth, eighth
    /// one of a long run. By steps alone, so that the same run has the same curve, interrupted or not.
    pub fn stays(step: u32, last: u32) -> bool {
        let room = CurvePoint::MOST as u32 - CurvePoint::BEGINNING;
        let stride = last.saturating_sub(CurvePoint::BEGINNING).div_ceil(room).max(1).next_power_of_two();
        step <= CurvePoint::BEGINNING || step.is_multiple_of(stride)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataFile {
    /// With its folders, `/` between them.
    pub name: String,
    pub bytes: ByteBuf,
}
