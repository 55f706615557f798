//! Eigenvalues and eigenvectors of a symmetric matrix: Householder's tridiagonal form, then QL with implicit shifts (Bowdler, Martin,
//! Reinsch & Wilkinson, "The QR and QL algorithms for symmetric matrices", 1968; Golub & Van Loan, "Matrix Computations", 8.3).

use crate::lab::LabError;

/// More turns for one eigenvalue than this are a fault of the matrix.
const MOST_TURNS: usize = 60;

/// Of a matrix `[n, n]`.
pub(super) struct Eigen {
    /// From the largest down.
    pub(super) values: Vec<f64>,
    /// One a row, `[n, n]`, in the order of the values.
    pub(super) vectors: Vec<f64>,
}

/// # Errors
/// [`LabError::Setup`] of a matrix whose numbers are not finite.
pub(super) fn symmetric(mut a: Vec<f64>, n: usize) -> Result<Eigen, LabError> {
    ensure!(a.iter().all(|value| value.is_finite()), "weights that are no numbers cannot be decomposed");
    let mut rows: Vec<f64> = (0..n * n).map(|at| if at / n == at % n { 1.0 } else { 0.0 }).collect();
    tridiagonal(&mut a, &mut rows, n);
    let mut diagonal: Vec<f64> = (0..n).map(|at| a[at * n + at]).collect();
    let mut beside: Vec<f64> = (1..n).map(|at| a[at * n + at - 1]).chain([0.0]).collect();
    diagonalise(&mut diagonal, &mut beside, &mut rows)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&one, &other| diagonal[other].total_cmp(&diagonal[one]));
    let vectors = order.iter().flat_map(|&at| rows[at * n..(at + 1) * n].iter().copied()).collect();
    Ok(Eigen { values: order.iter().map(|&at| diagonal[at]).collect(), vectors })
}

/// Reflections `H = I - 2 v vᵀ / vᵀv` from both sides, column after column; `rows` becomes `H rows`.
fn tridiagonal(a: &mut [f64], rows: &mut [f64], n: usize) {
    for k in 0..n.saturating_sub(2) {
        let from = k + 1;
        let mut v: Vec<f64> = (from..n).map(|row| a[row * n + k]).collect();
        let rest: f64 = v[1..].iter().map(|value| value * value).sum();
        if rest == 0.0 {
            continue;
        }
        let norm = (rest + v[0] * v[0]).sqrt();
        v[0] += if v[0] < 0.0 { -norm } else { norm };
        let square: f64 = v.iter().map(|value| value * value).sum();
        // A' = A - v qᵀ - q vᵀ with p = 2 A v / vᵀv and q = p - (vᵀp / vᵀv) v.
        let whole = std::iter::repeat_n(0.0, from).chain(v.iter().copied()).collect::<Vec<f64>>();
        let p: Vec<f64> = (0..n).map(|row| 2.0 * dot(&a[row * n..(row + 1) * n], &whole) / square).collect();
        let along = dot(&p, &whole) / square;
        let q: Vec<f64> = p.iter().zip(&whole).map(|(p, v)| p - along * v).collect();
        for row in 0..n {
            for (at, value) in a[row * n..(row + 1) * n].iter_mut().enumerate() {
                *value -= whole[row] * q[at] + q[row] * whole[at];
            }
        }
        let mut along = vec![0.0; n];
        for (v, row) in v.iter().zip(from..n) {
            add(&mut along, *v, &rows[row * n..(row + 1) * n]);
        }
        for (v, row) in v.iter().zip(from..n) {
            add(&mut rows[row * n..(row + 1) * n], -2.0 * v / square, &along);
        }
    }
}

/// QL with Wilkinson's shift; each rotation turns two rows of vectors too.
fn diagonalise(d: &mut [f64], e: &mut [f64], rows: &mut [f64]) -> Result<(), LabError> {
    let n = d.len();
    for first in 0..n {
        for turn in 0.. {
            let is_small = |at: usize| e[at].abs() <= f64::EPSILON * (d[at].abs() + d[at + 1].abs());
            let last = (first..n.saturating_sub(1)).find(|&at| is_small(at)).unwrap_or(n - 1);
            if last == first {
                break;
            }
            ensure!(turn < MOST_TURNS, "the eigenvalues of a layer's weights were not found in {MOST_TURNS} turns");
            sweep(d, e, rows, first, last);
        }
    }
    Ok(())
}

/// One sweep from `last` up to `first`.
fn sweep(d: &mut [f64], e: &mut [f64], rows: &mut [f64], first: usize, last: usize) {
    let n = d.len();
    let ratio = (d[first + 1] - d[first]) / (2.0 * e[first]);
    let mut bulge = d[last] - d[first] + e[first] / (ratio + ratio.hypot(1.0).copysign(ratio));
    let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
    for at in (first..last).rev() {
        let (out, side) = (sine * e[at], cosine * e[at]);
        let length = out.hypot(bulge);
        e[at + 1] = length;
        if length == 0.0 {
            d[at + 1] -= shift;
            e[last] = 0.0;
            return;
        }
        (sine, cosine) = (out / length, bulge / length);
        let next = d[at + 1] - shift;
        let turned = (d[at] - next) * sine + 2.0 * cosine * side;
        shift = sine * turned;
        d[at + 1] = next + shift;
        bulge = cosine * turned - side;
        let (upper, lower) = rows[at * n..(at + 2) * n].split_at_mut(n);
        for (upper, lower) in upper.iter_mut().zip(lower) {
            (*lower, *upper) = (sine * *upper + cosine * *lower, cosine * *upper - sine * *lower);
        }
    }
    d[first] -= shift;
    e[first] = bulge;
    e[last] = 0.0;
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::linear::unit;

    #[test]
    fn vectors_are_orthonormal_and_give_the_matrix_again() {
        for n in [1, 2, 3, 17, 60] {
            let mut a = vec![0.0; n * n];
            for row in 0..n {
                for column in 0..=row {
                    let value = f64::from(unit((row * 131 + column) as u32)) - 0.5;
                    (a[row * n + column], a[column * n + row]) = (value, value);
                }
            }
            let Eigen { values, vectors } = symmetric(a.clone(), n).unwrap();
            assert!(values.windows(2).all(|two| two[0] >= two[1]));
            let row = |at: usize| &vectors[at * n..(at + 1) * n];
            for one in 0..n {
                for other in 0..n {
                    let expected = if one == other { 1.0 } else { 0.0 };
                    assert!((dot(row(one), row(other)) - expected).abs() < 1e-12);
                    let again: f64 = (0..n).map(|at| values[at] * row(at)[one] * row(at)[other]).sum();
                    assert!((again - a[one * n + other]).abs() < 1e-12, "{n}: {again}");
                }
            }
        }
    }

    #[test]
    fn known_values_are_found() {
        // Twice the second difference with fixed ends: 2 - 2 cos(k π / (n + 1)).
        let n = 9;
        let at = |row: usize, column: usize| match row.abs_diff(column) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let found = symmetric((0..n * n).map(|place| at(place / n, place % n)).collect(), n).unwrap();
        for (k, value) in (1..=n).rev().zip(found.values) {
            let expected = 2.0 - 2.0 * (std::f64::consts::PI * k as f64 / (n + 1) as f64).cos();
            assert!((value - expected).abs() < 1e-13, "{value} {expected}");
        }
        assert!(symmetric(vec![0.0; 16], 4).unwrap().values.iter().all(|value| *value == 0.0));
        assert!(symmetric(vec![f64::NAN], 1).is_err());
    }
}
