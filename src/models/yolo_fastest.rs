//! Yolo-Fastest 1.1 (dog-qiuqiu 2020), a one-stage detector of COCO's 80 classes: inverted residuals as in MobileNet v2, pools of three
//! sizes side by side (He et al. 2014), and two heads as in YOLOv3 (Redmon & Farhadi 2018). Names: `layers.<i>.conv`, `layers.<i>.bn`, `i`
//! the layer of the published configuration, in which routes and sums have numbers too.

use super::conv_norm;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d};

const EPS: f64 = 1e-5;
const SLOPE: f64 = 0.1;

/// Classes that it tells apart.
pub const CLASSES: usize = 80;
/// Of each place of a head: for each of three anchors a box, whether there is a thing at all, and the classes.
const CHANNELS: usize = 3 * (5 + CLASSES);

/// A head: pixels from one of its places to the next, and its anchors, widths and heights in pixels of an input of 320.
pub struct YoloHead {
    /// In pixels.
    pub stride: usize,
    /// Width and height of each.
    pub anchors: [[f32; 2]; 3],
}

/// In the order in which the network gives them.
pub const HEADS: [YoloHead; 2] = [
    YoloHead { stride: 32, anchors: [[115.0, 73.0], [119.0, 199.0], [242.0, 238.0]] },
    YoloHead { stride: 16, anchors: [[12.0, 18.0], [37.0, 49.0], [52.0, 132.0]] },
];

/// Blocks from layer 1 on: channels within, stride, channels that leave it, how often; those of stride 1 that leave as many channels as came
/// add what came.
const BLOCKS: [(usize, usize, usize, usize); 12] = [
    (8, 1, 4, 1),
    (8, 1, 4, 1),
    (24, 2, 8, 1),
    (32, 1, 8, 2),
    (32, 2, 8, 1),
    (48, 1, 8, 2),
    (48, 1, 16, 1),
    (96, 1, 16, 4),
    (96, 2, 24, 1),
    (136, 1, 24, 4),
    (136, 2, 48, 1),
    (224, 1, 48, 5),
];

/// How many of [`BLOCKS`] there are before the map that the second head reads too.
const SHARED: usize = 10;

/// The two heads one after another, `[batch, numbers]`: of each `[3 · (5 + 80), rows, columns]`, not yet decoded. There is one size. Sides
/// are multiples of 32.
pub(super) fn forward(_: usize, x: &Tensor, _: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let vb = vb.pp("layers");
    let mut layer = 0;
    let mut y = conv(x, 8, 3, 2, 1, true, &vb, &mut layer)?;
    let mut shared = y.clone();
    for (at, (inner, stride, out, count)) in BLOCKS.into_iter().enumerate() {
        if at == SHARED {
            shared = y.clone();
        }
        for _ in 0..count {
            y = inverted_residual(&y, inner, stride, out, &vb, &mut layer)?;
        }
    }
    let pooled = [9, 5, 3].map(|kernel| {
        let pool = Pool2d { padding: [kernel / 2; 2], ..Pool2d::square(PoolFn::Max, kernel, 1) };
        y.pool2d(pool)
    });
    let [nine, five, three] = pooled;
    y = Tensor::cat(&[&nine?, &five?, &three?, &y], 1)?;
    // Three pools and their routes.
    layer += 6;
    y = conv(&y, 96, 1, 1, 1, true, &vb, &mut layer)?;
    let coarse = head(&y, &vb, &mut layer)?;
    // A decoded head, and the route back.
    layer += 2;
    let [_, _, rows, columns] = shared.spec().float_nchw("yolo_fastest")?;
    let finer = Tensor::cat(&[&y.upsample_nearest2d(rows, columns)?, &shared], 1)?;
    // The larger map and the route to both.
    layer += 2;
    let fine = head(&finer, &vb, &mut layer)?;
    Tensor::cat(&[&coarse.flatten_from(1)?, &fine.flatten_from(1)?], 1)
}

/// 1 × 1 to `inner` channels, 3 × 3 on each alone, 1 × 1 to `out`.
fn inverted_residual(
    x: &Tensor,
    inner: usize,
    stride: usize,
    out: usize,
    vb: &VarBuilder,
    layer: &mut usize,
) -> Result<Tensor, ShapeError> {
    // Of the first two blocks the second alone adds.
    let is_residual = stride == 1 && x.dims()[1] == out;
    let y = conv(x, inner, 1, 1, 1, true, vb, layer)?;
    let y = conv(&y, inner, 3, stride, inner, true, vb, layer)?;
    let y = conv(&y, out, 1, 1, 1, false, vb, layer)?;
    if !is_residual {
        return Ok(y);
    }
    // Dropout and the sum.
    *layer += 2;
    y.add(x)
}

/// Twice 5 × 5 on each channel alone and 1 × 1; then a 1 × 1 with a bias.
fn head(x: &Tensor, vb: &VarBuilder, layer: &mut usize) -> Result<Tensor, ShapeError> {
    let channels = x.dims()[1];
    let mut y = x.clone();
    for _ in 0..2 {
        y = conv(&y, channels, 5, 1, channels, true, vb, layer)?;
        y = conv(&y, channels, 1, 1, 1, false, vb, layer)?;
    }
    let made = conv2d(channels, CHANNELS, 1, config(), vb.pp(*layer).pp("conv"))?.forward(&y)?;
    *layer += 1;
    Ok(made)
}

#[expect(clippy::too_many_arguments, reason = "a row of the published configuration")]
fn conv(
    x: &Tensor,
    out: usize,
    kernel: usize,
    stride: usize,
    groups: usize,
    is_leaky: bool,
    vb: &VarBuilder,
    layer: &mut usize,
) -> Result<Tensor, ShapeError> {
    let conv = Conv2d { padding: Padding::even(kernel / 2), stride, groups, ..config() };
    let vb = vb.pp(*layer);
    *layer += 1;
    let y = conv_norm(x, out, kernel, conv, EPS, [vb.pp("conv"), vb.pp("bn")])?;
    if is_leaky { y.leaky_relu(SLOPE) } else { Ok(y) }
}
