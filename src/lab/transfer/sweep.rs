//! The same classifier on layers from the first to the last, beside the pixels and beside a network of the same form that has learnt
//! nothing.

use super::layer::{feature_layers, spread};
use super::learn::Learning;
use super::model::TransferModel;
use super::store::FeatureStore;
use crate::lab::device::Model;
use crate::lab::table::FeatureTable;
use crate::lab::{LabError, Monitor, Weights};
use crate::protocol::{FeatureLayer, SweepRow};
use std::rc::Rc;

/// Layers that are asked.
const MOST_LAYERS: usize = 12;

impl<M: Monitor> Learning<'_, M> {
    pub(super) async fn sweep(&mut self, tell: &mut dyn FnMut(&SweepRow)) -> Result<Vec<SweepRow>, LabError> {
        let network = self.weights.network();
        let layers = spread(&feature_layers(network)?, &self.layer, MOST_LAYERS);
        let mut rows = Vec::new();
        let raw = self.held_out(&self.subject.raw()?).await?.share();
        rows.push(SweepRow { layer: None, depth: 0.0, accuracy: raw, untrained: None });
        tell(&rows[0]);
        let (depths, layers): (Vec<f64>, Vec<_>) = layers.into_iter().unzip();
        let tables = self.tables(&layers).await?;
        let mut untrained = self.untrained(&layers).await?.into_iter();
        for ((layer, depth), table) in layers.into_iter().zip(depths).zip(&tables) {
            let accuracy = self.held_out(table).await?.share();
            let untrained = match untrained.next() {
                Some(table) => Some(self.held_out(&table).await?.share()),
                None => None,
            };
            let row = SweepRow { layer: Some(layer), depth, accuracy, untrained };
            tell(&row);
            rows.push(row);
        }
        Ok(rows)
    }

    /// None of a network that has no first weights, for its graph came with its weights.
    async fn untrained(&mut self, layers: &[FeatureLayer]) -> Result<Vec<FeatureTable>, LabError> {
        let network = self.weights.network().clone();
        let Ok(weights) = Weights::initial(network, self.task.seed).map(Rc::new) else { return Ok(Vec::new()) };
        let mut model = TransferModel::on(&weights, self.model.device()).await?;
        let mut store = FeatureStore::default();
        let (fit, pictures) = (self.task.fit, &self.subject.pictures);
        store.tables(&mut model, &weights, fit, layers, pictures, self.watch).await
    }
}
