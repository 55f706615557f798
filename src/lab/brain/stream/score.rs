//! How like a population a row is, with intervals over samples of pictures and tests against pictures in another order.

use super::area::{Population, predictivity};
use super::compare::{compared, prepared};
use super::matrix::{pictures_of, place_of};
use crate::lab::Dice;
use crate::protocol::{RdmComparison, StreamEstimate};

/// Pictures drawn with replacement (Efron 1979).
pub(super) fn samples(pictures: usize, count: usize, seed: u32) -> Vec<Vec<usize>> {
    let mut dice = Dice::new(seed ^ 0x626f_6f74);
    (0..count).map(|_| (0..pictures).map(|_| dice.below(pictures)).collect()).collect()
}

/// Pictures in other orders.
pub(super) fn orders(pictures: usize, count: usize, seed: u32) -> Vec<Vec<usize>> {
    let mut dice = Dice::new(seed ^ 0x7065_726d);
    let one = |_| {
        let mut order: Vec<usize> = (0..pictures).collect();
        for last in (1..pictures).rev() {
            order.swap(last, dice.below(last + 1));
        }
        order
    };
    (0..count).map(one).collect()
}

/// Where 95 of 100 lie, as many below as above.
pub(super) fn interval(mut found: Vec<f64>) -> [f64; 2] {
    found.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * found.len().saturating_sub(1) as f64;
        let (low, high) = (place.floor() as usize, place.ceil() as usize);
        let of = |at: usize| found.get(at).copied().unwrap_or_default();
        of(low) + (place - place.floor()) * (of(high) - of(low))
    };
    [at(0.025), at(0.975)]
}

/// The share of those that are as large, this one among them (Phipson & Smyth 2010).
fn chance(value: f64, others: &[f64]) -> f64 {
    (others.iter().filter(|other| **other >= value).count() + 1) as f64 / (others.len() + 1) as f64
}

/// What stays the same from row to row.
pub(super) struct Resampling {
    pub(super) samples: Vec<Vec<usize>>,
    pub(super) orders: Vec<Vec<usize>>,
}

/// Compares one matrix with those of a population.
pub(super) struct MatrixJudge<'a> {
    by: RdmComparison,
    population: Vec<Vec<f64>>,
    /// Their mean: what permuted matrices are compared with.
    mean: Vec<f64>,
    resampling: &'a Resampling,
}

impl<'a> MatrixJudge<'a> {
    pub(super) fn new(population: &Population, by: RdmComparison, resampling: &'a Resampling) -> Self {
        let ready: Vec<Vec<f64>> = population.matrices.iter().map(|matrix| prepared(matrix, by)).collect();
        let mut mean = vec![0.0; ready[0].len()];
        for matrix in &ready {
            mean.iter_mut().zip(matrix).for_each(|(sum, value)| *sum += value / ready.len() as f64);
        }
        Self { by, population: ready, mean, resampling }
    }

    /// The mean over repeats, as rsatoolbox has it over subjects.
    pub(super) fn value(&self, matrix: &[f64]) -> f64 {
        let ready = prepared(matrix, self.by);
        let all = self.population.iter().map(|other| compared(&ready, other, self.by));
        all.sum::<f64>() / self.population.len() as f64
    }

    /// Of ranks those of the whole matrix are taken for samples of its pictures too; pairs of a picture with itself are left out.
    pub(super) fn judged(&self, matrix: &[f64]) -> StreamEstimate {
        let ready = prepared(matrix, self.by);
        let value = self.value(matrix);
        let count = pictures_of(ready.len());
        let sampled = |some: &Vec<usize>| {
            let mut places = Vec::with_capacity(ready.len());
            for (at, &one) in some.iter().enumerate() {
                places.extend(
                    some[at + 1..].iter().filter(|&&other| other != one).map(|&other| place_of(count, one, other)),
                );
            }
            let picked = |of: &[f64]| places.iter().map(|&at| of[at]).collect::<Vec<f64>>();
            let mine = picked(&ready);
            let by = match self.by {
                RdmComparison::Spearman | RdmComparison::RhoA => RdmComparison::Pearson,
                other => other,
            };
            let mine = prepared(&mine, by);
            let all = self.population.iter().map(|other| compared(&mine, &prepared(&picked(other), by), by));
            all.sum::<f64>() / self.population.len() as f64
        };
        let [low, high] = interval(self.resampling.samples.iter().map(sampled).collect());
        let mut permuted = vec![0.0; ready.len()];
        let mut other = |order: &Vec<usize>| {
            let mut at = 0;
            for one in 0..count {
                for two in one + 1..count {
                    permuted[at] = ready[place_of(count, order[one], order[two])];
                    at += 1;
                }
            }
            match self.by {
                RdmComparison::TauA => {
                    let all = self.population.iter().map(|other| compared(&permuted, other, self.by));
                    all.sum::<f64>() / self.population.len() as f64
                }
                // The mean of products is the product with the mean.
                by => compared(&permuted, &self.mean, by),
            }
        };
        let others: Vec<f64> = self.resampling.orders.iter().map(&mut other).collect();
        StreamEstimate { value, low, high, p: chance(value, &others) }
    }
}

/// Of what was predicted of each neuron.
pub(super) fn judged_prediction(
    predicted: &[Vec<f64>],
    measured: &[Vec<f32>],
    resampling: &Resampling,
) -> StreamEstimate {
    let all: Vec<usize> = (0..measured.len()).collect();
    let value = predictivity(predicted, measured, &all, &all);
    let sampled = |some: &Vec<usize>| predictivity(predicted, measured, some, &all);
    let [low, high] = interval(resampling.samples.iter().map(sampled).collect());
    let others: Vec<f64> =
        resampling.orders.iter().map(|order| predictivity(predicted, measured, &all, order)).collect();
    StreamEstimate { value, low, high, p: chance(value, &others) }
}
