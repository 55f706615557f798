//! ResNets for 32×32 pictures of depth 6n + 2 (He et al. 2015, section 4.2), shortcuts without parameters (option A): every
//! second pixel, the missing channels zero, half of them before and half after.

use super::resnet::{EPS, basic_block};
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, batch_norm, config, conv2d_no_bias, linear};

pub(super) fn forward(blocks: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let stem = Conv2d { padding: Padding::even(1), ..config() };
    let y = conv2d_no_bias(3, 16, 3, stem, vb.pp("conv1"))?.forward(x)?;
    let mut y = batch_norm(16, EPS, vb.pp("bn1"))?.forward(&y)?.relu()?;
    for (stage, width) in [16, 32, 64].into_iter().enumerate() {
        let vb = vb.pp(format!("layer{}", stage + 1));
        for block in 0..blocks {
            let narrow = y.dims()[1];
            let (stride, shortcut) = if narrow == width {
                (1, y.clone())
            } else {
                // A pooling window of one pixel at stride 2 takes every second pixel.
                let every_second =
                    Pool2d { pool: PoolFn::Max, kernel: [1; 2], stride: [2; 2], padding: [0; 2], ceil: false };
                let missing = width - narrow;
                (2, y.pool2d(every_second)?.pad_with_zeros(1, missing / 2, missing - missing / 2)?)
            };
            y = basic_block(&y, &shortcut, width, stride, vb.pp(block))?;
        }
    }
    linear(64, classes, vb.pp("linear"))?.forward(&y.global_avg_pool2d()?)
}
