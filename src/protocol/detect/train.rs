//! Training a detector.

use crate::protocol::{BackendChoice, BackendUsed, Interval};
use serde::{Deserialize, Serialize};

settings! {
    /// How Faster R-CNN learns.
    pub struct DetectTrain {
        pub steps: u32 = 1500,
        /// From pictures and boxes of the album, not from drawn scenes; it begins with the weights that come with the page.
        pub own: bool = false,
        /// Pictures of a step.
        pub batch: u32 = 4,
        pub rate: f64 = 2e-3,
        pub seed: u32 = 1,
        /// Goes on where the last training of this session was stopped; its seed and batch are the same then.
        pub resume: bool = false,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl DetectTrain {
    pub const STEPS: Interval = Interval::whole(1, 100_000);
    pub const BATCH: Interval = Interval::whole(1, 64);
    pub const RATE: Interval = Interval::real(1e-6, 1.0);
}

/// How far a training is. In the answer, and in the first news of one that goes on, all curves; else what is new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectorProgress {
    pub step: u32,
    pub of: u32,
    /// Step and loss; then its parts: objectness and boxes of anchors, classes and boxes of regions.
    pub losses: Vec<(u32, [f32; 5])>,
    /// Step, and average precision at 0.5 and at 0.75 (COCO's) on scenes that are not learnt from.
    pub precision: Vec<(u32, [f64; 2])>,
    pub params: u64,
    pub steps_per_second: f32,
    pub seconds: f32,
    pub backend: BackendUsed,
}
