//! Layers with parameters. Constructors take candle-nn's arguments in candle-nn's order.

use super::VarBuilder;
use crate::graph::op::conv2d::{self, Padding};
use crate::graph::{Init, ShapeError, Tensor};

/// 2-D convolution with `weight [out, in/groups, kh, kw]` and perhaps `bias [out]`.
pub struct Conv2d {
    weight: Tensor,
    bias: Option<Tensor>,
    config: conv2d::Conv2d,
}

impl Conv2d {
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let y = x.conv2d_padded(&self.weight, self.config.clone())?;
        match &self.bias {
            Some(bias) => y.broadcast_add(&bias.reshape([1, bias.elem_count(), 1, 1])?),
            None => Ok(y),
        }
    }
}

/// Stride 1, dilation 1, one group, no padding: change what differs.
pub fn config() -> conv2d::Conv2d {
    conv2d::Conv2d { padding: Padding::default(), stride: 1, dilation: 1, groups: 1 }
}

pub fn conv2d_no_bias(
    in_channels: usize,
    out_channels: usize,
    kernel_size: usize,
    config: conv2d::Conv2d,
    vb: VarBuilder,
) -> Result<Conv2d, ShapeError> {
    let shape = [out_channels, in_channels / config.groups.max(1), kernel_size, kernel_size];
    let weight = vb.get_with_hints(shape, "weight", Init::HeNormal)?;
    Ok(Conv2d { weight, bias: None, config })
}

pub fn conv2d(
    in_channels: usize,
    out_channels: usize,
    kernel_size: usize,
    config: conv2d::Conv2d,
    vb: VarBuilder,
) -> Result<Conv2d, ShapeError> {
    let bias = vb.get_with_hints([out_channels], "bias", Init::Const(0.0))?;
    Ok(Conv2d { bias: Some(bias), ..conv2d_no_bias(in_channels, out_channels, kernel_size, config, vb)? })
}

/// `y = x·wᵀ + b` with `weight [out, in]`.
pub struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    /// `x` is `[batch, in]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let y = x.matmul(&self.weight.t()?)?;
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}

pub fn linear_no_bias(in_dim: usize, out_dim: usize, vb: VarBuilder) -> Result<Linear, ShapeError> {
    Ok(Linear { weight: vb.get_with_hints([out_dim, in_dim], "weight", Init::HeNormal)?, bias: None })
}

pub fn linear(in_dim: usize, out_dim: usize, vb: VarBuilder) -> Result<Linear, ShapeError> {
    let bias = vb.get_with_hints([out_dim], "bias", Init::Const(0.0))?;
    Ok(Linear { bias: Some(bias), ..linear_no_bias(in_dim, out_dim, vb)? })
}

/// Batch normalisation (Ioffe & Szegedy 2015) with running statistics: `(x - mean) / √(var + ε) · weight + bias`.
pub struct BatchNorm {
    weight: Tensor,
    bias: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    eps: f64,
}

impl BatchNorm {
    /// At inference: one scale and one shift per channel. The scale folds into a convolution before it.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let channels = self.weight.elem_count();
        let scale = self.weight.broadcast_div(&self.running_var.affine(1.0, self.eps)?.sqrt()?)?;
        let shift = self.bias.broadcast_sub(&self.running_mean.broadcast_mul(&scale)?)?;
        let shape = [1, channels, 1, 1];
        x.broadcast_mul(&scale.reshape(shape)?)?.broadcast_add(&shift.reshape(shape)?)
    }
}

pub fn batch_norm(num_features: usize, eps: f64, vb: VarBuilder) -> Result<BatchNorm, ShapeError> {
    Ok(BatchNorm {
        weight: vb.get_with_hints([num_features], "weight", Init::Const(1.0))?,
        bias: vb.get_with_hints([num_features], "bias", Init::Const(0.0))?,
        running_mean: vb.get_with_hints([num_features], "running_mean", Init::Const(0.0))?,
        running_var: vb.get_with_hints([num_features], "running_var", Init::Const(1.0))?,
        eps,
    })
}
