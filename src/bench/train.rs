//! Our own presets, trained on drawn data just as the Train page does it.

use super::error::BenchError;
use crate::lab::device::Device;
use crate::lab::speed::Training;
use crate::lab::train::Trainer;

pub(super) struct PresetRun(Trainer);

impl PresetRun {
    pub(super) async fn new(row: Training, device: &Device) -> Result<Self, BenchError> {
        Ok(Self(row.trainer(device).await?))
    }

    /// So many steps, and their mean loss.
    pub(super) async fn advance(&mut self, steps: u32) -> Result<Vec<f64>, BenchError> {
        for _ in 0..steps {
            self.0.advance()?;
        }
        Ok(self.0.point().await?.map(|point| f64::from(point.loss)).into_iter().collect())
    }
}
