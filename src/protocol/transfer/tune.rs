//! Fine-tuning: the network itself goes on learning, for classes of a person's own.

use super::AccuracyShare;
use crate::protocol::{Augment, BackendUsed, Interval};
use serde::{Deserialize, Serialize};

settings! {
    /// What of the network goes on learning, and how.
    pub struct FineTune {
        /// So many of the last blocks, the new last layer among them; 0 for all.
        pub blocks: u32 = 0,
        /// AdamW's learning rate, of the new last layer.
        pub rate: f64 = 2e-3,
        /// By what it is multiplied for the layers that have learnt before.
        pub lower: f64 = 0.25,
        /// The most passes over the pictures.
        pub epochs: u32 = 20,
        pub batch: u32 = 16,
        /// Ends after so many epochs without a smaller loss on the validation part.
        pub patience: u32 = 6,
        /// Batch norms keep the statistics that they have.
        pub frozen_statistics: bool = false,
        pub augment: Augment = Augment { shift: 2, flip: false, elastic: 0.0 },
    }
}

impl FineTune {
    pub const BLOCKS: Interval = Interval::whole(0, 200);
    pub const RATE: Interval = Interval::real(1e-6, 1.0);
    pub const LOWER: Interval = Interval::real(1e-4, 10.0);
    pub const EPOCHS: Interval = Interval::whole(1, 1000);
    pub const BATCH: Interval = Interval::whole(2, 256);
    pub const PATIENCE: Interval = Interval::whole(1, 1000);
    pub const SHIFT: Interval = Interval::whole(0, 16);
}

/// What was compared over the number of pictures of each class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningCurve {
    /// From the fewest pictures to all that none is asked about.
    pub rows: Vec<LearningRow>,
    /// Of the last fine-tuning.
    pub epochs: Vec<TuneEpoch>,
    /// Of the network with its new last layer.
    pub blocks: u32,
    /// That all are asked about.
    pub asked: u32,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

/// How often each is right about pictures that none has learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningRow {
    /// Pictures of each class that were learnt from: of the class that has the fewest.
    pub each: u32,
    /// The classifier on features.
    pub classifier: AccuracyShare,
    /// The same classifier on pixels.
    pub raw: AccuracyShare,
    /// The network, fine-tuned.
    pub tuned: Option<AccuracyShare>,
    /// A network of the same form that began with nothing.
    pub scratch: Option<AccuracyShare>,
}

/// What was measured after an epoch of fine-tuning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuneEpoch {
    /// From 1.
    pub epoch: u32,
    /// Mean loss on the pictures that are learnt from, changed as they are.
    pub loss: f32,
    /// On the validation part.
    pub validation_loss: f32,
    pub validation: AccuracyShare,
}
