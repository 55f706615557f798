//! MobileNet v3, small and large (Howard et al. 2019), with torchvision's names.

use super::naming::{Pair, inverted_residual_of_timm, under};
use super::sequential::Sequential;
use super::squeeze_excite::squeeze_excite;
use super::{conv_norm, divisible};
use crate::graph::op::Conv2d;
use crate::graph::op::conv2d::Padding;
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, linear};

/// torchvision's.
const EPS: f64 = 1e-3;
/// timm's, for weights that were trained there.
const EPS_OF_TIMM: f64 = 1e-5;

/// The activation of a block.
#[derive(Clone, Copy, PartialEq)]
enum Act {
    Relu,
    HardSwish,
}

impl Act {
    fn of(self, x: &Tensor) -> Result<Tensor, ShapeError> {
        match self {
            Act::Relu => x.relu(),
            Act::HardSwish => hard_swish(x),
        }
    }
}

/// `x · relu6(x + 3) / 6`
fn hard_swish(x: &Tensor) -> Result<Tensor, ShapeError> {
    x.mul(&hard_sigmoid(x)?)
}

/// `relu6(x + 3) / 6`
fn hard_sigmoid(x: &Tensor) -> Result<Tensor, ShapeError> {
    x.affine(1.0 / 6.0, 0.5)?.clamp(0.0, 1.0)
}

/// Kernel, channels inside, channels out, squeeze and excitation, activation, stride.
type Block = (usize, usize, usize, bool, Act, usize);

/// Table 2 of the paper.
const SMALL: &[Block] = &[
    (3, 16, 16, true, Act::Relu, 2),
    (3, 72, 24, false, Act::Relu, 2),
    (3, 88, 24, false, Act::Relu, 1),
    (5, 96, 40, true, Act::HardSwish, 2),
    (5, 240, 40, true, Act::HardSwish, 1),
    (5, 240, 40, true, Act::HardSwish, 1),
    (5, 120, 48, true, Act::HardSwish, 1),
    (5, 144, 48, true, Act::HardSwish, 1),
    (5, 288, 96, true, Act::HardSwish, 2),
    (5, 576, 96, true, Act::HardSwish, 1),
    (5, 576, 96, true, Act::HardSwish, 1),
];

/// Table 1 of the paper.
const LARGE: &[Block] = &[
    (3, 16, 16, false, Act::Relu, 1),
    (3, 64, 24, false, Act::Relu, 2),
    (3, 72, 24, false, Act::Relu, 1),
    (5, 72, 40, true, Act::Relu, 2),
    (5, 120, 40, true, Act::Relu, 1),
    (5, 120, 40, true, Act::Relu, 1),
    (3, 240, 80, false, Act::HardSwish, 2),
    (3, 200, 80, false, Act::HardSwish, 1),
    (3, 184, 80, false, Act::HardSwish, 1),
    (3, 184, 80, false, Act::HardSwish, 1),
    (3, 480, 112, true, Act::HardSwish, 1),
    (3, 672, 112, true, Act::HardSwish, 1),
    (5, 672, 160, true, Act::HardSwish, 2),
    (5, 960, 160, true, Act::HardSwish, 1),
    (5, 960, 160, true, Act::HardSwish, 1),
];

/// `last` is the width of the last layer before the classes: 1024 in the small one, 1280 in the large one.
pub(super) fn forward(last: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    network(last, EPS, x, classes, vb)
}

/// With the ε of timm's batch norms.
pub(super) fn of_timm(last: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    network(last, EPS_OF_TIMM, x, classes, vb)
}

fn blocks(last: usize) -> &'static [Block] {
    if last == 1024 { SMALL } else { LARGE }
}

fn network(last: usize, eps: f64, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let features = vb.pp("features");
    let stem = Conv2d { padding: Padding::even(1), stride: 2, ..config() };
    let mut y = around(x, 16, 3, stem, eps, Act::HardSwish, features.pp(0))?;
    for (place, &block) in (1..).zip(blocks(last)) {
        y = inverted_residual(&y, block, eps, features.pp(place))?;
    }
    let wide = 6 * y.dims()[1];
    let vb_of_last = features.pp(blocks(last).len() + 1);
    let y = features.made(around(&y, wide, 1, config(), eps, Act::HardSwish, vb_of_last)?);
    let y = vb.pp("avgpool").made(y.global_avg_pool2d()?);
    let classifier = Sequential::new(&y, vb.pp("classifier")).linear(last)?.then(|x, _| hard_swish(x))?.dropout(0.2)?;
    Ok(classifier.then(|x, vb| linear(last, classes, vb)?.forward(x))?.end())
}

/// Convolution, batch norm, activation.
fn around(
    x: &Tensor,
    out: usize,
    kernel: usize,
    conv: Conv2d,
    eps: f64,
    act: Act,
    vb: VarBuilder,
) -> Result<Tensor, ShapeError> {
    Ok(vb.made(act.of(&conv_norm(x, out, kernel, conv, eps, [vb.pp(0), vb.pp(1)])?)?))
}

fn inverted_residual(x: &Tensor, block: Block, eps: f64, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let (kernel, inside, out, weighs, act, stride) = block;
    let c_in = x.dims()[1];
    let mut y = x.clone();
    let mut places = (0..).map(|place: usize| vb.pp("block").pp(place));
    let mut next = || places.next().unwrap_or_else(|| vb.clone());
    if inside != c_in {
        y = around(&y, inside, 1, config(), eps, act, next())?;
    }
    let depthwise = Conv2d { padding: Padding::even(kernel / 2), stride, groups: inside, ..config() };
    y = around(&y, inside, kernel, depthwise, eps, act, next())?;
    if weighs {
        y = squeeze_excite(&y, divisible(inside / 4), [Tensor::relu, hard_sigmoid], next())?;
    }
    let last = next();
    y = last.made(conv_norm(&y, out, 1, config(), eps, [last.pp(0), last.pp(1)])?);
    Ok(vb.made(if stride == 1 && c_in == out { x.add(&y)? } else { y }))
}

/// timm's names. Blocks of equal width are a stage there.
pub(super) fn names_of_timm(last: usize) -> Vec<Pair> {
    let mut pairs = under("", "", &[("conv_stem", "features.0.0"), ("bn1", "features.0.1")]);
    pairs.extend(under("", "classifier", &[("conv_head", "0"), ("classifier", "3")]));
    let (mut stage, mut k, mut before) = (0, 0, 16);
    for (place, &(_, inside, out, weighs, ..)) in (1..).zip(blocks(last)) {
        // The first block is a stage of its own.
        if place > 1 {
            (stage, k) = if out == before && place > 2 { (stage, k + 1) } else { (stage + 1, 0) };
        }
        let ours = format!("features.{place}.block");
        pairs.extend(inverted_residual_of_timm(&format!("blocks.{stage}.{k}"), &ours, inside != before, weighs));
        before = out;
    }
    let wide = format!("features.{}", blocks(last).len() + 1);
    pairs.extend(under(&format!("blocks.{}.0", stage + 1), &wide, &[("conv", "0"), ("bn1", "1")]));
    pairs
}
