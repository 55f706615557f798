//! A fact that must hold, as a device measured it.

use super::BackendKind;
use serde::{Deserialize, Serialize};

/// The facts of one experiment.
pub trait Facts: Copy + PartialEq + 'static {
    /// In the order in which they are shown.
    const ALL: &'static [Self];

    /// Names its check.
    fn id(self) -> &'static str;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding<F> {
    pub fact: F,
    pub backend: BackendKind,
    pub expected: f64,
    pub measured: f64,
    /// The largest difference that rounding or chance explains.
    pub limit: f64,
}

impl<F> Finding<F> {
    pub fn holds(&self) -> bool {
        (self.measured - self.expected).abs() <= self.limit
    }

    /// The same measurement, its fact by another name.
    pub fn map<G>(self, name: impl FnOnce(F) -> G) -> Finding<G> {
        let Self { fact, backend, expected, measured, limit } = self;
        Finding { fact: name(fact), backend, expected, measured, limit }
    }
}
