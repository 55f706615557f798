//! The squares of which a unit's field is told: pixels where it is small, else the means of so many.

use super::stimulus::Screen;
use crate::graph::op::random::threefry;
use crate::lab::channels::Part;

/// Squares along a side.
const MOST: usize = 32;

pub(super) struct FieldGrid {
    /// Height and width in pixels of what the unit sees.
    pub(super) sees: [usize; 2],
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Pixels of a side of a square.
    pub(super) square: usize,
    /// The upper left pixel.
    top: usize,
    left: usize,
}

impl FieldGrid {
    pub(super) fn of(part: &Part) -> Self {
        let sees = [part.rows.len(), part.columns.len()];
        let square = sees[0].max(sees[1]).div_ceil(MOST).max(1);
        let [rows, columns] = sees.map(|side| (side / square).max(1));
        let start = |from: usize, side: usize, count: usize| from + (side - count * square.min(side)) / 2;
        let (top, left) = (start(part.rows.start, sees[0], rows), start(part.columns.start, sees[1], columns));
        Self { sees, rows, columns, square, top, left }
    }

    pub(super) fn len(&self) -> usize {
        self.rows * self.columns
    }

    /// The square in which a pixel lies.
    fn square_at(&self, row: usize, column: usize) -> Option<usize> {
        let (row, column) = (row.checked_sub(self.top)? / self.square, column.checked_sub(self.left)? / self.square);
        (row < self.rows && column < self.columns).then_some(row * self.columns + column)
    }

    /// From a derivative by the values that a network reads to that by the lightness of each square; and the share of its energy that is
    /// colour.
    pub(super) fn lightness(
        &self,
        [channels, height, width]: [usize; 3],
        screen: &Screen,
        slope: &[f32],
    ) -> (Vec<f64>, f64) {
        let mut field = vec![0.0; self.len()];
        let [mut all, mut grey] = [0.0; 2];
        for row in 0..height {
            for column in 0..width {
                let value = |channel: usize| {
                    f64::from(slope[(channel * height + row) * width + column] * screen.slope_of(channel))
                };
                let sum: f64 = (0..channels).map(value).sum();
                all += (0..channels).map(|channel| value(channel).powi(2)).sum::<f64>();
                grey += sum * sum / channels as f64;
                if let Some(at) = self.square_at(row, column) {
                    field[at] += sum;
                }
            }
        }
        (field, if all > 0.0 { (1.0 - grey / all).max(0.0) } else { 0.0 })
    }
}

/// Pictures in which each square is by chance light or dark, and all around is grey.
pub(super) struct NoisePictures {
    seed: u32,
    drawn: u32,
}

/// Tells these numbers from others of the same seed.
const KEY: u32 = 0x6e6f_6973;

impl NoisePictures {
    pub(super) fn new(seed: u32) -> Self {
        Self { seed, drawn: 0 }
    }

    /// One of them as the network reads it, and its squares: -1 or 1.
    pub(super) fn picture(&mut self, grid: &FieldGrid, screen: &Screen) -> (Vec<f32>, Vec<i8>) {
        let drawn = self.signs(grid.len());
        let at = |row, column| grid.square_at(row, column).map_or(0.0, |at| f64::from(drawn[at]));
        (screen.input(at), drawn)
    }

    pub(super) fn signs(&mut self, count: usize) -> Vec<i8> {
        let mut signs = Vec::with_capacity(count);
        for block in 0..count.div_ceil(64) {
            let [low, high] = threefry([self.seed, KEY], [self.drawn, block as u32]);
            let bits = u64::from(low) | u64::from(high) << 32;
            signs.extend((0..64.min(count - signs.len())).map(|bit| if bits >> bit & 1 == 1 { 1 } else { -1 }));
        }
        self.drawn += 1;
        signs
    }
}
