//! Weights: dropped, downloaded, cached.

use super::{DataFile, NetworkReport};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// A `.safetensors`, `.onnx` or PyTorch file; the network is the one that it describes, else found by its tensor names and shapes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DropWeights {
    pub name: String,
    pub bytes: ByteBuf,
    #[serde(default)]
    pub preprocess: Option<Preprocess>,
    /// What lies beside it: weights of an ONNX file, `labels.txt`, `config.json`, `preprocessor_config.json`.
    #[serde(default)]
    pub beside: Vec<DataFile>,
}

/// Prepare pictures otherwise, from now on, for a network whose weights a person brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrepareWeights {
    pub network: String,
    #[serde(default)]
    pub preprocess: Preprocess,
    /// One of those that the weights fit.
    #[serde(default)]
    pub taken_as: Option<String>,
}

/// The answer to that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightsPrepared {
    pub report: NetworkReport,
    pub cached: Vec<CachedWeights>,
}

/// How pictures are prepared for a network where its weights were trained with others than the usual figures: scaled, cut, and
/// `(value / 255 - mean) / std`, red first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preprocess {
    pub mean: Option<[f32; 3]>,
    pub std: Option<[f32; 3]>,
    /// Height and width in pixels.
    pub size: Option<u32>,
    /// To how many pixels the shorter side of a picture is scaled before a centre crop.
    pub shorter: Option<u32>,
    pub interpolation: Option<Interpolation>,
}

choices! {
    /// What lies between pixels where a picture is scaled; antialiased where it is reduced.
    pub enum Interpolation {
        Bilinear,
        Bicubic,
    }
}

/// Fetch a file of weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DownloadWeights {
    pub url: String,
    /// Lower-case hexadecimal; checked where given.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The download stops with an error beyond this; 1 GiB where not given.
    #[serde(default)]
    pub limit_bytes: Option<u64>,
    #[serde(default)]
    pub preprocess: Option<Preprocess>,
}

impl From<String> for DownloadWeights {
    fn from(url: String) -> Self {
        Self { url, sha256: None, limit_bytes: None, preprocess: None }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeleteWeights {
    /// As in [`CachedWeights::name`].
    pub name: String,
}

/// The answer to a drop or a download.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightsLoaded {
    pub network: String,
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    pub warnings: Vec<WeightsWarning>,
    /// Its network, which may be new here.
    pub report: NetworkReport,
    pub cached: Vec<CachedWeights>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightsWarning {
    /// The network does not use these tensors.
    Unused { count: u32, first: String },
    /// A file of names beside the weights has others than there are classes.
    Names { file: String, names: u32, classes: u32 },
    /// More than one network of the table, whose titles these are, has such tensors; it was taken for the first.
    Fits { networks: String },
    /// Its publisher gives up the proportions of a picture instead of cutting the middle out.
    Squashed,
    /// The weights work, but could not be kept for the next visit.
    NotCached { detail: String },
}

/// One file in the browser's private storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CachedWeights {
    pub name: String,
    pub network: String,
    /// As it is kept: in the form of a safetensors file.
    pub bytes: u64,
    /// Of the file that was brought.
    pub sha256: String,
    /// Of a network of the person's own.
    #[serde(default)]
    pub written: Option<WrittenNetwork>,
    #[serde(default)]
    pub preprocess: Option<Preprocess>,
    /// As of [`NetworkReport::fits`](super::NetworkReport).
    #[serde(default)]
    pub fits: Vec<String>,
}

/// What a file says of its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenNetwork {
    pub title: String,
    /// One layer per line.
    pub text: String,
    /// `[channels, height, width]`
    pub shape: [usize; 3],
    /// Names, in their order.
    pub classes: Vec<String>,
    /// Of a network without a text, because its file holds its graph or it is one of the table for other classes: classes, parameters, multiply-accumulates for one picture.
    #[serde(default)]
    pub brought: Option<[u64; 3]>,
    /// Of a network that names no classes.
    #[serde(default)]
    pub finds: Option<Finds>,
}

choices! {
    /// What a network finds in a picture that names no classes of it.
    pub enum Finds {
        Boxes,
        Joints,
    }
}

/// A public checkpoint that the page offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    pub network: String,
    /// As its publisher names it, `timm/resnet18.tv_in1k` for example.
    pub title: String,
    pub url: String,
    pub bytes: u64,
    /// SPDX
    pub licence: String,
    pub sha256: Option<String>,
}
