//! Training a cascade on figures that the program draws, and on pictures that a person put right.

use crate::protocol::{BackendChoice, BackendUsed, Interval};
use serde::{Deserialize, Serialize};

settings! {
    /// How a cascade learns.
    pub struct PoseTrain {
        pub steps: u32 = 1200,
        /// Figures of a step.
        pub batch: u32 = 8,
        pub rate: f64 = 2e-3,
        pub seed: u32 = 1,
        /// From the pictures that were put right, too: half of each step.
        pub own: bool = false,
        /// Goes on where the last training of this session was stopped; its seed and batch are the same then.
        pub resume: bool = false,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl PoseTrain {
    pub const STEPS: Interval = Interval::whole(1, 100_000);
    pub const BATCH: Interval = Interval::whole(2, 64);
    pub const RATE: Interval = Interval::real(1e-6, 1.0);
}

/// How far a training is. In the answer, and in the first news of one that goes on, all curves; else what is new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoseProgress {
    pub step: u32,
    pub of: u32,
    /// Step, and the loss of each stage.
    pub losses: Vec<(u32, [f32; 3])>,
    /// Step, and PCK at 0.2 after each stage on figures that are not learnt from.
    pub accuracy: Vec<(u32, [f64; 3])>,
    pub params: u64,
    pub steps_per_second: f32,
    pub seconds: f32,
    pub backend: BackendUsed,
}
