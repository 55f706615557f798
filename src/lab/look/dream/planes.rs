//! A picture of any size in single precision: made larger, and cut into tiles after it was rolled.

use crate::lab::LabError;

/// `[channels, height, width]`, as the network reads it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planes {
    /// Height and width.
    pub(super) size: [usize; 2],
    pub(super) values: Vec<f32>,
}

/// Tiles of one size that cover a picture; what stands beyond an edge comes in again at the opposite one.
pub(super) struct Tiling {
    size: [usize; 2],
    /// Rows and columns in which the tile at a place lies, one place after another.
    places: Vec<[Vec<usize>; 2]>,
    /// How many tiles have each row and each column.
    counts: [Vec<u32>; 2],
}

impl Tiling {
    /// Of a picture rolled by `roll`, down and to the right; both sizes are height and width.
    pub(super) fn new(size: [usize; 2], tile: [usize; 2], roll: [i64; 2]) -> Self {
        let along = |axis: usize| -> Vec<Vec<usize>> {
            let from = |start: usize| {
                let at = move |by: usize| (start + by) as i64 - roll[axis];
                (0..tile[axis]).map(|by| at(by).rem_euclid(size[axis] as i64) as usize).collect()
            };
            starts(size[axis], tile[axis]).into_iter().map(from).collect()
        };
        let [down, across] = [along(0), along(1)];
        let count = |lines: &[Vec<usize>], of: usize| {
            let mut counts = vec![0; of];
            lines.iter().flatten().for_each(|&line| counts[line] += 1);
            counts
        };
        let counts = [count(&down, size[0]), count(&across, size[1])];
        let places = down.iter().flat_map(|rows| across.iter().map(|columns| [rows.clone(), columns.clone()]));
        Self { size, places: places.collect(), counts }
    }

    /// How many there are for a picture of this size.
    pub(super) fn count_of(size: [usize; 2], tile: [usize; 2]) -> usize {
        size[0].div_ceil(tile[0]) * size[1].div_ceil(tile[1])
    }

    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// What the tile at a place holds.
    pub(super) fn read(&self, at: usize, planes: &Planes) -> Vec<f32> {
        let ([rows, columns], [height, width]) = (&self.places[at], self.size);
        let mut tile = Vec::with_capacity(planes.channels() * rows.len() * columns.len());
        for plane in planes.values.chunks_exact(height * width) {
            for row in rows {
                let line = &plane[row * width..][..width];
                tile.extend(columns.iter().map(|&column| line[column]));
            }
        }
        tile
    }

    /// Adds a tile, `factor` times; where several tiles lie, each has an equal share.
    pub(super) fn add(&self, at: usize, tile: &[f32], factor: f32, planes: &mut Planes) {
        let ([rows, columns], [height, width]) = (&self.places[at], self.size);
        let of_plane = tile.chunks_exact(rows.len() * columns.len());
        for (plane, tile) in planes.values.chunks_exact_mut(height * width).zip(of_plane) {
            for (&row, line) in rows.iter().zip(tile.chunks_exact(columns.len())) {
                let share = factor / self.counts[0][row] as f32;
                for (&column, value) in columns.iter().zip(line) {
                    plane[row * width + column] += value * share / self.counts[1][column] as f32;
                }
            }
        }
    }
}

/// Where tiles of this extent begin, as few as cover the whole, evenly.
fn starts(extent: usize, tile: usize) -> Vec<usize> {
    let count = extent.div_ceil(tile);
    let rest = extent.saturating_sub(tile);
    (0..count).map(|at| if count == 1 { 0 } else { (2 * at * rest + count - 1) / (2 * (count - 1)) }).collect()
}

impl Planes {
    pub(super) fn zeros(channels: usize, size: [usize; 2]) -> Self {
        Self { size, values: vec![0.0; channels * size[0] * size[1]] }
    }

    pub(super) fn channels(&self) -> usize {
        self.values.len() / (self.size[0] * self.size[1])
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.values.iter_mut().zip(&other.values).for_each(|(value, other)| *value += other);
    }

    pub(super) fn minus(mut self, other: &Self) -> Self {
        self.values.iter_mut().zip(&other.values).for_each(|(value, other)| *value -= other);
        self
    }

    /// In a size that is not smaller.
    pub(super) fn enlarged(&self, size: [usize; 2]) -> Self {
        self.sampled(size, 1.0)
    }

    /// The middle, so many times as large, in the same size.
    pub(super) fn zoomed(&self, by: f64) -> Self {
        self.sampled(self.size, by)
    }

