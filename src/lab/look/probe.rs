//! A scalar of a network's layers, and its gradient with respect to the picture or to the activation of a layer.

use crate::graph::op::Unary;
use crate::graph::op::unary::UnaryFn;
use crate::graph::{
    Gradients, Graph, Host as HostTensor, Kind, KnownValue, Op, Program, ShapeError, Spec, Tensor, vjp_with,
};
use crate::lab::LabError;
use crate::lab::layer::layer_named;
use crate::models::{Network, NetworkGraph};

/// The input of its program that weighs the logits; the other one is the picture, or the activation that it starts from.
pub(super) const WEIGHTS: &str = "weights";

/// What a program is compiled for. The scalar of each picture is `Σ w · logits`: `w` is an input, one class is a single 1, a class
/// against another a 1 and a -1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    /// The path of the layer that the network starts from: it gets its activation in place of a picture.
    pub(super) from: Option<String>,
    /// The path of the layer whose activation is told, and by which the scalar is differentiated; of the input itself where none.
    pub(super) layer: Option<String>,
    pub(super) rectifiers: Rectifiers,
    pub(super) batch: usize,
}

/// What rectifiers let back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rectifiers {
    /// The gradient, where the input was above zero.
    #[default]
    Derivative,
    /// What of that is above zero (Springenberg et al. 2015).
    Guided,
    /// All that is above zero, whatever the input was (Zeiler & Fergus 2014).
    Deconvnet,
}

/// What it gives of each picture of the batch.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probed {
    pub(super) logits: Vec<f32>,
    /// By the values of the input, or of the layer.
    pub(super) gradient: Vec<f32>,
    /// Of the layer; of the input nothing.
    pub(super) activation: Vec<f32>,
}

impl Rectifiers {
    /// In place of an op's own gradient; only rectifiers have one.
    pub(super) fn rule(self, op: &Op, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Option<Gradients>, ShapeError> {
        if self == Self::Derivative || !is_rectifier(op) {
            return Ok(None);
        }
        let above = dy.relu()?;
        match self {
            Self::Derivative => Ok(None),
            Self::Guided => op.vjp(x, y, &above).map(Some),
            Self::Deconvnet => Ok(Some(vec![Some(above)])),
        }
    }
}

/// `max(x, 0)`, with an upper limit or without.
fn is_rectifier(op: &Op) -> bool {
    matches!(op.get::<Unary>(), Some(Unary(UnaryFn::Relu | UnaryFn::Clamp(0.0, _))))
}

impl Probe {
    /// The gradient by the picture.
    pub(super) fn of_picture(batch: usize) -> Self {
        Self { from: None, layer: None, rectifiers: Rectifiers::Derivative, batch }
    }

    /// Its outputs are the logits, the gradient, and the activation where a layer is asked about.
    pub(super) fn program(
        &self,
        network: &Network,
        value: &dyn Fn(&str) -> Option<KnownValue>,
    ) -> Result<Program, LabError> {
        let graph = self.graph(network)?;
        let at = match &self.layer {
            Some(path) => layer(network, &graph, path)?,
            None => graph.input.clone(),
        };
        let weights = weights_of(graph.input.graph(), &graph.logits);
        let rule = |op: &Op, x: &[Tensor], y: &Tensor, dy: &Tensor| self.rectifiers.rule(op, x, y, dy);
        let gradient = vjp_with(&graph.logits, &weights, &[&at], &rule)?.remove(0);
        let mut outputs = vec![&graph.logits, &gradient];
        outputs.extend(self.layer.is_some().then_some(&at));
        Ok(Program::inference(&outputs, &|name| value(name))?)
    }

    fn graph(&self, network: &Network) -> Result<NetworkGraph, LabError> {
        let graph = network.layered(self.batch)?;
        match &self.from {
            Some(path) => Ok(graph.from(&layer(network, &graph, path)?, path)?),
            None => Ok(graph),
        }
    }

    /// From what a run of the program gives, picture by picture.
    pub(super) fn read(&self, found: &[HostTensor]) -> Result<Vec<Probed>, LabError> {
        let rows = |at: usize| -> Result<Vec<Vec<f32>>, LabError> {
            found
                .get(at)
                .map_or_else(|| Ok(vec![Vec::new(); self.batch]), |host| Ok(host.reshape((self.batch, ()))?.to_vec2()?))
        };
        let (logits, gradients, activations) = (rows(0)?, rows(1)?, rows(2)?);
        let all = logits.into_iter().zip(gradients).zip(activations);
        Ok(all.map(|((logits, gradient), activation)| Probed { logits, gradient, activation }).collect())
    }
}

/// Whether a network has any.
pub(super) fn has_rectifiers(network: &Network) -> Result<bool, LabError> {
    let graph = network.layered(1)?;
    let nodes = graph.input.graph().nodes();
    Ok(nodes.iter().any(|node| matches!(&node.kind, Kind::Op(op) if is_rectifier(op))))
}

fn layer(network: &Network, graph: &NetworkGraph, path: &str) -> Result<Tensor, LabError> {
    Ok(graph.input.graph().tensor(layer_named(network, graph, path)?.output))
}

fn weights_of(graph: &Graph, of: &Tensor) -> Tensor {
    graph.input(WEIGHTS, Spec::f32(of.dims().to_vec()))
}
