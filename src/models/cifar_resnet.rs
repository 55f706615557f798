//! ResNets for 32×32 pictures of depth 6n + 2 (He et al. 2015, section 4.2), shortcuts without parameters (option A): every
//! second pixel, the missing channels zero, half of them before and half after.

use super::conv_norm;
use super::resnet::{EPS, basic_block};
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, linear};

pub(super) fn forward(depth: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let stem = Conv2d { padding: Padding::even(1), ..config() };
    let mut y = conv_norm(x, 16, 3, stem, EPS, [vb.pp("conv1"), vb.pp("bn1")])?.relu()?;
    for (stage, width) in [16, 32, 64].into_iter().enumerate() {
        let vb = vb.pp(format!("layer{}", stage + 1));
        for block in 0..(depth - 2) / 6 {
            let narrow = y.dims()[1];
            let (stride, shortcut) = if narrow == width {
                (1, y.clone())
            } else {
                // A pooling window of one pixel at stride 2 takes every second pixel.
                let missing = width - narrow;
                (2, y.max_pool2d_with_stride(1, 2)?.pad_with_zeros(1, missing / 2, missing - missing / 2)?)
            };
            y = basic_block(&y, &shortcut, width, stride, vb.pp(block))?;
        }
    }
    linear(64, classes, vb.pp("linear"))?.forward(&y.global_avg_pool2d()?)
}
