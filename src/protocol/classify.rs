//! Classify: a picture, a network, its best classes.

use super::{Pixels, Trouble};
use serde::{Deserialize, Serialize};

/// Which classes does the network see in the picture?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classify {
    pub picture: u32,
    pub network: String,
    #[serde(default)]
    pub fit: Fit,
    #[serde(default)]
    pub backend: BackendChoice,
    /// How many classes to return.
    #[serde(default = "five")]
    pub top: usize,
}

fn five() -> usize {
    5
}

/// How a picture that is not square becomes one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The whole picture, its proportions given up.
    Squash,
    /// The shorter side scaled (to 256 for an input of 224), then the middle cut out.
    #[default]
    Crop,
}

/// Which backend the person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendChoice {
    /// The faster one, measured once per device and network and remembered.
    #[default]
    Auto,
    Gpu,
    Cpu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendKind {
    Gpu,
    Cpu,
}

/// Where a result was computed, and why there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendUsed {
    pub kind: BackendKind,
    /// The GPU's name; empty for the CPU.
    pub adapter: String,
    pub why: Why,
}

/// Why a backend was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The person asked for it.
    Chosen,
    /// Measured: this one took `millis`, the other `other_millis`.
    Faster { millis: f64, other_millis: f64 },
    /// The GPU has not been asked yet: an answer at once, and then the measuring.
    GpuNotAsked,
    /// No usable GPU; the browser's or wgpu's words.
    NoGpu { detail: String },
    /// There is a GPU, but a program plays it, and that is slower than the CPU itself.
    Software { adapter: String },
    /// The run began on it: on the other one, rounding would differ.
    Began,
    /// The GPU was lost during the job: it goes on here, and so many steps were done again.
    Recovered { lost_steps: u32 },
    /// The GPU failed on this network.
    GpuFailed { trouble: Trouble },
}

/// One class with its probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    pub index: u32,
    pub label: String,
    pub label_ja: String,
    pub probability: f32,
    pub logit: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classified {
    pub picture: u32,
    pub network: String,
    pub fit: Fit,
    /// The network's input as a picture, where that is at most 64 pixels wide and high.
    pub seen: Option<Pixels>,
    /// Best first.
    pub top: Vec<Prediction>,
    /// The picture is probably of none of the classes, as far as the network's file says when that is so.
    #[serde(default)]
    pub is_unknown: bool,
    /// Sum of the probabilities of all classes, each as it is shown; 1 but for rounding.
    pub probability_sum: f64,
    /// One run of the compiled network, input upload and logit readback included.
    pub elapsed_ms: f64,
    /// Decoding excluded: resize and normalisation.
    pub preprocess_ms: f64,
    pub backend: BackendUsed,
    /// GPU dispatches of one run; on the CPU, kernel calls.
    pub dispatches: u32,
    /// Bytes of intermediate results after planning.
    pub planned_bytes: u64,
    /// The same without reuse of memory.
    pub unplanned_bytes: u64,
    /// Known where this picture was the last one on which both backends ran this network: the first `Auto` run and [`Compare`]
    /// do that.
    pub agreement: Option<Agreement>,
}

/// Run both backends on one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compare {
    pub picture: u32,
    pub network: String,
    #[serde(default)]
    pub fit: Fit,
}

/// How far the GPU's logits are from the CPU's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    pub max_logit_difference: f64,
    /// 1e-3.
    pub limit: f64,
    pub gpu_ms: f64,
    pub cpu_ms: f64,
}
