//! How alike two responses are.

/// `a · b / (|a| |b|)`; two that are zero are alike, one alone is like nothing.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    ratio(sums(a, b, [0.0; 2]))
}

/// Pearson's: the cosine of what is above and below the mean of each.
pub(super) fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let mean = |of: &[f32]| of.iter().copied().map(f64::from).sum::<f64>() / of.len().max(1) as f64;
    ratio(sums(a, b, [mean(a), mean(b)]))
}

pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

/// Of products and of both squares.
fn sums(a: &[f32], b: &[f32], [mean_a, mean_b]: [f64; 2]) -> [f64; 3] {
    let mut all = [0.0; 3];
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a) - mean_a, f64::from(*b) - mean_b);
        all = [all[0] + a * b, all[1] + a * a, all[2] + b * b];
    }
    all
}

fn ratio([product, a, b]: [f64; 3]) -> f32 {
    match (a > 0.0, b > 0.0) {
        (true, true) => (product / (a.sqrt() * b.sqrt())) as f32,
        (false, false) => 1.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarities_are_those_by_hand() {
        assert_eq!(cosine(&[3.0, 4.0], &[4.0, 3.0]), 0.96);
        assert_eq!(cosine(&[1.0, 2.0], &[-2.0, -4.0]), -1.0);
        assert_eq!([cosine(&[0.0; 2], &[0.0; 2]), cosine(&[0.0; 2], &[1.0; 2])], [1.0, 0.0]);
        assert_eq!(correlation(&[1.0, 2.0, 3.0], &[5.0, 7.0, 9.0]), 1.0);
        // Σ (x - 2)(y - 2) = 1 with squares 2 and 2.
        assert_eq!(correlation(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]), 0.5);
        assert_eq!(squared_distance(&[1.0, 2.0], &[4.0, -2.0]), 25.0);
    }
}
