//! Softmax on the host, in f64.

pub(super) fn probabilities(logits: &[f32]) -> Vec<f32> {
    softmax(logits.iter().copied().map(f64::from)).into_iter().map(|probability| probability as f32).collect()
}

/// `exp(x) / Σ exp(x)`. The maximum is subtracted first: exp overflows f64 above 709.
pub(super) fn softmax(logits: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let max = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    let exp: Vec<f64> = logits.map(|logit| (logit - max).exp()).collect();
    let total: f64 = exp.iter().sum();
    exp.into_iter().map(|exp| exp / total).collect()
}

/// `log Σ exp(x)`.
pub(super) fn log_sum_exp(logits: impl Iterator<Item = f64> + Clone) -> f64 {
    let max = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    max + logits.map(|logit| (logit - max).exp()).sum::<f64>().ln()
}

/// The first of the largest.
pub(super) fn argmax(logits: &[f32]) -> usize {
    (1..logits.len()).fold(0, |best, at| if logits[at] > logits[best] { at } else { best })
}
