//! A network as text: what is known of it while it is typed.

use serde::{Deserialize, Serialize};

/// The text, and the data it is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckSpec {
    pub text: String,
    /// Channels, height and width of the data's pictures.
    pub data: [usize; 3],
    pub classes: usize,
    pub batch: usize,
}

/// Of a text, right or wrong. It can be trained where `errors` is empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpecReport {
    /// Every layer up to the first one that does not fit, in the order of the text.
    pub lines: Vec<SpecLine>,
    pub errors: Vec<SpecMistake>,
    /// Of all layers, repeats written out.
    pub layers: u32,
    pub params: u64,
    /// Multiply-accumulates for one picture.
    pub macs: u64,
    /// The outputs of all layers for one batch.
    pub activation_bytes: u64,
    /// About what training takes at this batch with an optimiser of two slots: weights, gradients, slots, activations.
    pub training_bytes: u64,
}

/// One line of the text; inside `repeat`, all of its repetitions together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpecLine {
    /// From 1.
    pub line: usize,
    /// Prefix of its parameters.
    pub name: String,
    /// Its word in the language.
    pub word: String,
    /// `[channels, height, width]` or `[values]`, for one picture.
    pub output: Vec<usize>,
    pub times: u32,
    pub params: u64,
    pub macs: u64,
    pub activation_bytes: u64,
}

/// Something wrong, at its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpecMistake {
    /// From 1.
    pub line: usize,
    /// First column and the one behind the last, in characters from 0.
    pub columns: [usize; 2],
    /// In English, with the figures and what to do.
    pub sentence: String,
}

/// A spec to start from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpecPreset {
    pub id: String,
    pub title: String,
    /// Authors, title and year; empty for our own.
    pub paper: String,
    /// Channels, height and width that it was made for.
    pub data: [usize; 3],
    pub text: String,
    pub params: u64,
    /// For one picture.
    pub macs: u64,
}

/// A word of the language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpecWord {
    pub name: String,
    /// How it is written.
    pub form: String,
}
