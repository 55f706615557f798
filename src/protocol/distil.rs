//! Distil: a large network teaches a small one (Hinton, Vinyals & Dean 2015, "Distilling the Knowledge in a Neural Network").

use serde::{Deserialize, Serialize};

/// How much of its teacher a student matches, and how soft; it may change between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mix {
    /// What the logits of both are divided by before the softmax.
    pub temperature: f64,
    /// λ of λ·T²·CE(soft targets) + (1 − λ)·CE(labels).
    pub weight: f64,
}

impl Default for Mix {
    fn default() -> Self {
        Self { temperature: 4.0, weight: 0.9 }
    }
}

/// What the paper found on MNIST: errors on its 10,000 test pictures.
pub struct Published {
    pub teacher: u32,
    pub plain: u32,
    pub distilled: u32,
    /// Without any 3 in the transfer set, and how many of them are 3s.
    pub without: u32,
    pub without_of_class: u32,
    /// The same after the bias of class 3 was raised by 3.5.
    pub corrected: u32,
    pub corrected_of_class: u32,
}

pub const PUBLISHED: Published = Published {
    teacher: 67,
    plain: 146,
    distilled: 74,
    without: 206,
    without_of_class: 133,
    corrected: 109,
    corrected_of_class: 14,
};

/// Errors where something was added to one class's logit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiasPoint {
    pub bias: f32,
    pub errors: u32,
    /// On pictures of that class.
    pub of_class: u32,
}
