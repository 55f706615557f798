//! MobileNet v2 (Sandler et al. 2018) with torchvision's parameter names.

use super::{conv_norm, relu6};
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, linear};

const EPS: f64 = 1e-5;
const LAST: usize = 1280;

/// Blocks of equal width: by how much each widens inside, channels out, how many, stride of the first (table 2 of the paper).
const STAGES: [(usize, usize, usize, usize); 7] =
    [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

/// Of width 1, the only one.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let features = vb.pp("features");
    let stem = features.pp(0);
    let mut y = relu6(conv_norm(x, 32, 3, around(2, 1), EPS, [stem.pp(0), stem.pp(1)])?)?;
    let mut block = 0;
    for (widen, channels, count, stride) in STAGES {
        for k in 0..count {
            block += 1;
            let stride = if k == 0 { stride } else { 1 };
            y = inverted_residual(&y, widen, channels, stride, features.pp(block).pp("conv"))?;
        }
    }
    let last = features.pp(block + 1);
    y = relu6(conv_norm(&y, LAST, 1, config(), EPS, [last.pp(0), last.pp(1)])?)?;
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
        y = relu6(conv_norm(&y, inside, 1, config(), EPS, [vb.pp(0).pp(0), vb.pp(0).pp(1)])?)?;
        layer += 1;
    }
    let depthwise = vb.pp(layer);
    y = relu6(conv_norm(&y, inside, 3, around(stride, inside), EPS, [depthwise.pp(0), depthwise.pp(1)])?)?;
    y = conv_norm(&y, channels, 1, config(), EPS, [vb.pp(layer + 1), vb.pp(layer + 2)])?;
    if stride == 1 && c_in == channels { x.add(&y) } else { Ok(y) }
}

/// For 3 × 3 taps, so that the size stays but for the stride.
fn around(stride: usize, groups: usize) -> Conv2d {
    Conv2d { padding: Padding::even(1), stride, groups, ..config() }
}
