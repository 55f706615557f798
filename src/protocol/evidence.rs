//! Where in a picture the evidence for a class lies: the map that every method of finding it gives.

use super::{BackendChoice, BackendUsed, Content, Fit, Pixels, Prediction};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Which class of which picture a job is about.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassQuestion {
    pub picture: u32,
    pub network: String,
    pub fit: Fit,
    pub backend: BackendChoice,
    pub class: Option<u32>,
}

/// Settings of a method of finding the evidence for a class.
pub trait AboutClass {
    fn about(&self) -> ClassQuestion;
    /// The same method for another question.
    fn with(self, question: ClassQuestion) -> Self;
    fn picture_mut(&mut self) -> &mut u32;
    fn class_mut(&mut self) -> &mut Option<u32>;
}

/// How much each place of what a network sees speaks for a class. The places are squares of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceMap {
    /// What the network sees of the picture.
    pub seen: Pixels,
    /// The likeliest classes of the whole picture, best first.
    pub top: Vec<Prediction>,
    /// The mapped class, in the whole picture.
    pub whole: Prediction,
    /// Of a place, in pixels of what is seen.
    pub side: u32,
    /// Left edges of the places, and their upper edges.
    pub xs: Vec<u32>,
    pub ys: Vec<u32>,
    /// Row by row, above zero where a place speaks for the class; of news, those that are known so far.
    pub values: Vec<f32>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

impl EvidenceMap {
    /// Left and upper edge of a place.
    pub fn place(&self, at: usize) -> [u32; 2] {
        [self.xs[at % self.xs.len()], self.ys[at / self.xs.len()]]
    }

    /// The place that speaks the most for the class, among those that are known.
    pub fn strongest(&self) -> Option<usize> {
        (0..self.values.len()).max_by(|&a, &b| self.values[a].total_cmp(&self.values[b]))
    }

    /// The largest value, whatever its sign.
    pub fn largest(&self) -> f32 {
        self.values.iter().map(|value| value.abs()).fold(0.0, f32::max)
    }
}

impl Content for EvidenceMap {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        vec![&mut self.seen.rgba]
    }
}
