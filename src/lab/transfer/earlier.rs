//! Features of earlier visits: a safetensors file in the platform's storage, a tensor `[pictures, features]` for each layer. They are
//! known again by the content of the weights and of the pictures, whatever these are called.

use super::duplicate::ContentHash;
use crate::lab::table::FeatureTable;
use crate::lab::{LabError, Weights};
use crate::nn::checkpoint::{Checkpoint, bytes_from_tensors};
use crate::protocol::Fit;
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Its name in the storage.
pub(super) const FILE: &str = "features.safetensors";
const ABOUT: &str = "neocog.features";

/// Whose features they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FeatureSource {
    /// FNV-1a of the weights' file.
    weights: u64,
    fit: Fit,
    path: String,
}

impl FeatureSource {
    pub(super) fn new(weights: u64, fit: Fit, path: &str) -> Self {
        Self { weights, fit, path: path.to_owned() }
    }
}

/// The content of each picture, and a row for it.
pub(super) struct EarlierLayer {
    pub(super) source: FeatureSource,
    pub(super) pictures: Vec<u64>,
    pub(super) rows: FeatureTable,
}

#[derive(Serialize, Deserialize)]
struct About {
    source: FeatureSource,
    pictures: Vec<u64>,
}

/// # Errors
/// Where the weights' file cannot be read any more.
pub(super) fn digest(weights: &Weights) -> Result<u64, LabError> {
    let mut content = ContentHash::default();
    for part in weights.parts() {
        content.add(&part.map_err(|detail| bad_setup!("the weights cannot be read any more: {detail}"))?);
    }
    Ok(content.0)
}

/// As one file.
pub(super) fn written(layers: &[EarlierLayer]) -> Result<Vec<u8>, LabError> {
    let about = |layer: &EarlierLayer| About { source: layer.source.clone(), pictures: layer.pictures.clone() };
    let about = serde_json::to_string(&layers.iter().map(about).collect::<Vec<_>>());
    let about = about.map_err(|error| bad_setup!("features cannot be kept: {error}"))?;
    let mut tensors = BTreeMap::new();
    for (at, EarlierLayer { rows, .. }) in layers.iter().enumerate() {
        let values: Vec<f32> = rows.iter().flatten().copied().collect();
        tensors.insert(at.to_string(), Tensor::from_vec(values, (rows.rows(), rows.columns()), &Device::Cpu)?);
    }
    Ok(bytes_from_tensors(FILE, &tensors, &BTreeMap::from([(ABOUT.to_owned(), about)]))?)
}

/// What a file has; of one that is damaged, nothing.
pub(super) fn read(bytes: Vec<u8>) -> Vec<EarlierLayer> {
    let layers = || -> Option<Vec<EarlierLayer>> {
        let file = Checkpoint::parse(FILE, bytes).ok()?;
        let about: Vec<About> = serde_json::from_str(file.metadata().get(ABOUT)?).ok()?;
        let layer = |(at, About { source, pictures }): (usize, About)| {
            let rows: Vec<Vec<f32>> = file.tensor(&at.to_string()).ok()?.to_vec2().ok()?;
            let is_whole = rows.len() == pictures.len() && rows.iter().flatten().all(|value| value.is_finite());
            is_whole.then(|| EarlierLayer { source, pictures, rows: FeatureTable::from_rows(&rows) })
        };
        about.into_iter().enumerate().map(layer).collect()
    };
    layers().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer() -> EarlierLayer {
        let source = FeatureSource::new(7, Fit::Crop, "3.conv");
        EarlierLayer { source, pictures: vec![u64::MAX, 2], rows: FeatureTable::from_rows(&[[1.0, -0.5], [0.0, 3.0]]) }
    }

    #[test]
    fn what_was_written_is_read_and_what_is_damaged_is_nothing() {
        let bytes = written(&[layer()]).unwrap();
        let found = read(bytes.clone()).remove(0);
        let EarlierLayer { source, pictures, rows } = layer();
        assert_eq!((found.source, found.pictures, found.rows), (source, pictures, rows));
        assert!(read(bytes[..bytes.len() - 1].to_vec()).is_empty());
        assert!(read(b"features".to_vec()).is_empty());
        let mut nan = bytes;
        let at = nan.len() - 4;
        nan[at..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(read(nan).is_empty());
    }
}
