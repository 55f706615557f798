//! Weights that follow from a part of them: for each unit of a fully connected layer those at known places of the map that it reads, and
//! how the others are predicted (Denil et al. 2013). The dictionary is computed anew where a file is read.

use super::MOST_WEIGHTS;
use serde::{Deserialize, Serialize};

/// How far a known weight may be off, as noise of the kernel's regression.
pub(in crate::lab) const NOISE: f64 = 0.05;

/// More places are too many for one dictionary.
pub(in crate::lab) const MOST_PLACES: usize = 2048;

/// How a layer's weights follow from those at some places, the same in each channel.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::lab) struct WeightPrediction {
    pub(in crate::lab) recipe: PredictionRecipe,
    /// Places whose weights are known, in order.
    pub(in crate::lab) places: Vec<usize>,
}

/// What a file says of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::lab) struct PredictionRecipe {
    /// Channels, rows and columns.
    pub(in crate::lab) map: [usize; 3],
    /// Of the kernel, in pixels.
    pub(in crate::lab) width: f64,
}

impl WeightPrediction {
    /// By which of a channel's places the weights are known, a bit for each.
    pub(super) fn mask(&self) -> Vec<u8> {
        let [_, rows, columns] = self.recipe.map;
        let mut mask = vec![0; (rows * columns).div_ceil(8)];
        self.places.iter().for_each(|place| mask[place / 8] |= 1 << (place % 8));
        mask
    }

    /// `None` where they are none of such a map.
    pub(super) fn of_mask(recipe: PredictionRecipe, mask: &[u8]) -> Option<Self> {
        let [channels, rows, columns] = recipe.map;
        let places = rows.checked_mul(columns).filter(|places| (1..=MOST_PLACES).contains(places))?;
        let is_sound = (1..=MOST_WEIGHTS).contains(&channels) && recipe.width.is_finite() && recipe.width > 0.0;
        if !is_sound || mask.len() != places.div_ceil(8) {
            return None;
        }
        let is_known = |place: &usize| mask[place / 8] >> (place % 8) & 1 == 1;
        let places: Vec<usize> = (0..8 * mask.len()).filter(is_known).collect();
        (places.last()? < &(rows * columns)).then_some(Self { recipe, places })
    }

    /// Of the weights of each unit.
    pub(in crate::lab) fn known(&self) -> Vec<usize> {
        let [channels, rows, columns] = self.recipe.map;
        (0..channels).flat_map(|of| self.places.iter().map(move |&at| of * rows * columns + at)).collect()
    }

    /// Of one channel, `[known, places]`.
    pub(in crate::lab) fn dictionary(&self) -> Vec<f32> {
        let [_, rows, columns] = self.recipe.map;
        dictionary(&self.places, [rows, columns], self.recipe.width).into_iter().map(|value| value as f32).collect()
    }

    /// `W_α U`: all weights, from those that are known of each unit.
    pub(in crate::lab) fn whole(&self, known: &[f32]) -> Vec<f32> {
        let [_, rows, columns] = self.recipe.map;
        let (places, dictionary) = (rows * columns, self.dictionary());
        let mut made = Vec::with_capacity(known.len() / self.places.len().max(1) * places);
        for row in known.chunks(self.places.len().max(1)) {
            let mut sum = vec![0.0_f32; places];
            for (weight, atom) in row.iter().zip(dictionary.chunks(places)) {
                sum.iter_mut().zip(atom).for_each(|(sum, &atom)| *sum += weight * atom);
            }
            made.extend(sum);
        }
        made
    }
}

/// `(K_αα + λI)⁻¹ K_α`, `[known, places]`, by Cholesky's decomposition.
pub(in crate::lab) fn dictionary(known: &[usize], [rows, columns]: [usize; 2], width: f64) -> Vec<f64> {
    let (n, places) = (known.len(), rows * columns);
    let kernel = |one: usize, other: usize| {
        let away = (one / columns).abs_diff(other / columns).pow(2) + (one % columns).abs_diff(other % columns).pow(2);
        (-(away as f64) / (2.0 * width * width)).exp()
    };
    // Row by row the lower triangle.
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let sum = dot(&lower[row * n..row * n + column], &lower[column * n..column * n + column]);
            let noise = if row == column { NOISE } else { 0.0 };
            let value = kernel(known[row], known[column]) + noise - sum;
            lower[row * n + column] =
                if row == column { value.max(f64::MIN_POSITIVE).sqrt() } else { value / lower[column * n + column] };
        }
    }
    let mut made: Vec<f64> = known.iter().flat_map(|&one| (0..places).map(move |other| kernel(one, other))).collect();
    // Forwards, then backwards, for all places at once.
    for row in 0..n {
        let (before, rest) = made.split_at_mut(row * places);
        for (column, solved) in before.chunks(places).enumerate() {
            let factor = lower[row * n + column];
            rest[..places].iter_mut().zip(solved).for_each(|(value, solved)| *value -= factor * solved);
        }
        rest[..places].iter_mut().for_each(|value| *value /= lower[row * n + row]);
    }
    for row in (0..n).rev() {
        let (upto, behind) = made.split_at_mut((row + 1) * places);
        let own = &mut upto[row * places..];
        for (at, solved) in behind.chunks(places).enumerate() {
            let factor = lower[(row + 1 + at) * n + row];
            own.iter_mut().zip(solved).for_each(|(value, solved)| *value -= factor * solved);
        }
        own.iter_mut().for_each(|value| *value /= lower[row * n + row]);
    }
    made
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
