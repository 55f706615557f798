//! How a long job shares its thread.

use crate::lab::{LabError, Monitor};

/// When others on this thread get a turn, and when there is something to tell.
pub(in crate::lab) struct Pace {
    started_millis: f64,
    rested_millis: f64,
    told_millis: f64,
    tell_millis: f64,
}

/// Between turns of the event loop; a step that takes longer has one after it.
const REST_MILLIS: f64 = 12.0;
const TELL_MILLIS: f64 = 80.0;

impl Pace {
    pub(in crate::lab) fn new(watch: &impl Monitor) -> Self {
        let now = watch.now_millis();
        let told_millis = f64::NEG_INFINITY;
        Self { started_millis: now, rested_millis: now, told_millis, tell_millis: TELL_MILLIS }
    }

    pub(in crate::lab) fn tell_every(&mut self, millis: f64) {
        self.tell_millis = millis;
    }

    pub(in crate::lab) async fn rest(&mut self, watch: &impl Monitor) -> Result<(), LabError> {
        if watch.now_millis() - self.rested_millis > REST_MILLIS {
            watch.pause().await;
            self.rested_millis = watch.now_millis();
        }
        if watch.is_cancelled() { Err(LabError::Cancelled) } else { Ok(()) }
    }

    pub(in crate::lab) fn is_time_to_tell(&mut self, watch: &impl Monitor) -> bool {
        let now = watch.now_millis();
        let is_time = now - self.told_millis > self.tell_millis;
        if is_time {
            self.told_millis = now;
        }
        is_time
    }

    /// Whatever was told a moment ago.
    pub(in crate::lab) fn tell_soon(&mut self) {
        self.told_millis = f64::NEG_INFINITY;
    }

    pub(in crate::lab) fn seconds(&self, watch: &impl Monitor) -> f64 {
        ((watch.now_millis() - self.started_millis) / 1e3).max(1e-6)
    }

    pub(in crate::lab) fn per_second(&self, watch: &impl Monitor, steps: u32) -> f32 {
        (f64::from(steps) / self.seconds(watch)) as f32
    }
}
