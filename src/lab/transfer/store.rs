//! Features that are known: of each network with its weights, each layer and each picture they are computed once.

use super::duplicate::PictureDigest;
use super::model::TransferModel;
use super::table::FeatureTable;
use crate::data::Rgb;
use crate::lab::{LabError, Monitor, Weights, seen, values_from};
use crate::protocol::{FeatureLayer, Fit, Stage};
use crate::sorted::SortedMap;
use std::rc::Rc;

/// So many layers stay, whatever their networks.
const MOST_LAYERS: usize = 48;

/// A picture, and by what it is known again.
#[derive(Clone)]
pub struct KnownPicture {
    pub picture: Rc<Rgb>,
    pub digest: PictureDigest,
    /// The recording that it is a frame of.
    pub burst: Option<u32>,
}

impl KnownPicture {
    /// # Errors
    /// None that a decoded picture can cause.
    pub fn new(picture: Rc<Rgb>) -> Result<Self, LabError> {
        let digest = PictureDigest::of(&picture)?;
        Ok(Self { picture, digest, burst: None })
    }
}

#[derive(Default)]
pub struct FeatureStore {
    /// The one used last at the end.
    layers: Vec<StoredLayer>,
}

struct StoredLayer {
    weights: Rc<Weights>,
    fit: Fit,
    path: String,
    /// By the content of the picture.
    rows: SortedMap<u64, Rc<[f32]>>,
}

impl FeatureStore {
    /// A table for each layer, a row for each picture; what is not known is asked of the network.
    pub(super) async fn tables(
        &mut self,
        model: &mut TransferModel,
        weights: &Rc<Weights>,
        fit: Fit,
        layers: &[FeatureLayer],
        pictures: &[KnownPicture],
        watch: &impl Monitor,
    ) -> Result<Vec<FeatureTable>, LabError> {
        let mut known: Vec<StoredLayer> = layers.iter().map(|layer| self.take(weights, fit, layer)).collect();
        let is_known = |known: &[StoredLayer], picture: &KnownPicture| {
            known.iter().all(|layer| layer.rows.contains_key(&picture.digest.content))
        };
        let mut missing: Vec<&KnownPicture> = pictures.iter().filter(|picture| !is_known(&known, picture)).collect();
        missing.sort_by_key(|picture| picture.digest.content);
        missing.dedup_by_key(|picture| picture.digest.content);
        let asked = self.ask(&mut known, model, layers, &missing, fit, watch).await;
        // What was computed stays, also where the rest was cancelled.
        let row = |layer: &StoredLayer, picture: &KnownPicture| layer.rows.get(&picture.digest.content).cloned();
        let tables = asked.map(|()| {
            let table = |layer: &StoredLayer| {
                FeatureTable::from_rows(&pictures.iter().filter_map(|picture| row(layer, picture)).collect::<Vec<_>>())
            };
            known.iter().map(table).collect()
        });
        self.layers.extend(known);
        self.layers.drain(..self.layers.len().saturating_sub(MOST_LAYERS));
        tables
    }

    async fn ask(
        &self,
        known: &mut [StoredLayer],
        model: &mut TransferModel,
        layers: &[FeatureLayer],
        missing: &[&KnownPicture],
        fit: Fit,
        watch: &impl Monitor,
    ) -> Result<(), LabError> {
        let of = missing.len() as u64;
        let weights = known.first().map(|layer| layer.weights.clone());
        let Some(weights) = weights else { return Ok(()) };
        for (at, some) in missing.chunks(model.batch()).enumerate() {
            watch.step(Stage::Run, (at * model.batch()) as u64, of).await?;
            let input = |picture: &&KnownPicture| input_of(&weights, &picture.picture, fit);
            let inputs = some.iter().map(input).collect::<Result<Vec<_>, _>>()?;
            let found = model.features(layers, &inputs).await?;
            for (picture, rows) in some.iter().zip(found) {
                for (layer, row) in known.iter_mut().zip(rows) {
                    layer.rows.insert(picture.digest.content, row.into());
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, weights: &Rc<Weights>, fit: Fit, layer: &FeatureLayer) -> StoredLayer {
        let is_it = |stored: &StoredLayer| {
            Rc::ptr_eq(&stored.weights, weights) && stored.fit == fit && stored.path == layer.path
        };
        match self.layers.iter().position(is_it) {
            Some(at) => self.layers.remove(at),
            None => StoredLayer { weights: weights.clone(), fit, path: layer.path.clone(), rows: SortedMap::new() },
        }
    }

    /// How many rows are known.
    pub fn rows(&self) -> usize {
        self.layers.iter().map(|layer| layer.rows.keys().count()).sum()
    }
}

/// What the network reads of a picture.
pub(super) fn input_of(weights: &Weights, picture: &Rgb, fit: Fit) -> Result<Vec<f32>, LabError> {
    let network = weights.network();
    values_from(&seen(picture, network, fit)?, network)
}
