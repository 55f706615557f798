//! EfficientNet-B0 (Tan & Le 2019), with torchvision's names.

use super::naming::{Pair, inverted_residual_of_timm, under};
use super::squeeze_excite::squeeze_excite;
use super::{conv_norm, stochastic_depth};
use crate::graph::op::Conv2d;
use crate::graph::op::conv2d::Padding;
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, dropout, linear};

const EPS: f64 = 1e-5;
const LAST: usize = 1280;

/// Blocks of equal width: by how much each widens inside, kernel, stride of the first, channels out, how many (table 1 of the
/// paper).
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
];
const BLOCKS: usize = 16;

/// The share of pictures for which the last block is left out in training; it grows from block to block.
const LEFT_OUT: f64 = 0.2;

/// There is one size.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let features = vb.pp("features");
    let stem = Conv2d { padding: Padding::even(1), stride: 2, ..config() };
    let mut y = around(x, 32, 3, stem, features.pp(0))?;
    let mut before = 0;
    for (stage, (widen, kernel, stride, out, count)) in (1..).zip(STAGES) {
        let vb = features.pp(stage);
        for k in 0..count {
            let stride = if k == 0 { stride } else { 1 };
            let left_out = LEFT_OUT * before as f64 / BLOCKS as f64;
            y = block(&y, [widen, kernel, stride, out], left_out, vb.pp(k))?;
            before += 1;
        }
        y = vb.made(y);
    }
    let y = features.made(around(&y, LAST, 1, config(), features.pp(STAGES.len() + 1))?);
    let y = vb.pp("avgpool").made(y.global_avg_pool2d()?);
    let y = dropout(0.2, vb.pp("classifier").pp(0))?.forward(&y)?;
    linear(LAST, classes, vb.pp("classifier").pp(1))?.forward(&y)
}

/// Convolution, batch norm, SiLU.
fn around(x: &Tensor, out: usize, kernel: usize, conv: Conv2d, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    Ok(vb.made(conv_norm(x, out, kernel, conv, EPS, [vb.pp(0), vb.pp(1)])?.silu()?))
}

fn block(
    x: &Tensor,
    [widen, kernel, stride, out]: [usize; 4],
    left_out: f64,
    vb: VarBuilder,
) -> Result<Tensor, ShapeError> {
    let c_in = x.dims()[1];
    let inside = c_in * widen;
    let first = usize::from(widen > 1);
    let place = |k: usize| vb.pp("block").pp(k);
    let mut y = x.clone();
    if widen > 1 {
        y = around(&y, inside, 1, config(), place(0))?;
    }
    let depthwise = Conv2d { padding: Padding::even(kernel / 2), stride, groups: inside, ..config() };
    y = around(&y, inside, kernel, depthwise, place(first))?;
    y = squeeze_excite(&y, (c_in / 4).max(1), [Tensor::silu, Tensor::sigmoid], place(first + 1))?;
    let last = place(first + 2);
    y = last.made(conv_norm(&y, out, 1, config(), EPS, [last.pp(0), last.pp(1)])?);
    let is_same = stride == 1 && c_in == out;
    Ok(vb.made(if is_same { x.add(&stochastic_depth(&y, left_out, &vb)?)? } else { y }))
}

/// timm's names.
pub(super) fn names_of_timm() -> Vec<Pair> {
    let mut pairs =
        under("", "", &[("conv_stem", "features.0.0"), ("bn1", "features.0.1"), ("classifier", "classifier.1")]);
    for (stage, (widen, .., count)) in STAGES.into_iter().enumerate() {
        for k in 0..count {
            let ours = format!("features.{}.{k}.block", stage + 1);
            pairs.extend(inverted_residual_of_timm(&format!("blocks.{stage}.{k}"), &ours, widen > 1, true));
        }
    }
    pairs.extend(under("", &format!("features.{}", STAGES.len() + 1), &[("conv_head", "0"), ("bn2", "1")]));
    pairs
}
