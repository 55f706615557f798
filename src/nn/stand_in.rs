//! Moments, batch norm and random numbers as compositions of other ops, with the signatures of the ops that replace them:
//! an inherent method of the same name takes precedence, and then this file goes.

use crate::graph::{DType, Graph, Host, ShapeError, Spec, Tensor};
use candle_core::Device;

pub(super) trait Moments {
    /// `[2, C]`: mean and biased variance of each channel of `[B, C, H, W]`.
    fn moments(&self) -> Result<Tensor, ShapeError>;

    /// `(x - mean) / √(var + ε) · weight + bias`, everything but `x` of shape `[1, C, 1, 1]`.
    fn batch_norm(
        &self,
        mean: &Tensor,
        var: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        eps: f64,
    ) -> Result<Tensor, ShapeError>;
}

impl Moments for Tensor {
    fn moments(&self) -> Result<Tensor, ShapeError> {
        let by_channel = self.transpose(0, 1)?.flatten_from(1)?;
        let mean = by_channel.mean_keepdim(1)?;
        let var = by_channel.broadcast_sub(&mean)?.sqr()?.mean_keepdim(1)?;
        Tensor::cat(&[&mean, &var], 1)?.t()
    }

    fn batch_norm(
        &self,
        mean: &Tensor,
        var: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        eps: f64,
    ) -> Result<Tensor, ShapeError> {
        let scale = weight.broadcast_div(&var.affine(1.0, eps)?.sqrt()?)?;
        self.broadcast_sub(mean)?.broadcast_mul(&scale)?.broadcast_add(bias)
    }
}

pub(super) trait Random {
    /// F32 in [0, 1), another at each (seed, step) of `counter`, each `key` and each place.
    fn random_uniform(&self, counter: &Tensor, key: u32, shape: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError>;
}

impl Random for Graph {
    fn random_uniform(&self, counter: &Tensor, key: u32, shape: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError> {
        let shape = shape.into();
        let bad = |error: candle_core::Error| ShapeError::Bad {
            op: "random_uniform",
            why: error.to_string(),
            got: Vec::new(),
        };
        let count = Spec::f32(shape.clone()).elem_count();
        let places = (0..count).map(|i| i as f32 * 0.618_034 + key as f32 * 7.31).collect::<Vec<_>>();
        let places = self.constant(&Host::from_vec(places, count, &Device::Cpu).map_err(bad)?).map_err(bad)?;
        let factors = self.constant(&Host::new(&[0.37_f32, 0.73], &Device::Cpu).map_err(bad)?).map_err(bad)?;
        let moved = counter.to_dtype(DType::F32)?.broadcast_mul(&factors)?.sum_keepdim(0)?;
        let wild = places.broadcast_add(&moved)?.sin()?.affine(43_758.547, 0.0)?;
        wild.broadcast_sub(&wild.floor()?)?.reshape(shape)
    }
}
