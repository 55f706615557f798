//! The layers whose answers can be features.

use crate::graph::NodeId;
use crate::lab::LabError;
use crate::lab::layer::layer_named;
use crate::models::{Network, NetworkGraph, WiredNode};
use crate::protocol::FeatureLayer;

/// Those of a network, from the first on.
pub fn feature_layers(network: &Network) -> Result<Vec<FeatureLayer>, LabError> {
    let graph = network.layered(1)?;
    Ok(graph.wiring().iter().skip(1).filter_map(layer_of).collect())
}

/// Of `[B, C]`, `[B, tokens, C]` and `[B, C, height, width]`.
fn layer_of(node: &WiredNode) -> Option<FeatureLayer> {
    let [1, shape @ ..] = node.shape.as_slice() else { return None };
    let features = match *shape {
        [channels] | [_, channels] | [channels, _, _] => channels,
        _ => return None,
    };
    Some(FeatureLayer { path: node.path.clone(), shape: shape.to_vec(), features: features as u32 })
}

/// The layer of this path; without one what the last layer with weights reads, for the classes of the network are told apart there.
///
/// # Errors
/// [`LabError::Setup`] of a path that is no layer, and of a layer that has no channels.
pub fn feature_layer(network: &Network, path: Option<&str>) -> Result<FeatureLayer, LabError> {
    let graph = network.layered(1)?;
    let node = match path {
        Some(path) => layer_named(network, &graph, path)?,
        None => usual(&graph).ok_or_else(|| bad_setup!("{} has no layer", network.title))?,
    };
    let is_input = node.output == graph.input.id();
    ensure!(!is_input, "{} of {} is the picture itself; choose a layer that answers to it", node.path, network.title);
    layer_of(&node).ok_or_else(|| {
        bad_setup!(
            "{} of {} gives {:?}, which has no channels; choose another layer",
            node.path,
            network.title,
            node.shape
        )
    })
}

fn usual(graph: &NetworkGraph) -> Option<WiredNode> {
    let nodes = graph.wiring();
    let last = nodes.iter().rfind(|node| node.params > 0)?;
    let read = last.inputs.first().map(|(place, _)| *place).filter(|&place| place > 0);
    let read = read.and_then(|place| nodes.get(place)).filter(|node| layer_of(node).is_some());
    // A network of one layer has none before it.
    read.or_else(|| nodes.iter().skip(1).rfind(|node| layer_of(node).is_some())).cloned()
}

/// The node that a layer's path names.
pub(super) fn output_of(network: &Network, graph: &NetworkGraph, path: &str) -> Result<NodeId, LabError> {
    Ok(layer_named(network, graph, path)?.output)
}

/// At most so many of the layers, evenly from the first to the last, and `wanted` among them; each with where it lies.
pub(super) fn spread(layers: &[FeatureLayer], wanted: &FeatureLayer, most: usize) -> Vec<(f64, FeatureLayer)> {
    let last = layers.len().saturating_sub(1).max(1);
    let mut places: Vec<usize> = (0..most).map(|at| (at * last + (most - 1) / 2) / (most - 1).max(1)).collect();
    places.extend(layers.iter().position(|layer| layer.path == wanted.path));
    places.retain(|&place| place < layers.len());
    places.sort_unstable();
    places.dedup();
    let depth = |place: usize| (place + 1) as f64 / layers.len() as f64;
    places.into_iter().map(|place| (depth(place), layers[place].clone())).collect()
}
