//! What a number may be: one definition for the form, the address and the engine's refusal.

use std::fmt;

/// From `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
    /// Whole numbers only.
    pub whole: bool,
}

impl Interval {
    /// Any seed.
    pub const SEED: Interval = Interval::whole(0, u32::MAX);

    pub const fn whole(low: u32, high: u32) -> Self {
        Self { low: low as f64, high: high as f64, whole: true }
    }

    pub const fn real(low: f64, high: f64) -> Self {
        Self { low, high, whole: false }
    }

    pub fn holds(self, value: impl Into<f64>) -> bool {
        let value = value.into();
        (self.low..=self.high).contains(&value) && (!self.whole || value.fract() == 0.0)
    }

    /// The nearest value that is allowed; `value` is a number.
    pub fn nearest(self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        if self.whole { value.round() } else { value }
    }
}

/// `1 to 1000`
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.low, self.high)
    }
}