    /// Each value is made of four in a row and four in a column, by the cubic convolution of Keys (1981) with a = -1/2.
    fn sampled(&self, [height, width]: [usize; 2], zoom: f64) -> Self {
        let [from_height, from_width] = self.size;
        let [down, across] = [Taps::all(from_height, height, zoom), Taps::all(from_width, width, zoom)];
        let mut values = Vec::with_capacity(self.channels() * height * width);
        let mut middle = vec![0.0_f32; from_height * width];
        for plane in self.values.chunks_exact(from_height * from_width) {
            for (line, to) in plane.chunks_exact(from_width).zip(middle.chunks_exact_mut(width)) {
                to.iter_mut().zip(&across).for_each(|(to, taps)| *to = taps.of(|at| line[at]));
            }
            for taps in &down {
                values.extend((0..width).map(|column| taps.of(|row| middle[row * width + column])));
            }
        }
        Self { size: [height, width], values }
    }

    /// Each value between these, by channel.
    pub(super) fn clamp(&mut self, bounds: &[[f32; 2]]) {
        let plane = self.size[0] * self.size[1];
        for (values, &[low, high]) in self.values.chunks_exact_mut(plane).zip(bounds) {
            values.iter_mut().for_each(|value| *value = value.clamp(low, high));
        }
    }

    /// # Errors
    /// Where a value is not finite.
    pub(super) fn checked(self) -> Result<Self, LabError> {
        let is_sound = self.values.iter().all(|value| value.is_finite());
        ensure!(is_sound, "the picture is no numbers any more; choose a smaller change of a step");
        Ok(self)
    }
}

/// Four neighbours and what each counts.
struct Taps {
    at: [usize; 4],
    weights: [f32; 4],
}

impl Taps {
    fn all(from: usize, to: usize, zoom: f64) -> Vec<Self> {
        let one = |at: usize| {
            let around = (at as f64 + 0.5 - to as f64 / 2.0) * from as f64 / (to as f64 * zoom);
            let place = around + from as f64 / 2.0 - 0.5;
            let first = place.floor();
            let line = |by: i64| (first as i64 + by).clamp(0, from as i64 - 1) as usize;
            let weight = |by: i64| keys((place - first - by as f64).abs()) as f32;
            Self { at: [-1, 0, 1, 2].map(line), weights: [-1, 0, 1, 2].map(weight) }
        };
        (0..to).map(one).collect()
    }

    fn of(&self, value: impl Fn(usize) -> f32) -> f32 {
        self.at.iter().zip(self.weights).map(|(&at, weight)| value(at) * weight).sum()
    }
}

fn keys(x: f64) -> f64 {
    match x {
        x if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
        x if x < 2.0 => ((2.5 - 0.5 * x) * x - 4.0) * x + 2.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(size: [usize; 2]) -> Planes {
        Planes { size, values: (0..2 * size[0] * size[1]).map(|at| at as f32).collect() }
    }

    /// Tiles of a rolled picture, put back, are the picture, wherever they overlap.
    #[test]
    fn tiles_put_back_are_the_picture() {
        for (size, tile) in [([9, 14], [4, 4]), ([8, 8], [8, 8]), ([5, 12], [5, 3]), ([7, 7], [4, 6])] {
            for roll in [[0, 0], [3, -2], [-40, 11]] {
                let (planes, tiling) = (counted(size), Tiling::new(size, tile, roll));
                assert_eq!(tiling.count(), size[0].div_ceil(tile[0]) * size[1].div_ceil(tile[1]));
                let mut again = Planes::zeros(2, size);
                for at in 0..tiling.count() {
                    let read = tiling.read(at, &planes);
                    tiling.add(at, &read, 1.0, &mut again);
                }
                let apart = again.minus(&planes).values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
                assert!(apart < 1e-4, "{size:?} in {tile:?}, rolled by {roll:?}: {apart}");
            }
        }
        // Down by one: the last row comes first.
        let rolled = Tiling::new([3, 2], [3, 2], [1, 0]).read(0, &counted([3, 2]));
        assert_eq!(rolled[..6], [4.0, 5.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(starts(20, 8), [0, 6, 12]);
    }

    #[test]
    fn a_slope_stays_a_slope_when_it_is_enlarged_and_zoomed() {
        let slope = Planes { size: [8, 10], values: (0..80).map(|at| (at % 10) as f32).collect() };
        assert_eq!(slope.enlarged([8, 10]), slope);
        let twice = slope.enlarged([16, 20]);
        // Away from the edges: half a step for each pixel.
        let row = &twice.values[160..180];
        assert!((4..16).all(|at| (row[at] - (at as f32 / 2.0 - 0.25)).abs() < 1e-5), "{row:?}");
        let near = slope.zoomed(2.0);
        let row = &near.values[40..50];
        assert!((0..10).all(|at| (row[at] - (2.25 + at as f32 / 2.0)).abs() < 1e-5), "{row:?}");
    }
}
