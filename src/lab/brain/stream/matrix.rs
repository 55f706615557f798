//! Matrices of dissimilarities: how unlike each two pictures are to a layer or a population. Of a matrix only what stands above its
//! diagonal is kept, row by row.

use crate::lab::FeatureTable;
use crate::lab::eigen::dot;
use crate::protocol::DissimilarityKind;

/// Of all pairs of rows.
pub(super) fn dissimilarities(table: &FeatureTable, kind: DissimilarityKind) -> Vec<f64> {
    let columns = table.columns().max(1) as f64;
    let prepared: Vec<Vec<f64>> = table
        .iter()
        .map(|row| {
            let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
            match kind {
                DissimilarityKind::Correlation => centred_unit(row),
                DissimilarityKind::Euclidean => row,
            }
        })
        .collect();
    let mut all = Vec::with_capacity(prepared.len() * prepared.len().saturating_sub(1) / 2);
    for (at, one) in prepared.iter().enumerate() {
        for other in &prepared[at + 1..] {
            all.push(match kind {
                DissimilarityKind::Correlation => 1.0 - dot(one, other),
                DissimilarityKind::Euclidean => {
                    one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / columns
                }
            });
        }
    }
    all
}

/// Less its mean, of length 1; nothing where all numbers are the same.
pub(super) fn centred_unit(mut row: Vec<f64>) -> Vec<f64> {
    let mean = row.iter().sum::<f64>() / row.len().max(1) as f64;
    row.iter_mut().for_each(|value| *value -= mean);
    let length = dot(&row, &row).sqrt();
    row.iter_mut().for_each(|value| *value = if length > 0.0 { *value / length } else { 0.0 });
    row
}
