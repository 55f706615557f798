//! Sensitivity: accuracy where one layer alone is compressed, more and more.

use super::CompressBench;
use super::low_rank::{split, split_layers};
use super::method::{check, pack};
use super::prune::kept;
use super::quantise::quantised;
use super::working::WorkingNetwork;
use crate::lab::{LabError, Monitor, Weights};
use crate::protocol::{CompressMethod, CompressNews, CompressTask, LayerSensitivity};

/// Shares of a layer's operations.
const RANKS: [f64; 4] = [0.75, 0.5, 0.25, 0.1];
/// Shares of a layer's weights.
const KEPT: [f64; 4] = [0.5, 0.25, 0.1, 0.05];
/// Bits of each weight.
const BITS: [u32; 4] = [6, 4, 3, 2];

pub(super) async fn sense(
    bench: &CompressBench,
    task: &CompressTask,
    watch: &impl Monitor,
    tell: &dyn Fn(CompressNews),
) -> Result<Vec<LayerSensitivity>, LabError> {
    check(task)?;
    let work = WorkingNetwork::of(&bench.weights)?;
    let whole = bench.examples.measure(&bench.weights, &bench.device, watch).await?.accuracy.share();
    let variants = Variants::of(&work, task, watch).await?;
    let (mut found, of) = (Vec::new(), 4 * variants.names.len());
    for (layer, name) in variants.names.iter().enumerate() {
        let mut curve = LayerSensitivity { name: name.clone(), points: vec![[1.0, whole]] };
        for at in 0..4 {
            bench.examples.tell(watch, 4 * layer + at, of).await?;
            let Some((share, weights)) = variants.variant(&work, layer, at)? else { continue };
            let right = bench.examples.measure(&weights, &bench.device, watch).await?.accuracy.share();
            curve.points.push([share, right]);
            tell(CompressNews::Sensed(curve.clone()));
        }
        found.push(curve);
    }
    Ok(found)
}

/// What is tried of each layer.
struct Variants {
    names: Vec<String>,
    method: CompressMethod,
    /// Of low rank.
    layers: Vec<super::low_rank::SplitLayer>,
}

impl Variants {
    async fn of(work: &WorkingNetwork, task: &CompressTask, watch: &impl Monitor) -> Result<Self, LabError> {
        let method = task.method;
        let layers = match method {
            CompressMethod::LowRank => split_layers(work, task.way, watch).await?,
            _ => Vec::new(),
        };
        let title = |at: usize| {
            let name = &work.tensors[at].name;
            name.strip_suffix(".weight").unwrap_or(name).to_owned()
        };
        let names = match method {
            CompressMethod::LowRank => layers.iter().map(|layer| layer.layer.name.clone()).collect(),
            _ => work.layers().into_iter().map(title).collect(),
        };
        Ok(Self { names, method, layers })
    }

    /// How much is left of the layer, and the network; `None` where it has nothing to lose there.
    fn variant(&self, work: &WorkingNetwork, layer: usize, at: usize) -> Result<Option<(f64, Weights)>, LabError> {
        let mut work = work.clone();
        let share = match self.method {
            CompressMethod::LowRank => {
                let Some(choice) = self.layers[layer].within(RANKS[at]) else { return Ok(None) };
                let mut choices = vec![None; self.layers.len()];
                choices[layer] = Some(choice);
                work = split(&work, &self.layers, &choices)?.0;
                RANKS[at]
            }
            CompressMethod::Prune => {
                let place = work.layers()[layer];
                let values = &mut work.tensors[place].values;
                let stay = kept(&[values], KEPT[at]).remove(0);
                values.iter_mut().zip(stay).filter(|(_, stays)| !stays).for_each(|(value, _)| *value = 0.0);
                KEPT[at]
            }
            CompressMethod::Share => {
                let place = work.layers()[layer];
                pack(&mut work.tensors[place], CompressMethod::Share, BITS[at]);
                f64::from(BITS[at]) / 8.0
            }
            CompressMethod::Int8 | CompressMethod::Int4 => {
                let place = work.layers()[layer];
                let tensor = &mut work.tensors[place];
                tensor.values = quantised(&tensor.values, tensor.shape[0], BITS[at]).weights();
                f64::from(BITS[at]) / 8.0
            }
        };
        Ok(Some((share, work.weights()?)))
    }
}
