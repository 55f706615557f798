//! Who waits for a job.

use super::LabError;
use crate::protocol::{Progress, Stage};

/// Tells the time, hears how far a job is, and may stop it.
#[allow(async_fn_in_trait, reason = "used by static dispatch within this crate, on single-threaded executors")]
pub trait Monitor {
    /// Milliseconds since some fixed moment.
    fn now_millis(&self) -> f64;

    fn progress(&self, progress: Progress);

    fn is_cancelled(&self) -> bool;

    /// Gives everybody else on this thread a turn: whoever wants to cancel, for example.
    async fn pause(&self);

    /// Between two steps of a job: says how far it is, and ends it where that is wanted.
    async fn step(&self, stage: Stage, done: u64, of: u64) -> Result<(), LabError> {
        self.progress(Progress { stage, done, of, millis_left: None });
        self.rest().await
    }

    /// Pauses, and ends the job where that is wanted.
    async fn rest(&self) -> Result<(), LabError> {
        self.pause().await;
        if self.is_cancelled() { Err(LabError::Cancelled) } else { Ok(()) }
    }
}

/// Nobody: for the native command and for tests.
#[cfg(not(target_arch = "wasm32"))]
pub struct NoMonitor(std::time::Instant);

#[cfg(not(target_arch = "wasm32"))]
impl Default for NoMonitor {
    fn default() -> Self {
        Self(std::time::Instant::now())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Monitor for NoMonitor {
    fn now_millis(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1e3
    }

    fn progress(&self, _: Progress) {}

    fn is_cancelled(&self) -> bool {
        false
    }

    async fn pause(&self) {}
}
