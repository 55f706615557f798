//! DenseNet-121 (Huang et al. 2017), with torchvision's names: each layer reads all that the layers before it made.

use super::conv_norm;
use super::naming::{Pair, under};
use crate::graph::op::Conv2d;
use crate::graph::op::conv2d::Padding;
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, batch_norm, config, conv2d_no_bias, linear};

const EPS: f64 = 1e-5;

/// Channels that each layer adds.
const GROWTH: usize = 32;

/// Layers of the four blocks.
const BLOCKS: [usize; 4] = [6, 12, 24, 16];

/// There is one size.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let features = vb.pp("features");
    let around = |padding| Conv2d { padding: Padding::even(padding), ..config() };
    let stem = Conv2d { stride: 2, ..around(3) };
    let y = conv_norm(x, 64, 7, stem, EPS, [features.pp("conv0"), features.pp("norm0")])?;
    let y = features.pp("relu0").made(y.relu()?);
    let pool = Pool2d { padding: [1; 2], ..Pool2d::square(PoolFn::Max, 3, 2) };
    let mut y = features.pp("pool0").made(y.pool2d(pool)?);
    for (block, layers) in (1..).zip(BLOCKS) {
        let vb = features.pp(format!("denseblock{block}"));
        for layer in 1..=layers {
            let vb = vb.pp(format!("denselayer{layer}"));
            let inside = normed(&y, vb.pp("norm1"))?;
            let inside = conv_norm(&inside, 4 * GROWTH, 1, config(), EPS, [vb.pp("conv1"), vb.pp("norm2")])?.relu()?;
            let new = conv2d_no_bias(4 * GROWTH, GROWTH, 3, around(1), vb.pp("conv2"))?.forward(&inside)?;
            y = Tensor::cat(&[&y, &vb.made(new)], 1)?;
        }
        y = vb.made(y);
        if block < BLOCKS.len() {
            let vb = features.pp(format!("transition{block}"));
            let half = y.dims()[1] / 2;
            let narrow = conv2d_no_bias(2 * half, half, 1, config(), vb.pp("conv"))?;
            y = vb.made(narrow.forward(&normed(&y, vb.pp("norm"))?)?.avg_pool2d(2)?);
        }
    }
    let y = normed(&y, features.pp("norm5"))?;
    linear(y.dims()[1], classes, vb.pp("classifier"))?.forward(&y.global_avg_pool2d()?)
}

/// Batch norm and ReLU, before a convolution.
fn normed(x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    batch_norm(x.dims()[1], EPS, vb)?.forward(x)?.relu()
}

/// The names in the files that torchvision publishes.
pub(super) fn first_names() -> Vec<Pair> {
    let layers = (1..).zip(BLOCKS).flat_map(|(block, layers)| (1..=layers).map(move |layer| (block, layer)));
    let pairs = layers.flat_map(|(block, layer)| {
        let path = format!("features.denseblock{block}.denselayer{layer}");
        let parts = [("norm.1", "norm1"), ("conv.1", "conv1"), ("norm.2", "norm2"), ("conv.2", "conv2")];
        under(&path, &path, &parts)
    });
    pairs.collect()
}
