//! How well any model could do: what the repeats of a measurement say of each other.

use super::compare::{compared, prepared, ranks};
use crate::lab::Dice;
use crate::protocol::RdmComparison;

/// Between what the mean likeness of a matrix to those of the repeats is at most: the lower end compares each with the mean of the
/// others, the upper one with the mean of all (Nili et al. 2014). None of a single one.
pub(super) fn matrix_ceiling(repeats: &[Vec<f64>], by: RdmComparison) -> Option<[f64; 2]> {
    if repeats.len() < 2 {
        return None;
    }
    let ready: Vec<Vec<f64>> = repeats.iter().map(|matrix| prepared(matrix, by)).collect();
    // Ranks as they are: what is tied in their sum stays so.
    let pooled: Vec<Vec<f64>> = match by {
        RdmComparison::Spearman | RdmComparison::RhoA | RdmComparison::TauA => {
            repeats.iter().map(|matrix| ranks(matrix)).collect()
        }
        RdmComparison::Cosine | RdmComparison::Pearson => ready.clone(),
    };
    let mut sum = vec![0.0; ready[0].len()];
    pooled.iter().for_each(|matrix| sum.iter_mut().zip(matrix).for_each(|(sum, value)| *sum += value));
    let whole = prepared(&sum, by);
    let mut ends = [0.0; 2];
    for (matrix, mine) in ready.iter().zip(&pooled) {
        let others: Vec<f64> = sum.iter().zip(mine).map(|(sum, value)| sum - value).collect();
        ends[0] += compared(&prepared(&others, by), matrix, by);
        ends[1] += compared(&whole, matrix, by);
    }
    Some(ends.map(|end| end / ready.len() as f64))
}

/// Random ways to part repeats in two halves.
pub(super) fn halves(repeats: usize, count: usize, seed: u32) -> Vec<Vec<bool>> {
    let mut dice = Dice::new(seed);
    let one = |_| {
        let mut is_first = vec![false; repeats];
        let mut order: Vec<usize> = (0..repeats).collect();
        for last in (1..repeats).rev() {
            order.swap(last, dice.below(last + 1));
        }
        order[..repeats / 2].iter().for_each(|&at| is_first[at] = true);
        is_first
    };
    (0..count).map(one).collect()
}

/// The correlation that the mean response of one neuron has at most with any model of it: the square root of its reliability, by the
/// correlation r of halves and Spearman & Brown's `2 r / (1 + r)` (1910). `repeats` has of each repeat the responses to all pictures,
/// `pictures` names those that count.
pub(super) fn neuron_ceiling(repeats: &[Vec<f64>], halves: &[Vec<bool>], pictures: &[usize]) -> f64 {
    let of = |is_first: &[bool]| {
        let mean = |wanted: bool| -> Vec<f64> {
            let some: Vec<&Vec<f64>> =
                repeats.iter().zip(is_first).filter(|(_, is)| **is == wanted).map(|(repeat, _)| repeat).collect();
            pictures.iter().map(|&at| some.iter().map(|repeat| repeat[at]).sum::<f64>() / some.len() as f64).collect()
        };
        correlation(&mean(true), &mean(false))
    };
    let half = halves.iter().map(|is_first| of(is_first)).sum::<f64>() / halves.len().max(1) as f64;
    (2.0 * half / (1.0 + half)).max(0.0).sqrt()
}

/// Pearson's; nothing where one side never changes.
pub(super) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let count = a.len().max(1) as f64;
    let [mean_a, mean_b] = [a, b].map(|values| values.iter().sum::<f64>() / count);
    let (mut product, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        product += a * b;
        square_a += a * a;
        square_b += b * b;
    }
    if square_a > 0.0 && square_b > 0.0 { product / (square_a * square_b).sqrt() } else { 0.0 }
}

/// The middle one of several, the mean of the middle two.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len();
    match count {
        0 => 0.0,
        _ => f64::midpoint(values[(count - 1) / 2], values[count / 2]),
    }
}
