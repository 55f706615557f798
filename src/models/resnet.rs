//! ImageNet ResNets (He et al. 2015), with torchvision's names: of basic blocks up to depth 34, of bottlenecks beyond.

use super::conv_norm;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, linear};

pub(super) const EPS: f64 = 1e-5;

/// How much wider a bottleneck's output is than its inside.
const EXPANSION: usize = 4;

/// Which of a bottleneck's convolutions halves the picture.
#[derive(Clone, Copy)]
enum Halving {
    /// The first one, 1×1, as in the paper.
    First,
    /// The 3×3 one, as torchvision, timm and Facebook's Torch have it ("v1.5").
    Middle,
}

/// As torchvision has it; the depth counts the layers with weights.
pub(super) fn forward(depth: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    network(depth, Halving::Middle, x, classes, vb)
}

/// As the paper has it: the same variables, less work.
pub(super) fn original(depth: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    network(depth, Halving::First, x, classes, vb)
}

fn network(depth: usize, halving: Halving, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let is_basic = depth <= 34;
    // Blocks of each stage: table 1 of the paper.
    let counts = match depth {
        18 => [2; 4],
        34 | 50 => [3, 4, 6, 3],
        101 => [3, 4, 23, 3],
        _ => [3, 8, 36, 3],
    };
    let expansion = if is_basic { 1 } else { EXPANSION };
    let stem = Conv2d { padding: Padding::even(3), stride: 2, ..config() };
    let y = conv_norm(x, 64, 7, stem, EPS, [vb.pp("conv1"), vb.pp("bn1")])?;
    let y = vb.pp("relu").made(y.relu()?);
    let mut y = vb.pp("maxpool").made(y.pool2d(Pool2d { padding: [1; 2], ..Pool2d::square(PoolFn::Max, 3, 2) })?);
    for (stage, (count, width)) in counts.into_iter().zip([64, 128, 256, 512]).enumerate() {
        let vb = vb.pp(format!("layer{}", stage + 1));
        for block in 0..count {
            let vb = vb.pp(block);
            let stride = if block == 0 && stage > 0 { 2 } else { 1 };
            let shortcut = if y.dims()[1] == width * expansion && stride == 1 {
                y.clone()
            } else {
                let vb = vb.pp("downsample");
                let conv = Conv2d { stride, ..config() };
                vb.made(conv_norm(&y, width * expansion, 1, conv, EPS, [vb.pp(0), vb.pp(1)])?)
            };
            y = vb.made(match is_basic {
                true => basic_block(&y, &shortcut, width, stride, vb.clone())?,
                false => bottleneck(&y, &shortcut, width, stride, halving, vb.clone())?,
            });
        }
        y = vb.made(y);
    }
    let pooled = vb.pp("avgpool").made(y.global_avg_pool2d()?);
    linear(512 * expansion, classes, vb.pp("fc"))?.forward(&pooled)
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

/// A 3×3 convolution between two 1×1 ones, of which the first narrows and the last widens, beside a shortcut.
fn bottleneck(
    x: &Tensor,
    shortcut: &Tensor,
    width: usize,
    stride: usize,
    halving: Halving,
    vb: VarBuilder,
) -> Result<Tensor, ShapeError> {
    let (first, middle) = match halving {
        Halving::First => (stride, 1),
        Halving::Middle => (1, stride),
    };
    let narrow = Conv2d { stride: first, ..config() };
    let wide = Conv2d { padding: Padding::even(1), stride: middle, ..config() };
    let y = conv_norm(x, width, 1, narrow, EPS, [vb.pp("conv1"), vb.pp("bn1")])?.relu()?;
    let y = conv_norm(&y, width, 3, wide, EPS, [vb.pp("conv2"), vb.pp("bn2")])?.relu()?;
    let y = conv_norm(&y, width * EXPANSION, 1, config(), EPS, [vb.pp("conv3"), vb.pp("bn3")])?;
    y.broadcast_add(shortcut)?.relu()
}
