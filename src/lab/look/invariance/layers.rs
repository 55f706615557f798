//! The layers that are compared, and what is told of each.

use crate::graph::op::Conv2d;
use crate::graph::{Kind, Node, NodeId};
use crate::lab::LabError;
use crate::lab::layer::{AskedResponse, asked, finished, layer_named, listed};
use crate::models::{Network, NetworkGraph, WiredNode};
use crate::protocol::{Invariance, LayerShape};

/// Layers where none are named.
const USUAL: usize = 7;

/// All that can be asked, from the picture on.
pub(super) fn all_of(network: &Network) -> Result<Vec<LayerShape>, LabError> {
    let shape = |node: &WiredNode| LayerShape { path: node.path.clone(), shape: node.shape[1..].to_vec() };
    Ok(listed(network)?.1.iter().map(shape).collect())
}

/// Those that the job names, in the order of the network; where it names none, some from the picture to the logits.
pub(super) fn layers_of(job: &Invariance, network: &Network) -> Result<Vec<AskedResponse>, LabError> {
    let (graph, nodes) = listed(network)?;
    if job.layers.is_empty() {
        return Ok(usual(&nodes));
    }
    let (most, count) = (Invariance::MOST_LAYERS, job.layers.len());
    ensure!(count <= most, "{count} layers are too many to compare at once; choose at most {most}");
    let mut found: Vec<(NodeId, AskedResponse)> = Vec::new();
    for path in &job.layers {
        let node = layer_named(network, &graph, path)?;
        let is_of_pictures = node.shape.len() > 1 && node.shape[0] == 2;
        let title = &network.title;
        ensure!(is_of_pictures, "{path} of {title} has no response of its own to each picture; choose another layer");
        if found.iter().all(|(_, known)| known.path != *path) {
            found.push((node.output, asked(&node)));
        }
    }
    found.sort_by_key(|(output, _)| *output);
    Ok(found.into_iter().map(|(_, layer)| layer).collect())
}

/// Evenly over those that pass on something.
fn usual(nodes: &[WiredNode]) -> Vec<AskedResponse> {
    let passed = finished(nodes);
    let count = USUAL.min(passed.len());
    let place = |at: usize| if count > 1 { at * (passed.len() - 1) / (count - 1) } else { 0 };
    (0..count).map(|at| asked(passed[place(at)])).collect()
}

/// A layer, and what its places see, whose every place does the same: no bias, mask or position belongs to single places.
pub(super) fn is_alike(graph: &NetworkGraph, output: NodeId) -> bool {
    let nodes = graph.input.graph().nodes();
    let mut is_fixed: Vec<bool> = Vec::with_capacity(nodes.len());
    for node in nodes.iter() {
        let here = match node.kind {
            Kind::Input { .. } => false,
            Kind::Variable { .. } | Kind::Constant(_) => true,
            Kind::Op(_) => node.inputs.iter().all(|&input| is_fixed[input]),
        };
        is_fixed.push(here);
    }
    let has_places = |node: &Node| node.spec.shape.iter().rev().take(2).any(|extent| *extent > 1);
    let is_of_places = |node: &Node| match &node.kind {
        Kind::Op(op) => {
            op.get::<Conv2d>().is_none()
                && node.inputs.iter().any(|&input| is_fixed[input] && has_places(&nodes[input]))
                && !node.inputs.iter().all(|&input| is_fixed[input])
        }
        _ => false,
    };
    let mut waiting = vec![output];
    let mut is_met = vec![false; nodes.len()];
    while let Some(id) = waiting.pop() {
        if std::mem::replace(&mut is_met[id], true) || is_fixed[id] {
            continue;
        }
        if is_of_places(&nodes[id]) {
            return false;
        }
        waiting.extend(nodes[id].inputs.iter().copied());
    }
    true
}
