//! What is here: the device, the networks, the weights.

use super::{CachedWeights, CatalogueEntry, Preprocess};
use serde::{Deserialize, Serialize};

/// First job of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Behave as if the browser had no WebGPU.
    #[serde(default)]
    pub without_gpu: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineStatus {
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
    Here {
        adapter: String,
        software: bool,
    },
    Missing {
        detail: String,
    },
    /// It is looked for when it is first wanted, at the latest by [`super::Job::MeetGpu`].
    NotAsked,
}

/// Reasons for [`GpuReport::Missing`] that this program gives itself, which the page words in its languages; others are the
/// browser's.
pub const NO_WEBGPU: &str = "this browser has no WebGPU, or this page is not served over HTTPS or loopback";
/// As [`NO_WEBGPU`]: the engine's own words (`backend::gpu::NO_ADAPTER`).
pub const NO_ADAPTER: &str = "the browser has WebGPU, but gives this page no GPU";
/// As [`NO_WEBGPU`].
pub const SWITCHED_OFF: &str = "WebGPU is switched off for this session";

/// One row of the table of networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkReport {
    /// torchvision's name where it has one; `own:` and the file's name where a person brought it.
    pub id: String,
    pub title: String,
    /// Paper and year; empty where there is none.
    pub paper: String,
    /// `[channels, height, width]`
    pub input: [usize; 3],
    /// It was trained on MNIST's digits: pictures are brought into their form, white ink on black.
    pub reads_digits: bool,
    pub classes: usize,
    pub params: u64,
    pub macs: u64,
    /// Weights are cached, loaded or come with the page: it can classify now.
    pub ready: bool,
    /// How pictures are prepared for it.
    pub preprocess: Preprocess,
    /// The networks of the table that its weights fit, where they are several; the one that it was taken for is the first.
    pub fits: Vec<String>,
    pub source: Source,
}

/// Where a network and its weights come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Built here; takes public weights.
    Public,
    /// Trained by this engine; the weights come with the page.
    Shipped(ShippedReport),
    /// The person's: a file that describes its network.
    Own,
}

/// A file of weights that comes with the page, and how good it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShippedReport {
    /// In the folder `models` beside the page.
    pub file: String,
    pub bytes: u64,
    /// Lower-case hexadecimal; checked when the file is loaded.
    pub sha256: String,
    /// What it was trained on.
    pub data: String,
    /// On the test set of `data`.
    pub errors: u32,
    pub of: u32,
    /// The command that made it.
    pub how: String,
}
