//! What a person changes in a run under way.

use crate::protocol::{Mix, SteerDistil};
use std::cell::Cell;

/// Read between two steps.
#[derive(Default)]
pub struct LiveControls {
    mix: Cell<Option<Mix>>,
    paused: Cell<bool>,
}

impl LiveControls {
    pub fn set(&self, steer: SteerDistil) {
        match steer {
            SteerDistil::Mix(mix) => self.mix.set(Some(mix)),
            SteerDistil::Pause => self.paused.set(true),
            SteerDistil::Go => self.paused.set(false),
        }
    }

    /// For a new run.
    pub fn reset(&self) {
        self.mix.set(None);
        self.paused.set(false);
    }

    pub(super) fn take_mix(&self) -> Option<Mix> {
        self.mix.take()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.get()
    }
}
