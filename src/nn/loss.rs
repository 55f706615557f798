//! Losses: each the mean over the batch, one element. Stable for any finite logits.

use crate::graph::{DType, ShapeError, Spec, Tensor};

/// `-log p` of the right class, where `log p = log_softmax(logits)`; `logits [B, K]`, `labels` U32 `[B]`. Of the target's
/// probability, `label_smoothing` is spread evenly over all `K` classes (Szegedy et al. 2016), as PyTorch does:
/// `(1 - s) · -log p[label] + s · mean(-log p)`.
///
/// # Errors
/// Where shapes do not fit, or `label_smoothing` is not in 0 ≤ s ≤ 1.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor, label_smoothing: f64) -> Result<Tensor, ShapeError> {
    const OP: &str = "cross_entropy";
    rows(OP, logits, labels)?;
    if !(0.0..=1.0).contains(&label_smoothing) {
        let why = format!("label smoothing of {label_smoothing} is not in 0 ≤ s ≤ 1");
        return Err(ShapeError::bad(OP, why, logits.dims()));
    }
    let log_p = logits.log_softmax()?;
    let right = log_p.gather(&labels.unsqueeze(1)?, 1)?.mean_all()?;
    if label_smoothing == 0.0 {
        return right.neg();
    }
    let all = log_p.mean_all()?;
    right.affine(label_smoothing - 1.0, 0.0)?.broadcast_add(&all.affine(-label_smoothing, 0.0)?)
}

/// [`cross_entropy`] over the rows whose `mask` (F32 `[B]`, 0 or 1) is 1: `Σ mask·(-log p[label]) / max(1, Σ mask)`. Words beyond
/// the end of a sentence have no part in it.
///
/// # Errors
/// Where shapes do not fit.
pub fn masked_cross_entropy(logits: &Tensor, labels: &Tensor, mask: &Tensor) -> Result<Tensor, ShapeError> {
    const OP: &str = "masked_cross_entropy";
    rows(OP, logits, labels)?;
    same(OP, labels, mask)?;
    let right = logits.log_softmax()?.gather(&labels.unsqueeze(1)?, 1)?.squeeze(1)?;
    let count = mask.sum_all()?.clamp(1.0, 1e30)?;
    right.mul(mask)?.sum_all()?.neg()?.broadcast_div(&count)
}

/// `-Σ_k target_k · log p_k` with `logits` and `targets` both `[B, K]`: for mixed labels and for distillation.
pub fn soft_cross_entropy(logits: &Tensor, targets: &Tensor) -> Result<Tensor, ShapeError> {
    const OP: &str = "soft_cross_entropy";
    let &[_, classes] = logits.dims() else {
        return Err(ShapeError::Rank { op: OP, want: "2 (batch, classes)", got: logits.dims().to_vec() });
    };
    same(OP, logits, targets)?;
    // The mean over all elements is the mean of the rows' sums over K.
    logits.log_softmax()?.broadcast_mul(targets)?.mean_all()?.affine(-(classes as f64), 0.0)
}

/// `(prediction - target)²`, the mean over all elements.
pub fn mse(prediction: &Tensor, target: &Tensor) -> Result<Tensor, ShapeError> {
    same("mse", prediction, target)?;
    prediction.broadcast_sub(target)?.sqr()?.mean_all()
}

/// `-(t · log σ(x) + (1 - t) · log(1 - σ(x)))`, the mean over all elements. σ is a softmax over two classes, `x` against 0:
/// so it is stable, and its gradient `σ(x) - t` is right at 0 too.
pub fn bce_with_logits(logits: &Tensor, targets: &Tensor) -> Result<Tensor, ShapeError> {
    same("bce_with_logits", logits, targets)?;
    let pair = |a: &Tensor, b: &Tensor| {
        let column = |t: &Tensor| t.reshape([t.elem_count(), 1]);
        Tensor::cat(&[&column(a)?, &column(b)?], 1)
    };
    soft_cross_entropy(&pair(logits, &logits.zeros_like()?)?, &pair(targets, &targets.affine(-1.0, 1.0)?)?)
}

/// Of each element, half the square of the difference over `beta` where that is less than `beta`, the difference itself less half of `beta`
/// elsewhere (Girshick, "Fast R-CNN", 2015, with `beta` 1); not yet a mean.
///
/// # Errors
/// Where shapes do not fit.
pub fn smooth_l1(prediction: &Tensor, target: &Tensor, beta: f64) -> Result<Tensor, ShapeError> {
    same("smooth_l1", prediction, target)?;
    let off = prediction.sub(target)?.abs()?;
    let near = off.clamp(0.0, beta)?;
    near.sqr()?.affine(0.5 / beta, 0.0)?.add(&off.sub(&near)?)
}

/// U32 `[B]` → F32 `[B, classes]`: 1 for the class, 0 elsewhere.
pub fn one_hot(labels: &Tensor, classes: usize) -> Result<Tensor, ShapeError> {
    let numbers: Vec<f64> = (0..classes).map(|class| class as f64).collect();
    let numbers = labels.graph().constant_of("one_hot", &numbers, &Spec::f32([1, classes]))?;
    labels.to_dtype(DType::F32)?.unsqueeze(1)?.broadcast_eq(&numbers)
}

/// How many rows of `logits [B, K]` have their largest value, the first of equals, at the label: F32, one element. No
/// gradient passes.
pub fn correct(logits: &Tensor, labels: &Tensor) -> Result<Tensor, ShapeError> {
    rows("correct", logits, labels)?;
    let same = logits.argmax(1)?.to_dtype(DType::F32)?.broadcast_eq(&labels.to_dtype(DType::F32)?)?;
    same.sum_all()
}

fn rows(op: &'static str, logits: &Tensor, labels: &Tensor) -> Result<(), ShapeError> {
    labels.spec().of_type(op, DType::U32)?;
    match (logits.dims(), labels.dims()) {
        (&[batch, _], &[count]) if batch == count => Ok(()),
        (a, b) => Err(ShapeError::mismatch(op, a, b)),
    }
}

fn same(op: &'static str, a: &Tensor, b: &Tensor) -> Result<(), ShapeError> {
    if a.dims() == b.dims() { Ok(()) } else { Err(ShapeError::mismatch(op, a.dims(), b.dims())) }
}

// candle-nn, which it is compared with, is a native dependency.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
