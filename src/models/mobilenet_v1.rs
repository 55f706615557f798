//! MobileNet v1 of any width (Howard et al. 2017), with TensorFlow's SAME padding and ReLU6. Names: `conv1`, `bn1`,
//! `blocks.<i>.dw`, `dw_bn`, `pw`, `pw_bn`, `fc`.

use super::{conv_norm, relu6};
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, linear};

const EPS: f64 = 1e-3;

/// Output channels at width 1 of the thirteen blocks.
const WIDTHS: [usize; 13] = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
const STRIDE_2: [usize; 4] = [1, 3, 5, 11];

/// `width` is the width multiplier in hundredths.
pub(super) fn forward(width: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let scaled = |channels: usize| channels * width / 100;
    let same = |x: &Tensor, stride| Conv2d { padding: Padding::same(x.dims()[2], 3, stride), stride, ..config() };
    let mut y = relu6(conv_norm(x, scaled(32), 3, same(x, 2), EPS, [vb.pp("conv1"), vb.pp("bn1")])?)?;
    for (block, channels) in WIDTHS.into_iter().enumerate() {
        let vb = vb.pp("blocks").pp(block);
        let (c_in, c_out) = (y.dims()[1], scaled(channels));
        let stride = if STRIDE_2.contains(&block) { 2 } else { 1 };
        let depthwise = Conv2d { groups: c_in, ..same(&y, stride) };
        y = relu6(conv_norm(&y, c_in, 3, depthwise, EPS, [vb.pp("dw"), vb.pp("dw_bn")])?)?;
        y = relu6(conv_norm(&y, c_out, 1, config(), EPS, [vb.pp("pw"), vb.pp("pw_bn")])?)?;
    }
    linear(scaled(1024), classes, vb.pp("fc"))?.forward(&y.global_avg_pool2d()?)
}
