//! How a time is taken.

use super::Interval;
use serde::{Deserialize, Serialize};

settings! {
    /// How long a figure is looked at. Clocks are coarse (100 µs in browsers), so a sample is as many runs as last so long.
    #[derive(Copy)]
    pub struct Sampling {
        /// The median of so many is taken.
        pub samples: u32 = 5,
        pub sample_millis: f64 = 30.0,
    }
}

impl Sampling {
    pub const SAMPLES: Interval = Interval::whole(1, 1000);
    /// To see whether it works.
    pub const QUICK: Sampling = Sampling { samples: 1, sample_millis: 2.0 };
}

/// Who times a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepClock {
    /// The GPU itself: timestamp queries.
    Timestamps,
    /// The step is repeated, and the repetitions are timed from outside.
    Outside,
}
