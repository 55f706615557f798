//! Summary: what a network is made of.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summarise {
    pub network: String,
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
