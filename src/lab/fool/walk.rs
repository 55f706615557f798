//! One step of the attacks that stay in a ball, as a graph: the gradient, a step along it, and the way back into the ball and
//! into [0, 1]. The picture is state, so a step needs nothing from the host and gives nothing back.
//!
//! Untargeted it climbs the loss of the class that the picture is taken for; targeted it descends that of the target.

use super::super::LabError;
use super::model_runner::Victim;
use crate::graph::{Graph, Init, Program, ShapeError, Spec, Tensor, grad};

/// In which norm the ball is round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ball {
    /// `|δᵢ| ≤ ε`
    Linf,
    /// `‖δ‖₂ ≤ ε · √n`
    L2,
}

/// State: the picture now and at first, `[B, C, H, W]`.
pub(super) const X: &str = "fool.x";
pub(super) const ORIGIN: &str = "fool.origin";
/// State: one-hot class, `[B, K]`.
pub(super) const CLASS: &str = "fool.class";
/// State: `[B, 1, 1, 1]`.
pub(super) const EPSILON: &str = "fool.epsilon";
/// State: the picture of all so far that is nearest to success or furthest beyond, and its [`margin`], `[B, 1]`.
pub(super) const BEST: &str = "fool.best";
pub(super) const MARGIN: &str = "fool.margin";
/// Input: length of the step in units of ε; 1 to leave the class, -1 to reach it.
const FIGURES: &str = "figures";

/// Above any margin.
pub(super) const NO_MARGIN: f32 = 1e30;
/// Below any logit once it is subtracted.
const OUT: f64 = 1e9;
/// A gradient is scaled to a largest value of 1 before it is squared; what is smaller than this is none.
const TINY: f64 = 1e-30;
/// Above any length. The largest f32 itself, in decimals, is too large for some compilers of shaders.
const HUGE: f64 = 1e30;

/// Output: the logits of the picture before the step.
pub(super) fn program(victim: &Victim, batch: usize, ball: Ball) -> Result<Program, LabError> {
    let graph = Graph::new();
    let state = |name: &str, shape: &[usize]| graph.variable(name, Spec::f32(shape), Init::Const(0.0));
    let picture = victim.shape(batch);
    let (x, origin, best) = (state(X, &picture)?, state(ORIGIN, &picture)?, state(BEST, &picture)?);
    let class = state(CLASS, &[batch, victim.network.classes])?;
    let epsilon = state(EPSILON, &[batch, 1, 1, 1])?;
    let least = state(MARGIN, &[batch, 1])?;
    let figures = graph.input(FIGURES, Spec::f32([2]));
    let figure = |at: usize| figures.narrow(0, at, 1)?.reshape([1, 1, 1, 1]);
    let (stride, way) = (figure(0)?, figure(1)?);

    let logits = victim.logits(&x)?;
    let loss = Victim::loss(&logits, &class)?;
    let gradient = grad(&loss.sum_all()?, &[&x])?.remove(0);
    let margin = margin(&logits, &class)?.broadcast_mul(&way.reshape([1, 1])?)?;
    let is_better = margin.broadcast_lt(&least)?;
    let new_best = is_better.reshape([batch, 1, 1, 1])?.where_cond(&x, &best)?;
    let new_least = is_better.where_cond(&margin, &least)?;

    let scale = stride.mul(&way)?.broadcast_mul(&epsilon)?;
    let moved = match ball {
        Ball::Linf => {
            let moved = x.add(&gradient.sign()?.broadcast_mul(&scale)?)?;
            let delta = moved.sub(&origin)?.broadcast_minimum(&epsilon)?.broadcast_maximum(&epsilon.neg()?)?;
            origin.add(&delta)?
        }
        Ball::L2 => {
            let root = (victim.len() as f64).sqrt();
            let direction = direction(&gradient)?;
            let delta = x.add(&direction.broadcast_mul(&scale.affine(root, 0.0)?)?)?.sub(&origin)?;
            let radius = epsilon.affine(root, 0.0)?;
            // ε · √n over the length, where that is less than 1.
            let shrink = radius.div(&length(&delta)?.clamp(TINY, HUGE)?)?.clamp(0.0, 1.0)?;
            origin.add(&delta.broadcast_mul(&shrink)?)?
        }
    };
    let new_x = moved.clamp(0.0, 1.0)?;
    victim.ready(&[&logits], &[(&x, &new_x), (&best, &new_best), (&least, &new_least)])
}

/// The class's logit over the largest other one, `[B, 1]`: negative where the picture is taken for something else.
fn margin(logits: &Tensor, class: &Tensor) -> Result<Tensor, ShapeError> {
    let own = logits.mul(class)?.sum_keepdim(1)?;
    let other = logits.sub(&class.affine(OUT, 0.0)?)?.max_keepdim(1)?;
    own.sub(&other)
}

/// Of length 1 in each picture; zero where there is no gradient.
fn direction(gradient: &Tensor) -> Result<Tensor, ShapeError> {
    let rows = gradient.flatten_from(1)?;
    let largest = rows.abs()?.max_keepdim(1)?.clamp(TINY, HUGE)?;
    let batch = rows.dims()[0];
    let scaled = gradient.broadcast_div(&largest.reshape([batch, 1, 1, 1])?)?;
    scaled.broadcast_div(&length(&scaled)?.clamp(TINY, HUGE)?)
}

/// Euclidean, of each picture: `[B, 1, 1, 1]`.
fn length(x: &Tensor) -> Result<Tensor, ShapeError> {
    x.sqr()?.sum_dims(1, 4)?.sqrt()
}
