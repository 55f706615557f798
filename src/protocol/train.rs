//! Train: a network as text, an optimiser, and what comes out of a run.

use serde::{Deserialize, Serialize};

/// Everything that decides a run: the same setup on the same examples and device gives the same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// One layer per line.
    pub network: String,
    pub optimiser: Optimiser,
    pub schedule: Schedule,
    /// Of cross-entropy, in 0..1.
    pub label_smoothing: f64,
    pub batch: u32,
    pub epochs: u32,
    /// Of the weights, the order of the examples, dropout and augmentation.
    pub seed: u32,
    pub augment: Augment,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            network: "conv 8 5 pad 2\nrelu\nmaxpool 2\nconv 16 5 pad 2\nrelu\nmaxpool 2\nflatten\nlinear 64\nrelu\nlinear classes"
                .to_owned(),
            optimiser: Optimiser::default(),
            schedule: Schedule::default(),
            label_smoothing: 0.0,
            batch: 64,
            epochs: 10,
            seed: 1,
            augment: Augment::default(),
        }
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

/// Changes to training pictures, drawn anew for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augment {
    /// Largest shift in pixels, either way.
    pub shift: u32,
    /// Left to right, every second picture.
    pub flip: bool,
    /// Largest displacement of a pixel by a smooth random distortion, along each axis, in pixels; 0 for none.
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

/// A measurement over a whole part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub step: u32,
    pub loss: f32,
    pub accuracy: f32,
    pub errors: u32,
    pub of: u32,
}

/// What a network text means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DescribeNetwork {
    pub text: String,
    pub shape: [usize; 3],
    pub classes: u32,
    pub batch: u32,
}
