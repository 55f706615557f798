//! ImageNet ResNets of basic blocks (He et al. 2015), with torchvision's names.

use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, batch_norm, config, conv2d_no_bias, linear};

pub(super) const EPS: f64 = 1e-5;

pub(super) fn forward(blocks: [usize; 4], x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let stem = Conv2d { padding: Padding::even(3), stride: 2, ..config() };
    let y = conv2d_no_bias(3, 64, 7, stem, vb.pp("conv1"))?.forward(x)?;
    let y = batch_norm(64, EPS, vb.pp("bn1"))?.forward(&y)?.relu()?;
    let mut y = y.pool2d(Pool2d { pool: PoolFn::Max, kernel: [3; 2], stride: [2; 2], padding: [1; 2], ceil: false })?;
    for (stage, (count, width)) in blocks.into_iter().zip([64, 128, 256, 512]).enumerate() {
        let vb = vb.pp(format!("layer{}", stage + 1));
        for block in 0..count {
            let stride = if block == 0 && stage > 0 { 2 } else { 1 };
            let shortcut = if y.dims()[1] == width && stride == 1 {
                y.clone()
            } else {
                let vb = vb.pp(block).pp("downsample");
                let conv = conv2d_no_bias(y.dims()[1], width, 1, Conv2d { stride, ..config() }, vb.pp(0))?;
                batch_norm(width, EPS, vb.pp(1))?.forward(&conv.forward(&y)?)?
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
    let y = conv2d_no_bias(x.dims()[1], width, 3, conv(stride), vb.pp("conv1"))?.forward(x)?;
    let y = batch_norm(width, EPS, vb.pp("bn1"))?.forward(&y)?.relu()?;
    let y = conv2d_no_bias(width, width, 3, conv(1), vb.pp("conv2"))?.forward(&y)?;
    batch_norm(width, EPS, vb.pp("bn2"))?.forward(&y)?.broadcast_add(shortcut)?.relu()
}
