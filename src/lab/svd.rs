//! Singular values of a matrix, of a large one the first, and the nearest matrix of a rank (Eckart & Young 1936) as a product of two.

use super::eigen::{Eigen, dot, symmetric};
use crate::graph::Host;
use crate::lab::LabError;
use crate::lab::dice::Dice;
use candle_core::Device;

/// The shorter side of a matrix whose whole decomposition takes seconds.
const LONGEST: usize = 1024;

/// Singular values of a larger one that are found.
const FOUND: usize = 256;
/// Directions beyond these, and turns of the power iteration (Halko, Martinsson & Tropp 2011, algorithms 4.3 and 4.4).
const BEYOND: usize = 16;
const TURNS: usize = 2;

/// A matrix `[rows, columns]`, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightMatrix {
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f32>,
}

/// Its singular values, and the vectors of its shorter side.
pub struct Svd {
    /// From the largest down, as many as the shorter side is long; of a large matrix the first ones.
    pub singular: Vec<f64>,
    /// One a row.
    vectors: Vec<f64>,
    /// The sum of the squares of those that were not found.
    beyond: f64,
}

/// `first [rank, columns]` and `second [rows, rank]`: `second · first` is the nearest matrix of this rank. The root of each singular
/// value is in both.
pub struct Factors {
    pub first: WeightMatrix,
    pub second: WeightMatrix,
}

impl WeightMatrix {
    /// The other way round.
    pub fn transposed(&self) -> WeightMatrix {
        let Self { rows, columns, values } = self;
        let turned = (0..rows * columns).map(|at| values[at % rows * columns + at / rows]).collect();
        WeightMatrix { rows: *columns, columns: *rows, values: turned }
    }

    /// The sum of the squares of its numbers.
    pub fn square(&self) -> f64 {
        self.values.iter().map(|&value| f64::from(value).powi(2)).sum()
    }

    /// All of it where a side is not longer than 1024; of a larger matrix its first 256 singular values, at random.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a matrix with numbers that are not finite.
    pub fn svd(&self) -> Result<Svd, LabError> {
        let Self { rows, columns, .. } = *self;
        if rows.min(columns) > LONGEST {
            return self.truncated_svd(FOUND, 1);
        }
        if rows > columns { self.transposed().gram() } else { self.gram() }
    }

    /// Of a matrix that is not longer than wide, by the eigenvalues of `A Aᵀ`.
    fn gram(&self) -> Result<Svd, LabError> {
        let Self { rows, columns, .. } = *self;
        let wide: Vec<f64> = self.values.iter().copied().map(f64::from).collect();
        let row = |at: usize| &wide[at * columns..(at + 1) * columns];
        let mut gram = vec![0.0; rows * rows];
        for one in 0..rows {
            for other in 0..=one {
                let product = dot(row(one), row(other));
                (gram[one * rows + other], gram[other * rows + one]) = (product, product);
            }
        }
        let Eigen { values, vectors } = symmetric(gram, rows)?;
        Ok(Svd { singular: roots(values), vectors, beyond: 0.0 })
    }

    /// The first `found` singular values and their vectors by a randomised range (Halko, Martinsson & Tropp, "Finding structure with
    /// randomness", 2011): an orthonormal basis of `(A Aᵀ)² A Ω` with a random `Ω`, and the decomposition of `A` within it. Products are
    /// the engine's own.
    ///
    /// # Errors
    /// [`LabError::Setup`] of numbers that are not finite.
    pub fn truncated_svd(&self, found: usize, seed: u32) -> Result<Svd, LabError> {
        let Self { rows, columns, .. } = *self;
        if rows > columns {
            return self.transposed().truncated_svd(found, seed);
        }
        let mut range = RangeFinder::new(self, found + BEYOND, seed)?;
        for _ in 0..TURNS {
            range.turn()?;
        }
        range.svd(self, found)
    }

    /// The nearest matrix of a rank.
    pub fn factors(&self, svd: &Svd, rank: usize) -> Factors {
        if self.rows > self.columns {
            let Factors { first, second } = self.transposed().factors(svd, rank);
            return Factors { first: second.transposed(), second: first.transposed() };
        }
        let Self { rows, columns, ref values } = *self;
        let rank = rank.min(svd.singular.len());
        let (mut first, mut second) = (Vec::with_capacity(rank * columns), vec![0.0; rows * rank]);
        for at in 0..rank {
            let vector = &svd.vectors[at * rows..(at + 1) * rows];
            let mut along = vec![0.0_f64; columns];
            for (u, row) in vector.iter().zip(values.chunks_exact(columns)) {
                along.iter_mut().zip(row).for_each(|(to, &value)| *to += u * f64::from(value));
            }
            let root = svd.singular[at].sqrt();
            // A direction in which there is nothing stays empty.
            let share = if root > 0.0 { 1.0 / root } else { 0.0 };
            first.extend(along.iter().map(|value| (value * share) as f32));
            for (row, u) in vector.iter().enumerate() {
                second[row * rank + at] = (u * root) as f32;
            }
        }
        Factors {
            first: WeightMatrix { rows: rank, columns, values: first },
            second: WeightMatrix { rows, columns: rank, values: second },
        }
    }
}

