//! The operations after a convolution or a product, applied before its results are stored: they pass through memory once.

use super::lanes::{self, Lanes, singles_mut};
use candle_core::WithDType;

/// `y = min(max(y + bias[row], low), high)`, where a row is a channel of a picture or a row of a matrix.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a, T> {
    pub(crate) bias: Option<&'a [T]>,
    /// The least and the largest value.
    pub(crate) bounds: Option<[T; 2]>,
}

impl<'a, T: WithDType> Finish<'a, T> {
    /// Leaves everything as it is.
    pub(crate) const NONE: Self = Self { bias: None, bounds: None };

    /// The same for the rows from `first` on.
    pub(crate) fn rows_from(self, first: usize) -> Self {
        Self { bias: self.bias.map(|bias| &bias[first..]), ..self }
    }

    /// Whether there is a bias for each of so many rows.
    pub(crate) fn holds(&self, rows: usize) -> bool {
        self.bias.is_none_or(|bias| bias.len() >= rows)
    }

    /// That of one row on single precision: what is added, and the bounds.
    pub(crate) fn lanes(&self, row: usize) -> [Lanes; 3] {
        let bias = self.bias.map_or(0.0, |bias| bias[row].to_f64());
        let (low, high) = match self.bounds {
            Some([low, high]) => (low.to_f64(), high.to_f64()),
            None => (f64::NEG_INFINITY, f64::INFINITY),
        };
        [Lanes::splat(bias as f32), Lanes::splat(low as f32), Lanes::splat(high as f32)]
    }

    /// To `rows` rows of `cols` elements, `stride` apart.
    pub(crate) fn apply(&self, y: &mut [T], stride: usize, [rows, cols]: [usize; 2]) {
        if self.bias.is_none() && self.bounds.is_none() {
            return;
        }
        for r in 0..rows {
            let y = &mut y[r * stride..][..cols];
            if let Some(y) = singles_mut(y) {
                let [bias, low, high] = self.lanes(r);
                lanes::change(y, |y| (y + bias).larger(low).smaller(high));
                continue;
            }
            let bias = self.bias.map_or(T::zero(), |bias| bias[r]);
            y.iter_mut().for_each(|y| *y += bias);
            if let Some([low, high]) = self.bounds {
                y.iter_mut().for_each(|y| {
                    let least = if *y < low { low } else { *y };
                    *y = if high < least { high } else { least };
                });
            }
        }
    }
}
