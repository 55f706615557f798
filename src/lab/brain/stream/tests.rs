//! Comparisons beside rsatoolbox's and scikit-learn's (`tests/fixtures/brain.py`), and planted populations beside their truth.

use super::area::{Population, planted};
use super::ceiling::{matrix_ceiling, neuron_ceiling};
use super::compare::{centred_products, kernel_alignment, likeness};
use super::folds_of;
use super::matrix::dissimilarities;
use super::predict::{LAMBDAS, Predicted, Predictor};
use super::score::{MatrixJudge, Resampling, judged_prediction, orders, samples};
use crate::lab::{Dice, FeatureTable};
use crate::protocol::{DissimilarityKind, RdmComparison, StreamEstimate, StreamTask};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Expected {
    x: Vec<Vec<f32>>,
    /// Repeats, pictures, neurons.
    y: Vec<Vec<Vec<f32>>>,
    fold_of: Vec<usize>,
    lambda: f64,
    components: usize,
    matrices: BTreeMap<String, Vec<f64>>,
    comparisons: BTreeMap<String, Compared>,
    ridge: Vec<Vec<f64>>,
    least_squares: Vec<Vec<f64>>,
    alignment: f64,
    reliability: f64,
}

#[derive(Deserialize)]
struct Compared {
    tied: f64,
    mean: f64,
    ceiling: [f64; 2],
}

fn expected() -> Expected {
    serde_json::from_str(include_str!("../../../../tests/fixtures/brain.json")).unwrap()
}

fn near(found: f64, wanted: f64, limit: f64, what: &str) {
    assert!((found - wanted).abs() <= limit, "{what}: {found} {wanted}");
}

fn coarse(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| (value * 10.0).round_ties_even() / 10.0).collect()
}

#[test]
fn matrices_and_their_likeness_are_rsatoolboxs() {
    let expected = expected();
    let of = |rows: &[Vec<f32>], kind| dissimilarities(&FeatureTable::from_rows(rows), kind);
    let correlation = of(&expected.x, DissimilarityKind::Correlation);
    let euclidean = of(&expected.x, DissimilarityKind::Euclidean);
    for (found, name) in [(&correlation, "correlation"), (&euclidean, "euclidean")] {
        for (found, wanted) in found.iter().zip(&expected.matrices[name]) {
            near(*found, *wanted, 1e-12, name);
        }
    }
    let repeats: Vec<Vec<f64>> = expected.y.iter().map(|rows| of(rows, DissimilarityKind::Correlation)).collect();
    let tied = ["correlation", "euclidean"].map(|name| coarse(&expected.matrices[name]));
    for (by, name) in [
        (RdmComparison::Spearman, "spearman"),
        (RdmComparison::RhoA, "rho-a"),
        (RdmComparison::TauA, "tau-a"),
        (RdmComparison::Cosine, "cosine"),
        (RdmComparison::Pearson, "corr"),
    ] {
        let wanted = &expected.comparisons[name];
        near(likeness(&tied[0], &tied[1], by), wanted.tied, 1e-12, name);
        let mean = repeats.iter().map(|repeat| likeness(&correlation, repeat, by)).sum::<f64>() / repeats.len() as f64;
        near(mean, wanted.mean, 1e-12, name);
        let ceiling = matrix_ceiling(&repeats, by).unwrap();
        for (found, wanted) in ceiling.iter().zip(&wanted.ceiling) {
            near(*found, *wanted, 1e-12, name);
        }
    }
    assert_eq!(matrix_ceiling(&repeats[..1], RdmComparison::Cosine), None);
}

#[test]
fn predictions_alignment_and_reliability_are_those_of_others() {
    let expected = expected();
    let table = FeatureTable::from_rows(&expected.x);
    let pictures = expected.x.len();
    let mean: Vec<Vec<f32>> = (0..pictures)
        .map(|at| {
            let sum = |neuron: usize| expected.y.iter().map(|rows| f64::from(rows[at][neuron])).sum::<f64>();
            (0..4).map(|neuron| (sum(neuron) / expected.y.len() as f64) as f32).collect()
        })
        .collect();
    let predictor = Predictor::new(&table, &expected.fold_of);
    let blank: Predicted = vec![vec![0.0; pictures]; 4];
    let (mut ridge, mut least) = (blank.clone(), blank);
    for fold in 0..predictor.folds() {
        predictor.ridge(&mean, fold, &[expected.lambda], &mut ridge);
        predictor.least_squares(&mean, fold, expected.components, &mut least);
    }
    for (found, wanted, name) in [(&ridge, &expected.ridge, "ridge"), (&least, &expected.least_squares, "PLS")] {
        for (found, wanted) in found.iter().flatten().zip(wanted.iter().flatten()) {
            near(*found, *wanted, 2e-5, name);
        }
    }
    let [x, y] = [&table, &FeatureTable::from_rows(&mean)].map(centred_products);
    near(kernel_alignment(&x, &y), expected.alignment, 1e-6, "alignment");
    let neuron: Vec<Vec<f64>> =
        expected.y.iter().map(|rows| rows.iter().map(|row| f64::from(row[0])).collect()).collect();
    let all: Vec<usize> = (0..pictures).collect();
    near(neuron_ceiling(&neuron, &[vec![true, false, false]], &all), expected.reliability, 1e-6, "reliability");
}

const PICTURES: usize = 48;

