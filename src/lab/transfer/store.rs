//! Features that are known: of each network with its weights, each layer and each picture they are computed once.

use super::duplicate::PictureDigest;
use super::earlier::{self, EarlierLayer, FeatureSource};
use super::model::TransferModel;
use crate::data::Rgb;
use crate::lab::table::FeatureTable;
use crate::lab::{Host, LabError, Monitor, Weights, seen, values_from};
use crate::protocol::{FeatureLayer, Fit, Stage};
use crate::sorted::SortedMap;
use std::rc::Rc;

/// So many layers stay, whatever their networks.
const MOST_LAYERS: usize = 48;
/// Numbers that stay for the next visit: 64 MiB of them.
const MOST_NUMBERS: usize = 16 << 20;

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
    /// Of earlier visits, as far as nobody has asked for them.
    earlier: Vec<EarlierLayer>,
    is_restored: bool,
    /// There are rows that the platform does not keep yet.
    has_news: bool,
}

struct StoredLayer {
    weights: Rc<Weights>,
    /// Of their content.
    digest: u64,
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
        let mut known = layers.iter().map(|layer| self.take(weights, fit, layer)).collect::<Result<Vec<_>, _>>()?;
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

    /// What earlier visits have computed, where the platform has kept it.
    pub(super) async fn restore(&mut self, host: &impl Host) {
        if !std::mem::replace(&mut self.is_restored, true) {
            self.earlier = host.kept(earlier::FILE).await.map(earlier::read).unwrap_or_default();
        }
    }

    /// For the next visit, the layers used last first; where there is no room for it, nothing is lost but time.
    pub(super) async fn keep(&mut self, host: &impl Host) -> Result<(), LabError> {
        if !std::mem::take(&mut self.has_news) {
            return Ok(());
        }
        let (mut numbers, mut kept) = (0, Vec::new());
        // One that was cancelled before its first picture has none.
        let with_rows = self.layers.iter().rev().filter(|layer| layer.rows.keys().next().is_some());
        for StoredLayer { digest, fit, path, rows, .. } in with_rows {
            let source = FeatureSource::new(*digest, *fit, path);
            let rows: Vec<(u64, &Rc<[f32]>)> = rows.iter().map(|(&content, row)| (content, row)).collect();
            numbers += rows.iter().map(|(_, row)| row.len()).sum::<usize>();
            if numbers > MOST_NUMBERS {
                break;
            }
            let table = FeatureTable::from_rows(&rows.iter().map(|(_, row)| row).collect::<Vec<_>>());
            kept.push(EarlierLayer {
                source,
                pictures: rows.iter().map(|(content, _)| *content).collect(),
                rows: table,
            });
        }
        let of_now = kept.len();
        for layer in self.earlier.drain(..) {
            numbers += layer.rows.rows() * layer.rows.columns();
            kept.extend((numbers <= MOST_NUMBERS).then_some(layer));
        }
        let _ = host.keep(earlier::FILE, &earlier::written(&kept)?).await;
        self.earlier = kept.split_off(of_now);
        Ok(())
    }

    async fn ask(
        &mut self,
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
                    self.has_news = true;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, weights: &Rc<Weights>, fit: Fit, layer: &FeatureLayer) -> Result<StoredLayer, LabError> {
        let is_it = |stored: &StoredLayer| {
            Rc::ptr_eq(&stored.weights, weights) && stored.fit == fit && stored.path == layer.path
        };
        if let Some(at) = self.layers.iter().position(is_it) {
            return Ok(self.layers.remove(at));
        }
        let of_these = self.layers.iter().find(|stored| Rc::ptr_eq(&stored.weights, weights));
        let digest = of_these.map_or_else(|| earlier::digest(weights), |stored| Ok(stored.digest))?;
        let mut rows = SortedMap::new();
        let source = FeatureSource::new(digest, fit, &layer.path);
        if let Some(at) = self.earlier.iter().position(|earlier| earlier.source == source) {
            let EarlierLayer { pictures, rows: table, .. } = self.earlier.remove(at);
            if table.columns() == layer.features as usize {
                pictures
                    .into_iter()
                    .zip(table.iter())
                    .for_each(|(content, row)| drop(rows.insert(content, row.into())));
            }
        }
        Ok(StoredLayer { weights: weights.clone(), digest, fit, path: layer.path.clone(), rows })
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
