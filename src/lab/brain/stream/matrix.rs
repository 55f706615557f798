//! Matrices of dissimilarities: how unlike each two pictures are to a layer or a population. Of a matrix only what stands above its
//! diagonal is kept, row by row.

use crate::lab::LabError;
use crate::lab::eigen::{Eigen, dot, symmetric};
use crate::lab::{FeatureTable, table};
use crate::protocol::DissimilarityKind;

/// Of all pairs of rows.
pub(super) fn dissimilarities(rows: &FeatureTable, kind: DissimilarityKind) -> Vec<f64> {
    let columns = rows.columns().max(1) as f64;
    let count = rows.rows();
    let mut all = Vec::with_capacity(count * count.saturating_sub(1) / 2);
    match kind {
        DissimilarityKind::Correlation => {
            let unit = |row: &[f32]| centred_unit(row.iter().copied().map(f64::from).collect());
            let units: Vec<Vec<f64>> = rows.iter().map(unit).collect();
            for (at, one) in units.iter().enumerate() {
                all.extend(units[at + 1..].iter().map(|other| 1.0 - table::dot(one, other)));
            }
        }
        DissimilarityKind::Euclidean => {
            for one in 0..count {
                all.extend(
                    (one + 1..count).map(|other| table::square_distance(rows.row(one), rows.row(other)) / columns),
                );
            }
        }
    }
    all
}

/// Of length 1; nothing where all numbers are nothing.
pub(super) fn unit(mut row: Vec<f64>) -> Vec<f64> {
    let length = dot(&row, &row).sqrt();
    row.iter_mut().for_each(|value| *value = if length > 0.0 { *value / length } else { 0.0 });
    row
}

/// Less its mean, of length 1; nothing where all numbers are the same.
pub(super) fn centred_unit(mut row: Vec<f64>) -> Vec<f64> {
    let mean = row.iter().sum::<f64>() / row.len().max(1) as f64;
    row.iter_mut().for_each(|value| *value -= mean);
    unit(row)
}

/// Of a symmetric matrix: rows and columns less their means.
pub(super) fn centre(values: &mut [f64], count: usize) {
    let means: Vec<f64> = values.chunks(count.max(1)).map(|row| row.iter().sum::<f64>() / count as f64).collect();
    let whole = means.iter().sum::<f64>() / count.max(1) as f64;
    for (at, value) in values.iter_mut().enumerate() {
        *value += whole - means[at / count] - means[at % count];
    }
}

/// Where the pair of two pictures stands among all; they are not the same.
pub(super) fn place_of(count: usize, one: usize, other: usize) -> usize {
    let (low, high) = (one.min(other), one.max(other));
    low * (2 * count - low - 1) / 2 + high - low - 1
}

/// How many pictures have so many pairs.
pub(super) fn pictures_of(pairs: usize) -> usize {
    (0.5 + (0.25 + 2.0 * pairs as f64).sqrt()).round() as usize
}

/// Places in the plane whose distances are near to these: classical multidimensional scaling (Torgerson 1952); and the share of the
/// positive eigenvalues that two dimensions have.
///
/// # Errors
/// [`LabError::Setup`] of numbers that are not finite.
pub(super) fn scaled(distances: &[f64], are_squares: bool) -> Result<(Vec<[f64; 2]>, f64), LabError> {
    let count = pictures_of(distances.len());
    let square = |one: usize, other: usize| match one == other {
        true => 0.0,
        false => {
            let distance = distances[place_of(count, one, other)];
            if are_squares { distance } else { distance * distance }
        }
    };
    let mut products: Vec<f64> = (0..count * count).map(|at| -0.5 * square(at / count, at % count)).collect();
    centre(&mut products, count);
    let Eigen { values, vectors } = symmetric(products, count)?;
    let of = |axis: usize, at: usize| match values.get(axis) {
        Some(&value) => value.max(0.0).sqrt() * vectors[axis * count + at],
        None => 0.0,
    };
    let positive: f64 = values.iter().filter(|value| **value > 0.0).sum();
    let shown: f64 = values.iter().take(2).filter(|value| **value > 0.0).sum();
    Ok(((0..count).map(|at| [of(0, at), of(1, at)]).collect(), if positive > 0.0 { shown / positive } else { 1.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_finds_points_of_a_plane_again() {
        let mut dice = crate::lab::Dice::new(4);
        let points: Vec<[f32; 2]> = (0..12).map(|_| [dice.normal(), dice.normal()]).collect();
        // The mean of two squares.
        let squares = dissimilarities(&FeatureTable::from_rows(&points), DissimilarityKind::Euclidean);
        let (places, share) = scaled(&squares, true).unwrap();
        assert_eq!(pictures_of(squares.len()), 12);
        assert!((share - 1.0).abs() < 1e-9, "{share}");
        for one in 0..12 {
            for other in 0..one {
                let [x, y] = [0, 1].map(|axis| places[one][axis] - places[other][axis]);
                assert!((x * x + y * y - squares[place_of(12, one, other)]).abs() < 1e-9);
            }
        }
    }
}
