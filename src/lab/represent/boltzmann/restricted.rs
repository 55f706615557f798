//! The restricted Boltzmann machine (Smolensky 1986): connections only between visible and hidden units, so that either kind is
//! independent given the other.

use super::model::{BoltzmannModel, HeldPixels, Units, held_at, sigmoid, softplus};
use super::{GeneralMachine, MOST_ENUMERATED, PartitionSum};
use crate::lab::dice::Dice;

/// `E(v, h) = -vᵀWh - aᵀv - bᵀh`.
#[derive(Clone, Debug, PartialEq)]
pub struct RestrictedMachine {
    visible: usize,
    hidden: usize,
    /// `W [visible, hidden]`, then `a [visible]`, then `b [hidden]`.
    params: Vec<f64>,
}

impl RestrictedMachine {
    /// Weights of standard deviation 0.01 for many units, larger for few, as Hinton's guide (2012) has it; no biases.
    pub fn new(visible: usize, hidden: usize, seed: u32) -> Self {
        let mut dice = Dice::new(seed);
        let deviation = if visible < 64 { 0.1 } else { 0.01 };
        let mut params: Vec<f64> = (0..visible * hidden).map(|_| deviation * f64::from(dice.normal())).collect();
        params.resize(visible * hidden + visible + hidden, 0.0);
        Self { visible, hidden, params }
    }

    /// From parameters in their order; none where they are not as many.
    pub(super) fn of(visible: usize, hidden: usize, params: Vec<f64>) -> Option<Self> {
        (params.len() == visible * hidden + visible + hidden).then_some(Self { visible, hidden, params })
    }

    /// Biases of the visible units at the log-odds of how often each is on, so that learning need not find them first.
    pub(super) fn set_visible_biases(&mut self, log_odds: &[f64]) {
        let from = self.visible * self.hidden;
        self.params[from..from + self.visible].copy_from_slice(log_odds);
    }

    pub(in crate::lab::represent) fn row(&self, visible: usize) -> &[f64] {
        &self.params[visible * self.hidden..(visible + 1) * self.hidden]
    }

    pub(super) fn visible_biases(&self) -> &[f64] {
        let from = self.visible * self.hidden;
        &self.params[from..from + self.visible]
    }

    pub(in crate::lab::represent) fn hidden_biases(&self) -> &[f64] {
        &self.params[self.visible * self.hidden + self.visible..]
    }

    /// Visible and hidden units exchanged: the same distribution.
    pub(in crate::lab::represent) fn transposed(&self) -> Self {
        let mut params = Vec::with_capacity(self.params.len());
        for hidden in 0..self.hidden {
            params.extend((0..self.visible).map(|visible| self.params[visible * self.hidden + hidden]));
        }
        params.extend(self.hidden_biases());
        params.extend(self.visible_biases());
        Self { visible: self.hidden, hidden: self.visible, params }
    }

    /// `b + vᵀW`: only the rows of units that are on count.
    pub(in crate::lab::represent) fn hidden_fields(&self, visible: &[u8]) -> Vec<f64> {
        let mut fields = self.hidden_biases().to_vec();
        for (at, _) in visible.iter().enumerate().filter(|(_, on)| **on == 1) {
            fields.iter_mut().zip(self.row(at)).for_each(|(field, weight)| *field += weight);
        }
        fields
    }

    /// `a + Wh`.
    pub(in crate::lab::represent) fn visible_field(&self, at: usize, hidden: &[f64]) -> f64 {
        self.visible_biases()[at] + self.row(at).iter().zip(hidden).map(|(weight, on)| weight * on).sum::<f64>()
    }

    pub(in crate::lab::represent) fn sample_hidden(&self, state: &mut Units, beta: f64, dice: &mut Dice) {
        for (on, field) in state.hidden.iter_mut().zip(self.hidden_fields(&state.visible)) {
            *on = u8::from(dice.is(sigmoid(beta * field) as f32));
        }
    }

