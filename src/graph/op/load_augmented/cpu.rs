//! One picture changed, on the CPU.

use super::{CELLS, Changes, KNOTS, LoadAugmented, MOVES};

impl LoadAugmented {
    /// `bytes` and `y` are one picture, `draws` its random numbers.
    pub(super) fn change(&self, bytes: &[u8], draws: &[f32], y: &mut [f32]) {
        let [_, height, width] = self.example;
        let Changes { shift, flip, elastic } = self.changes;
        let moved = |draw: f32| (draw * (2 * shift + 1) as f32) as isize - shift as isize;
        let (down, right, mirror) = (moved(draws[0]), moved(draws[1]), flip && draws[2] < 0.5);
        let plane = height * width;
        for row in 0..height {
            let bend = (elastic > 0.0).then(|| Bend::of_row(&draws[MOVES..], elastic as f32, [row, height]));
            for column in 0..width {
                let mirrored = if mirror { width - 1 - column } else { column };
                let at = [row as isize - down, mirrored as isize - right];
                let planes = y.chunks_exact_mut(plane).zip(bytes.chunks_exact(plane));
                match &bend {
                    None => planes.for_each(|(y, x)| y[row * width + column] = pixel(x, [height, width], at)),
                    Some(bend) => {
                        let by = bend.at(column, width);
                        planes.for_each(|(y, x)| y[row * width + column] = between(x, [height, width], at, by));
                    }
                }
            }
        }
    }
}

/// Black beyond the edge.
fn pixel(x: &[u8], [height, width]: [usize; 2], [row, column]: [isize; 2]) -> f32 {
    let inside = (0..height as isize).contains(&row) && (0..width as isize).contains(&column);
    if inside { f32::from(x[row as usize * width + column as usize]) } else { 0.0 }
}

/// Bilinear, this far from a pixel.
fn between(x: &[u8], size: [usize; 2], [row, column]: [isize; 2], by: [f32; 2]) -> f32 {
    let whole = by.map(f32::floor);
    let [down, right] = [by[0] - whole[0], by[1] - whole[1]];
    let (row, column) = (row + whole[0] as isize, column + whole[1] as isize);
    let line = |row: isize| {
        let (left, other) = (pixel(x, size, [row, column]), pixel(x, size, [row, column + 1]));
        left + (other - left) * right
    };
    let (above, below) = (line(row), line(row + 1));
    above + (below - above) * down
}

/// The displacements along one row of pixels: for each axis, the spline over the columns after the rows are summed.
struct Bend([[f32; KNOTS]; 2]);

impl Bend {
    /// From draws in 0..1 for the control points.
    fn of_row(draws: &[f32], elastic: f32, [row, height]: [usize; 2]) -> Self {
        let (first, weights) = weights(row, height);
        let spline = |axis: usize, column: usize| {
            let control = |i: usize| elastic * (2.0 * draws[(axis * KNOTS + first + i) * KNOTS + column] - 1.0);
            (0..4).map(|i| weights[i] * control(i)).sum()
        };
        Self([0, 1].map(|axis| std::array::from_fn(|column| spline(axis, column))))
    }

    /// Pixels down and right.
    fn at(&self, column: usize, width: usize) -> [f32; 2] {
        let (first, weights) = weights(column, width);
        self.0.map(|spline| (0..4).map(|j| weights[j] * spline[first + j]).sum())
    }
}

