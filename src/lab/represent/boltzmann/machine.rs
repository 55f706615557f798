//! The general Boltzmann machine (Ackley, Hinton & Sejnowski 1985): any two units may be connected, some are hidden.

use super::model::{BoltzmannModel, HeldPixels, Units, held_at, sigmoid};
use super::{Enumeration, MOST_ENUMERATED, RestrictedMachine};
use crate::lab::LabError;
use crate::lab::dice::Dice;

/// Units are 0 or 1, visible ones first: `E(x) = -½ xᵀWx - bᵀx`, `p(x) = exp(-E(x)) / Z`.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneralMachine {
    visible: usize,
    units: usize,
    /// `[units, units]`, symmetric with nothing on the diagonal, and then the biases `[units]`.
    params: Vec<f64>,
}

impl GeneralMachine {
    /// With small random weights, and no biases.
    ///
    /// # Errors
    /// [`LabError::Setup`] where it has more units than can be enumerated.
    pub fn new(visible: usize, hidden: usize, seed: u32) -> Result<Self, LabError> {
        let units = visible + hidden;
        ensure!(
            units <= MOST_ENUMERATED,
            "a general machine of {visible} visible and {hidden} hidden units has 2^{units} states; at most {MOST_ENUMERATED} units can be enumerated, so take fewer hidden units or a restricted machine"
        );
        let mut machine = Self { visible, units, params: vec![0.0; units * units + units] };
        let mut dice = Dice::new(seed);
        for one in 0..units {
            for other in 0..one {
                machine.connect(one, other, 0.1 * f64::from(dice.normal()));
            }
        }
        Ok(machine)
    }

    pub(super) fn connect(&mut self, one: usize, other: usize, weight: f64) {
        self.params[one * self.units + other] = weight;
        self.params[other * self.units + one] = weight;
    }

    pub(super) fn set_bias(&mut self, unit: usize, bias: f64) {
        let at = self.units * self.units + unit;
        self.params[at] = bias;
    }

    pub(super) fn units(&self) -> usize {
        self.units
    }

    pub(super) fn row(&self, unit: usize) -> &[f64] {
        &self.params[unit * self.units..(unit + 1) * self.units]
    }

    pub(super) fn biases(&self) -> &[f64] {
        &self.params[self.units * self.units..]
    }

    /// `-E` of every state, by its number: bit `i` is unit `i`. Each state adds its highest unit to a state that has it not.
    pub(super) fn log_weights(&self) -> Vec<f64> {
        let mut logs = Vec::with_capacity(1 << self.units);
        logs.push(0.0);
        let mut fields: Vec<f64> = Vec::with_capacity(1 << self.units.saturating_sub(1));
        for (unit, &bias) in self.biases().iter().enumerate() {
            let row = self.row(unit);
            fields.clear();
            fields.push(bias);
            for state in 1..1_usize << unit {
                let before: f64 = fields[state & (state - 1)];
                fields.push(before + row[state.trailing_zeros() as usize]);
            }
            for (state, field) in fields.iter().enumerate() {
                logs.push(logs[state] + field);
            }
        }
        logs
    }

    /// The hidden units alone while the visible ones are held, and `-E` of the held ones by themselves.
    fn given(&self, visible: &[u8]) -> (Self, f64) {
        let hidden = self.units - self.visible;
        let mut rest = Self { visible: 0, units: hidden, params: vec![0.0; hidden * hidden + hidden] };
        for one in 0..hidden {
            let row = self.row(self.visible + one);
            let from_visible: f64 = row.iter().zip(visible).map(|(weight, &on)| weight * f64::from(on)).sum();
            rest.set_bias(one, self.biases()[self.visible + one] + from_visible);
            rest.params[one * hidden..(one + 1) * hidden].copy_from_slice(&row[self.visible..]);
        }
        let mut held = 0.0;
        for (one, _) in visible.iter().enumerate().filter(|(_, on)| **on == 1) {
            let row = self.row(one);
            let among: f64 = row[..one].iter().zip(visible).map(|(weight, &on)| weight * f64::from(on)).sum();
            held += self.biases()[one] + among;
        }
        (rest, held)
    }

