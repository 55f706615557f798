//! Principal components of many rows of numbers (Pearson 1901): the directions in which they vary most, and how far others are from them.

use super::LabError;
use super::eigen::{Eigen, dot, symmetric};
use super::svd::{RangeFinder, Svd, WeightMatrix, orthonormal_rows};

/// Turns of the power iteration: with directions beyond those that are wanted, the error of these falls below a single's precision.
const TURNS: u32 = 14;
/// Directions beyond, at least.
const BEYOND: usize = 16;

/// So many directions of largest variance.
#[derive(Clone, Debug)]
pub(super) struct PrincipalComponents {
    pub mean: Vec<f32>,
    /// `[count, columns]`, orthonormal, of the largest variance first.
    pub axes: Vec<f64>,
}

/// Finds components turn by turn: many rows take a while.
pub(super) struct ComponentFinder {
    mean: Vec<f32>,
    centred: WeightMatrix,
    is_turned: bool,
    range: RangeFinder,
    count: usize,
    turns: u32,
}

impl ComponentFinder {
    /// Of `rows`, each of `columns` numbers.
    ///
    /// # Errors
    /// [`LabError::Setup`] of fewer than two rows, or of numbers that are not finite.
    pub(super) fn new(mut rows: Vec<f32>, columns: usize, count: usize) -> Result<Self, LabError> {
        let found = rows.len() / columns.max(1);
        ensure!(found > 1, "{found} row of numbers has no principal components; give two at least");
        let mut mean = vec![0.0_f64; columns];
        for row in rows.chunks_exact(columns) {
            mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let mean: Vec<f32> = mean.into_iter().map(|sum| (sum / found as f64) as f32).collect();
        for row in rows.chunks_exact_mut(columns) {
            row.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
        }
        let centred = WeightMatrix { rows: found, columns, values: rows };
        let is_turned = found > columns;
        let centred = if is_turned { centred.transposed() } else { centred };
        let count = count.min(centred.rows);
        let range = RangeFinder::new(&centred, count + count.max(BEYOND), 1)?;
        Ok(Self { mean, centred, is_turned, range, count, turns: 0 })
    }

    /// One turn; whether it was the last one.
    pub(super) fn turn(&mut self) -> Result<bool, LabError> {
        if self.turns < TURNS {
            self.range.turn()?;
            self.turns += 1;
        }
        Ok(self.turns >= TURNS)
    }

    pub(super) fn found(&self) -> Result<PrincipalComponents, LabError> {
        let svd = self.range.svd(&self.centred, self.count)?;
        Ok(PrincipalComponents { mean: self.mean.clone(), axes: self.axes(&svd) })
    }

    /// Of the side of the columns.
    fn axes(&self, svd: &Svd) -> Vec<f64> {
        let factors = self.centred.factors(svd, self.count);
        let side = if self.is_turned { factors.second.transposed() } else { factors.first };
        let wide = side.values.iter().copied().map(f64::from).collect::<Vec<_>>();
        orthonormal_rows(wide, self.mean.len())
    }
}

impl PrincipalComponents {
    /// What the components make of rows, over the mean: the mean square of a number that they leave.
    pub(super) fn error<'a>(&self, rows: impl Iterator<Item = &'a [f32]>) -> f64 {
        let columns = self.mean.len();
        let (mut sum, mut numbers) = (0.0, 0_usize);
        for row in rows {
            let off: Vec<f64> = row.iter().zip(&self.mean).map(|(&x, &mean)| f64::from(x) - f64::from(mean)).collect();
            let kept: f64 = self.axes.chunks_exact(columns).map(|axis| dot(axis, &off).powi(2)).sum();
            sum += (dot(&off, &off) - kept).max(0.0);
            numbers += columns;
        }
        sum / numbers.max(1) as f64
    }

    /// Where a row lies along each component.
    pub(super) fn along(&self, row: &[f32]) -> Vec<f64> {
        let off: Vec<f64> = row.iter().zip(&self.mean).map(|(&x, &mean)| f64::from(x) - f64::from(mean)).collect();
        self.axes.chunks_exact(self.mean.len()).map(|axis| dot(axis, &off)).collect()
    }

