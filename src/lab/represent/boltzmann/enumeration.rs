//! All states of a small machine, one by one: its partition function, probabilities, entropy and moments, exactly.

use super::GeneralMachine;
use super::model::log_sum_exp;
use crate::lab::LabError;

/// More units than this have too many states: 2²⁰ are a million.
pub const MOST_ENUMERATED: usize = 20;

/// `p` of every state, by its number: bit `i` is unit `i`.
pub struct Enumeration {
    pub log_z: f64,
    units: usize,
    logs: Vec<f64>,
}

impl Enumeration {
    /// # Errors
    /// [`LabError::Setup`] for more than [`MOST_ENUMERATED`] units.
    pub fn of(machine: &GeneralMachine) -> Result<Self, LabError> {
        let units = machine.units();
        ensure!(
            units <= MOST_ENUMERATED,
            "a machine of {units} units has 2^{units} states; at most {MOST_ENUMERATED} units can be enumerated"
        );
        Ok(Self::of_small(machine))
    }

    /// Of a machine that was made small enough.
    pub(super) fn of_small(machine: &GeneralMachine) -> Self {
        let logs = machine.log_weights();
        Self { log_z: log_sum_exp(&logs), units: machine.units(), logs }
    }

    pub fn probabilities(&self) -> Vec<f64> {
        self.logs.iter().map(|log| (log - self.log_z).exp()).collect()
    }

    /// `-Σ p ln p`, in nats.
    pub fn entropy(&self) -> f64 {
        -self.logs.iter().map(|log| (log - self.log_z).exp() * (log - self.log_z)).sum::<f64>()
    }

    /// `Σ p E`.
    pub fn mean_energy(&self) -> f64 {
        -self.logs.iter().map(|log| (log - self.log_z).exp() * log).sum::<f64>()
    }

    /// `p` of every state of the first `visible` units.
    pub fn marginal(&self, visible: usize) -> Vec<f64> {
        let mut sums = self.probabilities();
        while sums.len() > 1 << visible {
            let upper = sums.split_off(sums.len() / 2);
            sums.iter_mut().zip(upper).for_each(|(low, high)| *low += high);
        }
        sums
    }

    /// `⟨x⟩` of each unit, and `⟨x xᵀ⟩` `[units, units]`. The states in which the last unit is on are a machine of the others,
    /// so that all pairs take a few passes over the states.
    pub fn moments(&self) -> (Vec<f64>, Vec<f64>) {
        let mut pairs = vec![0.0; self.units * self.units];
        let mut sums = self.probabilities();
        for unit in (0..self.units).rev() {
            let upper = sums.split_off(sums.len() / 2);
            pairs[unit * self.units + unit] = upper.iter().sum();
            sums.iter_mut().zip(&upper).for_each(|(low, high)| *low += high);
            for (other, both) in singles(upper).into_iter().enumerate() {
                pairs[unit * self.units + other] = both;
                pairs[other * self.units + unit] = both;
            }
        }
        ((0..self.units).map(|unit| pairs[unit * self.units + unit]).collect(), pairs)
    }
}

/// Of each unit, the sum over the states in which it is on.
fn singles(mut sums: Vec<f64>) -> Vec<f64> {
    let mut found = Vec::new();
    while sums.len() > 1 {
        let upper = sums.split_off(sums.len() / 2);
        found.push(upper.iter().sum());
        sums.iter_mut().zip(upper).for_each(|(low, high)| *low += high);
    }
    found.reverse();
    found
}
