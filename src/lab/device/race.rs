//! Which backend is faster: measured once per device and network, and remembered.

use crate::protocol::{Agreement, BackendKind, Why};
use serde::{Deserialize, Serialize};

/// The limit for [`Agreement::max_logit_difference`].
const LIMIT: f64 = 1e-3;

/// How long one run took on each backend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Race {
    pub gpu_ms: f64,
    pub cpu_ms: f64,
    /// Not known of a race on an earlier visit.
    #[serde(skip)]
    pub max_logit_difference: Option<f64>,
}

impl Race {
    pub fn winner(&self) -> BackendKind {
        if self.gpu_ms < self.cpu_ms { BackendKind::Gpu } else { BackendKind::Cpu }
    }

    pub fn why(&self) -> Why {
        let (millis, other_millis) = match self.winner() {
            BackendKind::Gpu => (self.gpu_ms, self.cpu_ms),
            BackendKind::Cpu => (self.cpu_ms, self.gpu_ms),
        };
        Why::Faster { millis, other_millis }
    }

    pub fn agreement(&self) -> Option<Agreement> {
        self.max_logit_difference.map(|difference| agreement(difference, self.gpu_ms, self.cpu_ms))
    }
}

pub(in crate::lab) fn agreement(max_logit_difference: f64, gpu_ms: f64, cpu_ms: f64) -> Agreement {
    Agreement { max_logit_difference, limit: LIMIT, gpu_ms, cpu_ms }
}

/// Largest absolute difference; infinite where one of them is no number.
pub(in crate::lab) fn max_difference(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).fold(0.0, |max: f64, (&a, &b)| {
        let difference = (f64::from(a) - f64::from(b)).abs();
        if difference.is_nan() { f64::INFINITY } else { max.max(difference) }
    })
}
