//! How alike two matrices of dissimilarities are.

use super::matrix::centred_unit;
use crate::lab::eigen::dot;

/// Pearson's correlation.
pub(super) fn pearson(a: &[f64], b: &[f64]) -> f64 {
    dot(&centred_unit(a.to_vec()), &centred_unit(b.to_vec()))
}

/// Pearson's correlation of the ranks.
pub(super) fn spearman(a: &[f64], b: &[f64]) -> f64 {
    pearson(&ranks(a), &ranks(b))
}

/// From 1 on; equal ones share the mean of theirs.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let value = values[order[from]];
        let to = (from..order.len()).find(|&at| values[order[at]] != value).unwrap_or(order.len());
        let mean = (from + 1 + to) as f64 / 2.0;
        order[from..to].iter().for_each(|&at| ranks[at] = mean);
        from = to;
    }
    ranks
}
