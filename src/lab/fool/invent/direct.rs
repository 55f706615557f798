//! The direct encoding: a gene for each value of a pixel, changed by polynomial mutation (Deb, Multi-objective optimization
//! using evolutionary algorithms, 2001), with the figures of Nguyen et al. 2015.

use super::evolve::Genome;
use crate::lab::dice::Dice;

/// The part of the genes that changes at first; it is halved every [`HALVED_EVERY`] generations.
const RATE: f32 = 0.1;
const HALVED_EVERY: u32 = 1000;
/// The larger, the smaller the changes.
const STRENGTH: f32 = 15.0;

#[derive(Clone)]
pub(super) struct Direct(Vec<f32>);

impl Genome for Direct {
    fn first([channels, height, width]: [usize; 3], dice: &mut Dice) -> Self {
        Self((0..channels * height * width).map(|_| dice.unit()).collect())
    }

    fn child(&self, generation: u32, dice: &mut Dice) -> Self {
        let rate = RATE * 0.5_f32.powi((generation / HALVED_EVERY) as i32);
        let mut child = self.clone();
        for gene in &mut child.0 {
            if dice.is(rate) {
                *gene = (*gene + step(dice.unit())).clamp(0.0, 1.0);
            }
        }
        child
    }

    fn paint(&self, _: [usize; 3]) -> Vec<f32> {
        self.0.clone()
    }
}

/// From a uniform number to one that is mostly small, in [-1, 1].
fn step(uniform: f32) -> f32 {
    let power = 1.0 / (STRENGTH + 1.0);
    match uniform < 0.5 {
        true => (2.0 * uniform).powf(power) - 1.0,
        false => 1.0 - (2.0 * (1.0 - uniform)).powf(power),
    }
}
