//! What a job does, on any platform: the worker and the native command both call this.
//!
//! Invariants:
//! - Nothing here names web-sys: time, progress and cancelling come through [`Monitor`].
//! - A device can refuse anything that is compiled or run: [`LabError::Run`]. Sections on errors name only what else can go wrong.
//! - A [`Weights`] has passed every check; no later stage meets a missing, misshapen or non-finite tensor.

#[macro_use]
mod error;
mod activation;
mod batch;
mod beside;
mod brought;
pub mod calibration;
mod channels;
pub mod device;
mod dice;
mod eigen;
mod engine;
mod experiment;
mod export;
mod features;
mod further;
mod head;
mod initial;
mod layer;
mod letterbox;
mod linear;
mod map;
mod minimise;
mod monitor;
mod packed;
mod pca;
mod plans;
mod predict;
mod recognise;
mod reports;
mod ridge;
pub mod run;
mod shipped;
mod similarity;
mod softmax;
mod svd;
mod table;
pub mod timing;
pub mod trainer;
mod weights;
mod wilson;
mod written;

macro_rules! modules {
    ($($part:ident => { $($id:ident $name:ident $group:ident $about:ident),* $(,)? })*) => {
        $($(pub mod $id;)*)*
    };
}
crate::experiments!(modules);

pub use crate::nn::checkpoint::{FileBytes, KeptFile};
pub use activation::{LayerActivation, activation};
pub use beside::Beside;
pub use brought::holds_onnx;
pub use dice::Dice;
pub use engine::Engine;
pub use error::LabError;
pub use experiment::{Host, Perform};
use experiment::{LIMIT_BYTES, files_from};
pub use export::exported;
use export::file_name;
pub use features::Features;
pub use initial::network_from_preset;
pub use letterbox::{InputFrame, letterboxed, squashed};
pub use monitor::Monitor;
#[cfg(not(target_arch = "wasm32"))]
pub use monitor::NoMonitor;
pub use plans::Ran;
use predict::{check_class, label, pixels_from_planes, probability_of, values_from};
pub use predict::{input_from, logits_of, pixels_from_rgb, predictions, rgb_from_pixels, seen, thumbnail};
pub use reports::{catalogue, describe_network, network_report, network_reports, summarise, summary_of};
pub use shipped::{Shipped, find_network, shipped};
pub use table::{FeatureTable, Standardise};
pub use weights::Weights;
pub use written::{is_own, written_from};
