//! How far a share can be trusted.

use crate::protocol::AccuracyShare;

/// The interval that holds the true share with a probability of 95 %, of so many that were right (Wilson, "Probable inference, the law of
/// succession, and statistical inference", 1927).
pub(super) fn wilson(right: usize, of: usize) -> [f64; 2] {
    const Z: f64 = 1.959_963_984_540_054;
    if of == 0 {
        return [0.0, 1.0];
    }
    let n = of as f64;
    let p = right as f64 / n;
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    [((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)]
}

/// So many of so many.
pub(super) fn share_of(right: usize, of: usize) -> AccuracyShare {
    let [low, high] = wilson(right, of);
    AccuracyShare { right: right as u32, of: of as u32, low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilsons_interval_is_the_published_one() {
        // 7 of 10: Wilson's interval as in Brown, Cai & DasGupta 2001 and statsmodels: 0.3968 to 0.8922.
        let [low, high] = wilson(7, 10);
        assert!((low - 0.396_8).abs() < 1e-4 && (high - 0.892_2).abs() < 1e-4, "{low} {high}");
        assert!(wilson(0, 5)[0] == 0.0 && wilson(5, 5)[1] == 1.0);
    }
}
