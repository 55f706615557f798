//! Gradients of the loss to a network's weights, by its graph alone: of networks that no trainer takes.

use super::CompressBench;
use super::measure::labelled;
use super::working::WorkingNetwork;
use crate::graph::{Host, Kind, Program, Spec, Tensor, grad};
use crate::lab::{LabError, Monitor};
use crate::nn::loss::cross_entropy;
use crate::protocol::Stage;
use candle_core::Device as HostDevice;
use std::collections::BTreeMap;

/// Pictures at once.
const BATCH: usize = 4;

/// Of each of so many batches the gradients of cross entropy, by the tensors' names: of the part for training, with its labels, or, where
/// its classes are not the network's, with what the network says itself.
///
/// # Errors
/// What the device refuses.
pub(super) async fn slopes(
    work: &WorkingNetwork,
    bench: &CompressBench,
    batches: usize,
    watch: &impl Monitor,
) -> Result<Vec<BTreeMap<String, Vec<f32>>>, LabError> {
    let weights = work.weights()?;
    let (inputs, labels) = labelled(bench, &weights, BATCH * batches, watch).await?;
    let (x, logits) = weights.network().graph(BATCH)?;
    let graph = x.graph();
    let target = graph.input("target", Spec::u32([BATCH]));
    let loss = cross_entropy(&logits, &target, 0.0)?;
    let layers: Vec<String> = work.layers().into_iter().map(|at| work.tensors[at].name.clone()).collect();
    let is_layer = |name: &String| layers.contains(name);
    let found: Vec<(String, usize)> = {
        let nodes = graph.nodes();
        let names = nodes.iter().enumerate().filter_map(|(id, node)| match &node.kind {
            Kind::Variable { name, .. } if is_layer(name) => Some((name.clone(), id)),
            _ => None,
        });
        names.collect()
    };
    let wrt: Vec<Tensor> = found.iter().map(|(_, id)| graph.tensor(*id)).collect();
    let slopes = grad(&loss, &wrt.iter().collect::<Vec<_>>())?;
    let program = Program::inference(&slopes.iter().collect::<Vec<_>>(), &|name| weights.value(name))?;
    let mut plan = bench.device.compile(program).await?;
    let mut made = Vec::new();
    let both = inputs.chunks_exact(BATCH).zip(labels.chunks_exact(BATCH));
    let of = both.len() as u64;
    for (at, (inputs, labels)) in both.enumerate() {
        watch.step(Stage::Run, at as u64, of).await?;
        let picture = Host::from_vec(inputs.concat(), x.dims(), &HostDevice::Cpu)?;
        let labels = Host::from_vec(labels.to_vec(), BATCH, &HostDevice::Cpu)?;
        let values = plan.run(|name| if name == "target" { labels.clone() } else { picture.clone() }).await?;
        let mut slopes = BTreeMap::new();
        for ((name, _), value) in found.iter().zip(values) {
            slopes.insert(name.clone(), value.flatten_all()?.to_vec1()?);
        }
        made.push(slopes);
    }
    Ok(made)
}