    /// The largest principal angle, in degrees, between the space of the components and that of these vectors, `[any, columns]`: the
    /// sine is the largest singular value of what the components leave of an orthonormal basis (Björck & Golub 1973).
    ///
    /// # Errors
    /// [`LabError::Setup`] of numbers that are not finite.
    pub(super) fn angle_to(&self, vectors: &[f64]) -> Result<f64, LabError> {
        let columns = self.mean.len();
        let basis = orthonormal_rows(vectors.to_vec(), columns);
        let left: Vec<Vec<f64>> = basis
            .chunks_exact(columns)
            .map(|vector| {
                let mut rest = vector.to_vec();
                for axis in self.axes.chunks_exact(columns) {
                    let along = dot(axis, vector);
                    rest.iter_mut().zip(axis).for_each(|(value, axis)| *value -= along * axis);
                }
                rest
            })
            .collect();
        let count = left.len();
        let gram = (0..count * count).map(|at| dot(&left[at / count], &left[at % count])).collect();
        let Eigen { values, .. } = symmetric(gram, count)?;
        Ok(values.first().map_or(0.0, |value| value.max(0.0).sqrt().min(1.0).asin().to_degrees()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::dice::Dice;

    /// Rows with known axes: each of a rotated basis times a deviation of its own.
    fn rows(count: usize, columns: usize) -> Vec<f32> {
        let mut dice = Dice::new(5);
        let mixing: Vec<f64> = (0..columns * columns).map(|_| f64::from(dice.normal())).collect();
        let basis = orthonormal_rows(mixing, columns);
        let row = |dice: &mut Dice| {
            let mut row = vec![2.0_f64; columns];
            for (at, axis) in basis.chunks_exact(columns).enumerate() {
                let along = f64::from(dice.normal()) / (at + 1) as f64;
                row.iter_mut().zip(axis).for_each(|(value, axis)| *value += along * axis);
            }
            row.into_iter().map(|value| value as f32).collect::<Vec<_>>()
        };
        (0..count).flat_map(|_| row(&mut dice)).collect()
    }

    /// By the whole covariance matrix and all its eigenvectors.
    fn whole(rows: &[f32], columns: usize, count: usize) -> (Vec<f64>, f64) {
        let found = rows.len() / columns;
        let mean: Vec<f64> = (0..columns)
            .map(|c| rows.iter().skip(c).step_by(columns).map(|&x| f64::from(x)).sum::<f64>() / found as f64)
            .collect();
        let mut covariance = vec![0.0; columns * columns];
        for row in rows.chunks_exact(columns) {
            for one in 0..columns {
                for other in 0..columns {
                    covariance[one * columns + other] +=
                        (f64::from(row[one]) - mean[one]) * (f64::from(row[other]) - mean[other]);
                }
            }
        }
        let Eigen { values, vectors } = symmetric(covariance, columns).unwrap();
        (vectors[..count * columns].to_vec(), values[count..].iter().sum::<f64>() / rows.len() as f64)
    }

    #[test]
    fn components_are_eigenvectors_of_the_covariance() {
        for (count, columns, wanted) in [(300, 40, 3), (60, 100, 5), (200, 50, 20)] {
            let rows = rows(count, columns);
            let mut finder = ComponentFinder::new(rows.clone(), columns, wanted).unwrap();
            while !finder.turn().unwrap() {}
            let found = finder.found().unwrap();
            let (axes, left) = whole(&rows, columns, wanted);
            let angle = found.angle_to(&axes).unwrap();
            let again = found.error(rows.chunks_exact(columns));
            println!("{count} rows of {columns}: {angle:.1e}°, {again:.6} and {left:.6} left");
            assert!(angle < 1e-2 && (again - left).abs() < 1e-4 * left);
            // One direction is another.
            let mut turned = axes;
            turned[..columns].copy_from_slice(&vec![1.0; columns]);
            assert!(found.angle_to(&turned).unwrap() > 20.0);
        }
        assert!(ComponentFinder::new(vec![1.0; 7], 7, 2).is_err());
    }

    #[test]
    fn the_angle_of_two_planes_is_known() {
        let plane = PrincipalComponents { mean: vec![0.0; 3], axes: vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0] };
        let tilt = 30_f64.to_radians();
        let angle = plane.angle_to(&[1.0, 0.0, 0.0, 1.0, tilt.cos(), tilt.sin()]).unwrap();
        assert!((angle - 30.0).abs() < 1e-6, "{angle}");
        assert!(plane.angle_to(&[3.0, 1.0, 0.0, 0.5, -2.0, 0.0]).unwrap() < 1e-6);
    }
}
