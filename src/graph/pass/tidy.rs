//! Leaves out what no output needs, and computes equal things once.

use super::Flat;
use crate::graph::{Kind, NodeId};
use std::collections::HashMap;

/// A pruned graph, and where each old node went.
pub(super) struct Pruned {
    pub(super) flat: Flat,
    pub(super) renamed: Vec<Option<NodeId>>,
}

pub(super) fn prune(flat: &Flat) -> Flat {
    prune_with(flat, |_| false).flat
}

/// Leaves out nodes that no output needs. The inputs of a node for which `known` holds are not needed.
pub(super) fn prune_with(flat: &Flat, known: impl Fn(NodeId) -> bool) -> Pruned {
    let mut needed = vec![false; flat.nodes.len()];
    flat.outputs.iter().for_each(|&id| needed[id] = true);
    for id in (0..flat.nodes.len()).rev() {
        if needed[id] && !known(id) {
            flat.nodes[id].inputs.iter().for_each(|&input| needed[input] = true);
        }
    }
    let mut renamed = vec![None; flat.nodes.len()];
    let (mut nodes, mut origins) = (Vec::new(), Vec::new());
    for (id, node) in flat.nodes.iter().enumerate().filter(|(id, _)| needed[*id]) {
        let mut node = node.clone();
        // Inputs of a known node are gone; the node stays as a place for its value.
        node.inputs = if known(id) { Vec::new() } else { node.inputs.iter().filter_map(|&i| renamed[i]).collect() };
        renamed[id] = Some(nodes.len());
        nodes.push(node);
        origins.push(flat.origins[id]);
    }
    let outputs = flat.outputs.iter().filter_map(|&id| renamed[id]).collect();
    Pruned { flat: Flat { nodes, outputs, origins }, renamed }
}

/// Nodes with the same op and the same inputs become one.
pub(super) fn merge(flat: &Flat) -> Flat {
    let mut first: HashMap<String, NodeId> = HashMap::new();
    let mut renamed: Vec<NodeId> = Vec::with_capacity(flat.nodes.len());
    let mut nodes = flat.nodes.clone();
    for (id, node) in nodes.iter_mut().enumerate() {
        node.inputs.iter_mut().for_each(|input| *input = renamed[*input]);
        let same = match &node.kind {
            Kind::Op(op) => *first.entry(format!("{op:?} {:?}", node.inputs)).or_insert(id),
            _ => id,
        };
        renamed.push(same);
    }
    let outputs = flat.outputs.iter().map(|&id| renamed[id]).collect();
    Flat { nodes, outputs, origins: flat.origins.clone() }
}
