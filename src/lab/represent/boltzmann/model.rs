//! What general and restricted machines have in common.

use super::{GeneralMachine, RestrictedMachine};
use crate::lab::dice::Dice;

/// The state of a machine: units are 0 or 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Units {
    pub visible: Vec<u8>,
    pub hidden: Vec<u8>,
}

impl Units {
    /// By a fair coin each.
    pub fn tossed(model: &dyn BoltzmannModel, dice: &mut Dice) -> Self {
        let mut toss = |count: usize| (0..count).map(|_| u8::from(dice.is(0.5))).collect();
        Self { visible: toss(model.visible()), hidden: toss(model.hidden()) }
    }
}

/// What is held of the visible units: [`FREE`], or the value and one; empty where nothing is.
pub(super) type HeldPixels<'a> = &'a [u8];
pub(super) const FREE: u8 = 0;

pub(super) fn held_at(held: HeldPixels<'_>, unit: usize) -> Option<u8> {
    held.get(unit).filter(|held| **held != FREE).map(|held| held - 1)
}

/// A machine with parameters θ, in one row: weights first, then biases.
pub trait BoltzmannModel {
    fn visible(&self) -> usize;
    fn hidden(&self) -> usize;
    fn params(&self) -> &[f64];
    fn params_mut(&mut self) -> &mut [f64];
    /// How many of the parameters are weights.
    fn weights(&self) -> usize;
    fn energy(&self, state: &Units) -> f64;
    /// `ln Σ_h exp(-E(v, h))`.
    fn minus_free_energy(&self, visible: &[u8]) -> f64;
    /// All free units once at `p ∝ exp(-βE)` (Geman & Geman 1984), hidden ones from the visible ones first where that is a block.
    fn sweep(&self, state: &mut Units, beta: f64, held: HeldPixels<'_>, dice: &mut Dice);
    /// Chances of the visible units, the rest as it is.
    fn means(&self, state: &Units, beta: f64) -> Vec<f64>;
    /// Adds `share · ⟨-∂E/∂θ⟩` over the hidden units while the visible ones are held.
    fn add_clamped(&self, visible: &[u8], into: &mut [f64], share: f64);
    /// Adds `share · -∂E/∂θ` of a state that a chain has come to.
    fn add_free(&self, state: &Units, into: &mut [f64], share: f64);
    /// `⟨-∂E/∂θ⟩` over all states, where they can be enumerated.
    fn expected(&self) -> Option<Vec<f64>>;
    /// The same machine as a general one, where that can be enumerated.
    fn as_general(&self) -> Option<GeneralMachine>;
    /// Weights from all visible units to a hidden one.
    fn filter(&self, hidden: usize) -> Vec<f64>;
    fn as_restricted(&self) -> Option<&RestrictedMachine>;
    fn copied(&self) -> Box<dyn BoltzmannModel>;
}

pub(in crate::lab::represent) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `ln(1 + eˣ)`
pub(in crate::lab::represent) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

pub(super) fn log_sum_exp(logs: &[f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + logs.iter().map(|log| (log - most).exp()).sum::<f64>().ln()
}

/// Of two gradients, in degrees.
pub(super) fn angle(one: &[f64], other: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let lengths = (dot(one, one) * dot(other, other)).sqrt();
    if lengths > 0.0 { (dot(one, other) / lengths).clamp(-1.0, 1.0).acos().to_degrees() } else { 0.0 }
}
