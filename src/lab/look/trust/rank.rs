//! Ranks of values, and how far two rankings agree (Spearman 1904).

use crate::graph::order::order;

/// The places of the values, the largest first.
pub(super) fn order_of(values: &[f32]) -> Vec<usize> {
    order(values.len(), &|a, b| values[a] > values[b])
}

/// Equal values share the mean of their ranks.
fn ranks(values: &[f32]) -> Vec<f64> {
    let order = order_of(values);
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let is_same = |&at: &usize| values[order[at]] == values[order[from]];
        let to = (from..order.len()).take_while(is_same).count() + from;
        order[from..to].iter().for_each(|&at| ranks[at] = (from + to - 1) as f64 / 2.0);
        from = to;
    }
    ranks
}

/// The correlation of their ranks; 0 where one of them has no ranking.
pub(super) fn spearman(a: &[f32], b: &[f32]) -> f32 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let spread = (dot(&a, &a) * dot(&b, &b)).sqrt();
    if spread > 0.0 { (dot(&a, &b) / spread) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rankings_agree_as_scipy_says() {
        // scipy.stats.spearmanr
        assert_eq!(order_of(&[0.5, 3.0, -1.0]), [1, 0, 2]);
        assert!((spearman(&[1.0, 2.0, 3.0, 4.0], &[10.0, 20.0, 25.0, 99.0]) - 1.0).abs() < 1e-6);
        assert!((spearman(&[1.0, 2.0, 3.0, 4.0], &[4.0, 3.0, 2.0, 1.0]) + 1.0).abs() < 1e-6);
        assert!((spearman(&[1.0, 2.0, 2.0, 4.0], &[1.0, 3.0, 2.0, 2.0]) - 0.5).abs() < 1e-6);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
    }
}
