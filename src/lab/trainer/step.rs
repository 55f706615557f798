//! The graph of a training step: forward, gradients, clipping, optimiser, and the numbers that are kept of it.

use super::schedule::op_of;
use super::{RING, Task};
use crate::graph::op::optimiser_step::Figures;
use crate::graph::op::pack::pack;
use crate::graph::{Graph, Host, Init, Program, ShapeError, Spec, Tensor, grad};
use crate::lab::LabError;
use crate::nn::{VarBuilder, clip_by_norm};
use crate::protocol::Optimiser;
use candle_core::Device as HostDevice;
use std::collections::BTreeMap;

/// A variable, and how it starts.
pub type NamedVariable = (String, Vec<usize>, Init);

/// Inputs of every step: seed and step, U32 `[2]`; the optimiser's figures; which row of the ring is the step's.
pub(in crate::lab) const COUNTER: &str = "counter";
pub(super) const FIGURES: &str = "figures";
pub(super) const ROW: &str = "place";

/// Of each of the last [`RING`] steps: the loss, and what else is kept.
pub(super) const RING_NAME: &str = "run.ring";

pub(super) struct StepGraph {
    pub(super) program: Program,
    /// Parameters, then running statistics.
    pub(super) weights: Vec<NamedVariable>,
    /// How many of them are parameters.
    pub(super) parameters: usize,
    pub(super) slots: Vec<String>,
}

pub(super) fn step_graph<T: Task>(task: &T, optimiser: &Optimiser) -> Result<StepGraph, LabError> {
    let graph = Graph::new();
    let counter = graph.input(COUNTER, Spec::u32([2]));
    let figures = graph.input(FIGURES, Spec::f32([Figures::COUNT]));
    let vb = VarBuilder::training_without(&graph, counter.clone(), task.frozen());
    let mut numbers = task.forward(&vb, &counter)?;
    let loss = numbers.first().ok_or_else(|| bad_setup!("there is no loss to make small"))?;

    let parameters = vb.parameters();
    let wrt: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
    let gradients = grad(loss, &wrt)?;
    let updates = rate_groups(task, &parameters).into_iter().enumerate().map(|(at, RateGroup { factor, members })| {
        let name = if at == 0 { "optimiser".to_owned() } else { format!("optimiser.{at}") };
        let [of, by]: [Vec<&Tensor>; 2] =
            [members.iter().map(|&at| wrt[at]).collect(), members.iter().map(|&at| &gradients[at]).collect()];
        optimiser_step(&graph, &name, optimiser, &scaled(&figures, factor)?, &of, &by)
    });
    let updates = updates.collect::<Result<Vec<_>, ShapeError>>()?;
    numbers.extend(task.of_gradients(&gradients)?);
    let ring = graph.variable(RING_NAME, Spec::f32([RING, numbers.len()]), Init::Const(0.0))?;
    let turned = turned(&ring, &numbers)?;

    let statistics = vb.training_mode().map(|training| training.updates()).unwrap_or_default();
    let mut assigns: Vec<_> = updates.iter().map(|update| (&update.state, &update.value)).collect();
    assigns.push((&ring, &turned));
    assigns.extend(statistics.iter().map(|(variable, value)| (variable, value)));
    let program = Program::step(&[], &assigns)?;
    let named =
        |list: Vec<(String, Tensor, Init)>| list.into_iter().map(|(name, t, init)| (name, t.dims().to_vec(), init));
    let parameters = wrt.len();
    let weights = named(vb.parameters()).chain(named(vb.statistics())).collect();
    let slots = updates.iter().flat_map(|update| update.slots.iter().cloned()).collect();
    Ok(StepGraph { program, weights, parameters, slots })
}

/// Parameters, by their places, that learn at one rate.
struct RateGroup {
    factor: f64,
    members: Vec<usize>,
}

fn rate_groups<T: Task>(task: &T, parameters: &[(String, Tensor, Init)]) -> Vec<RateGroup> {
    let mut groups: Vec<RateGroup> = Vec::new();
    for (at, (name, ..)) in parameters.iter().enumerate() {
        let factor = task.rate_factor(name);
        match groups.iter_mut().find(|group| group.factor == factor) {
            Some(group) => group.members.push(at),
            None => groups.push(RateGroup { factor, members: vec![at] }),
        }
    }
    groups
}

