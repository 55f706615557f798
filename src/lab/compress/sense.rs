//! Sensitivity: accuracy, bytes, operations and time where one layer alone is compressed, more and more.

use super::CompressBench;
use super::by_layer::LayerChanges;
use super::method::check;
use super::working::WorkingNetwork;
use crate::lab::{LabError, Monitor};
use crate::protocol::{CompressMethod, CompressNews, CompressTask, LayerSensitivity};

/// Shares of a layer's operations.
const RANKS: [f64; 4] = [0.75, 0.5, 0.25, 0.1];
/// Shares of a layer's weights.
const KEPT: [f64; 4] = [0.5, 0.25, 0.1, 0.05];
/// Shares of a layer's channels, or of its weights that are known.
const CHANNELS: [f64; 4] = [0.75, 0.5, 0.25, 0.1];
/// Of 8 bits for each weight: 8, 4, 3 and 2.
const BITS: [f64; 4] = [1.0, 0.5, 0.375, 0.25];

pub(super) async fn sense(
    bench: &CompressBench,
    task: &CompressTask,
    watch: &impl Monitor,
    tell: &dyn Fn(CompressNews),
) -> Result<Vec<LayerSensitivity>, LabError> {
    check(task)?;
    let work = WorkingNetwork::of(&bench.weights)?;
    let before = bench.before(watch).await?;
    let whole = [before.bytes as f64, before.macs as f64, before.millis];
    let changes = LayerChanges::of(bench, &work, task, watch).await?;
    let shares = match task.method {
        CompressMethod::LowRank => RANKS,
        CompressMethod::Channels | CompressMethod::Predict => CHANNELS,
        CompressMethod::Prune | CompressMethod::Share => KEPT,
        CompressMethod::Int8 | CompressMethod::Int4 => BITS,
    };
    let (mut found, of) = (Vec::new(), shares.len() * changes.names.len());
    for (layer, name) in changes.names.iter().enumerate() {
        let mut curve = LayerSensitivity { name: name.clone(), points: Vec::new(), costs: Vec::new(), whole };
        if shares[0] < 1.0 {
            curve.points.push([1.0, before.accuracy.share()]);
            curve.costs.push(whole);
        }
        for (at, share) in shares.into_iter().enumerate() {
            bench.examples.tell(watch, shares.len() * layer + at, of).await?;
            let alone = |of: &str| (of == name).then_some(share);
            let mut work = changes.changed(work.clone(), task, &alone)?.work;
            changes.pack(&mut work, task, &alone);
            let measure = bench.examples.measure(&work.weights()?, &bench.device, watch).await?;
            curve.points.push([share, measure.accuracy.share()]);
            curve.costs.push([work.bytes()?.len() as f64, work.counts()?.macs as f64, measure.millis]);
            tell(CompressNews::Sensed(curve.clone()));
        }
        found.push(curve);
    }
    Ok(found)
}
