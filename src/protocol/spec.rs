//! What a network is made of, and what a network text means.

use serde::{Deserialize, Serialize};

/// The answer to [`super::DescribeNetwork`]. With errors, the layers before the first wrong line are described.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpecReport {
    pub layers: Vec<SpecLayer>,
    pub errors: Vec<SpecError>,
    pub params: u64,
    /// Multiply-accumulates of one example, forward.
    pub macs: u64,
    /// Activations of one batch, forward.
    pub activation_bytes: u64,
}

/// One line that makes a layer; a line inside `repeat` makes several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpecLayer {
    /// In the text, from 0.
    pub line: u32,
    /// Prefix of its parameters; empty where it has none.
    pub name: String,
    /// Of the output, without the batch.
    pub shape: Vec<usize>,
    pub params: u64,
    pub macs: u64,
    pub activation_bytes: u64,
}

/// A sentence about a part of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpecError {
    /// From 0.
    pub line: u32,
    /// Characters of the line, from 0.
    pub start: u32,
    pub end: u32,
    pub message: String,
}

/// Parameters and multiply-accumulates for one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub network: String,
    pub params: u64,
    pub macs: u64,
    pub conv: LayerTotals,
    pub fc: LayerTotals,
    pub layers: Vec<LayerReport>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerTotals {
    pub layers: u32,
    pub params: u64,
    pub macs: u64,
}

/// One layer: an operation with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Prefix of its parameters (`features.3.squeeze`), or the operation's name where it has none.
    pub name: String,
    /// `conv2d`, `linear`, `batch_norm`, `max_pool2d`, …
    pub op: String,
    /// Of the output.
    pub shape: Vec<usize>,
    pub params: u64,
    pub macs: u64,
}
