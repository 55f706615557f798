//! An optimiser over some parameters, as part of a graph.

use super::super::LabError;
use super::super::train::{figures, op_of};
use crate::graph::op::optimiser_step::Figures;
use crate::graph::op::pack::pack;
use crate::graph::{Graph, Init, ShapeError, Tensor};
use crate::protocol::{Optimiser, Setup};

/// State and its value after one step of `optimiser`: what a program assigns. Its slots are variables named `name.…` and
/// start with nothing; `figures` is [`Figures`] as an input.
pub(super) fn step(
    graph: &Graph,
    name: &str,
    optimiser: &Optimiser,
    figures: &Tensor,
    parameters: &[&Tensor],
    gradients: &[&Tensor],
) -> Result<(Tensor, Tensor), ShapeError> {
    let gradient = pack(gradients)?;
    let op = op_of(optimiser.rule);
    let slots = (0..op.update.slots()).map(|slot| {
        graph.variable(&format!("{name}.slot{slot}"), gradient.spec().clone(), Init::Const(0.0))
    });
    let slots = slots.collect::<Result<Vec<_>, _>>()?;
    let state = pack(&parameters.iter().copied().chain(&slots).collect::<Vec<_>>())?;
    let updated = op.apply(&state, &gradient, figures)?;
    Ok((state, updated))
}

/// At the step with this number, from 0; the rate stays as it is.
pub(super) fn figures_at(optimiser: &Optimiser, step: u32) -> Figures {
    figures(&Setup { optimiser: optimiser.clone(), ..Setup::default() }, step, 1)
}

/// # Errors
/// [`LabError::Setup`] for figures that make no sense.
pub(super) fn check_optimiser(optimiser: &Optimiser) -> Result<(), LabError> {
    let Optimiser { rule: _, rate, momentum, beta1, beta2, eps, weight_decay, clip: _ } = *optimiser;
    let is_sound = |value: f64| value.is_finite() && value >= 0.0;
    let detail = if !is_sound(rate) || rate == 0.0 {
        format!("a learning rate of {rate} cannot train; choose one above 0")
    } else if ![momentum, beta1, beta2].into_iter().all(|beta| (0.0..1.0).contains(&beta)) {
        "momentum and the betas must be at least 0 and less than 1".to_owned()
    } else if ![eps, weight_decay].into_iter().all(is_sound) {
        "epsilon and weight decay must not be negative".to_owned()
    } else {
        return Ok(());
    };
    Err(LabError::Setup { detail })
}
