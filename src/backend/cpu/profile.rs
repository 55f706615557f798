//! Steps of a program on the CPU, one by one.

use super::{CpuPlan, Keep};
use crate::backend::{Later, Profile, RunError};
use crate::graph::Host;

/// All results of one run stay in memory, so that any step can be run again.
pub struct CpuProfile<'a> {
    plan: &'a CpuPlan,
    values: Vec<Option<Host>>,
}

impl CpuPlan {
    /// # Errors
    /// For inputs of other shapes, and what a run meets.
    pub fn profile(&self, inputs: &[Host]) -> Result<CpuProfile<'_>, RunError> {
        let mut values = self.begin(inputs)?;
        self.advance(&mut values, 0..self.program.steps.len(), Keep::All)?;
        Ok(CpuProfile { plan: self, values })
    }
}

impl Profile for CpuProfile<'_> {
    fn dispatches(&self, _: usize) -> usize {
        1
    }

    fn repeat(&mut self, step: usize, times: u32) -> Later<'_, Result<Option<f64>, RunError>> {
        Box::pin(async move {
            for _ in 0..times {
                self.plan.advance(&mut self.values, step..step + 1, Keep::All)?;
            }
            Ok(None)
        })
    }
}