/// The optimiser's figures with another rate.
fn scaled(figures: &Tensor, factor: f64) -> Result<Tensor, ShapeError> {
    if factor == 1.0 {
        return Ok(figures.clone());
    }
    let mut factors = [1.0; Figures::COUNT];
    factors[0] = factor;
    figures.broadcast_mul(&figures.graph().constant_of("rate", &factors, figures.spec())?)
}

fn turned(ring: &Tensor, numbers: &[Tensor]) -> Result<Tensor, LabError> {
    let graph = ring.graph();
    let rows: Vec<f32> = (0..RING).map(|row| row as f32).collect();
    let rows = graph.constant(&Host::from_vec(rows, (RING, 1), &HostDevice::Cpu)?)?;
    let is_now = rows.broadcast_eq(&graph.input(ROW, Spec::f32([1, 1])))?;
    let numbers = numbers.iter().map(|number| number.reshape([1, 1])).collect::<Result<Vec<_>, _>>()?;
    let row = Tensor::cat(&numbers.iter().collect::<Vec<_>>(), 1)?;
    Ok(is_now.where_cond(&row, ring)?)
}

/// What a program assigns to make a step of an optimiser.
pub(crate) struct Update {
    /// Parameters and slots, packed.
    pub(crate) state: Tensor,
    pub(crate) value: Tensor,
    pub(crate) slots: Vec<String>,
}

/// An optimiser over some parameters, as part of a graph. Its slots are variables named `name.slot0`, … and start with nothing;
/// `figures` is [`Figures`] as an input.
pub(crate) fn optimiser_step(
    graph: &Graph,
    name: &str,
    optimiser: &Optimiser,
    figures: &Tensor,
    parameters: &[&Tensor],
    gradients: &[&Tensor],
) -> Result<Update, ShapeError> {
    let mut gradient = pack(gradients)?;
    if optimiser.clip > 0.0 {
        gradient = clip_by_norm(&gradient, optimiser.clip)?;
    }
    let op = op_of(optimiser.rule);
    let slots: Vec<String> = (0..op.update.slots()).map(|slot| format!("{name}.slot{slot}")).collect();
    let variables = slots.iter().map(|slot| graph.variable(slot, gradient.spec().clone(), Init::Const(0.0)));
    let variables = variables.collect::<Result<Vec<_>, _>>()?;
    let state = pack(&parameters.iter().copied().chain(&variables).collect::<Vec<_>>())?;
    let value = op.apply(&state, &gradient, figures)?;
    Ok(Update { state, value, slots })
}

/// Each weight matrix, and each filter, with no unit's incoming weights longer than `norm`: what a step may have made longer
/// is put back on that sphere (Hinton et al. 2012, "Improving neural networks by preventing co-adaptation").
pub(super) fn bound_program(weights: &[NamedVariable], norm: f64) -> Result<Program, LabError> {
    let graph = Graph::new();
    let (mut variables, mut bounded) = (Vec::new(), Vec::new());
    for (name, shape, start) in weights.iter().filter(|(_, shape, _)| shape.len() > 1) {
        let weight = graph.variable(name, Spec::f32(shape.as_slice()), *start)?;
        let rows = weight.reshape([shape[0], shape[1..].iter().product()])?;
        let length = rows.sqr()?.sum_keepdim(1)?.sqrt()?;
        let factor = length.clamp(norm, f64::from(f32::MAX))?.recip()?.affine(norm, 0.0)?;
        bounded.push(rows.broadcast_mul(&factor)?.reshape(shape.as_slice())?);
        variables.push(weight);
    }
    Ok(Program::step(&[], &variables.iter().zip(&bounded).collect::<Vec<_>>())?)
}

/// Each weight that has a mask times it.
pub(super) fn masked_program(weights: &[NamedVariable], masks: &BTreeMap<String, Host>) -> Result<Program, LabError> {
    let graph = Graph::new();
    let (mut variables, mut masked) = (Vec::new(), Vec::new());
    for (name, shape, start) in weights {
        let Some(mask) = masks.get(name) else { continue };
        let weight = graph.variable(name, Spec::f32(shape.as_slice()), *start)?;
        masked.push(weight.broadcast_mul(&graph.constant(mask)?)?);
        variables.push(weight);
    }
    Ok(Program::step(&[], &variables.iter().zip(&masked).collect::<Vec<_>>())?)
}
