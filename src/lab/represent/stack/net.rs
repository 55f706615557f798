//! The net: `p(v, h¹, …) = p(v | h¹) … p(h^(L-1), h^L)`. The two uppermost layers are a restricted machine, all below are directed down.

use crate::lab::dice::Dice;
use crate::lab::represent::boltzmann::{sigmoid, softplus};
use crate::lab::represent::{BoltzmannModel, PartitionSum, RestrictedMachine, Units};

/// Units of a first hidden layer whose states can be summed.
const MOST_SUMMED: usize = 12;

/// Machines from the pictures up: the hidden units of each are the visible ones of the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BeliefNet {
    pub layers: Vec<RestrictedMachine>,
}

impl BeliefNet {
    /// What `layers` layers make of a picture, each unit drawn by its chance.
    pub fn up(&self, picture: &[u8], layers: usize, dice: &mut Dice) -> Vec<u8> {
        self.layers.iter().take(layers).fold(picture.to_vec(), |visible, machine| {
            let mut state = Units { visible, hidden: vec![0; machine.hidden()] };
            machine.sample_hidden(&mut state, 1.0, dice);
            state.hidden
        })
    }

    /// Chances of the pixels under a state of the top machine: layers between are drawn.
    pub fn down(&self, top: &Units, dice: &mut Dice) -> Vec<f64> {
        let Some((last, below)) = self.layers.split_last() else { return Vec::new() };
        let mut chances = last.means(top, 1.0);
        for machine in below.iter().rev() {
            let hidden = chances.iter().map(|chance| u8::from(dice.is(*chance as f32))).collect();
            chances = machine.means(&Units { visible: vec![0; machine.visible()], hidden }, 1.0);
        }
        chances
    }

    /// What a unit weighs of each pixel: its weights, through those of the layers below.
    pub fn filter(&self, layer: usize, unit: usize) -> Vec<f64> {
        let Some(machine) = self.layers.get(layer) else { return Vec::new() };
        self.layers[..layer].iter().rev().fold(machine.filter(unit), |weights, below| {
            let of = |at: usize| below.row(at).iter().zip(&weights).map(|(weight, over)| weight * over).sum();
            (0..below.visible()).map(of).collect()
        })
    }

    /// `ln p(h)` of the second layer, `ln p(v | h)` of the first, and `ln q(h | v)`, of every state of the first hidden layer; none
    /// unless there are two layers, and these small ones.
    fn terms(&self, picture: &[u8]) -> Option<Vec<[f64; 3]>> {
        let [first, second] = self.layers.as_slice() else { return None };
        let hidden = first.hidden();
        if hidden > MOST_SUMMED {
            return None;
        }
        let log_z = PartitionSum::log_partition(second)?;
        let up = first.hidden_fields(picture);
        // ln of the chance of a unit to be as it is: of a field x, -ln(1 + exp(-x)) on and -ln(1 + exp(x)) off.
        let log = |field: f64, on: u8| if on == 1 { -softplus(-field) } else { -softplus(field) };
        let of = |code: usize| {
            let state: Vec<u8> = (0..hidden).map(|at| (code >> at & 1) as u8).collect();
            let wide: Vec<f64> = state.iter().map(|on| f64::from(*on)).collect();
            let prior = second.minus_free_energy(&state) - log_z;
            let seen = picture.iter().enumerate().map(|(at, on)| log(first.visible_field(at, &wide), *on)).sum();
            let posterior = up.iter().zip(&state).map(|(field, on)| log(*field, *on)).sum();
            [prior, seen, posterior]
        };
        Some((0..1 << hidden).map(of).collect())
    }

    /// `Σ_h q(h | v) (ln p(h) + ln p(v | h) - ln q(h | v))`, no more than [`Self::log_likelihood`]; exactly, by all states of the first
    /// hidden layer. None unless there are two layers, and these small ones.
    pub fn bound(&self, picture: &[u8]) -> Option<f64> {
        let terms = self.terms(picture)?;
        Some(terms.into_iter().map(|[prior, seen, posterior]| posterior.exp() * (prior + seen - posterior)).sum())
    }

    /// `ln Σ_h p(h) p(v | h)`, exactly; none unless there are two layers, and these small ones.
    pub fn log_likelihood(&self, picture: &[u8]) -> Option<f64> {
        let logs: Vec<f64> = self.terms(picture)?.into_iter().map(|[prior, seen, _]| prior + seen).collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(most + logs.iter().map(|log| (log - most).exp()).sum::<f64>().ln())
    }

    /// Cross-entropy of a unit below a layer, in the mean over rows of that layer's visible units, from its likeliest hidden units.
    pub fn reconstruction(&self, layer: usize, rows: &[Vec<u8>]) -> f64 {
        let Some(machine) = self.layers.get(layer) else { return f64::NAN };
        let of = |row: &Vec<u8>| {
            let hidden: Vec<f64> = machine
                .hidden_fields(row)
                .into_iter()
                .map(|field| if sigmoid(field) > 0.5 { 1.0 } else { 0.0 })
                .collect();
            let each = row.iter().enumerate().map(|(at, on)| {
                let field = machine.visible_field(at, &hidden);
                softplus(if *on == 1 { -field } else { field })
            });
            each.sum::<f64>() / row.len().max(1) as f64
        };
        rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64
    }
}
