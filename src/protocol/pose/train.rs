//! Training a cascade on figures that the program draws, and on pictures that a person put right.

use crate::protocol::{BackendChoice, Interval, RunPlan};

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
    pub const BATCH: Interval = Interval::whole(2, 64);

    pub fn plan(&self) -> RunPlan {
        let Self { steps, batch, rate, seed, .. } = *self;
        RunPlan { steps, batch, rate, seed }
    }
}
