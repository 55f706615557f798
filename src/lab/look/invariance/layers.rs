//! The layers that are compared, and what is told of each.

use crate::graph::op::Conv2d;
use crate::graph::{Kind, Node, NodeId, Tensor};
use crate::lab::LabError;
use crate::lab::layer::layer_named;
use crate::models::{Network, NetworkGraph, WiredNode};
use crate::protocol::{Invariance, LayerShape};

/// Layers where none are named.
const USUAL: usize = 7;

/// A layer whose response is told.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::lab::look) struct AskedResponse {
    pub(super) path: String,
    /// For one picture, without the batch.
    pub(super) shape: Vec<usize>,
    /// Of a large one its means over so many squares, high and wide.
    pub(super) squares: Option<[usize; 2]>,
}

impl AskedResponse {
    /// Numbers of one picture.
    pub(super) fn len(&self) -> usize {
        match (self.squares, self.shape.as_slice()) {
            (Some([high, wide]), [channels, _, _]) => channels * high * wide,
            (Some(_), [_, channels]) => *channels,
            _ => self.shape.iter().product(),
        }
    }

    /// With means over squares where there are more than so many numbers.
    pub(super) fn within(&self, most: usize) -> Self {
        let squares = match *self.shape.as_slice() {
            _ if self.len() <= most => None,
            [channels, height, width] => {
                let side = ((most / channels.max(1)) as f64).sqrt() as usize;
                Some([side.clamp(1, height), side.clamp(1, width)])
            }
            [_, _] => Some([1, 1]),
            _ => None,
        };
        Self { squares, ..self.clone() }
    }

    /// The mean over all places of each channel of a whole response.
    pub(super) fn pooled(&self, response: &[f32]) -> Vec<f32> {
        let mean = |sum: f64, count: usize| (sum / count.max(1) as f64) as f32;
        match *self.shape.as_slice() {
            [_, height, width] if height * width > 0 => {
                let planes = response.chunks_exact(height * width);
                planes.map(|plane| mean(plane.iter().copied().map(f64::from).sum(), plane.len())).collect()
            }
            [tokens, channels] => {
                let of = |channel| response.iter().skip(channel).step_by(channels).copied().map(f64::from).sum();
                (0..channels).map(|channel| mean(of(channel), tokens)).collect()
            }
            _ => response.to_vec(),
        }
    }
}

/// Of each layer one row for each picture, and the logits.
pub(in crate::lab::look) fn responses(
    network: &Network,
    layers: &[AskedResponse],
    batch: usize,
) -> Result<Vec<Tensor>, LabError> {
    let graph = network.layered(batch)?;
    let mut all = Vec::with_capacity(layers.len() + 1);
    for layer in layers {
        let whole = graph.input.graph().tensor(layer_named(network, &graph, &layer.path)?.output);
        let told = match (layer.squares, whole.rank()) {
            (Some([high, wide]), 4) => whole.adaptive_avg_pool2d(high, wide)?,
            (Some(_), 3) => whole.mean(1)?,
            _ => whole,
        };
        all.push(told.flatten_from(1)?);
    }
    all.push(graph.logits.flatten_from(1)?);
    Ok(all)
}

/// Those whose response has a row for each picture.
fn listed(network: &Network) -> Result<(NetworkGraph, Vec<WiredNode>), LabError> {
    const BATCH: usize = 2;
    let graph = network.layered(BATCH)?;
    let mut nodes = graph.wiring();
    nodes.retain(|node| node.shape.len() > 1 && node.shape[0] == BATCH);
    Ok((graph, nodes))
}

fn asked(node: &WiredNode) -> AskedResponse {
    AskedResponse { path: node.path.clone(), shape: node.shape[1..].to_vec(), squares: None }
}

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

/// Evenly over those that pass on something: not what a norm or a rectifier makes of it first.
fn usual(nodes: &[WiredNode]) -> Vec<AskedResponse> {
    let is_unfinished = |at: usize| {
        let mut readers = nodes.iter().filter(|node| node.inputs.iter().any(|(from, _)| *from == at));
        let (first, is_alone) = (readers.next(), readers.next().is_none());
        let goes_on =
            |reader: &WiredNode| reader.shape == nodes[at].shape && reader.inputs.len() == 1 && reader.macs == 0;
        at > 0 && is_alone && first.is_some_and(goes_on)
    };
    let passed: Vec<&WiredNode> = (0..nodes.len()).filter(|&at| !is_unfinished(at)).map(|at| &nodes[at]).collect();
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
