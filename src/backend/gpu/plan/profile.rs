//! Steps of a program on the GPU, one by one.

use super::GpuPlan;
use crate::backend::gpu::replay::Stopwatch;
use crate::backend::{Later, Plan, Profile, RunError};
use crate::graph::Host;

/// The dispatches of one step at a time. Intermediate results share memory, so a step may find another step's numbers in
/// its inputs: that does not change its time.
pub struct GpuProfile<'a> {
    plan: &'a GpuPlan,
    stopwatch: Stopwatch,
}

impl GpuPlan {
    /// # Errors
    /// For inputs of other shapes, and what a run meets.
    pub async fn profile(&mut self, inputs: &[Host]) -> Result<GpuProfile<'_>, RunError> {
        self.run(inputs).await?;
        let stopwatch = Stopwatch::new(&self.gpu);
        self.gpu.check()?;
        Ok(GpuProfile { plan: self, stopwatch })
    }
}

impl Profile for GpuProfile<'_> {
    fn dispatches(&self, step: usize) -> usize {
        self.plan.steps.get(step).map_or(0, ExactSizeIterator::len)
    }

    fn repeat(&mut self, step: usize, times: u32) -> Later<'_, Result<Option<f64>, RunError>> {
        Box::pin(async move {
            let GpuPlan { gpu, replay, steps, .. } = self.plan;
            if let Some(dispatches) = steps.get(step) {
                replay.repeat(gpu, dispatches.clone(), times, &self.stopwatch);
            }
            let seconds = self.stopwatch.seconds(gpu).await;
            gpu.check()?;
            Ok(seconds?)
        })
    }
}
