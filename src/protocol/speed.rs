//! Speed: what this engine takes on a device, against what the device can do at best (the roofline of Williams, Waterman &
//! Patterson 2009): T ≥ max(ΣFLOP / F, Σbytes / B, N · t), with F, B and t measured in the same run.

mod text;

use super::{BackendChoice, BackendKind, Content, Experiment, ExperimentId, Sampling, Spelling, StepClock, Work};
use serde::{Deserialize, Serialize};

settings! {
    pub struct Speed {
        /// [`BackendChoice::Auto`]: the CPU, and the GPU where there is one.
        pub backend: BackendChoice = BackendChoice::Auto,
        /// Rows whose name contains this; no rows at all where it is absent.
        pub rows: Option<String> = Some(String::new()),
        /// The network whose layers are timed one by one.
        pub layers: Option<String> = None,
        pub sampling: Sampling = Sampling::default(),
    }
}

impl Experiment for Speed {
    const ID: ExperimentId = ExperimentId::Speed;
    const SPELLING: Spelling = Spelling { jobs: &["speed"], answer: Some("timed"), steer: None };
    type Answer = Timed;
    /// All that is known, again with each row.
    type News = Timed;
    type Steer = ();
}

impl Content for Speed {}
impl Content for Timed {}

/// All that was measured, so far or at the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    pub devices: Vec<DeviceTimes>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceTimes {
    pub kind: BackendKind,
    /// The adapter; how many threads.
    pub name: String,
    /// A GPU that a program plays: its ratios mean something, its milliseconds do not.
    pub software: bool,
    pub limits: Limits,
    pub rows: Vec<TimedRow>,
    /// What this device would not do.
    pub refused: Vec<RefusedRow>,
    pub layers: Option<LayerTimes>,
}

/// What a device can do at best, measured through the engine's own kernels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// F: floating-point operations a second.
    pub flops_per_second: f64,
    /// B: bytes a second, read and written together.
    pub bytes_per_second: f64,
    /// t: seconds of a dispatch, or of a step on the CPU, that does next to nothing.
    pub dispatch_seconds: f64,
}

/// Which of the three is the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    Compute,
    Memory,
    Dispatch,
}

/// One workload, or one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedRow {
    /// `kernels/…`, `training/…` or `inference/…`.
    pub name: String,
    /// Of one run: the median of the samples.
    pub millis: f64,
    pub work: Work,
    pub gflops: f64,
    /// The least time that the limits allow, as a part of the time that it took: 1 is as fast as can be. More than 1 where
    /// data stays in caches, which the limit of memory does not know.
    pub share: f64,
    pub bound: Bound,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRow {
    pub name: String,
    pub detail: String,
}

/// A network's run, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerTimes {
    pub network: String,
    pub clock: StepClock,
    /// Of the whole run, timed from outside.
    pub whole_millis: f64,
    pub layers: Vec<TimedRow>,
}

impl Limits {
    /// No program with this work can take fewer seconds, and why.
    pub fn least(&self, work: &Work) -> (f64, Bound) {
        let all = [
            (work.flops as f64 / self.flops_per_second, Bound::Compute),
            (work.bytes as f64 / self.bytes_per_second, Bound::Memory),
            (f64::from(work.dispatches) * self.dispatch_seconds, Bound::Dispatch),
        ];
        all.into_iter().fold((0.0, Bound::Dispatch), |most, one| if one.0 > most.0 { one } else { most })
    }

    /// The better of two measurements: what was reached once can be reached.
    #[must_use]
    pub fn or_better(&self, other: &Limits) -> Limits {
        Limits {
            flops_per_second: self.flops_per_second.max(other.flops_per_second),
            bytes_per_second: self.bytes_per_second.max(other.bytes_per_second),
            dispatch_seconds: self.dispatch_seconds.min(other.dispatch_seconds),
        }
    }

    /// What a run of `millis` comes to.
    pub fn row(&self, name: String, millis: f64, work: Work) -> TimedRow {
        let (least, bound) = self.least(&work);
        let gflops = work.flops as f64 / millis / 1e6;
        TimedRow { name, millis, work, gflops, share: least * 1e3 / millis, bound }
    }
}

impl DeviceTimes {
    /// Holds every row and layer against these limits instead.
    pub fn hold_against(&mut self, limits: Limits) {
        self.limits = limits;
        let layers = self.layers.iter_mut().flat_map(|times| &mut times.layers);
        for row in self.rows.iter_mut().chain(layers) {
            *row = limits.row(std::mem::take(&mut row.name), row.millis, row.work);
        }
    }
}

impl Work {
    /// FLOP per byte: where it stands along the roofline.
    pub fn intensity(&self) -> f64 {
        self.flops as f64 / self.bytes.max(1) as f64
    }
}

impl LayerTimes {
    /// How far the sum of the layers may be from the whole, as a part of it: a step that is repeated finds its data in the
    /// caches, and a whole run has calls between its steps.
    pub const LIMIT: f64 = 0.3;

    pub fn sum_millis(&self) -> f64 {
        self.layers.iter().map(|layer| layer.millis).sum()
    }

    /// Whether the layers together take about as long as the whole.
    pub fn holds(&self) -> bool {
        (self.sum_millis() / self.whole_millis - 1.0).abs() <= Self::LIMIT
    }
}
