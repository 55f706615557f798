//! How a network is wired: its modules, and between them the operations that are of no module, each with what it reads and what it
//! costs. Read off the graph, as its layers are.

use super::NetworkGraph;
use super::field::{PictureAxis, ReceptiveField, fields};
use super::layers::{kind, macs};
use super::summary::{fixed, owners};
use crate::graph::op::{Move, Reshape};
use crate::graph::{Kind, Node, NodeId};
use std::collections::{BTreeMap, BTreeSet};

/// One module without others inside, or one operation between modules.
#[derive(Clone, Debug, PartialEq)]
pub struct WiredNode {
    /// PyTorch's path of the module; of an operation, the path of the block that it is in and the operation's name.
    pub path: String,
    /// What computes it.
    pub kind: String,
    /// Its result.
    pub output: NodeId,
    /// Of its result.
    pub shape: Vec<usize>,
    /// What each place of its result sees of the picture; `None` where that is all of it.
    pub field: Option<ReceptiveField>,
    /// Parameters that no node before it reads.
    pub params: u64,
    /// Multiply-accumulates.
    pub macs: u64,
    /// The operations that are done in it.
    pub nodes: Vec<NodeId>,
    /// The nodes before it that it reads, by their places, and the shape of what it reads.
    pub inputs: Vec<(usize, Vec<usize>)>,
}

/// A group of operations, by the smallest of their ids.
type Group = usize;

struct Wiring<'a> {
    nodes: &'a [Node],
    /// Depends on the picture, and the logits on it.
    is_live: Vec<bool>,
    group: Vec<Option<Group>>,
    paths: BTreeMap<Group, String>,
}

impl NetworkGraph {
    /// All that is computed of a picture, the picture first, in an order in which each is computed after what it reads.
    pub fn wiring(&self) -> Vec<WiredNode> {
        let (modules, nodes) = (self.outputs(), self.input.graph().nodes());
        let (owners, fields) = (owners(&nodes), fields(&nodes, PictureAxis::Down));
        let mut wiring = Wiring {
            nodes: &nodes,
            is_live: live(&nodes, self.input.id(), self.logits.id()),
            group: vec![None; nodes.len()],
            paths: BTreeMap::new(),
        };
        wiring.gather(&modules, &owners);
        wiring.absorb();
        wiring.name_rest(&modules);
        wiring.listed(&fields)
    }
}

fn live(nodes: &[Node], input: NodeId, logits: NodeId) -> Vec<bool> {
    let fixed = fixed(nodes);
    let mut is_needed = vec![false; nodes.len()];
    is_needed[logits] = true;
    for id in (0..nodes.len()).rev() {
        if is_needed[id] {
            nodes[id].inputs.iter().for_each(|&input| is_needed[input] = true);
        }
    }
    (0..nodes.len()).map(|id| is_needed[id] && !fixed[id] && (id == input || is_op(&nodes[id]))).collect()
}

fn is_op(node: &Node) -> bool {
    matches!(node.kind, Kind::Op(_))
}

/// Only another shape or order of what it reads, or a part of it.
fn is_movement(node: &Node) -> bool {
    match &node.kind {
        Kind::Op(op) => op.get::<Reshape>().is_some() || op.get::<Move>().is_some(),
        _ => false,
    }
}