/// An orthonormal basis of the range of a matrix that is not longer than wide, better with each turn.
pub(super) struct RangeFinder {
    a: Host,
    turned: Host,
    basis: Host,
}

impl RangeFinder {
    /// Of so many directions, from random ones.
    ///
    /// # Errors
    /// [`LabError::Setup`] of numbers that are not finite.
    pub(super) fn new(matrix: &WeightMatrix, width: usize, seed: u32) -> Result<Self, LabError> {
        let WeightMatrix { rows, columns, ref values } = *matrix;
        ensure!(values.iter().all(|value| value.is_finite()), "weights that are no numbers cannot be decomposed");
        let width = width.min(rows);
        let a = Host::from_slice(values, (rows, columns), &Device::Cpu)?;
        let turned = a.t()?.contiguous()?;
        let mut dice = Dice::new(seed);
        let omega: Vec<f32> = (0..columns * width).map(|_| dice.unit() - 0.5).collect();
        let omega = Host::from_vec(omega, (columns, width), &Device::Cpu)?;
        Ok(Self { basis: orthonormal(&a.matmul(&omega)?)?, a, turned })
    }

    /// A turn of the power iteration.
    pub(super) fn turn(&mut self) -> Result<(), LabError> {
        let back = orthonormal(&self.turned.matmul(&self.basis)?)?;
        self.basis = orthonormal(&self.a.matmul(&back)?)?;
        Ok(())
    }

    /// The decomposition of the matrix within the basis; `matrix` is the same as in [`Self::new`].
    pub(super) fn svd(&self, matrix: &WeightMatrix, found: usize) -> Result<Svd, LabError> {
        let (_, width) = self.basis.dims2()?;
        let turned_basis = self.basis.t()?.contiguous()?;
        let within = turned_basis.matmul(&self.a)?;
        let within = WeightMatrix { rows: width, columns: matrix.columns, values: within.flatten_all()?.to_vec1()? };
        let Svd { singular, vectors, .. } = within.gram()?;
        let kept = found.min(width);
        let turned: Vec<f32> = vectors[..kept * width].iter().map(|&value| value as f32).collect();
        let turned = Host::from_vec(turned, (kept, width), &Device::Cpu)?.matmul(&turned_basis)?;
        let vectors = turned.flatten_all()?.to_vec1::<f32>()?.into_iter().map(f64::from).collect();
        let singular = singular[..kept].to_vec();
        let beyond = matrix.square() - singular.iter().map(|value| value * value).sum::<f64>();
        Ok(Svd { singular, vectors, beyond: beyond.max(0.0) })
    }
}

fn roots(values: Vec<f64>) -> Vec<f64> {
    values.into_iter().map(|value| value.max(0.0).sqrt()).collect()
}

/// An orthonormal basis of the columns of `[rows, width]`.
fn orthonormal(columns: &Host) -> Result<Host, LabError> {
    let (rows, width) = columns.dims2()?;
    let turned: Vec<f32> = columns.t()?.contiguous()?.flatten_all()?.to_vec1()?;
    let all = orthonormal_rows(turned.into_iter().map(f64::from).collect(), rows);
    let narrow: Vec<f32> = all.into_iter().map(|value| value as f32).collect();
    Ok(Host::from_vec(narrow, (width, rows), &Device::Cpu)?.t()?.contiguous()?)
}

/// Rows of so many numbers made orthonormal by Gram and Schmidt, twice; one that adds nothing is zero.
pub(super) fn orthonormal_rows(mut all: Vec<f64>, columns: usize) -> Vec<f64> {
    for at in 0..all.len() / columns.max(1) {
        let (before, rest) = all.split_at_mut(at * columns);
        let own = &mut rest[..columns];
        let first = dot(own, own).sqrt();
        for _ in 0..2 {
            for other in before.chunks_exact(columns) {
                let along = dot(own, other);
                own.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
            }
        }
        let norm = dot(own, own).sqrt();
        let factor = if norm > 1e-6 * first { 1.0 / norm } else { 0.0 };
        own.iter_mut().for_each(|value| *value *= factor);
    }
    all
}

impl Svd {
    /// The square of the distance of the nearest matrix of this rank: the sum of the squares of the singular values left out.
    pub fn lost(&self, rank: usize) -> f64 {
        self.singular.iter().skip(rank).map(|value| value * value).sum::<f64>() + self.beyond
    }
}

impl Factors {
    /// The square of the distance of their product from a matrix.
    pub fn distance(&self, of: &WeightMatrix) -> f64 {
        let Self { first, second } = self;
        let (mut sum, rank) = (0.0, second.columns);
        for (at, wanted) in of.values.chunks_exact(of.columns).enumerate() {
            let row = &second.values[at * rank..(at + 1) * rank];
            let mut made = vec![0.0_f64; of.columns];
            for (u, v) in row.iter().zip(first.values.chunks_exact(first.columns)) {
                made.iter_mut().zip(v).for_each(|(to, &v)| *to += f64::from(*u) * f64::from(v));
            }
            sum += made.iter().zip(wanted).map(|(made, &wanted)| (made - f64::from(wanted)).powi(2)).sum::<f64>();
        }
        sum
    }
}
