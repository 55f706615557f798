//! What must hold of any comparison.

use super::compare::{centred_products, kernel_alignment, likeness};
use super::matrix::{dissimilarities, place_of, scaled};
use super::predict::{Predicted, Predictor};
use crate::lab::{Dice, FeatureTable, LabError};
use crate::protocol::{BrainFact, DissimilarityKind, RdmComparison};

const ROWS: usize = 24;

/// Fact, expected, measured, limit.
pub(in crate::lab::brain) fn stream_facts() -> Result<Vec<(BrainFact, f64, f64, f64)>, LabError> {
    let mut dice = Dice::new(3);
    let rows: Vec<[f32; 6]> = (0..ROWS).map(|_| std::array::from_fn(|_| dice.normal())).collect();
    let table = FeatureTable::from_rows(&rows);
    let matrix = dissimilarities(&table, DissimilarityKind::Correlation);
    let itself = likeness(&matrix, &matrix, RdmComparison::Spearman);
    Ok(vec![
        (BrainFact::Itself, 1.0, itself, 1e-12),
        (BrainFact::Tau, 0.0, tau(&mut dice), 1e-12),
        (BrainFact::Least, 0.0, least(&table, &mut dice), 1e-5),
        (BrainFact::Turned, 1.0, turned(&rows), 1e-6),
        (BrainFact::Scaling, 0.0, scaling(&mut dice)?, 1e-9),
    ])
}

fn tau(dice: &mut Dice) -> f64 {
    let [a, b]: [Vec<f64>; 2] = std::array::from_fn(|_| (0..80).map(|_| dice.below(30) as f64).collect());
    let mut sum = 0.0;
    for one in 0..a.len() {
        for other in 0..one {
            let product = (a[one] - a[other]) * (b[one] - b[other]);
            sum += if product == 0.0 { 0.0 } else { product.signum() };
        }
    }
    (likeness(&a, &b, RdmComparison::TauA) - sum / (80.0 * 79.0 / 2.0)).abs()
}

fn least(table: &FeatureTable, dice: &mut Dice) -> f64 {
    let targets: Vec<Vec<f32>> = (0..ROWS).map(|_| (0..3).map(|_| dice.normal()).collect()).collect();
    let fold_of: Vec<usize> = (0..ROWS).map(|at| at % 4).collect();
    let predictor = Predictor::new(table, &fold_of);
    let blank: Predicted = vec![vec![0.0; ROWS]; 3];
    let (mut ridge, mut least) = (blank.clone(), blank);
    for fold in 0..4 {
        predictor.ridge(&targets, fold, &[1e-9], &mut ridge);
        predictor.least_squares(&targets, fold, table.columns(), &mut least);
    }
    let pairs = ridge.iter().flatten().zip(least.iter().flatten());
    pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}

/// Numbers in another order, every second with another sign, all three times as large: a rotation and a scale.
fn turned(rows: &[[f32; 6]]) -> f64 {
    let other: Vec<[f32; 6]> = rows
        .iter()
        .map(|row| std::array::from_fn(|at| 3.0 * row[5 - at] * if at.is_multiple_of(2) { 1.0 } else { -1.0 }))
        .collect();
    let [one, other] = [rows, &other].map(|rows| centred_products(&FeatureTable::from_rows(rows)));
    kernel_alignment(&one, &other)
}

fn scaling(dice: &mut Dice) -> Result<f64, LabError> {
    let points: Vec<[f32; 2]> = (0..ROWS).map(|_| [dice.normal(), dice.normal()]).collect();
    let squares = dissimilarities(&FeatureTable::from_rows(&points), DissimilarityKind::Euclidean);
    let (places, _) = scaled(&squares, true)?;
    let mut most = 0.0_f64;
    for one in 0..ROWS {
        for other in 0..one {
            let [x, y] = [0, 1].map(|axis| places[one][axis] - places[other][axis]);
            most = most.max((x * x + y * y - squares[place_of(ROWS, one, other)]).abs());
        }
    }
    Ok(most)
}
