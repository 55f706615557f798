//! ImageNet ResNets of basic blocks (He et al. 2015), with torchvision's names.

use super::conv_norm;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, linear};

pub(super) const EPS: f64 = 1e-5;

/// ResNet-18, whose stages are of two blocks; the depth counts the layers with weights.
pub(super) fn forward(depth: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let blocks = [(depth - 2) / 8; 4];
    let stem = Conv2d { padding: Padding::even(3), stride: 2, ..config() };
    let y = conv_norm(x, 64, 7, stem, EPS, [vb.pp("conv1"), vb.pp("bn1")])?.relu()?;
    let mut y = y.pool2d(Pool2d { padding: [1; 2], ..Pool2d::square(PoolFn::Max, 3, 2) })?;
    for (stage, (count, width)) in blocks.into_iter().zip([64, 128, 256, 512]).enumerate() {
        let vb = vb.pp(format!("layer{}", stage + 1));
        for block in 0..count {
            let stride = if block == 0 && stage > 0 { 2 } else { 1 };
            let shortcut = if y.dims()[1] == width && stride == 1 {
                y.clone()
            } else {
                let vb = vb.pp(block).pp("downsample");
                conv_norm(&y, width, 1, Conv2d { stride, ..config() }, EPS, [vb.pp(0), vb.pp(1)])?
            };
            y = basic_block(&y, &shortcut, width, stride, vb.pp(block))?;
        }
    }
    linear(512, classes, vb.pp("fc"))?.forward(&y.global_avg_pool2d()?)
}

/// Two 3×3 convolutions, each with batch norm, beside a shortcut.
pub(super) fn basic_block(
    x: &Tensor,
    shortcut: &Tensor,
    width: usize,
    stride: usize,
    vb: VarBuilder,
) -> Result<Tensor, ShapeError> {
    let conv = |stride| Conv2d { padding: Padding::even(1), stride, ..config() };
    let y = conv_norm(x, width, 3, conv(stride), EPS, [vb.pp("conv1"), vb.pp("bn1")])?.relu()?;
    let y = conv_norm(&y, width, 3, conv(1), EPS, [vb.pp("conv2"), vb.pp("bn2")])?;
    y.broadcast_add(shortcut)?.relu()
}
