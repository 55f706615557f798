//! GoogLeNet (Szegedy et al. 2015) with batch norm, as torchvision has it: its third branch convolves 3×3 where the paper
//! has 5×5. torchvision's `transform_input` turns its own normalisation of the pixels into this network's, `value / 127.5 - 1`,
//! which the table of networks asks for in the first place.

use super::conv_norm;
use crate::graph::op::Conv2d;
use crate::graph::op::conv2d::Padding;
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, dropout, linear};

const EPS: f64 = 1e-3;

/// Channels of an inception block's branches: 1×1; 1×1 before 3×3; 1×1 before the second 3×3; 1×1 after the pool.
type Widths = [usize; 6];

/// A block, with its name, or a pool between the stages, with its extent.
const STAGES: [(&str, Widths); 9] = [
    ("inception3a", [64, 96, 128, 16, 32, 32]),
    ("inception3b", [128, 128, 192, 32, 96, 64]),
    ("inception4a", [192, 96, 208, 16, 48, 64]),
    ("inception4b", [160, 112, 224, 24, 64, 64]),
    ("inception4c", [128, 128, 256, 24, 64, 64]),
    ("inception4d", [112, 144, 288, 32, 64, 64]),
    ("inception4e", [256, 160, 320, 32, 128, 128]),
    ("inception5a", [256, 160, 320, 32, 128, 128]),
    ("inception5b", [384, 192, 384, 48, 128, 128]),
];

/// There is one size. Logits alone: what the heads say is asked for by [`with_heads`].
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    Ok(network(x, classes, vb, false)?.remove(0))
}

/// Logits of the network and of its two auxiliary heads, whose losses count three tenths in training.
///
/// # Errors
/// Where the picture is too small.
pub fn with_heads(x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Vec<Tensor>, ShapeError> {
    network(x, classes, vb, true)
}

fn network(x: &Tensor, classes: usize, vb: VarBuilder, heads: bool) -> Result<Vec<Tensor>, ShapeError> {
    let pooled = |x: &Tensor, name: &str, kernel| {
        Ok(vb.pp(name).made(x.pool2d(Pool2d { ceil: true, ..Pool2d::square(PoolFn::Max, kernel, 2) })?))
    };
    let y = basic(x, 64, 7, Conv2d { stride: 2, ..around(3) }, vb.pp("conv1"))?;
    let y = basic(&pooled(&y, "maxpool1", 3)?, 64, 1, config(), vb.pp("conv2"))?;
    let y = basic(&y, 192, 3, around(1), vb.pp("conv3"))?;
    let mut y = pooled(&y, "maxpool2", 3)?;
    let mut aside = Vec::new();
    for (name, widths) in STAGES {
        y = inception(&y, widths, vb.pp(name))?;
        match name {
            "inception3b" => y = pooled(&y, "maxpool3", 3)?,
            "inception4a" if heads => aside.push(head(&y, classes, vb.pp("aux1"))?),
            "inception4d" if heads => aside.push(head(&y, classes, vb.pp("aux2"))?),
            "inception4e" => y = pooled(&y, "maxpool4", 2)?,
            _ => {}
        }
    }
    let y = vb.pp("avgpool").made(y.global_avg_pool2d()?);
    let y = vb.pp("dropout").made(dropout(0.2, vb.pp("dropout"))?.forward(&y)?);
    let mut logits = vec![linear(1024, classes, vb.pp("fc"))?.forward(&y)?];
    logits.append(&mut aside);
    Ok(logits)
}

fn around(padding: usize) -> Conv2d {
    Conv2d { padding: Padding::even(padding), ..config() }
}

/// Convolution, batch norm, ReLU.
fn basic(x: &Tensor, out: usize, kernel: usize, conv: Conv2d, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    Ok(vb.made(conv_norm(x, out, kernel, conv, EPS, [vb.pp("conv"), vb.pp("bn")])?.relu()?))
}

/// Four branches side by side.
fn inception(x: &Tensor, widths: Widths, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let [straight, narrow, wide, narrower, small, after] = widths;
    let branch = |k: usize| vb.pp(format!("branch{k}"));
    let pair = |narrow, wide, vb: VarBuilder| -> Result<Tensor, ShapeError> {
        let y = basic(x, narrow, 1, config(), vb.pp(0))?;
        Ok(vb.made(basic(&y, wide, 3, around(1), vb.pp(1))?))
    };
    let pool = Pool2d { padding: [1; 2], ceil: true, ..Pool2d::square(PoolFn::Max, 3, 1) };
    let pooled = branch(4).pp(0).made(x.pool2d(pool)?);
    let branches = [
        basic(x, straight, 1, config(), branch(1))?,
        pair(narrow, wide, branch(2))?,
        pair(narrower, small, branch(3))?,
        branch(4).made(basic(&pooled, after, 1, config(), branch(4).pp(1))?),
    ];
    Ok(vb.made(Tensor::cat(&branches.each_ref(), 1)?))
}

/// A classifier half-way, which gives the layers before it a gradient in training.
fn head(x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let y = basic(&x.adaptive_avg_pool2d(4, 4)?, 128, 1, config(), vb.pp("conv"))?;
    let y = linear(2048, 1024, vb.pp("fc1"))?.forward(&y.flatten_from(1)?)?.relu()?;
    let y = dropout(0.7, vb.pp("dropout"))?.forward(&y)?;
    linear(1024, classes, vb.pp("fc2"))?.forward(&y)
}
