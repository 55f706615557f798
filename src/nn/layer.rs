//! Layers with parameters. Constructors take candle-nn's arguments in candle-nn's order.

use super::VarBuilder;
use crate::graph::op::conv2d::{self, Padding};
use crate::graph::{Init, ShapeError, Tensor};

/// 2-D convolution with `weight [out, in/groups, kh, kw]` and perhaps `bias [out]`.
pub struct Conv2d {
    weight: Tensor,
    bias: Option<Tensor>,
    config: conv2d::Conv2d,
    vb: VarBuilder,
}

impl Conv2d {
    /// `[out, in/groups, kh, kw]`.
    pub fn weight(&self) -> &Tensor {
        &self.weight
    }

    /// The same with `bias [out]`.
    ///
    /// # Errors
    /// Where the variable is known with another shape.
    pub fn biased(self) -> Result<Self, ShapeError> {
        let bias = self.vb.get_with_hints([self.weight.dims()[0]], "bias", bias_init(&self.vb, &self.weight))?;
        Ok(Self { bias: Some(bias), ..self })
    }

    /// `[batch, in, h, w]` → `[batch, out, oh, ow]`, as [`Tensor::conv2d`].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let y = x.conv2d_padded(&self.weight, self.config.clone())?;
        match &self.bias {
            Some(bias) => Ok(self.vb.made(y.broadcast_add(&bias.reshape([1, bias.elem_count(), 1, 1])?)?)),
            None => Ok(self.vb.made(y)),
        }
    }
}

/// Stride 1, dilation 1, one group, no padding: change what differs.
pub fn config() -> conv2d::Conv2d {
    conv2d::Conv2d { padding: Padding::default(), stride: 1, dilation: 1, groups: 1 }
}

/// A convolution with `weight [out_channels, in_channels / groups, kernel_size, kernel_size]` and no bias.
///
/// # Errors
/// Where the variable is known with another shape.
pub fn conv2d_no_bias(
    in_channels: usize,
    out_channels: usize,
    kernel_size: usize,
    config: conv2d::Conv2d,
    vb: VarBuilder,
) -> Result<Conv2d, ShapeError> {
    oblong_conv2d(in_channels, out_channels, [kernel_size; 2], config, vb)
}

/// A convolution with `weight [out_channels, in_channels / groups, rows, columns]` and no bias.
///
/// # Errors
/// Where the variable is known with another shape.
pub fn oblong_conv2d(
    in_channels: usize,
    out_channels: usize,
    [rows, columns]: [usize; 2],
    config: conv2d::Conv2d,
    vb: VarBuilder,
) -> Result<Conv2d, ShapeError> {
    let shape = [out_channels, in_channels / config.groups.max(1), rows, columns];
    let weight = vb.get_with_hints(shape, "weight", vb.weight_init())?;
    Ok(Conv2d { weight, bias: None, config, vb })
}

/// A convolution with `weight [out_channels, in_channels / groups, kernel_size, kernel_size]` and `bias [out_channels]`.
///
/// # Errors
/// Where one of the variables is known with another shape.
pub fn conv2d(
    in_channels: usize,
    out_channels: usize,
    kernel_size: usize,
    config: conv2d::Conv2d,
    vb: VarBuilder,
) -> Result<Conv2d, ShapeError> {
    conv2d_no_bias(in_channels, out_channels, kernel_size, config, vb)?.biased()
}

/// A linear layer with `weight [out_dim, in_dim]` and `bias [out_dim]` on each pixel: a 1×1 convolution.
///
/// # Errors
/// Where one of the variables is known with another shape.
pub fn linear_as_conv2d(in_dim: usize, out_dim: usize, vb: VarBuilder) -> Result<Conv2d, ShapeError> {
    let Linear { weight, bias, vb } = linear(in_dim, out_dim, vb)?;
    Ok(Conv2d { weight: weight.reshape([out_dim, in_dim, 1, 1])?, bias, config: config(), vb })
}

/// How the biases beside `weight [out, in, …]` start: as PyTorch's where the weights do, else zero.
pub fn bias_init(vb: &VarBuilder, weight: &Tensor) -> Init {
    let fan_in: usize = weight.dims()[1..].iter().product();
    match vb.weight_init() {
        Init::TorchUniform => Init::Uniform(1.0 / (fan_in.max(1) as f64).sqrt()),
        _ => Init::Const(0.0),
    }
}

/// `y = x·wᵀ + b` with `weight [out, in]`.
pub struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
    vb: VarBuilder,
}

impl Linear {
    /// `[…, in]` → `[…, out]`
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let rows = match x.dims() {
            [lead @ .., last] if lead.len() > 1 => x.reshape([lead.iter().product(), *last])?,
            _ => x.clone(),
        };
        let y = rows.matmul(&self.weight.t()?)?;
        let y = match &self.bias {
            Some(bias) => y.broadcast_add(bias)?,
            None => y,
        };
        Ok(self.vb.made(match x.dims() {
            [lead @ .., _] if lead.len() > 1 => y.reshape([lead, &[self.weight.dims()[0]]].concat())?,
            _ => y,
        }))
    }
}

/// A linear layer with `weight [out_dim, in_dim]` and no bias.
///
/// # Errors
/// Where the variable is known with another shape.
pub fn linear_no_bias(in_dim: usize, out_dim: usize, vb: VarBuilder) -> Result<Linear, ShapeError> {
    Ok(Linear { weight: vb.get_with_hints([out_dim, in_dim], "weight", vb.weight_init())?, bias: None, vb })
}

/// A linear layer with `weight [out_dim, in_dim]` and `bias [out_dim]`.
///
/// # Errors
/// Where one of the variables is known with another shape.
pub fn linear(in_dim: usize, out_dim: usize, vb: VarBuilder) -> Result<Linear, ShapeError> {
    let layer = linear_no_bias(in_dim, out_dim, vb.clone())?;
    let bias = vb.get_with_hints([out_dim], "bias", bias_init(&vb, &layer.weight))?;
    Ok(Linear { bias: Some(bias), ..layer })
}
