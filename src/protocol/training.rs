//! What every training has in common: the data, the optimiser, the schedule, the loss, and the points of a curve.

use super::BackendChoice;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

settings! {
    /// Everything that decides a run: the same setup on the same device gives the same run. It is what a link carries.
    pub struct Setup {
        pub data: DataChoice = DataChoice::default(),
        /// One layer per line.
        // By Glorot's rule it begins with guessing; by He's, the last layer would begin with being sure.
        pub network: String = "init glorot\nconv 8 5 pad 2\nrelu\nmaxpool 2\nconv 16 5 pad 2\nrelu\nmaxpool 2\nflatten\nlinear 64\n\
                      relu\nlinear classes"
                    .to_owned(),
        pub optimiser: Optimiser = Optimiser { rate: 3e-3, ..Optimiser::default() },
        pub schedule: Schedule = Schedule::default(),
        pub loss: Loss = Loss::default(),
        /// Of cross-entropy, in 0..1.
        pub label_smoothing: f64 = 0.0,
        pub batch: u32 = 32,
        pub epochs: u32 = 10,
        /// Of the weights, the order of the examples, dropout and augmentation.
        pub seed: u32 = 1,
        pub augment: Augment = Augment::default(),
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

settings! {
    pub struct DataChoice {
        /// A row of [`DataReport`]: drawn by the program, or dropped before.
        pub set: String = "digits".to_owned(),
        /// Of drawn sets.
        pub seed: u32 = 1,
        /// Examples of drawn sets, all parts together; 0 is the set's own number.
        pub count: u32 = 0,
        /// Of drawn points: standard deviation.
        pub noise: f32 = 0.1,
    }
}

settings! {
    /// How gradients become steps. Figures that a rule does not have are ignored by it.
    pub struct Optimiser {
        pub rule: Rule = Rule::Adam,
        pub rate: f64 = 1e-3,
        /// Of momentum and Nesterov; RMSProp's smoothing constant is `beta2`.
        pub momentum: f64 = 0.9,
        pub beta1: f64 = 0.9,
        pub beta2: f64 = 0.999,
        pub eps: f64 = 1e-8,
        /// Coupled (added to the gradient) but for AdamW.
        pub weight_decay: f64 = 0.0,
        /// Largest norm of the whole gradient; 0 does not clip.
        pub clip: f64 = 0.0,
        /// Largest norm of the weights into one unit, held after each step (Hinton et al. 2012); 0 does not bound it.
        pub max_norm: f64 = 0.0,
    }
}

choices! {
    #[derive(Default)]
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
}

settings! {
    /// How much of its teacher a student matches, and how soft; it may change between two steps.
    #[derive(Copy)]
    pub struct Mix {
        /// What the logits of both are divided by before the softmax.
        pub temperature: f64 = 8.0,
        /// λ of λ·T²·CE(soft targets) + (1 − λ)·CE(labels).
        pub weight: f64 = 0.9,
    }
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

choices! {
    /// What is made small, the mean over a batch.
    #[derive(Default)]
    pub enum Loss {
        #[default]
        CrossEntropy,
        /// Of the logits, with 1 for the right class and 0 for the others as targets.
        SquaredError,
        /// Each class by itself, yes or no: binary cross-entropy.
        BinaryCrossEntropy,
    }
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
