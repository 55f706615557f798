//! AlexNet as it was published (Krizhevsky, Sutskever & Hinton 2012), with Caffe's names: two groups of channels, which then lay
//! on two GPUs, and local response normalisation. It reads pixels in the order blue, green, red.

use crate::graph::op::Lrn;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d, dropout, linear};

/// Caffe's, with a k of 1; the paper has 2.
const NORM: Lrn = Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 };
const DROPPED: f64 = 0.5;

/// In `groups` groups: two, or one as those count who leave the groups out.
pub(super) fn forward(groups: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let conv = |x: &Tensor, name: &str, out: usize, kernel: usize, config: Conv2d| {
        conv2d(x.dims()[1], out, kernel, config, vb.pp(name))?.forward(x)?.relu()
    };
    let around = |padding, groups| Conv2d { padding: Padding::even(padding), groups, ..config() };
    let pooled = |x: Tensor, name: &str| Ok(vb.pp(name).made(x.max_pool2d_with_stride(3, 2)?));
    let normed = |x: Tensor, name: &str| Ok(vb.pp(name).made(x.local_response_norm(NORM)?));
    let y = conv(&x.flip(1)?, "conv1", 96, 11, Conv2d { stride: 4, ..config() })?;
    let y = pooled(normed(y, "norm1")?, "pool1")?;
    let y = conv(&y, "conv2", 256, 5, around(2, groups))?;
    let y = pooled(normed(y, "norm2")?, "pool2")?;
    let y = conv(&y, "conv3", 384, 3, around(1, 1))?;
    let y = conv(&y, "conv4", 384, 3, around(1, groups))?;
    let y = pooled(conv(&y, "conv5", 256, 3, around(1, groups))?, "pool5")?;
    let mut y = y.flatten_from(1)?;
    for (layer, drop) in [("fc6", "drop6"), ("fc7", "drop7")] {
        y = linear(y.dims()[1], 4096, vb.pp(layer))?.forward(&y)?.relu()?;
        y = vb.pp(drop).made(dropout(DROPPED, vb.pp(drop))?.forward(&y)?);
    }
    linear(4096, classes, vb.pp("fc8"))?.forward(&y)
}
