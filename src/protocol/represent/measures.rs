//! What is measured of autoencoders: the error over the size of the code, and whether it tells pictures that it has never seen the like of.

use super::AutoencoderTrain;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

settings! {
    /// One training for each size of the code, short ones.
    pub struct CodeSizes {
        pub setup: AutoencoderTrain = AutoencoderTrain { steps: 400, ..AutoencoderTrain::default() },
    }
}

impl CodeSizes {
    pub const SIZES: [u32; 6] = [2, 4, 8, 16, 32, 64];
}

/// Mean squared errors of a number on pictures that are not learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeSizeRow {
    pub code: u32,
    pub autoencoder: f64,
    pub components: f64,
}

choices! {
    /// Pictures of another kind than those that were learnt from.
    pub enum UnseenKind {
        /// Drawn shapes, or digits where shapes were learnt.
        OtherSet,
        /// Those that were not learnt from, turned by half a turn.
        UpsideDown,
        /// The same with light and dark exchanged.
        Negative,
    }
}

/// How well the error of a picture tells pictures of another kind from those of the kind that was learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnseenReport {
    /// Of training, when it was measured.
    pub step: u32,
    pub kind: UnseenKind,
    /// The set that was learnt, and the other.
    pub sets: [String; 2],
    pub counts: [u32; 2],
    /// The chance that a picture of the other kind has the larger error of two: 1 tells all, ½ none.
    pub auc: f64,
    /// From the least to the greatest error, logarithmic: the upper edge of each bin, and the share of either kind in it.
    pub bins: Vec<[f64; 3]>,
    pub shape: [u32; 3],
    /// Of the other kind those with the least error, each followed by what came of it.
    pub missed: ByteBuf,
    /// Of the learnt kind those with the greatest.
    pub strange: ByteBuf,
}

impl UnseenReport {
    /// Pictures of either that are shown.
    pub const SHOWN: usize = 5;
}
