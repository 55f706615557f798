//! Singular values of a matrix, and the nearest matrix of a rank (Eckart & Young 1936) as a product of two.

use super::eigen::{Eigen, dot, symmetric};
use crate::lab::LabError;

/// The shorter side of a matrix whose decomposition takes seconds.
const LONGEST: usize = 1024;

/// A matrix `[rows, columns]`, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightMatrix {
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f32>,
}

/// Its singular values, and the vectors of its shorter side.
pub struct Svd {
    /// From the largest down, as many as the shorter side is long.
    pub singular: Vec<f64>,
    /// One a row.
    vectors: Vec<f64>,
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

    /// # Errors
    /// [`LabError::Setup`] of a matrix both of whose sides are longer than 1024, and of one with numbers that are not finite.
    pub fn svd(&self) -> Result<Svd, LabError> {
        let Self { rows, columns, .. } = *self;
        ensure!(
            rows.min(columns) <= LONGEST,
            "a layer with weights of {rows} × {columns} takes too long to decompose; up to {LONGEST} on one side is done"
        );
        if rows > columns {
            return self.transposed().svd();
        }
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
        Ok(Svd { singular: values.into_iter().map(|value| value.max(0.0).sqrt()).collect(), vectors })
    }

    /// The nearest matrix of a rank.
    pub fn factors(&self, svd: &Svd, rank: usize) -> Factors {
        if self.rows > self.columns {
            let Factors { first, second } = self.transposed().factors(svd, rank);
            return Factors { first: second.transposed(), second: first.transposed() };
        }
        let Self { rows, columns, ref values } = *self;
        let rank = rank.min(rows);
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

impl Svd {
    /// The square of the distance of the nearest matrix of this rank: the sum of the squares of the singular values left out.
    pub fn lost(&self, rank: usize) -> f64 {
        self.singular.iter().skip(rank).map(|value| value * value).sum()
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
