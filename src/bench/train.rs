//! Our own presets, trained on drawn data just as the Train page does it.

use super::error::BenchError;
use crate::lab::speed::Training;
use crate::lab::train::{Device, Trainer};

pub(super) struct Run(Trainer);

impl Run {
    /// None where the workload is none of ours; else it is named as its preset.
    pub(super) async fn new(id: &str, device: &Device) -> Result<Option<Self>, BenchError> {
        Ok(match Training::find(id) {
            Some(row) => Some(Self(row.trainer(device).await?)),
            None => None,
        })
    }

    /// So many steps, and their mean loss.
    pub(super) async fn advance(&mut self, steps: u32) -> Result<Vec<f64>, BenchError> {
        for _ in 0..steps {
            self.0.advance()?;
        }
        Ok(self.0.point().await?.map(|point| f64::from(point.loss)).into_iter().collect())
    }
}
