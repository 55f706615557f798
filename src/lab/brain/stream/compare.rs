//! How alike two matrices of dissimilarities are (Nili et al. 2014; Schütt et al. 2023), and two sets of responses.

use super::matrix::{centre, centred_unit, unit};
use crate::lab::eigen::dot;
use crate::lab::{FeatureTable, table};
use crate::protocol::RdmComparison;

/// Two vectors of which one was prepared as the other have the product for their likeness, but for Kendall's, whose are compared by
/// [`compared`].
pub(super) fn prepared(values: &[f64], by: RdmComparison) -> Vec<f64> {
    match by {
        RdmComparison::Spearman => centred_unit(ranks(values)),
        RdmComparison::RhoA => {
            let mut ranks = ranks(values);
            let count = values.len() as f64;
            let factor = (12.0 / (count.powi(3) - count)).sqrt();
            ranks.iter_mut().for_each(|rank| *rank = (*rank - (count + 1.0) / 2.0) * factor);
            ranks
        }
        RdmComparison::TauA => ranks(values),
        RdmComparison::Cosine => unit(values.to_vec()),
        RdmComparison::Pearson => centred_unit(values.to_vec()),
    }
}

/// Of two that are [`prepared`].
pub(super) fn compared(a: &[f64], b: &[f64], by: RdmComparison) -> f64 {
    match by {
        RdmComparison::TauA => tau_a(a, b),
        RdmComparison::Spearman | RdmComparison::RhoA | RdmComparison::Cosine | RdmComparison::Pearson => dot(a, b),
    }
}

pub(super) fn likeness(a: &[f64], b: &[f64], by: RdmComparison) -> f64 {
    compared(&prepared(a, by), &prepared(b, by), by)
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

/// Kendall's: pairs that both order alike less those that they order otherwise, over all pairs, ties included (Kendall 1938). Sorted by the
/// first and then by the second, pairs out of order in the second are the discordant ones (Knight 1966).
fn tau_a(a: &[f64], b: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..a.len()).collect();
    order.sort_by(|&one, &other| a[one].total_cmp(&a[other]).then(b[one].total_cmp(&b[other])));
    let tied = |is_same: &dyn Fn(usize, usize) -> bool, order: &[usize]| -> f64 {
        let (mut sum, mut run) = (0.0, 1.0);
        for pair in order.windows(2) {
            if is_same(pair[0], pair[1]) {
                sum += run;
                run += 1.0;
            } else {
                run = 1.0;
            }
        }
        sum
    };
    let in_a = tied(&|one, other| a[one] == a[other], &order);
    let in_both = tied(&|one, other| a[one] == a[other] && b[one] == b[other], &order);
    let mut second: Vec<f64> = order.iter().map(|&at| b[at]).collect();
    let discordant = inversions(&mut second) as f64;
    // It is sorted now.
    let places: Vec<usize> = (0..second.len()).collect();
    let in_b = tied(&|one, other| second[one] == second[other], &places);
    let all = a.len() as f64 * (a.len() as f64 - 1.0) / 2.0;
    (all - in_a - in_b + in_both - 2.0 * discordant) / all.max(1.0)
}

/// Sorts, and says how many pairs were out of order.
fn inversions(values: &mut [f64]) -> u64 {
    let mut count = 0;
    let mut width = 1;
    let mut from = values.to_vec();
    let mut to = values.to_vec();
    while width < from.len() {
        for start in (0..from.len()).step_by(2 * width) {
            let (middle, end) = ((start + width).min(from.len()), (start + 2 * width).min(from.len()));
            let (mut left, mut right) = (start, middle);
            for place in &mut to[start..end] {
                if left < middle && (right >= end || from[left] <= from[right]) {
                    *place = from[left];
                    left += 1;
                } else {
                    count += (middle - left) as u64;
                    *place = from[right];
                    right += 1;
                }
            }
        }
        std::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    values.copy_from_slice(&from);
    count
}

/// `x·x'` of all rows, less the mean of each column before.
pub(super) fn centred_products(rows: &FeatureTable) -> Vec<f64> {
    let count = rows.rows();
    let mut values = vec![0.0; count * count];
    for one in 0..count {
        for other in 0..=one {
            let product = table::dot(rows.row(one), rows.row(other));
            (values[one * count + other], values[other * count + one]) = (product, product);
        }
    }
    centre(&mut values, count);
    values
}

/// Linear centred kernel alignment `‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖)` (Kornblith et al. 2019), by the products of centred rows.
pub(super) fn kernel_alignment(x: &[f64], y: &[f64]) -> f64 {
    let sizes = (dot(x, x) * dot(y, y)).sqrt();
    if sizes > 0.0 { dot(x, y) / sizes } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kendalls_tau_is_that_of_all_pairs() {
        let mut dice = crate::lab::Dice::new(9);
        for levels in [3, 7, 1000] {
            let of = |dice: &mut crate::lab::Dice| -> Vec<f64> { (0..60).map(|_| dice.below(levels) as f64).collect() };
            let (a, b) = (of(&mut dice), of(&mut dice));
            let mut sum = 0.0;
            for one in 0..60 {
                for other in 0..one {
                    let product = (a[one] - a[other]) * (b[one] - b[other]);
                    sum += if product == 0.0 { 0.0 } else { product.signum() };
                }
            }
            let expected = sum / (60.0 * 59.0 / 2.0);
            assert!((tau_a(&a, &b) - expected).abs() < 1e-12, "{levels}: {} {expected}", tau_a(&a, &b));
        }
    }
}
