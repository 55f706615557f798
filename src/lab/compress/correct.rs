//! Biases that make up for what rounding weights moved: of each layer's outputs the mean of every channel becomes what it was (Nagel et al.,
//! "Data-free quantization through weight equalization and bias correction", 2019, section 4.2, with pictures).

use super::working::WorkingNetwork;
use crate::graph::{NodeId, Program};
use crate::lab::device::{Batched, Device};
use crate::lab::{LabError, Monitor, Weights};

const BATCH: usize = 16;

/// From the first layer on, each after those before it are corrected. A layer without a bias hands it to the batch norm behind; one that
/// has neither stays.
///
/// # Errors
/// What the device refuses.
pub(super) async fn corrected(
    whole: &Weights,
    work: &mut WorkingNetwork,
    inputs: &[Vec<f32>],
    device: &Device,
    watch: &impl Monitor,
) -> Result<(), LabError> {
    let modules: Vec<(String, NodeId)> = whole.network().graph(1)?.0.graph().modules().clone();
    for at in work.layers() {
        let name = work.layer_name(at).to_owned();
        let Some((_, node)) = modules.iter().rfind(|(module, _)| *module == name) else { continue };
        let Some((place, sign)) = home(work, &name) else { continue };
        watch.rest().await?;
        let wanted = means(whole, *node, inputs, device).await?;
        let got = means(&work.weights()?, *node, inputs, device).await?;
        let values = &mut work.tensors[place].values;
        if values.len() == wanted.len() {
            let moved = wanted.iter().zip(got).map(|(wanted, got)| sign * (wanted - got));
            values.iter_mut().zip(moved).for_each(|(value, moved)| *value += moved as f32);
        }
    }
    Ok(())
}

/// The tensor that can take what a layer's outputs are off, and which way.
fn home(work: &WorkingNetwork, layer: &str) -> Option<(usize, f64)> {
    let place = |name: String| work.tensors.iter().position(|tensor| tensor.name == name && tensor.shape.len() == 1);
    if let Some(bias) = place(format!("{layer}.bias")) {
        return Some((bias, 1.0));
    }
    let (list, at) = layer.rsplit_once('.').map_or(("", layer), |(list, at)| (list, at));
    let next = at.parse::<usize>().ok()? + 1;
    let next = if list.is_empty() { next.to_string() } else { format!("{list}.{next}") };
    Some((place(format!("{next}.running_mean"))?, -1.0))
}

/// Of each channel of a node's value.
async fn means(weights: &Weights, node: NodeId, inputs: &[Vec<f32>], device: &Device) -> Result<Vec<f64>, LabError> {
    let (x, _) = weights.network().graph(BATCH)?;
    let output = x.graph().tensor(node);
    let output = if output.rank() == 4 { output.global_avg_pool2d()? } else { output };
    let program = Program::inference(&[&output], &|name| weights.value(name))?;
    let mut model = Batched::new(program, device).await?;
    let mut sums: Vec<f64> = Vec::new();
    for inputs in inputs.chunks(BATCH) {
        for row in model.rows(inputs).await? {
            sums.resize(row.len(), 0.0);
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(value));
        }
    }
    sums.iter_mut().for_each(|sum| *sum /= inputs.len().max(1) as f64);
    Ok(sums)
}