fn is_within(path: &str, block: &str) -> bool {
    path.strip_prefix(block).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Wiring<'_> {
    /// What reads the variables of a module without others inside is of that module, and so is its output.
    fn gather(&mut self, modules: &[(String, NodeId)], owners: &[Option<String>]) {
        let has_inside = |name: &str| modules.iter().any(|(other, _)| other != name && is_within(other, name));
        let leaves: BTreeMap<&str, NodeId> = modules
            .iter()
            .filter(|(name, _)| !has_inside(name))
            .map(|(name, output)| (name.as_str(), *output))
            .collect();
        let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
        for id in (0..self.nodes.len()).filter(|&id| self.is_live[id]) {
            let Some(owner) = owners[id].as_deref().filter(|_| is_op(&self.nodes[id])) else { continue };
            let leaf = leaves.keys().find(|leaf| is_within(owner, leaf));
            // A module that is used in several places is a node in each: what it gave before it cannot read again.
            let is_new = |group: &Group| !self.reads_through(id, *group);
            let group = leaf.and_then(|leaf| groups.get(leaf)).copied().filter(is_new).unwrap_or(id);
            if let Some(leaf) = leaf {
                groups.insert(leaf, group);
            }
            let name = leaf.map_or_else(|| self.within(owner, id), |leaf| (*leaf).to_owned());
            self.paths.entry(group).or_insert(name);
            self.group[id] = Some(group);
        }
        for (leaf, output) in leaves {
            if self.is_live[output] && self.group[output].is_none() && is_op(&self.nodes[output]) {
                self.group[output] = Some(output);
                self.paths.insert(output, leaf.to_owned());
            }
        }
    }

    /// Whether it reads this group by way of something that is not of it.
    fn reads_through(&self, id: NodeId, group: Group) -> bool {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<(NodeId, bool)> = self.sources(id).map(|source| (source, false)).collect();
        while let Some((at, is_apart)) = waiting.pop() {
            if at < group || !seen.insert((at, is_apart)) {
                continue;
            }
            match self.group[at] {
                Some(of) if of == group => {
                    if is_apart {
                        return true;
                    }
                    waiting.extend(self.sources(at).map(|source| (source, false)));
                }
                Some(_) => waiting.extend(self.sources(at).map(|source| (source, true))),
                None => waiting.extend(self.sources(at).map(|source| (source, is_apart))),
            }
        }
        false
    }

    fn sources(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.nodes[id].inputs.iter().copied().filter(|&input| self.is_live[input])
    }

    /// An operation's path in a block.
    fn within(&self, block: &str, id: NodeId) -> String {
        let name = kind(self.nodes, &[&self.nodes[id]], id);
        if block.is_empty() { name } else { format!("{block}.{name}") }
    }

    /// What only one group reads becomes part of it, where the group then still reads one thing: the rest of a composed layer, of
    /// which the graph names the result alone.
    fn absorb(&mut self) {
        let mut readers: Vec<Vec<NodeId>> = vec![Vec::new(); self.nodes.len()];
        for id in (0..self.nodes.len()).filter(|&id| self.is_live[id]) {
            for source in self.sources(id) {
                readers[source].push(id);
            }
        }
        for group in self.paths.keys().copied().collect::<Vec<_>>().into_iter().rev() {
            let mut inside: BTreeSet<NodeId> =
                (0..self.nodes.len()).filter(|&id| self.group[id] == Some(group)).collect();
            let own = inside.clone();
            let last = inside.last().copied().unwrap_or(group);
            for id in (0..last).rev() {
                let is_free = self.is_live[id] && self.group[id].is_none() && is_op(&self.nodes[id]);
                if is_free && !readers[id].is_empty() && readers[id].iter().all(|reader| inside.contains(reader)) {
                    inside.insert(id);
                }
            }
            // Where two things meet that both come from outside, the layer begins after it; and what is only done before it, one after
            // the other, is no part of it.
            loop {
                let outside =
                    |id: NodeId| self.sources(id).filter(|source| !inside.contains(source)).collect::<BTreeSet<_>>();
                let is_alone =
                    |source: &NodeId| readers[*source].iter().filter(|reader| inside.contains(reader)).count() == 1;
                let is_before = |id: NodeId| {
                    let read = outside(id);
                    read.len() > 1
                        || (read.iter().all(is_alone) && self.sources(id).all(|source| read.contains(&source)))
                };
                let is_lost = |id: NodeId| readers[id].iter().any(|reader| !inside.contains(reader));
                let surplus = inside.iter().copied().find(|id| !own.contains(id) && (is_before(*id) || is_lost(*id)));
                let Some(surplus) = surplus else { break };
                inside.remove(&surplus);
            }
            let outside = |set: &BTreeSet<NodeId>| {
                let all = set.iter().flat_map(|&id| self.sources(id)).filter(|source| !set.contains(source));
                all.collect::<BTreeSet<_>>().len()
            };
            if outside(&inside) <= outside(&own).max(1) {
                inside.difference(&own).for_each(|&id| self.group[id] = Some(group));
            }
        }
    }

    /// What is of no module yet: each operation by itself, in the innermost block that it is computed between.
    fn name_rest(&mut self, modules: &[(String, NodeId)]) {
        let mut spans: BTreeMap<String, [NodeId; 2]> = BTreeMap::new();
        let mut widen = |block: &str, id: NodeId| {
            let span = spans.entry(block.to_owned()).or_insert([id, id]);
            *span = [span[0].min(id), span[1].max(id)];
        };
        for id in 0..self.nodes.len() {
            let Some(path) = self.group[id].and_then(|group| self.paths.get(&group)) else { continue };
            blocks(path).for_each(|block| widen(block, id));
        }
        for (name, output) in modules {
            if spans.contains_key(name) {
                let span = spans.entry(name.clone()).or_insert([*output; 2]);
                span[1] = span[1].max(*output);
            }
        }
        for id in 0..self.nodes.len() {
            let node = &self.nodes[id];
            if !self.is_live[id] || self.group[id].is_some() || !is_op(node) || is_movement(node) {
                continue;
            }
            let around = spans.iter().filter(|(_, [from, to])| (*from..=*to).contains(&id));
            let block = around.map(|(block, _)| block.as_str()).max_by_key(|block| block.len()).unwrap_or_default();
            let path = self.within(block, id);
            self.paths.insert(id, path);
            self.group[id] = Some(id);
        }
    }

    /// A movement is of what it moves.
    fn settled(&self, mut id: NodeId) -> NodeId {
        while self.group[id].is_none() && is_op(&self.nodes[id]) {
            match self.sources(id).next() {
                Some(source) => id = source,
                None => break,
            }
        }
        id
    }

    fn listed(&self, fields: &[Option<ReceptiveField>]) -> Vec<WiredNode> {
        let mut members: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        for id in 0..self.nodes.len() {
            if let Some(group) = self.group[id] {
                members.entry(group).or_default().push(id);
            }
        }
        let mut all: Vec<(Option<Group>, Vec<NodeId>)> =
            members.into_iter().map(|(group, ids)| (Some(group), ids)).collect();
        let inputs = (0..self.nodes.len()).filter(|&id| self.is_live[id] && !is_op(&self.nodes[id]));
        all.extend(inputs.map(|id| (None, vec![id])));
        all.sort_by_key(|(_, ids)| ids.last().copied());
        let mut place: BTreeMap<NodeId, usize> = BTreeMap::new();
        for (at, (_, ids)) in all.iter().enumerate() {
            ids.iter().for_each(|&id| _ = place.insert(id, at));
        }
        let mut counted = BTreeSet::new();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut listed = Vec::with_capacity(all.len());
        for (at, (group, ids)) in all.iter().enumerate() {
            let output = ids.last().copied().unwrap_or_default();
            let path = group.and_then(|group| self.paths.get(&group)).map_or("input", String::as_str);
            let count = names.entry(path.to_owned()).or_default();
            *count += 1;
            let path = if *count == 1 { path.to_owned() } else { format!("{path}-{count}") };
            let mut inputs: Vec<(usize, Vec<usize>)> = Vec::new();
            for source in ids.iter().flat_map(|&id| self.sources(id)) {
                let from = place.get(&self.settled(source)).copied();
                let edge = from.filter(|&from| from != at).map(|from| (from, self.nodes[source].spec.shape.clone()));
                inputs.extend(edge.filter(|edge| !inputs.contains(edge)));
            }
            let owned: Vec<&Node> = ids.iter().map(|&id| &self.nodes[id]).collect();
            let read: Vec<&Node> =
                self.variables(ids, &mut BTreeSet::new()).into_iter().map(|id| &self.nodes[id]).collect();
            let params =
                self.variables(ids, &mut counted).into_iter().map(|id| super::layers::params(&self.nodes[id])).sum();
            listed.push(WiredNode {
                kind: kind(self.nodes, &[owned.as_slice(), &read].concat(), output),
                shape: self.nodes[output].spec.shape.clone(),
                field: fields[output],
                params,
                macs: owned.iter().map(|node| macs(self.nodes, node)).sum(),
                nodes: ids.clone(),
                path,
                output,
                inputs,
            });
        }
        listed
    }

    /// That these read, directly or through what depends on variables alone, but for those that were `met` before.
    fn variables(&self, ids: &[NodeId], met: &mut BTreeSet<NodeId>) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut waiting: Vec<NodeId> = ids.iter().flat_map(|&id| self.nodes[id].inputs.iter().copied()).collect();
        while let Some(id) = waiting.pop() {
            if self.is_live[id] || !met.insert(id) {
                continue;
            }
            if let Kind::Variable { .. } = self.nodes[id].kind {
                found.push(id);
            }
            waiting.extend(self.nodes[id].inputs.iter().copied());
        }
        found
    }
}

/// The paths of the blocks that a path is in, from the outermost.
pub fn blocks(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('.').map(|(at, _)| &path[..at])
}
