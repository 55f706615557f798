//! Hopfield's memory (1982): a machine at temperature zero whose weights are sums over patterns. Up to about 0.138 patterns a unit it
//! finds them again (Amit, Gutfreund & Sompolinsky 1985); beyond, it forgets all of them.

use crate::lab::dice::Dice;

/// Units are -1 or 1.
pub struct HopfieldMemory {
    units: usize,
    patterns: Vec<Vec<i8>>,
    /// `Σ ξ ξᵀ / units`, nothing on the diagonal.
    weights: Vec<f32>,
}

impl HopfieldMemory {
    /// Without a pattern.
    pub fn new(units: usize) -> Self {
        Self { units, patterns: Vec::new(), weights: vec![0.0; units * units] }
    }

    pub fn patterns(&self) -> &[Vec<i8>] {
        &self.patterns
    }

    /// One more pattern, each unit by a coin.
    pub fn store(&mut self, dice: &mut Dice) {
        let pattern: Vec<i8> = (0..self.units).map(|_| if dice.is(0.5) { 1 } else { -1 }).collect();
        for one in 0..self.units {
            let share = f32::from(pattern[one]) / self.units as f32;
            let row = &mut self.weights[one * self.units..(one + 1) * self.units];
            row.iter_mut().zip(&pattern).for_each(|(weight, other)| *weight += share * f32::from(*other));
            row[one] = 0.0;
        }
        self.patterns.push(pattern);
    }

    /// The pattern, each unit wrong with this chance.
    pub fn cue(&self, pattern: usize, wrong: f32, dice: &mut Dice) -> Vec<i8> {
        self.patterns[pattern].iter().map(|unit| if dice.is(wrong) { -unit } else { *unit }).collect()
    }

    /// Each unit once, in a random order, to where the others pull it; whether any has changed.
    pub fn settle(&self, state: &mut [i8], dice: &mut Dice) -> bool {
        let mut order: Vec<usize> = (0..self.units).collect();
        (1..self.units).rev().for_each(|last| order.swap(last, dice.below(last + 1)));
        let mut has_changed = false;
        for at in order {
            let field = self.field(state, at);
            let wanted = if field == 0.0 { state[at] } else { field.signum() as i8 };
            has_changed |= wanted != state[at];
            state[at] = wanted;
        }
        has_changed
    }

    fn field(&self, state: &[i8], at: usize) -> f32 {
        let row = &self.weights[at * self.units..(at + 1) * self.units];
        row.iter().zip(state).map(|(weight, unit)| weight * f32::from(*unit)).sum()
    }

    /// `-½ xᵀWx`, of one unit.
    pub fn energy(&self, state: &[i8]) -> f64 {
        let sum: f64 = (0..self.units).map(|at| f64::from(state[at]) * f64::from(self.field(state, at))).sum();
        -0.5 * sum / self.units as f64
    }

    /// The mean product with a pattern: 1 where it is found again, about 0 where nothing is.
    pub fn overlap(&self, state: &[i8], pattern: usize) -> f64 {
        let same: i32 = state.iter().zip(&self.patterns[pattern]).map(|(a, b)| i32::from(a * b)).sum();
        f64::from(same) / self.units as f64
    }

    /// After at most [`MOST_SWEEPS`].
    pub fn recalled(&self, mut state: Vec<i8>, dice: &mut Dice) -> Vec<i8> {
        let _ = (0..MOST_SWEEPS).take_while(|_| self.settle(&mut state, dice)).count();
        state
    }
}

pub(super) const MOST_SWEEPS: usize = 30;
