//! ConvNeXt-tiny (Liu et al. 2022), with torchvision's names. The channels stay the second dimension throughout: the fully
//! connected layers of a block are 1×1 convolutions with the same weights.

use super::naming::{Pair, under};
use super::stochastic_depth;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{Init, ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d, layer_norm, linear, linear_as_conv2d};

const EPS: f64 = 1e-6;

/// Channels and blocks of the four stages.
const STAGES: [(usize, usize); 4] = [(96, 3), (192, 3), (384, 9), (768, 3)];
const BLOCKS: usize = 18;

/// The share of pictures for which the last block is left out in training; it grows from block to block.
const LEFT_OUT: f64 = 0.1;

/// What a block's own part counts at first.
const SCALE: f64 = 1e-6;

/// There is one size.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let features = vb.pp("features");
    let mut y = x.clone();
    let mut before = 0;
    for (stage, (width, count)) in STAGES.into_iter().enumerate() {
        let down = features.pp(2 * stage);
        let by = |kernel| Conv2d { stride: kernel, ..config() };
        y = down.made(if stage == 0 {
            let y = conv2d(3, width, 4, by(4), down.pp(0))?.forward(&y)?;
            layer_norm(width, EPS, down.pp(1))?.forward_along(&y, 1)?
        } else {
            let narrow = y.dims()[1];
            let y = layer_norm(narrow, EPS, down.pp(0))?.forward_along(&y, 1)?;
            conv2d(narrow, width, 2, by(2), down.pp(1))?.forward(&y)?
        });
        let blocks = features.pp(2 * stage + 1);
        for index in 0..count {
            let left_out = LEFT_OUT * before as f64 / (BLOCKS - 1) as f64;
            y = block(&y, left_out, blocks.pp(index))?;
            before += 1;
        }
        y = blocks.made(y);
    }
    let width = y.dims()[1];
    let y = vb.pp("avgpool").made(y.global_avg_pool2d()?);
    let y = layer_norm(width, EPS, vb.pp("classifier").pp(0))?.forward(&y)?;
    linear(width, classes, vb.pp("classifier").pp(2))?.forward(&y)
}

/// Each channel by itself, then all channels at each place, beside a shortcut.
fn block(x: &Tensor, left_out: f64, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let width = x.dims()[1];
    let inside = vb.pp("block");
    let depthwise = Conv2d { padding: Padding::even(3), groups: width, ..config() };
    let y = conv2d(width, width, 7, depthwise, inside.pp(0))?.forward(x)?;
    let y = layer_norm(width, EPS, inside.pp(2))?.forward_along(&y, 1)?;
    let y = linear_as_conv2d(width, 4 * width, inside.pp(3))?.forward(&y)?;
    let y = inside.pp(4).made(y.gelu_erf()?);
    let y = linear_as_conv2d(4 * width, width, inside.pp(5))?.forward(&y)?;
    let scale = vb.get_with_hints([width, 1, 1], "layer_scale", Init::Const(SCALE))?;
    let y = y.broadcast_mul(&scale.reshape([1, width, 1, 1])?)?;
    Ok(vb.made(x.add(&stochastic_depth(&y, left_out, &vb)?)?))
}

/// timm's names.
pub(super) fn names_of_timm() -> Vec<Pair> {
    let mut pairs = under("", "", &[("head.norm", "classifier.0"), ("head.fc", "classifier.2")]);
    for (stage, (_, count)) in STAGES.into_iter().enumerate() {
        let before = if stage == 0 { "stem".to_owned() } else { format!("stages.{stage}.downsample") };
        pairs.push((before, format!("features.{}", 2 * stage)));
        for k in 0..count {
            let parts = [
                ("conv_dw", "block.0"),
                ("norm", "block.2"),
                ("mlp.fc1", "block.3"),
                ("mlp.fc2", "block.5"),
                ("gamma", "layer_scale"),
            ];
            pairs.extend(under(
                &format!("stages.{stage}.blocks.{k}"),
                &format!("features.{}.{k}", 2 * stage + 1),
                &parts,
            ));
        }
    }
    pairs
}