    /// Chance of unit `at` being on, the others as they are.
    fn chance(&self, at: usize, state: &[u8], beta: f64) -> f64 {
        let field: f64 = self.row(at).iter().zip(state).map(|(weight, &on)| weight * f64::from(on)).sum();
        sigmoid(beta * (field + self.biases()[at]))
    }

    /// One unit by chance, from the others: this obeys detailed balance, where a sweep in order only leaves `p` as it is.
    pub(super) fn flip_one(&self, state: &mut [u8], dice: &mut Dice) {
        let at = dice.below(self.units);
        state[at] = u8::from(dice.is(self.chance(at, state, 1.0) as f32));
    }
}

impl BoltzmannModel for GeneralMachine {
    fn visible(&self) -> usize {
        self.visible
    }

    fn hidden(&self) -> usize {
        self.units - self.visible
    }

    fn params(&self) -> &[f64] {
        &self.params
    }

    fn params_mut(&mut self) -> &mut [f64] {
        &mut self.params
    }

    fn weights(&self) -> usize {
        self.units * self.units
    }

    fn energy(&self, state: &Units) -> f64 {
        let all = [state.visible.as_slice(), &state.hidden].concat();
        let on = all.iter().enumerate().filter(|(_, on)| **on == 1);
        -on.map(|(one, _)| {
            let among: f64 = self.row(one).iter().zip(&all).map(|(weight, &on)| weight * f64::from(on)).sum();
            0.5 * among + self.biases()[one]
        })
        .sum::<f64>()
    }

    fn minus_free_energy(&self, visible: &[u8]) -> f64 {
        let (rest, held) = self.given(visible);
        held + Enumeration::of_small(&rest).log_z
    }

    fn sweep(&self, state: &mut Units, beta: f64, held: HeldPixels<'_>, dice: &mut Dice) {
        let mut all = [state.visible.as_slice(), &state.hidden].concat();
        for at in 0..self.units {
            all[at] = match held_at(held, at).filter(|_| at < self.visible) {
                Some(on) => on,
                None => u8::from(dice.is(self.chance(at, &all, beta) as f32)),
            };
        }
        state.hidden.copy_from_slice(&all[self.visible..]);
        state.visible.copy_from_slice(&all[..self.visible]);
    }

    fn means(&self, state: &Units, beta: f64) -> Vec<f64> {
        let all = [state.visible.as_slice(), &state.hidden].concat();
        (0..self.visible).map(|at| self.chance(at, &all, beta)).collect()
    }

    fn add_clamped(&self, visible: &[u8], into: &mut [f64], share: f64) {
        let (rest, _) = self.given(visible);
        let (singles, pairs) = Enumeration::of_small(&rest).moments();
        let (units, first, hidden) = (self.units, self.visible, rest.units);
        let mean = |at: usize| if at < first { f64::from(visible[at]) } else { singles[at - first] };
        for one in 0..units {
            for other in 0..units {
                let both = match (one >= first, other >= first) {
                    (true, true) => pairs[(one - first) * hidden + other - first],
                    _ => mean(one) * mean(other),
                };
                into[one * units + other] += if one == other { 0.0 } else { share * both };
            }
            into[units * units + one] += share * mean(one);
        }
    }

    fn add_free(&self, state: &Units, into: &mut [f64], share: f64) {
        let all = [state.visible.as_slice(), &state.hidden].concat();
        for one in (0..self.units).filter(|&one| all[one] == 1) {
            for other in (0..self.units).filter(|&other| other != one && all[other] == 1) {
                into[one * self.units + other] += share;
            }
            into[self.units * self.units + one] += share;
        }
    }

    fn expected(&self) -> Option<Vec<f64>> {
        let (singles, mut pairs) = Enumeration::of(self).ok()?.moments();
        (0..self.units).for_each(|unit| pairs[unit * self.units + unit] = 0.0);
        pairs.extend(singles);
        Some(pairs)
    }

    fn as_general(&self) -> Option<GeneralMachine> {
        Some(self.clone())
    }

    fn filter(&self, hidden: usize) -> Vec<f64> {
        self.row(self.visible + hidden)[..self.visible].to_vec()
    }

    fn as_restricted(&self) -> Option<&RestrictedMachine> {
        None
    }

    fn copied(&self) -> Box<dyn BoltzmannModel> {
        Box::new(self.clone())
    }
}
