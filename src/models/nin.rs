//! Network in network (Lin, Chen & Yan 2014), the authors' network for ImageNet with their Caffe names: 1×1 convolutions behind
//! each convolution, and the mean of a map for each class instead of fully connected layers. It reads pixels in the order blue,
//! green, red.

use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d, dropout};

/// Name, channels, kernel, stride, padding of a convolution.
type Conv = (&'static str, usize, usize, usize, usize);

/// Behind each stage but the last follows a pool.
const STAGES: [[Conv; 3]; 4] = [
    [("conv1", 96, 11, 4, 0), ("cccp1", 96, 1, 1, 0), ("cccp2", 96, 1, 1, 0)],
    [("conv2", 256, 5, 1, 2), ("cccp3", 256, 1, 1, 0), ("cccp4", 256, 1, 1, 0)],
    [("conv3", 384, 3, 1, 1), ("cccp5", 384, 1, 1, 0), ("cccp6", 384, 1, 1, 0)],
    [("conv4-1024", 1024, 3, 1, 1), ("cccp7-1024", 1024, 1, 1, 0), (LAST, 0, 1, 1, 0)],
];
/// Its channels are the classes.
const LAST: &str = "cccp8-1024";
const POOLS: [&str; 3] = ["pool0", "pool2", "pool3"];

/// There is one size.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let mut y = x.flip(1)?;
    for (stage, convs) in STAGES.into_iter().enumerate() {
        for (name, out, kernel, stride, padding) in convs {
            let out = if name == LAST { classes } else { out };
            let config = Conv2d { padding: Padding::even(padding), stride, ..config() };
            y = conv2d(y.dims()[1], out, kernel, config, vb.pp(name))?.forward(&y)?.relu()?;
        }
        if let Some(pool) = POOLS.get(stage) {
            y = vb.pp(pool).made(y.pool2d(Pool2d { ceil: true, ..Pool2d::square(PoolFn::Max, 3, 2) })?);
        }
        if stage == 2 {
            y = vb.pp("drop").made(dropout(0.5, vb.pp("drop"))?.forward(&y)?);
        }
    }
    Ok(vb.pp("pool4").made(y.global_avg_pool2d()?))
}
