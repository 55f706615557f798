//! ShuffleNet v2 (Ma et al. 2018), with torchvision's names.

use super::conv_norm;
use crate::graph::op::Conv2d;
use crate::graph::op::conv2d::Padding;
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, linear};

const EPS: f64 = 1e-5;

/// Channels and blocks of the three stages at width 1.
const STAGES: [(usize, usize); 3] = [(116, 4), (232, 8), (464, 4)];

/// Of width 1, the only one.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let y = conv_norm(x, 24, 3, depthwise(2, 1), EPS, [vb.pp("conv1").pp(0), vb.pp("conv1").pp(1)])?;
    let y = vb.pp("conv1").made(y.relu()?);
    let mut y = vb.pp("maxpool").made(y.pool2d(Pool2d { padding: [1; 2], ..Pool2d::square(PoolFn::Max, 3, 2) })?);
    for (stage, (channels, blocks)) in (2..).zip(STAGES) {
        let vb = vb.pp(format!("stage{stage}"));
        for block in 0..blocks {
            let vb = vb.pp(block);
            y = vb.made(if block == 0 { halving(&y, channels / 2, vb.clone())? } else { same(&y, vb.clone())? });
        }
        y = vb.made(y);
    }
    let last = vb.pp("conv5");
    let y = last.made(conv_norm(&y, 1024, 1, config(), EPS, [last.pp(0), last.pp(1)])?.relu()?);
    linear(1024, classes, vb.pp("fc"))?.forward(&y.global_avg_pool2d()?)
}

/// 3×3, so that the size stays but for the stride.
fn depthwise(stride: usize, groups: usize) -> Conv2d {
    Conv2d { padding: Padding::even(1), stride, groups, ..config() }
}

/// One half of the channels as it is, the other convolved.
fn same(x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let half = x.dims()[1] / 2;
    let kept = x.narrow(1, 0, half)?;
    let new = convolved(&x.narrow(1, half, half)?, half, 1, vb.pp("branch2"))?;
    shuffled(&Tensor::cat(&[&kept, &new], 1)?)
}

/// Both halves from the whole input, at half the size.
fn halving(x: &Tensor, half: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let (channels, one) = (x.dims()[1], vb.pp("branch1"));
    let y = conv_norm(x, channels, 3, depthwise(2, channels), EPS, [one.pp(0), one.pp(1)])?;
    let y = conv_norm(&y, half, 1, config(), EPS, [one.pp(2), one.pp(3)])?.relu()?;
    shuffled(&Tensor::cat(&[&one.made(y), &convolved(x, half, 2, vb.pp("branch2"))?], 1)?)
}

/// 1×1, each channel by itself, 1×1.
fn convolved(x: &Tensor, half: usize, stride: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let y = conv_norm(x, half, 1, config(), EPS, [vb.pp(0), vb.pp(1)])?.relu()?;
    let y = conv_norm(&y, half, 3, depthwise(stride, half), EPS, [vb.pp(3), vb.pp(4)])?;
    Ok(vb.made(conv_norm(&y, half, 1, config(), EPS, [vb.pp(5), vb.pp(6)])?.relu()?))
}

/// The channels of the two halves in turn.
fn shuffled(x: &Tensor) -> Result<Tensor, ShapeError> {
    let &[batch, channels, height, width] = x.dims() else {
        return Err(ShapeError::Rank { op: "shuffled", want: "4", got: x.dims().to_vec() });
    };
    let halves = x.reshape([batch, 2, channels / 2, height, width])?;
    halves.transpose(1, 2)?.reshape([batch, channels, height, width])
}
