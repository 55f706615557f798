//! A network by several methods and budgets, and what each of its layers is like.

use super::low_rank::channel_matrix;
use super::working::WorkingNetwork;
use super::{CompressBench, method};
use crate::lab::{LabError, Monitor};
use crate::protocol::{ChannelScore, CompressMethod, CompressNews, CompressSurvey, CompressTask, LayerSpectrum};

/// Singular values of a layer that are told.
const MOST_VALUES: usize = 64;

/// Method, budget and bits, from the mildest on.
const TRIED: [(CompressMethod, f64, u32); 13] = [
    (CompressMethod::Int8, 1.0, 8),
    (CompressMethod::Int4, 1.0, 4),
    (CompressMethod::LowRank, 0.75, 5),
    (CompressMethod::LowRank, 0.5, 5),
    (CompressMethod::LowRank, 0.33, 5),
    (CompressMethod::Channels, 0.75, 5),
    (CompressMethod::Channels, 0.5, 5),
    (CompressMethod::Prune, 0.5, 5),
    (CompressMethod::Prune, 0.25, 5),
    (CompressMethod::Prune, 0.1, 5),
    (CompressMethod::Share, 0.5, 5),
    (CompressMethod::Share, 0.25, 4),
    (CompressMethod::Share, 0.15, 4),
];

pub(super) async fn survey(
    bench: &CompressBench,
    task: &CompressTask,
    watch: &impl Monitor,
    tell: &dyn Fn(CompressNews),
) -> Result<CompressSurvey, LabError> {
    let work = WorkingNetwork::of(&bench.weights)?;
    let layers = spectra(&work)?;
    tell(CompressNews::Layers(layers.clone()));
    let before = bench.before(watch).await?;
    tell(CompressNews::Row(before.clone()));
    let mut rows = vec![before.clone()];
    for (at, (by, budget, bits)) in TRIED.into_iter().enumerate() {
        bench.examples.tell(watch, at, TRIED.len()).await?;
        let task = CompressTask { method: by, budget, bits, epochs: 0, score: ChannelScore::Magnitude, ..task.clone() };
        let row = match method::made(bench, &task, before.clone(), watch).await {
            Ok(made) => made.about.after,
            // Some networks have no layer of which this method makes less.
            Err(LabError::Setup { .. }) => continue,
            Err(error) => return Err(error),
        };
        tell(CompressNews::Row(row.clone()));
        rows.push(row);
    }
    let whole_bytes = work.counts()?.whole_bytes;
    let on = bench.examples.on.clone();
    Ok(CompressSurvey { rows, layers, whole_bytes, on, backend: bench.used.clone() })
}

/// Of the layers that could be split.
fn spectra(work: &WorkingNetwork) -> Result<Vec<LayerSpectrum>, LabError> {
    let layers = match work.weighted() {
        Ok(layers) => layers,
        Err(LabError::Setup { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let spectrum = |layer: crate::models::spec::WeightedLayer| -> Result<LayerSpectrum, LabError> {
        let tensor = work.weight(&layer.name)?;
        let singular = channel_matrix(tensor).svd()?.singular;
        let (full, largest) = (singular.len(), singular.first().copied().unwrap_or(0.0).max(f64::MIN_POSITIVE));
        let told = full.min(MOST_VALUES);
        let at = |place: usize| singular[place * (full - 1) / (told - 1).max(1)] / largest;
        Ok(LayerSpectrum {
            macs: layer.form.weights() as u64 * layer.places,
            name: layer.name,
            shape: tensor.shape.clone(),
            spectrum: (0..told).map(at).collect(),
            full: full as u32,
        })
    };
    layers.into_iter().map(spectrum).collect()
}
