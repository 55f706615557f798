//! MobileNet v2 (Sandler et al. 2018) with torchvision's parameter names: padded as torchvision pads, or as TensorFlow does.

use super::naming::{Pair, under};
use super::{conv_norm, relu6};
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, dropout, linear};

const LAST: usize = 1280;

/// Where it was trained: the zeros around a picture, and the ε of batch norm.
#[derive(Clone, Copy)]
enum Home {
    Torchvision,
    TensorFlow,
}

impl Home {
    fn eps(self) -> f64 {
        match self {
            Home::Torchvision => 1e-5,
            Home::TensorFlow => 1e-3,
        }
    }

    /// For 3 × 3 taps on `x`, so that the size stays but for the stride.
    fn around(self, x: &Tensor, stride: usize, groups: usize) -> Conv2d {
        let padding = match self {
            Home::Torchvision => Padding::even(1),
            Home::TensorFlow => Padding::same(x.dims()[2], 3, stride),
        };
        Conv2d { padding, stride, groups, ..config() }
    }
}

/// Blocks of equal width: by how much each widens inside, channels out, how many, stride of the first (table 2 of the paper).
const STAGES: [(usize, usize, usize, usize); 7] =
    [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

/// Of width 1, the only one.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    network(Home::Torchvision, x, classes, vb)
}

/// The same as TensorFlow and Keras have it, for square pictures.
pub(super) fn of_tensorflow(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    network(Home::TensorFlow, x, classes, vb)
}

fn network(home: Home, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let features = vb.pp("features");
    let stem = features.pp(0);
    let mut y = relu6(conv_norm(x, 32, 3, home.around(x, 2, 1), home.eps(), [stem.pp(0), stem.pp(1)])?)?;
    let mut block = 0;
    for (widen, channels, count, stride) in STAGES {
        for k in 0..count {
            block += 1;
            let stride = if k == 0 { stride } else { 1 };
            let vb = features.pp(block);
            y = vb.made(inverted_residual(home, &y, widen, channels, stride, vb.pp("conv"))?);
        }
    }
    let last = features.pp(block + 1);
    y = relu6(conv_norm(&y, LAST, 1, config(), home.eps(), [last.pp(0), last.pp(1)])?)?;
    let y = dropout(0.2, vb.pp("classifier").pp(0))?.forward(&features.made(y).global_avg_pool2d()?)?;
    linear(LAST, classes, vb.pp("classifier").pp(1))?.forward(&y)
}

/// Wider by a 1 × 1 convolution, each channel by itself, narrower without an activation; and around all that the input, where
/// it fits.
fn inverted_residual(
    home: Home,
    x: &Tensor,
    widen: usize,
    channels: usize,
    stride: usize,
    vb: VarBuilder,
) -> Result<Tensor, ShapeError> {
    let c_in = x.dims()[1];
    let inside = c_in * widen;
    let mut y = x.clone();
    let mut layer = 0;
    if widen > 1 {
        y = relu6(conv_norm(&y, inside, 1, config(), home.eps(), [vb.pp(0).pp(0), vb.pp(0).pp(1)])?)?;
        layer += 1;
    }
    let depthwise = vb.pp(layer);
    let around = home.around(&y, stride, inside);
    y = relu6(conv_norm(&y, inside, 3, around, home.eps(), [depthwise.pp(0), depthwise.pp(1)])?)?;
    y = conv_norm(&y, channels, 1, config(), home.eps(), [vb.pp(layer + 1), vb.pp(layer + 2)])?;
    if stride == 1 && c_in == channels { x.add(&y) } else { Ok(y) }
}

/// timm's names.
pub(super) fn names_of_timm() -> Vec<Pair> {
    let mut pairs =
        under("", "", &[("conv_stem", "features.0.0"), ("bn1", "features.0.1"), ("classifier", "classifier.1")]);
    let mut place = 0;
    for (stage, (widen, _, count, _)) in STAGES.into_iter().enumerate() {
        for k in 0..count {
            place += 1;
            let parts: &[(&str, &str)] = if widen > 1 {
                &[
                    ("conv_pw", "0.0"),
                    ("bn1", "0.1"),
                    ("conv_dw", "1.0"),
                    ("bn2", "1.1"),
                    ("conv_pwl", "2"),
                    ("bn3", "3"),
                ]
            } else {
                &[("conv_dw", "0.0"), ("bn1", "0.1"), ("conv_pw", "1"), ("bn2", "2")]
            };
            pairs.extend(under(&format!("blocks.{stage}.{k}"), &format!("features.{place}.conv"), parts));
        }
    }
    pairs.extend(under("", &format!("features.{}", place + 1), &[("conv_head", "0"), ("bn2", "1")]));
    pairs
}
