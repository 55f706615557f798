//! Our own presets, trained on drawn data just as the Train page does it.

use super::error::BenchError;
use crate::data::procedural::{Recipe, Set};
use crate::lab::LabError;
use crate::lab::train::{Device, Trainer};
use crate::models::spec::preset::Preset;
use crate::protocol::Setup;

/// Preset (the workload's name), drawn data, batch. The same as in `benches/engine/training.rs`.
const RUNS: [(&str, &str, u32); 3] = [("mlp", "digits", 64), ("digits", "digits", 32), ("resnet20", "shapes", 8)];

pub(super) struct Run(Trainer);

impl Run {
    /// None where the workload is none of ours.
    pub(super) async fn new(id: &str, device: &Device) -> Result<Option<Self>, BenchError> {
        let found = RUNS.into_iter().find(|(name, ..)| *name == id);
        let Some(((_, set, batch), preset)) = found.zip(Preset::find(id)) else { return Ok(None) };
        let recipe = Recipe { count: 10 * batch.max(64), ..Recipe::default() };
        let data = Set::find(set).and_then(|set| set.draw(&recipe)).map_err(LabError::from)?;
        let setup = Setup { network: preset.text, batch, ..Setup::default() };
        Ok(Some(Self(Trainer::new(setup, data, device).await?)))
    }

    /// So many steps, and their mean loss.
    pub(super) async fn advance(&mut self, steps: u32) -> Result<Vec<f64>, BenchError> {
        for _ in 0..steps {
            self.0.advance()?;
        }
        Ok(self.0.point().await?.map(|point| f64::from(point.loss)).into_iter().collect())
    }
}
