//! What is here: the device, the networks, the weights.

use super::{CachedWeights, CatalogueEntry};
use serde::{Deserialize, Serialize};

/// First job of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Behave as if the browser had no WebGPU.
    #[serde(default)]
    pub without_gpu: bool,
}

/// The answer to [`Start`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Station {
    pub gpu: GpuReport,
    pub networks: Vec<NetworkReport>,
    pub catalogue: Vec<CatalogueEntry>,
    pub cached: Vec<CachedWeights>,
    /// Names of the pictures that the program draws.
    pub gallery: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpuReport {
    Here { adapter: String, software: bool },
    Missing { detail: String },
}

/// One row of the table of networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkReport {
    /// torchvision's name where it has one.
    pub id: String,
    pub title: String,
    /// Paper and year.
    pub paper: String,
    /// `[channels, height, width]`
    pub input: [usize; 3],
    pub classes: usize,
    pub params: u64,
    pub macs: u64,
    /// Weights are cached or loaded: it can classify now.
    pub ready: bool,
}
