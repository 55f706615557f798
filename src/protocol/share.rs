//! A share of what was counted, and how far it can be trusted.

use serde::{Deserialize, Serialize};

/// A share of pictures, and the interval in which the true share lies with a probability of 95 % (Wilson 1927).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccuracyShare {
    pub right: u32,
    pub of: u32,
    pub low: f64,
    pub high: f64,
}

impl AccuracyShare {
    pub fn share(&self) -> f64 {
        f64::from(self.right) / f64::from(self.of.max(1))
    }
}
