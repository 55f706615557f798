//! Chains of Gibbs sampling, alone or as replicas at several temperatures that change places (Swendsen & Wang 1986; for machines
//! that learn, Desjardins et al. 2010).

use super::model::{BoltzmannModel, HeldPixels, Units};
use crate::lab::dice::Dice;

pub struct Chains {
    pub states: Vec<Units>,
    pub dice: Dice,
}

impl Chains {
    /// From states that coins have tossed.
    pub fn new(model: &dyn BoltzmannModel, count: usize, seed: u32) -> Self {
        let mut dice = Dice::new(seed);
        let states = (0..count).map(|_| Units::tossed(model, &mut dice)).collect();
        Self { states, dice }
    }

    pub fn sweep(&mut self, model: &dyn BoltzmannModel, sweeps: u32, beta: f64, held: HeldPixels<'_>) {
        for state in &mut self.states {
            (0..sweeps).for_each(|_| model.sweep(state, beta, held, &mut self.dice));
        }
    }
}

/// Inverse temperatures of the replicas, from the machine's own to a hot one.
const TEMPERED: [f64; 6] = [1.0, 0.84, 0.68, 0.52, 0.36, 0.2];

/// Several groups of one chain at each temperature.
pub struct TemperedChains {
    groups: Vec<Vec<Units>>,
    dice: Dice,
    pub swaps_tried: u64,
    pub swaps_made: u64,
}

impl TemperedChains {
    pub fn new(model: &dyn BoltzmannModel, groups: usize, seed: u32) -> Self {
        let mut dice = Dice::new(seed);
        let group = |dice: &mut Dice| TEMPERED.iter().map(|_| Units::tossed(model, dice)).collect();
        Self { groups: (0..groups).map(|_| group(&mut dice)).collect(), dice, swaps_tried: 0, swaps_made: 0 }
    }

    /// Each chain once, and then neighbours change places with the chance `min(1, exp((β - β')(E - E')))`.
    pub fn sweep(&mut self, model: &dyn BoltzmannModel) {
        for group in &mut self.groups {
            for (state, beta) in group.iter_mut().zip(TEMPERED) {
                model.sweep(state, beta, &[], &mut self.dice);
            }
            let mut energies: Vec<f64> = group.iter().map(|state| model.energy(state)).collect();
            for cold in (0..group.len() - 1).rev() {
                let gain = (TEMPERED[cold] - TEMPERED[cold + 1]) * (energies[cold] - energies[cold + 1]);
                self.swaps_tried += 1;
                if f64::from(self.dice.unit()) < gain.exp() {
                    group.swap(cold, cold + 1);
                    energies.swap(cold, cold + 1);
                    self.swaps_made += 1;
                }
            }
        }
    }

    /// All states, group by group.
    pub(super) fn states(&self) -> impl Iterator<Item = &Units> {
        self.groups.iter().flatten()
    }

    pub(super) fn states_mut(&mut self) -> impl Iterator<Item = &mut Units> {
        self.groups.iter_mut().flatten()
    }

    pub(super) fn dice(&self) -> &Dice {
        &self.dice
    }

    pub(super) fn dice_mut(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// The chains at the machine's own temperature.
    pub fn cold(&self) -> impl Iterator<Item = &Units> {
        self.groups.iter().filter_map(|group| group.first())
    }

    pub fn count(&self) -> usize {
        self.groups.len()
    }
}
