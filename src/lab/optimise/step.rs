//! An optimiser over some parameters, as part of a graph.

use super::super::train::{figures, op_of};
use crate::graph::op::optimiser_step::Figures;
use crate::graph::op::pack::pack;
use crate::graph::{Graph, Init, ShapeError, Tensor};
use crate::protocol::{Optimiser, Setup};

/// State and its value after one step of `optimiser`: what a program assigns. Its slots are variables named `name.…` and
/// start with nothing; `figures` is [`Figures`] as an input.
pub(in crate::lab) fn step(
    graph: &Graph,
    name: &str,
    optimiser: &Optimiser,
    figures: &Tensor,
    parameters: &[&Tensor],
    gradients: &[&Tensor],
) -> Result<(Tensor, Tensor), ShapeError> {
    let gradient = pack(gradients)?;
    let op = op_of(optimiser.rule);
    let slots = (0..op.update.slots())
        .map(|slot| graph.variable(&format!("{name}.slot{slot}"), gradient.spec().clone(), Init::Const(0.0)));
    let slots = slots.collect::<Result<Vec<_>, _>>()?;
    let state = pack(&parameters.iter().copied().chain(&slots).collect::<Vec<_>>())?;
    let updated = op.apply(&state, &gradient, figures)?;
    Ok((state, updated))
}

/// At the step with this number, from 0; the rate stays as it is.
pub(super) fn figures_at(optimiser: &Optimiser, step: u32) -> Figures {
    figures(&Setup { optimiser: optimiser.clone(), ..Setup::default() }, step, 1)
}
