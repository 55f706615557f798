//! MoveNet SinglePose Lightning (Google 2021), which finds COCO's 17 keypoints of one person: MobileNet v2 with a feature pyramid (Lin et al.
//! 2017) up to stride 4, and four heads on it as in CenterNet (Zhou et al., "Objects as points", 2019). Names: `n<i>`, `i` the node of the
//! published graph, in which sums and resized maps have numbers too. Batch norms are folded into the convolutions.

use super::relu6;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d};

/// Height and width of the input, and of the heads' maps.
pub const SIDE: usize = 192;
/// See [`SIDE`].
pub const PLACES: usize = 48;
/// Joints that it finds.
pub const KEYPOINTS: usize = 17;

/// Channels of the heads, one after another: whether a person's middle is there; whether a keypoint is; from a place to the keypoint's exact
/// place; from a person's middle to its keypoints. Down before across; in places.
pub const HEADS: [usize; 4] = [1, KEYPOINTS, 2 * KEYPOINTS, 2 * KEYPOINTS];

/// Levels: channels that leave a block, with the stride of the first, how often, and of the last the channels of the pyramid's level.
const LEVELS: [&[(usize, usize, usize)]; 4] =
    [&[(24, 2, 2)], &[(32, 2, 3)], &[(64, 2, 4)], &[(96, 1, 3), (160, 2, 3), (320, 1, 1)]];
/// Of the pyramid, from fine to coarse.
const LATERAL: [usize; 3] = [24, 32, 64];
/// What leaves each level of the pyramid, from coarse to fine.
const DOWN: [usize; 3] = [32, 24, 24];
const EXPANSION: usize = 6;

#[derive(Clone, Copy)]
enum Activation {
    None,
    Relu,
    Relu6,
}

/// The nodes in their order.
struct Nodes {
    vb: VarBuilder,
    next: usize,
}

impl Nodes {
    fn conv(&mut self, x: &Tensor, shape: [usize; 3], groups: usize, then: Activation) -> Result<Tensor, ShapeError> {
        let [out, kernel, stride] = shape;
        let conv = Conv2d { padding: Padding::same(x.dims()[2], kernel, stride), stride, groups, ..config() };
        let vb = self.vb.pp(format!("n{:03}", self.next));
        self.next += 1;
        let y = conv2d(x.dims()[1], out, kernel, conv, vb)?.forward(x)?;
        match then {
            Activation::None => Ok(y),
            Activation::Relu => y.relu(),
            Activation::Relu6 => relu6(y),
        }
    }

    /// 3 × 3 on each channel alone.
    fn depthwise(&mut self, x: &Tensor, stride: usize, then: Activation) -> Result<Tensor, ShapeError> {
        let channels = x.dims()[1];
        self.conv(x, [channels, 3, stride], channels, then)
    }

    fn pointwise(&mut self, x: &Tensor, out: usize, then: Activation) -> Result<Tensor, ShapeError> {
        self.conv(x, [out, 1, 1], 1, then)
    }

    /// 1 × 1 to six times as many channels, 3 × 3 on each alone, 1 × 1 to `out`; the sum with what came, where it has that shape.
    fn block(&mut self, x: &Tensor, out: usize, stride: usize) -> Result<Tensor, ShapeError> {
        let y = self.pointwise(x, EXPANSION * x.dims()[1], Activation::Relu6)?;
        let y = self.depthwise(&y, stride, Activation::Relu6)?;
        let y = self.pointwise(&y, out, Activation::None)?;
        if stride == 1 && x.dims()[1] == out { self.sum(x, &y) } else { Ok(y) }
    }

    fn sum(&mut self, x: &Tensor, y: &Tensor) -> Result<Tensor, ShapeError> {
        self.next += 1;
        x.add(y)
    }

    fn doubled(&mut self, x: &Tensor) -> Result<Tensor, ShapeError> {
        self.next += 1;
        let [rows, columns] = [2, 3].map(|side| 2 * x.dims()[side]);
        x.upsample_bilinear2d(rows, columns, false)
    }
}

/// The four [`HEADS`] one after another, `[batch, 86 · 48 · 48]`, as logits and places. There is one size.
pub(super) fn forward(_: usize, x: &Tensor, _: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let mut nodes = Nodes { vb, next: 0 };
    let mut y = nodes.conv(x, [32, 3, 2], 1, Activation::Relu6)?;
    y = nodes.depthwise(&y, 1, Activation::Relu6)?;
    y = nodes.pointwise(&y, 16, Activation::None)?;
    let mut laterals = Vec::new();
    for (level, blocks) in LEVELS.iter().enumerate() {
        for &(out, stride, count) in *blocks {
            for number in 0..count {
                y = nodes.block(&y, out, if number == 0 { stride } else { 1 })?;
            }
        }
        if let Some(channels) = LATERAL.get(level) {
            laterals.push(nodes.pointwise(&y, *channels, Activation::None)?);
        }
    }
    y = nodes.pointwise(&y, 1280, Activation::Relu6)?;
    y = nodes.pointwise(&y, LATERAL[2], Activation::None)?;
    for (lateral, out) in laterals.iter().rev().zip(DOWN) {
        y = nodes.doubled(&y)?;
        y = nodes.sum(&y, lateral)?;
        y = nodes.depthwise(&y, 1, Activation::None)?;
        y = nodes.pointwise(&y, out, Activation::Relu)?;
    }
    let mut heads = Vec::new();
    for channels in HEADS {
        let head = nodes.depthwise(&y, 1, Activation::None)?;
        let head = nodes.pointwise(&head, 96, Activation::Relu)?;
        heads.push(nodes.pointwise(&head, channels, Activation::None)?.flatten_from(1)?);
    }
    Tensor::cat(&heads.iter().collect::<Vec<_>>(), 1)
}
