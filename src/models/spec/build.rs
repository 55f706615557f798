//! From layers to a graph.

use super::layer::{Activation, Bias, Bypass, Conv, Dims, Layer, PlacedLayer, Shortcut};
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{Init, ShapeError, Spec, Tensor};
use crate::nn::{
    VarBuilder, batch_norm, bias_init, config, conv2d_no_bias, dropout, linear, linear_no_bias, oblong_conv2d,
};

/// PyTorch's default.
const EPS: f64 = 1e-5;

/// Layer `i` of the list has its parameters under `i.`.
fn sequence(layers: &[PlacedLayer], x: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
    outputs(layers, x, vb)?.pop().map_or_else(|| Ok(x.clone()), Ok)
}

/// The output of each layer of the list.
pub(super) fn outputs(layers: &[PlacedLayer], x: &Tensor, vb: &VarBuilder) -> Result<Vec<Tensor>, ShapeError> {
    let mut outputs: Vec<Tensor> = Vec::with_capacity(layers.len());
    for (index, placed) in layers.iter().enumerate() {
        let input = outputs.last().unwrap_or(x);
        let vb = vb.pp(index).with_weight_init(placed.init);
        outputs.push(vb.made(forward(&placed.layer, input, &vb)?));
    }
    Ok(outputs)
}

fn forward(layer: &Layer, x: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
    match layer {
        Layer::Conv(conv) => convolve(conv, x, vb),
        Layer::Linear { units, bias } => {
            let x = flat(x)?;
            let width = x.dims()[1];
            let made =
                if *bias { linear(width, *units, vb.clone()) } else { linear_no_bias(width, *units, vb.clone()) };
            made?.forward(&x)
        }
        &Layer::Pool { average, kernel, stride, pad } => {
            let pool = if average { PoolFn::Avg { count_padding: true } } else { PoolFn::Max };
            x.pool2d(Pool2d { padding: [pad; 2], ..Pool2d::square(pool, kernel, stride) })
        }
        Layer::GlobalPool => x.global_avg_pool2d(),
        Layer::Flatten => flat(x),
        Layer::BatchNorm => batch_norm(x.dims()[1], EPS, vb.clone())?.forward(x),
        Layer::Dropout(p) => dropout(*p, vb.clone())?.forward(x),
        Layer::Activation(activation) => activate(*activation, x, vb),
        Layer::Residual { shortcut, body } => {
            let y = sequence(body, x, vb)?;
            y.broadcast_add(&around(*shortcut, x, &y, &vb.pp("shortcut"))?)
        }
        Layer::Broken => Err(ShapeError::bad("spec", "a layer that could not be read", x.dims())),
    }
}

/// `[B, …]` → `[B, n]`.
pub(super) fn flat(x: &Tensor) -> Result<Tensor, ShapeError> {
    if x.rank() == 2 { Ok(x.clone()) } else { x.flatten_from(1) }
}

fn refuse<T>(fault: &super::Fault, x: &Tensor) -> Result<T, ShapeError> {
    Err(ShapeError::bad("spec", fault, x.dims()))
}

fn convolve(conv: &Conv, x: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
    let [_, channels, h, w] = x.spec().nchw("conv")?;
    let depth = conv.depth(channels).or_else(|fault| refuse(&fault, x))?;
    let mut padding = conv.padding(h, w);
    let mut x = if conv.reads.is_some() { shares(x, conv.groups, depth)? } else { x.clone() };
    if conv.fill != 0.0 && padding != Padding::default() {
        // Zeros around x - fill, and fill added again.
        let centred = x.affine(1.0, -conv.fill)?.pad_with_zeros(2, padding.top, padding.bottom)?;
        x = centred.pad_with_zeros(3, padding.left, padding.right)?.affine(1.0, conv.fill)?;
        padding = Padding::default();
    }
    let how = Conv2d { padding, stride: conv.stride, dilation: conv.dilation, groups: conv.groups };
    let channels = depth * conv.groups;
    match conv.bias {
        Bias::Channel => oblong_conv2d(channels, conv.out, conv.kernel, how, vb.clone())?.biased()?.forward(&x),
        Bias::None => oblong_conv2d(channels, conv.out, conv.kernel, how, vb.clone())?.forward(&x),
        Bias::Unit => {
            let layer = oblong_conv2d(channels, conv.out, conv.kernel, how, vb.clone())?;
            let y = layer.forward(&x)?;
            y.broadcast_add(&vb.get_with_hints(&y.dims()[1..], "bias", bias_init(vb, layer.weight()))?)
        }
    }
}

/// The channels that each group reads, one group after another: `depth` of them from `g · channels / groups` on, and round.
fn shares(x: &Tensor, groups: usize, depth: usize) -> Result<Tensor, ShapeError> {
    let channels = x.dims()[1];
    let picked = (0..groups).flat_map(|g| (0..depth).map(move |k| (g * channels / groups + k) % channels));
    let picked: Vec<usize> = picked.collect();
    if picked.iter().copied().eq(0..channels) {
        return Ok(x.clone());
    }
    let indexes: Vec<f64> = picked.iter().map(|&channel| channel as f64).collect();
    x.index_select(&x.graph().constant_of("conv", &indexes, &Spec::u32([indexes.len()]))?, 1)
}

fn activate(activation: Activation, x: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
    match activation {
        Activation::Relu => x.relu(),
        Activation::LeakyRelu(slope) => x.leaky_relu(slope),
        Activation::Prelu => {
            // max(x, 0) - a · max(-x, 0)
            let slope = vb.get_with_hints([x.dims()[1]], "weight", Init::Const(0.25))?;
            let mut shape = vec![1; x.rank()];
            shape[1] = x.dims()[1];
            let below = x.neg()?.relu()?.broadcast_mul(&slope.reshape(shape)?)?;
            x.relu()?.broadcast_sub(&below)
        }
        Activation::Sigmoid => x.sigmoid(),
        Activation::Tanh => x.tanh(),
        Activation::LecunTanh => x.affine(2.0 / 3.0, 0.0)?.tanh()?.affine(1.7159, 0.0),
        Activation::Gelu => x.gelu(),
        Activation::Elu(alpha) => x.elu(alpha),
        Activation::Silu => x.silu(),
    }
}

fn around(shortcut: Shortcut, x: &Tensor, y: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
    let way = shortcut.way(Dims::of(x.dims()), Dims::of(y.dims())).or_else(|fault| refuse(&fault, x))?;
    let (from, to) = (x.dims()[1], y.dims()[1]);
    match way {
        Bypass::Identity => Ok(x.clone()),
        Bypass::Pad { stride, before, after } => {
            // A pooling window of one pixel takes every n-th pixel.
            let sparse = if stride == 1 { x.clone() } else { x.max_pool2d_with_stride(1, stride)? };
            if before + after == 0 { Ok(sparse) } else { sparse.pad_with_zeros(1, before, after) }
        }
        Bypass::ProjectMap { stride } => {
            let conv = conv2d_no_bias(from, to, 1, Conv2d { stride, ..config() }, vb.pp(0))?;
            batch_norm(to, EPS, vb.pp(1))?.forward(&conv.forward(x)?)
        }
        Bypass::ProjectFlat => batch_norm(to, EPS, vb.pp(1))?.forward(&linear_no_bias(from, to, vb.pp(0))?.forward(x)?),
    }
}
