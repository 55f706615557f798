//! Training a detector.

use crate::protocol::{BackendChoice, Interval, RunPlan};

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
    pub const BATCH: Interval = Interval::whole(1, 64);

    pub fn plan(&self) -> RunPlan {
        let Self { steps, batch, rate, seed, .. } = *self;
        RunPlan { steps, batch, rate, seed }
    }
}
