//! Training steps of networks on drawn data, batches and all, just as the Train page and `neocog train` run them.

use super::super::LabError;
use super::super::device::Device;
use super::super::train::Trainer;
use crate::data::procedural::{Recipe, Set};
use crate::models::spec::preset::Preset;
use crate::protocol::Setup;

/// A row of the table of training steps.
#[derive(Clone, Copy, Debug)]
pub struct Training {
    pub preset: &'static str,
    /// Drawn by the program.
    pub set: &'static str,
    pub batch: u32,
}

pub(super) const ALL: [Training; 3] = [
    Training { preset: "mlp", set: "digits", batch: 64 },
    Training { preset: "digits", set: "digits", batch: 32 },
    Training { preset: "resnet20", set: "shapes", batch: 8 },
];

impl Training {
    /// That of this preset.
    pub fn find(preset: &str) -> Option<Training> {
        ALL.into_iter().find(|row| row.preset == preset)
    }

    /// With its data, before the first step.
    pub async fn trainer(&self, device: &Device) -> Result<Trainer, LabError> {
        let unknown = || LabError::UnknownNetwork { network: self.preset.to_owned() };
        let network = Preset::find(self.preset).ok_or_else(unknown)?.text;
        let recipe = Recipe { count: 10 * self.batch.max(64), ..Recipe::default() };
        let data = Set::find(self.set).and_then(|set| set.draw(&recipe))?;
        Trainer::new(Setup { network, batch: self.batch, ..Setup::default() }, data, device).await
    }
}
