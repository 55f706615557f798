//! A layer of a network by its name, and what it answers.

use super::LabError;
use crate::graph::Tensor;
use crate::models::{Network, NetworkGraph, WiredNode};

/// A path that is no layer is answered with so many that are.
const NAMED: usize = 8;

/// The node of this path; of a block its last node.
///
/// # Errors
/// [`LabError::Setup`] where there is neither.
pub(super) fn layer_named(network: &Network, graph: &NetworkGraph, path: &str) -> Result<WiredNode, LabError> {
    let nodes = graph.wiring();
    let is_inside = |node: &&WiredNode| node.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    let found = nodes.iter().find(|node| node.path == path).or_else(|| nodes.iter().rfind(is_inside)).cloned();
    let unknown = || {
        let names: Vec<&str> = nodes.iter().take(NAMED).map(|node| node.path.as_str()).collect();
        bad_setup!("{} has no layer {path}; its layers are {}, …", network.title, names.join(", "))
    };
    let node = found.ok_or_else(unknown)?;
    Ok(WiredNode { path: path.to_owned(), ..node })
}

/// A layer whose response is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AskedResponse {
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
pub(super) fn responses(network: &Network, layers: &[AskedResponse], batch: usize) -> Result<Vec<Tensor>, LabError> {
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
pub(super) fn listed(network: &Network) -> Result<(NetworkGraph, Vec<WiredNode>), LabError> {
    const BATCH: usize = 2;
    let graph = network.layered(BATCH)?;
    let mut nodes = graph.wiring();
    nodes.retain(|node| node.shape.len() > 1 && node.shape[0] == BATCH);
    Ok((graph, nodes))
}

pub(super) fn asked(node: &WiredNode) -> AskedResponse {
    AskedResponse { path: node.path.clone(), shape: node.shape[1..].to_vec(), squares: None }
}

/// Of one picture: the response of each layer, and the logits.
pub(super) fn split<'a>(layers: &[AskedResponse], row: &'a [f32]) -> (Vec<&'a [f32]>, &'a [f32]) {
    let mut rest = row;
    let responses = layers.iter().map(|layer| {
        let (response, after) = rest.split_at(layer.len().min(rest.len()));
        rest = after;
        response
    });
    (responses.collect(), rest)
}

/// Those that pass on something: not what a norm or a rectifier makes of it first.
pub(super) fn finished(nodes: &[WiredNode]) -> Vec<&WiredNode> {
    let is_unfinished = |at: usize| {
        let mut readers = nodes.iter().filter(|node| node.inputs.iter().any(|(from, _)| *from == at));
        let (first, is_alone) = (readers.next(), readers.next().is_none());
        let goes_on =
            |reader: &WiredNode| reader.shape == nodes[at].shape && reader.inputs.len() == 1 && reader.macs == 0;
        at > 0 && is_alone && first.is_some_and(goes_on)
    };
    (0..nodes.len()).filter(|&at| !is_unfinished(at)).map(|at| &nodes[at]).collect()
}
