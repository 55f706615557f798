//! The layers of a network by PyTorch's names: what each computes, how much of the picture it sees, its activations, and the
//! network from there on. No network's file knows of it: they name their modules, and this reads the names off the graph.

use super::Network;
use super::field::{PictureAxis, ReceptiveField, fields};
use super::summary::owners;
use crate::graph::op::binary::Binary;
use crate::graph::op::{Conv2d, Matmul, Pool2d, Reduce, Reshape, Unary, pool2d::PoolFn};
use crate::graph::{Graph, Kind, Node, NodeId, ShapeError, Spec, Tensor};
use std::collections::BTreeMap;

/// One layer of a network, for one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedLayer {
    /// PyTorch's path of the module.
    pub name: String,
    /// What computes it; `block` for one that is made of others.
    pub kind: String,
    /// Of its output.
    pub shape: Vec<usize>,
    /// What each place of its output sees of the picture; `None` where that is all of it.
    pub field: Option<ReceptiveField>,
    /// Its parameters, with those of the layers inside.
    pub params: u64,
    /// Its multiply-accumulates, with those of the layers inside.
    pub macs: u64,
}

/// A network's graph, with its layers at hand.
pub struct NetworkGraph {
    /// What it reads: the picture, or the activation that it starts from.
    pub input: Tensor,
    /// What it says, `[batch, classes]`.
    pub logits: Tensor,
}

impl Network {
    /// For pictures in batches of this size.
    ///
    /// # Errors
    /// Where the network does not take pictures of its size.
    pub fn layered(&self, batch: usize) -> Result<NetworkGraph, ShapeError> {
        let (input, logits) = self.graph(batch)?;
        Ok(NetworkGraph { input, logits })
    }

    /// Its layers in the order in which they are finished: what is inside one comes before it.
    ///
    /// # Errors
    /// Where the network does not take pictures of its size.
    pub fn layers(&self) -> Result<Vec<NamedLayer>, ShapeError> {
        Ok(self.layered(1)?.layers())
    }
}

impl NetworkGraph {
    /// Each name once, with its output.
    pub(super) fn outputs(&self) -> Vec<(String, NodeId)> {
        let mut outputs: Vec<(String, NodeId)> = Vec::new();
        for (name, output) in self.input.graph().modules().iter() {
            // A later output of the same module is the one that counts.
            outputs.retain(|(known, _)| known != name);
            outputs.push((name.clone(), *output));
        }
        outputs
    }

