//! Clipping of gradients by their norm (Pascanu, Mikolov & Bengio 2013).

use crate::graph::{ShapeError, Tensor};

/// `gradient [n] · min(1, norm / (‖gradient‖ + 1e-6))`: what PyTorch's `clip_grad_norm_` does.
///
/// # Errors
/// Where `gradient` has no first dimension.
pub fn clip_by_norm(gradient: &Tensor, norm: f64) -> Result<Tensor, ShapeError> {
    let length = gradient.sqr()?.sum_keepdim(0)?.sqrt()?.affine(1.0, 1e-6)?;
    // Divided by no less than `norm`: the factor is at most 1, and finite for any length.
    let factor = length.clamp(norm, f64::from(f32::MAX))?.recip()?.affine(norm, 0.0)?;
    gradient.broadcast_mul(&factor)
}
