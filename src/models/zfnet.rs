//! The network of Zeiler & Fergus 2014, figure 3: AlexNet without groups, with a first layer that looks more closely. Names are
//! Caffe's; it reads pixels in the order blue, green, red.

use crate::graph::op::Lrn;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d, dropout, linear};

/// Krizhevsky's.
const NORM: Lrn = Lrn { size: 5, alpha: 5e-4, beta: 0.75, k: 2.0 };
const DROPPED: f64 = 0.5;

/// There is one size.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let conv = |x: &Tensor, name: &str, out: usize, [kernel, stride, padding]: [usize; 3]| {
        let config = Conv2d { padding: Padding::even(padding), stride, ..config() };
        conv2d(x.dims()[1], out, kernel, config, vb.pp(name))?.forward(x)?.relu()
    };
    let pooled = |x: Tensor, name: &str| {
        Ok(vb.pp(name).made(x.pool2d(Pool2d { ceil: true, ..Pool2d::square(PoolFn::Max, 3, 2) })?))
    };
    let normed = |x: Tensor, name: &str| Ok(vb.pp(name).made(x.local_response_norm(NORM)?));
    let y = conv(&x.flip(1)?, "conv1", 96, [7, 2, 1])?;
    let y = conv(&normed(pooled(y, "pool1")?, "norm1")?, "conv2", 256, [5, 2, 0])?;
    let y = conv(&normed(pooled(y, "pool2")?, "norm2")?, "conv3", 384, [3, 1, 1])?;
    let y = conv(&y, "conv4", 384, [3, 1, 1])?;
    let mut y = pooled(conv(&y, "conv5", 256, [3, 1, 1])?, "pool5")?.flatten_from(1)?;
    for (layer, drop) in [("fc6", "drop6"), ("fc7", "drop7")] {
        y = linear(y.dims()[1], 4096, vb.pp(layer))?.forward(&y)?.relu()?;
        y = vb.pp(drop).made(dropout(DROPPED, vb.pp(drop))?.forward(&y)?);
    }
    linear(4096, classes, vb.pp("fc8"))?.forward(&y)
}
