//! MobileNet v2 (Sandler et al. 2018) with torchvision's parameter names.

use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, batch_norm, config, conv2d_no_bias, linear};

const EPS: f64 = 1e-5;
const LAST: usize = 1280;

/// Blocks of equal width: by how much each widens inside, channels out, how many, stride of the first (table 2 of the paper).
const STAGES: [(usize, usize, usize, usize); 7] =
    [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

pub(super) fn forward(x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let features = vb.pp("features");
    let mut y = relu6(norm(32, &convolution(x, 32, 3, 2, 1, features.pp(0).pp(0))?, features.pp(0).pp(1))?)?;
    let mut block = 0;
    for (widen, channels, count, stride) in STAGES {
        for k in 0..count {
            block += 1;
            let stride = if k == 0 { stride } else { 1 };
            y = inverted_residual(&y, widen, channels, stride, features.pp(block).pp("conv"))?;
        }
    }
    let last = features.pp(block + 1);
    y = relu6(norm(LAST, &convolution(&y, LAST, 1, 1, 1, last.pp(0))?, last.pp(1))?)?;
    linear(LAST, classes, vb.pp("classifier").pp(1))?.forward(&y.global_avg_pool2d()?)
}

/// Wider by a 1 × 1 convolution, each channel by itself, narrower without an activation; and around all that the input, where
/// it fits.
fn inverted_residual(
    x: &Tensor,
    widen: usize,
    channels: usize,
    stride: usize,
    vb: VarBuilder,
) -> Result<Tensor, ShapeError> {
    let c_in = x.dims()[1];
    let inside = c_in * widen;
    let mut y = x.clone();
    let mut layer = 0;
    if widen > 1 {
        y = relu6(norm(inside, &convolution(&y, inside, 1, 1, 1, vb.pp(0).pp(0))?, vb.pp(0).pp(1))?)?;
        layer += 1;
    }
    let depthwise = vb.pp(layer);
    y = relu6(norm(inside, &convolution(&y, inside, 3, stride, inside, depthwise.pp(0))?, depthwise.pp(1))?)?;
    y = norm(channels, &convolution(&y, channels, 1, 1, 1, vb.pp(layer + 1))?, vb.pp(layer + 2))?;
    if stride == 1 && c_in == channels { x.add(&y) } else { Ok(y) }
}

fn convolution(
    x: &Tensor,
    c_out: usize,
    kernel: usize,
    stride: usize,
    groups: usize,
    vb: VarBuilder,
) -> Result<Tensor, ShapeError> {
    let config = Conv2d { padding: Padding::even(kernel / 2), stride, groups, ..config() };
    conv2d_no_bias(x.dims()[1], c_out, kernel, config, vb)?.forward(x)
}

fn norm(channels: usize, x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    batch_norm(channels, EPS, vb)?.forward(x)
}

fn relu6(x: Tensor) -> Result<Tensor, ShapeError> {
    x.clamp(0.0, 6.0)
}