    /// All layers, in the order in which they are finished.
    pub fn layers(&self) -> Vec<NamedLayer> {
        let (outputs, nodes) = (self.outputs(), self.input.graph().nodes());
        let (owners, fields) = (owners(&nodes), fields(&nodes, PictureAxis::Down));
        let layer = |(name, output): &(String, NodeId)| {
            let within = |other: &str| {
                other.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let is_owned = |id: &usize| owners[*id].as_deref().is_some_and(within);
            let owned: Vec<&Node> = (0..nodes.len()).filter(is_owned).map(|id| &nodes[id]).collect();
            let has_inside = outputs.iter().any(|(other, _)| other != name && within(other));
            NamedLayer {
                name: name.clone(),
                kind: if has_inside { "block".to_owned() } else { kind(&nodes, &owned, *output) },
                shape: nodes[*output].spec.shape.clone(),
                field: fields[*output],
                params: owned.iter().map(|node| params(node)).sum(),
                macs: owned.iter().map(|node| macs(&nodes, node)).sum(),
            }
        };
        outputs.iter().map(layer).collect()
    }

    /// The output of the layer of this name. It can be an output of a program, or what a gradient is asked for.
    pub fn layer(&self, name: &str) -> Option<Tensor> {
        let (_, output) = self.outputs().into_iter().find(|(known, _)| known == name)?;
        Some(self.input.graph().tensor(output))
    }

    /// What each place of a node sees of the picture, downwards and across; `None` where that is all of it.
    pub fn field(&self, output: NodeId) -> Option<[ReceptiveField; 2]> {
        let nodes = self.input.graph().nodes();
        let along = |axis| fields(&nodes, axis)[output];
        Some([along(PictureAxis::Down)?, along(PictureAxis::Across)?])
    }

    /// The network from the output of this layer on, which becomes its input, `activation`.
    ///
    /// # Errors
    /// Where there is no such layer, or the logits also depend on the picture around it.
    pub fn after(&self, name: &str) -> Result<NetworkGraph, ShapeError> {
        let unknown = || ShapeError::bad("after", format!("there is no layer {name:?}"), self.input.dims());
        self.from(&self.layer(name).ok_or_else(unknown)?, name)
    }

    /// The same from any of its tensors on, which `name` names in errors.
    ///
    /// # Errors
    /// Where the logits also depend on the picture around it.
    pub fn from(&self, start: &Tensor, name: &str) -> Result<NetworkGraph, ShapeError> {
        let is_needed = self.needed(start.id(), &[self.logits.id()]);
        if is_needed[self.input.id()] && start.id() != self.input.id() {
            let why = format!("{name:?} is not all that the layers after it read: take the block that it is part of");
            return Err(ShapeError::bad("after", why, start.dims()));
        }
        let graph = Graph::new();
        let activation = graph.input("activation", start.spec().clone());
        let mut new = self.copied(&is_needed, start.id(), &activation)?;
        for (name, output) in self.outputs() {
            if let Some(output) = new.get(&output) {
                graph.name_module(&name, output);
            }
        }
        let logits = new.remove(&self.logits.id()).unwrap_or_else(|| activation.clone());
        Ok(NetworkGraph { input: activation, logits })
    }

    /// What `wanted`, tensors of this graph, are where the network reads `input`, a tensor of another graph, to which they are added.
    /// It may be a picture of another height and width: what comes before `wanted` is all that must take it.
    ///
    /// # Errors
    /// Where `input` is no such batch of pictures or of a size that a layer does not take, or that graph has a variable of the same
    /// name.
    pub fn onto(&self, input: &Tensor, wanted: &[&Tensor]) -> Result<Vec<Tensor>, ShapeError> {
        let is_such = |[batch, channels, ..]: [usize; 4]| self.input.dims().starts_with(&[batch, channels]);
        if input.spec() != self.input.spec() && !input.spec().float_nchw("onto").is_ok_and(is_such) {
            return Err(ShapeError::mismatch("onto", self.input.dims(), input.dims()));
        }
        let ids: Vec<NodeId> = wanted.iter().map(|wanted| wanted.id()).collect();
        let new = self.copied(&self.needed(self.input.id(), &ids), self.input.id(), input)?;
        Ok(ids.iter().filter_map(|id| new.get(id).cloned()).collect())
    }

    /// Of each node, whether these need it where `start` is known.
    fn needed(&self, start: NodeId, wanted: &[NodeId]) -> Vec<bool> {
        let nodes = self.input.graph().nodes();
        let mut is_needed = vec![false; nodes.len()];
        wanted.iter().for_each(|&id| is_needed[id] = true);
        for id in (0..nodes.len()).rev() {
            if is_needed[id] && id != start {
                nodes[id].inputs.iter().for_each(|&input| is_needed[input] = true);
            }
        }
        is_needed
    }

    /// The nodes that are needed, in the graph of `input`, which takes the place of `start`.
    fn copied(
        &self,
        is_needed: &[bool],
        start: NodeId,
        input: &Tensor,
    ) -> Result<BTreeMap<NodeId, Tensor>, ShapeError> {
        let (nodes, graph) = (self.input.graph().nodes(), input.graph());
        let mut new: BTreeMap<NodeId, Tensor> = BTreeMap::from([(start, input.clone())]);
        for (id, node) in nodes.iter().enumerate().filter(|(id, _)| is_needed[*id] && *id != start) {
            let made = match &node.kind {
                Kind::Input { name } => graph.input(name, node.spec.clone()),
                Kind::Variable { name, init } => graph.variable(name, node.spec.clone(), *init)?,
                Kind::Constant(value) => {
                    graph.constant(value).map_err(|error| ShapeError::bad("copy", error, &node.spec.shape))?
                }
                Kind::Op(op) => {
                    let inputs: Vec<&Tensor> = node.inputs.iter().filter_map(|input| new.get(input)).collect();
                    graph.apply(op.clone(), &inputs)?
                }
            };
            new.insert(id, made);
        }
        Ok(new)
    }
}

/// What a layer without others inside computes, by the nodes that read its variables, else by its output.
pub(super) fn kind(nodes: &[Node], owned: &[&Node], output: NodeId) -> String {
    let any = |is: &dyn Fn(&Node) -> bool| owned.iter().any(|node| is(node));
    let is_named = |node: &Node, last: &str| match &node.kind {
        Kind::Variable { name, .. } => name.ends_with(last),
        _ => false,
    };
    // What is only given another shape was computed before.
    let computed = match &nodes[output].kind {
        Kind::Op(op) if op.get::<Reshape>().is_some() => nodes[output].inputs[0],
        _ => output,
    };
    let found = match &nodes[computed].kind {
        _ if any(&|node| is_op::<Conv2d>(node)) => "conv2d".to_owned(),
        _ if any(&|node| is_op::<Matmul>(node)) => "linear".to_owned(),
        _ if any(&|node| is_named(node, ".running_mean")) => "batch_norm".to_owned(),
        _ if any(&|node| is_named(node, ".weight")) => "layer_norm".to_owned(),
        Kind::Op(op) if let Some(Binary(function)) = op.get() => format!("{function:?}").to_lowercase(),
        Kind::Op(op) => match (op.get::<Unary>(), op.get::<Pool2d>(), op.get::<Reduce>()) {
            (Some(Unary(function)), ..) => format!("{function:?}").to_lowercase(),
            (_, Some(Pool2d { pool: PoolFn::Max, .. }), _) => "max_pool2d".to_owned(),
            (_, Some(_), _) => "avg_pool2d".to_owned(),
            (.., Some(reduce)) => format!("{:?}", reduce.reduce).to_lowercase(),
            _ => op.name().to_owned(),
        },
        _ => "input".to_owned(),
    };
    found.split('(').next().unwrap_or_default().to_owned()
}

fn is_op<R: crate::graph::op::Rule + 'static>(node: &Node) -> bool {
    matches!(&node.kind, Kind::Op(op) if op.get::<R>().is_some())
}

/// Running statistics are no parameters.
pub(super) fn params(node: &Node) -> u64 {
    match &node.kind {
        Kind::Variable { name, .. } if !name.contains(".running_") => node.spec.elem_count() as u64,
        _ => 0,
    }
}

pub(super) fn macs(nodes: &[Node], node: &Node) -> u64 {
    let specs: Vec<&Spec> = node.inputs.iter().map(|&input| &nodes[input].spec).collect();
    match &node.kind {
        Kind::Op(op) => op.cost(&specs, &node.spec).macs,
        _ => 0,
    }
}
