//! A run of steps that is watched and can be taken up again: what trainings of detectors and of cascades have in common.

use super::{BackendUsed, Content, Interval};
use serde::{Deserialize, Serialize};

/// What a run is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunPlan {
    pub steps: u32,
    /// Examples of a step.
    pub batch: u32,
    pub rate: f64,
    pub seed: u32,
}

impl RunPlan {
    pub const STEPS: Interval = Interval::whole(1, 100_000);
    pub const RATE: Interval = Interval::real(1e-6, 1.0);
}

/// How far a run is. In the answer, and in the first news of one that goes on, all curves; else what is new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunProgress {
    pub step: u32,
    pub of: u32,
    /// Step, its loss, then the parts of it.
    pub losses: Vec<(u32, Vec<f32>)>,
    /// Step, and what was measured after it on examples that are not learnt from.
    pub measured: Vec<(u32, Vec<f64>)>,
    pub params: u64,
    pub steps_per_second: f32,
    pub seconds: f32,
    pub backend: BackendUsed,
}

impl Content for RunProgress {}
