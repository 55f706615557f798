//! What must hold whatever the pictures: problems whose answers are known without a classifier.

use super::logistic::Logistic;
use super::svm::{HingeLoss, LinearSvm};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::linear::unit;
use crate::lab::table::FeatureTable;
use crate::protocol::{Finding, TransferFact};

/// Classifiers run beside the engine's devices, on the CPU.
///
/// # Errors
/// None of its own.
pub async fn transfer_facts() -> Result<Vec<Finding<TransferFact>>, LabError> {
    let found = [(TransferFact::Optimum, 0.0, optimum(), 1e-3), (TransferFact::Slope, 0.0, slope().await?, 1e-5)];
    Ok(Device::Cpu.findings(found))
}

/// `½ w² + 2 C max(0, 1 - a w)²` is least at `w = 4 C a / (1 + 4 C a²)`, on each axis by itself.
fn optimum() -> f64 {
    const LENGTHS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];
    let point = |axis: usize, sign: f64| {
        let mut point = [0.0_f32; LENGTHS.len()];
        point[axis] = (sign * LENGTHS[axis]) as f32;
        point
    };
    let rows: Vec<_> = (0..LENGTHS.len()).flat_map(|axis| [1.0, -1.0].map(|sign| point(axis, sign))).collect();
    let (table, is_in) = (FeatureTable::from_rows(&rows), [true, false].repeat(LENGTHS.len()));
    let apart = |c: f64| {
        let svm = LinearSvm { loss: HingeLoss::Squared, c, gap: 1e-9, ..LinearSvm::default() };
        let found = svm.separate(&table, &is_in, 1);
        let expected = LENGTHS.map(|a| 4.0 * c * a / (1.0 + 4.0 * c * a * a));
        found.weight.iter().zip(expected).map(|(w, expected)| (w - expected).abs()).fold(found.bias.abs(), f64::max)
    };
    [0.1, 1.0, 10.0].map(apart).into_iter().fold(0.0, f64::max)
}

/// Differences of the objective along each weight and bias, at what was found for three clouds that overlap.
async fn slope() -> Result<f64, LabError> {
    const ROWS: u32 = 30;
    const STEP: f64 = 1e-4;
    let value = |row: u32, column: u32| unit(7 * row + column) + if row % 3 == column % 3 { 0.3 } else { 0.0 };
    let rows: Vec<[f32; 5]> = (0..ROWS).map(|row| [0, 1, 2, 3, 4].map(|column| value(row, column))).collect();
    let (table, labels) = (FeatureTable::from_rows(&rows), (0..ROWS).map(|row| row % 3).collect::<Vec<_>>());
    let logistic = Logistic { c: 1.0, ..Logistic::default() };
    let found = logistic.fit(&table, &labels, 3).await?;
    let mut steepest = 0.0_f64;
    for class in 0..3 {
        for at in 0..=table.columns() {
            let moved = |by: f64| {
                let mut moved = found.clone();
                match moved.weight[class].get_mut(at) {
                    Some(weight) => *weight += by,
                    None => moved.bias[class] += by,
                }
                logistic.value(&table, &labels, &moved)
            };
            steepest = steepest.max(((moved(STEP) - moved(-STEP)) / (2.0 * STEP)).abs());
        }
    }
    Ok(steepest / f64::from(ROWS))
}