/// Layers of random rectifiers, each of the one before it.
fn layers() -> Vec<FeatureTable> {
    let mut dice = Dice::new(17);
    let mut rows: Vec<Vec<f32>> = (0..PICTURES).map(|_| (0..24).map(|_| dice.normal()).collect()).collect();
    (0..5)
        .map(|_| {
            let weights: Vec<Vec<f32>> = (0..40).map(|_| (0..rows[0].len()).map(|_| dice.normal()).collect()).collect();
            let out = |row: &Vec<f32>| -> Vec<f32> {
                let scale = (2.0 / row.len() as f32).sqrt();
                let sum = |weights: &Vec<f32>| weights.iter().zip(row).map(|(w, x)| w * x).sum::<f32>();
                weights.iter().map(|weights| (sum(weights) * scale).max(0.0)).collect()
            };
            rows = rows.iter().map(out).collect();
            FeatureTable::from_rows(&rows)
        })
        .collect()
}

fn task() -> StreamTask {
    StreamTask { neurons: 20, repeats: 6, noise: 1.0, resamples: 60, ..StreamTask::default() }
}

fn ridge_of(layer: &FeatureTable, population: &Population, resampling: &Resampling, seed: u32) -> StreamEstimate {
    let means = population.means();
    let predictor = Predictor::new(layer, &folds_of(PICTURES, 4, seed));
    let mut said: Predicted = vec![vec![0.0; PICTURES]; means[0].len()];
    (0..4).for_each(|fold| predictor.ridge(&means, fold, &LAMBDAS, &mut said));
    judged_prediction(&said, &means, resampling)
}

#[test]
fn a_planted_layer_is_found_and_its_ceiling_holds_the_truth() {
    const SEEDS: u32 = 100;
    let layers = layers();
    let matrices: Vec<Vec<f64>> =
        layers.iter().map(|layer| dissimilarities(layer, DissimilarityKind::Correlation)).collect();
    let few = task();
    let none = Resampling { samples: Vec::new(), orders: Vec::new() };
    let (mut predicted, mut alike, mut held, mut within) = (0, 0, 0, 0);
    for seed in 1..=SEEDS {
        let at = seed as usize % layers.len();
        let population = planted(&layers[at], at as u32, String::new(), &few, seed).unwrap();
        let best =
            |of: &dyn Fn(usize) -> f64| (0..layers.len()).max_by(|&one, &other| of(one).total_cmp(&of(other))).unwrap();
        let ridge: Vec<f64> = layers.iter().map(|layer| ridge_of(layer, &population, &none, seed).value).collect();
        predicted += u32::from(best(&|row| ridge[row]) == at);
        let judge = MatrixJudge::new(&population, RdmComparison::Spearman, &none);
        let values: Vec<f64> = matrices.iter().map(|matrix| judge.value(matrix)).collect();
        alike += u32::from(best(&|row| values[row]) == at);
        let truth = population.planted.unwrap().1;
        let [value, low, high] = population.ceiling(&StreamTask { seed, ..few.clone() }).unwrap();
        held += u32::from(low <= truth && truth <= high);
        within += u32::from(ridge[at] <= value);
    }
    println!("of {SEEDS}: best predicted {predicted}, most alike {alike}, ceiling's interval holds the truth {held}");
    println!("predictions below the ceiling {within}");
    assert!(predicted >= 90 && alike >= 90 && held >= 90, "{predicted} {alike} {held}");
}

#[test]
fn what_is_permuted_is_not_significant() {
    const SEEDS: u32 = 100;
    let layers = layers();
    let (mut by_matrix, mut by_ridge, mut true_ones) = (0, 0, 0);
    for seed in 1..=SEEDS {
        let resampling = Resampling { samples: Vec::new(), orders: orders(PICTURES, 100, seed) };
        let real = planted(&layers[2], 2, String::new(), &task(), seed).unwrap();
        // Pictures of the layer in another order than the population's.
        let order = &orders(PICTURES, 1, 7000 + seed)[0];
        let permuted = layers[2].picked(order);
        let judge = MatrixJudge::new(&real, RdmComparison::Spearman, &resampling);
        let matrix = dissimilarities(&permuted, DissimilarityKind::Correlation);
        by_matrix += u32::from(judge.judged(&matrix).p < 0.05);
        by_ridge += u32::from(ridge_of(&permuted, &real, &resampling, seed).p < 0.05);
        let matrix = dissimilarities(&layers[2], DissimilarityKind::Correlation);
        true_ones += u32::from(judge.judged(&matrix).p < 0.05);
    }
    println!("significant of {SEEDS} permuted: {by_matrix} by matrices, {by_ridge} by ridge; of the real {true_ones}");
    assert!(by_matrix <= 10 && by_ridge <= 10 && true_ones >= 90, "{by_matrix} {by_ridge} {true_ones}");
}

#[test]
fn intervals_hold_the_value() {
    let layers = layers();
    let resampling = Resampling { samples: samples(PICTURES, 200, 1), orders: orders(PICTURES, 200, 1) };
    let population = planted(&layers[3], 3, String::new(), &task(), 1).unwrap();
    for by in RdmComparison::ALL {
        let judge = MatrixJudge::new(&population, by, &resampling);
        let found = judge.judged(&dissimilarities(&layers[3], DissimilarityKind::Correlation));
        assert!(found.low < found.value && found.value < found.high && found.p < 0.01, "{by:?} {found:?}");
    }
}