/// The first of four control points around a pixel, and the weight of each: those of the uniform cubic B-spline.
fn weights(at: usize, extent: usize) -> (usize, [f32; 4]) {
    // The middle of the pixel, in cells: whole numbers as long as can be.
    let (place, unit) = ((2 * at + 1) * CELLS, 2 * extent);
    let t = (place % unit) as f32 / unit as f32;
    let (u, t2, t3) = (1.0 - t, t * t, t * t * t);
    let weights = [u * u * u, 3.0 * t3 - 6.0 * t2 + 4.0, -3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0, t3];
    (place / unit, weights.map(|weight| weight / 6.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::op::random::threefry;

    const ELASTIC: f32 = 3.0;

    fn draws(picture: u32) -> Vec<f32> {
        let draw = |i: u32| (threefry([1, 2], [picture, i])[0] >> 8) as f32 / 16_777_216.0;
        (0..(MOVES + 2 * KNOTS * KNOTS) as u32).map(draw).collect()
    }

    /// Displacements of all pixels, row by row.
    fn field(draws: &[f32], [height, width]: [usize; 2]) -> Vec<[f32; 2]> {
        let row = |row| Bend::of_row(&draws[MOVES..], ELASTIC, [row, height]);
        (0..height).flat_map(|at| (0..width).map(move |column| row(at).at(column, width))).collect()
    }

    #[test]
    fn no_displacement_is_larger_than_allowed_and_neighbours_go_together() {
        for size @ [height, width] in [[28, 28], [9, 33], [1, 5]] {
            // No step is larger than that between opposite control points, over the pixels of a cell.
            let steepest = |extent: usize| 2.0 * ELASTIC * CELLS as f32 / extent as f32 + 1e-5;
            for picture in 0..50 {
                let field = field(&draws(picture), size);
                for (i, here) in field.iter().enumerate() {
                    for axis in 0..2 {
                        assert!(here[axis].abs() <= ELASTIC * (1.0 + 1e-6), "{here:?}");
                        if (i + 1) % width > 0 {
                            assert!((field[i + 1][axis] - here[axis]).abs() <= steepest(width));
                        }
                        if i + width < field.len() {
                            assert!((field[i + width][axis] - here[axis]).abs() <= steepest(height));
                        }
                    }
                }
            }
        }
        // Where all control points agree, the whole picture moves: the weights add up to 1.
        for (draw, by) in [(1.0, ELASTIC), (0.0, -ELASTIC), (0.5, 0.0)] {
            let field = field(&[draw; MOVES + 2 * KNOTS * KNOTS], [28, 20]);
            assert!(field.iter().flatten().all(|d| (d - by).abs() < 1e-5), "{draw}");
        }
    }

    #[test]
    fn on_average_nothing_moves() {
        const PICTURES: u32 = 2000;
        let mut sums = vec![[0.0f64; 2]; 28 * 28];
        let mut squares = 0.0;
        for picture in 0..PICTURES {
            for (sum, by) in sums.iter_mut().zip(field(&draws(picture), [28, 28])) {
                for axis in 0..2 {
                    sum[axis] += f64::from(by[axis]);
                    squares += f64::from(by[axis] * by[axis]);
                }
            }
        }
        // Uniform control points have variance A²/3; the squared weights add up to 151/315 on average, along each axis.
        let variance = f64::from(ELASTIC * ELASTIC) / 3.0 * (151.0f64 / 315.0).powi(2);
        let found = squares / f64::from(PICTURES) / (2.0 * 28.0 * 28.0);
        assert!((found / variance - 1.0).abs() < 0.03, "{found} {variance}");
        let limit = 5.0 * (1.3 * variance / f64::from(PICTURES)).sqrt();
        assert!(sums.iter().flatten().all(|sum| (sum / f64::from(PICTURES)).abs() < limit));
    }

    #[test]
    fn shifts_and_mirrors_move_pixels() {
        let bytes: Vec<u8> = (1..=6).collect();
        let changed = |shift: usize, flip: bool, draws: [f32; 3]| {
            let changes = Changes { shift, flip, elastic: 0.0 };
            let mut y = vec![0.0; 6];
            LoadAugmented { example: [1, 2, 3], changes, key: 0 }.change(&bytes, &draws, &mut y);
            y
        };
        assert_eq!(changed(1, false, [0.9, 0.5, 0.0]), [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(changed(1, false, [0.5, 0.0, 0.0]), [2.0, 3.0, 0.0, 5.0, 6.0, 0.0]);
        assert_eq!(changed(0, true, [0.5, 0.5, 0.4]), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        assert_eq!(changed(0, true, [0.5, 0.5, 0.6]), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        // Every shift is as likely as any other, also at the ends of the draws' range.
        for (k, row) in [(0, [5.0, 6.0, 0.0]), (1, [4.0, 5.0, 6.0]), (2, [0.0, 4.0, 5.0])] {
            let third = 16_777_216.0 / 3.0;
            for bits in [f32::ceil(k as f32 * third), f32::ceil((k + 1) as f32 * third) - 1.0] {
                let y = changed(1, false, [0.5, bits / 16_777_216.0, 0.0]);
                assert_eq!(y[3..], row, "{k} {bits}");
            }
        }
    }
}