    pub(super) fn sample_visible(&self, state: &mut Units, beta: f64, held: HeldPixels<'_>, dice: &mut Dice) {
        let hidden: Vec<f64> = state.hidden.iter().map(|on| f64::from(*on)).collect();
        for (at, on) in state.visible.iter_mut().enumerate() {
            *on = match held_at(held, at) {
                Some(on) => on,
                None => u8::from(dice.is(sigmoid(beta * self.visible_field(at, &hidden)) as f32)),
            };
        }
    }
}

impl BoltzmannModel for RestrictedMachine {
    fn visible(&self) -> usize {
        self.visible
    }

    fn hidden(&self) -> usize {
        self.hidden
    }

    fn params(&self) -> &[f64] {
        &self.params
    }

    fn params_mut(&mut self) -> &mut [f64] {
        &mut self.params
    }

    fn weights(&self) -> usize {
        self.visible * self.hidden
    }

    fn energy(&self, state: &Units) -> f64 {
        let of_hidden: f64 = self
            .hidden_fields(&state.visible)
            .iter()
            .zip(&state.hidden)
            .map(|(field, &on)| field * f64::from(on))
            .sum();
        let of_visible: f64 =
            self.visible_biases().iter().zip(&state.visible).map(|(bias, &on)| bias * f64::from(on)).sum();
        -of_hidden - of_visible
    }

    fn minus_free_energy(&self, visible: &[u8]) -> f64 {
        let of_visible: f64 = self.visible_biases().iter().zip(visible).map(|(bias, &on)| bias * f64::from(on)).sum();
        of_visible + self.hidden_fields(visible).into_iter().map(softplus).sum::<f64>()
    }

    fn sweep(&self, state: &mut Units, beta: f64, held: HeldPixels<'_>, dice: &mut Dice) {
        self.sample_hidden(state, beta, dice);
        self.sample_visible(state, beta, held, dice);
    }

    fn means(&self, state: &Units, beta: f64) -> Vec<f64> {
        let hidden: Vec<f64> = state.hidden.iter().map(|on| f64::from(*on)).collect();
        (0..self.visible).map(|at| sigmoid(beta * self.visible_field(at, &hidden))).collect()
    }

    fn add_clamped(&self, visible: &[u8], into: &mut [f64], share: f64) {
        let (width, first) = (self.hidden, self.weights());
        let means: Vec<f64> = self.hidden_fields(visible).into_iter().map(|field| share * sigmoid(field)).collect();
        for (at, _) in visible.iter().enumerate().filter(|(_, on)| **on == 1) {
            into[at * width..(at + 1) * width].iter_mut().zip(&means).for_each(|(sum, mean)| *sum += mean);
            into[first + at] += share;
        }
        into[first + self.visible..].iter_mut().zip(&means).for_each(|(sum, mean)| *sum += mean);
    }

    /// The hidden units by their chances, which leaves less to luck than the state has.
    fn add_free(&self, state: &Units, into: &mut [f64], share: f64) {
        self.add_clamped(&state.visible, into, share);
    }

    fn expected(&self) -> Option<Vec<f64>> {
        (self.visible + self.hidden <= MOST_ENUMERATED).then(|| PartitionSum::expected(self))
    }

    fn as_general(&self) -> Option<GeneralMachine> {
        let mut general = GeneralMachine::new(self.visible, self.hidden, 0).ok()?;
        general.params_mut().fill(0.0);
        for (at, &bias) in self.visible_biases().iter().enumerate() {
            general.set_bias(at, bias);
            for (hidden, &weight) in self.row(at).iter().enumerate() {
                general.connect(at, self.visible + hidden, weight);
            }
        }
        for (hidden, &bias) in self.hidden_biases().iter().enumerate() {
            general.set_bias(self.visible + hidden, bias);
        }
        Some(general)
    }

    fn filter(&self, hidden: usize) -> Vec<f64> {
        (0..self.visible).map(|visible| self.row(visible)[hidden]).collect()
    }

    fn as_restricted(&self) -> Option<&RestrictedMachine> {
        Some(self)
    }

    fn copied(&self) -> Box<dyn BoltzmannModel> {
        Box::new(self.clone())
    }
}
