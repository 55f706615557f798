//! A network that is to be fooled: a function of pixels in [0, 1], its normalisation and weights inside of the graph.

use super::super::{LabError, Weights};
use crate::graph::{Graph, Host, Program, ShapeError, Spec, Tensor, grad};
use crate::models::Network;
use crate::nn::VarBuilder;
use std::rc::Rc;

/// Values of the variables, by name.
type Values = Rc<dyn Fn(&str) -> Option<Host>>;

#[derive(Clone)]
pub(super) struct Victim {
    pub(super) network: Network,
    values: Values,
}

impl Victim {
    pub(super) fn new(network: Network, values: impl Fn(&str) -> Option<Host> + 'static) -> Self {
        Self { network, values: Rc::new(values) }
    }

    pub(super) fn of(weights: &Rc<Weights>) -> Self {
        let weights = weights.clone();
        Self::new(weights.network().clone(), move |name| weights.value(name))
    }

    pub(super) fn len(&self) -> usize {
        self.network.input.iter().product()
    }

    pub(super) fn shape(&self, batch: usize) -> [usize; 4] {
        let [channels, height, width] = self.network.input;
        [batch, channels, height, width]
    }

    /// Pixels `[B, C, H, W]` in [0, 1] to logits `[B, K]`.
    pub(super) fn logits(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let normal = self.network.normalise.apply(x, 1.0)?;
        self.network.forward(&normal, VarBuilder::new(x.graph()))
    }

    /// Cross-entropy `-Σ goal · log p`, one for each row of `logits` and `goal`, both `[B, K]`: `[B, 1]`.
    pub(super) fn loss(logits: &Tensor, goal: &Tensor) -> Result<Tensor, ShapeError> {
        logits.log_softmax()?.mul(goal)?.sum_keepdim(1)?.neg()
    }

    /// Its answers: pixels in, logits out.
    pub(super) fn look(&self, batch: usize) -> Result<Program, LabError> {
        let graph = Graph::new();
        let x = graph.input(PIXELS, Spec::f32(self.shape(batch)));
        self.ready(&[&self.logits(&x)?], &[])
    }

    /// Logits, losses `[B, 1]`, and the gradient of `Σ loss + Σ cotangent · logits` by the pixels. With a goal of zeros the loss
    /// has no part in it.
    pub(super) fn vjp(&self, batch: usize) -> Result<Program, LabError> {
        let graph = Graph::new();
        let x = graph.input(PIXELS, Spec::f32(self.shape(batch)));
        let row = Spec::f32([batch, self.network.classes]);
        let (goal, cotangent) = (graph.input(GOAL, row.clone()), graph.input(COTANGENT, row));
        let logits = self.logits(&x)?;
        let loss = Self::loss(&logits, &goal)?;
        let height = loss.sum_all()?.add(&logits.mul(&cotangent)?.sum_all()?)?;
        let gradient = grad(&height, &[&x])?.remove(0);
        self.ready(&[&logits, &loss, &gradient], &[])
    }

    /// With the weights where they belong.
    pub(super) fn ready(&self, outputs: &[&Tensor], assigns: &[(&Tensor, &Tensor)]) -> Result<Program, LabError> {
        Ok(Program::step_with(outputs, assigns, &*self.values)?)
    }
}

pub(super) const PIXELS: &str = "pixels";
pub(super) const GOAL: &str = "goal";
pub(super) const COTANGENT: &str = "cotangent";
