//! DeepPose (Toshev & Szegedy, "DeepPose: Human Pose Estimation via Deep Neural Networks", 2014), small: one network regresses the joints of
//! the whole person; each later stage has one that looks at a crop around a joint and says how far off it is. The paper has an AlexNet of
//! 220 × 220 for each stage; these are meant for a page.
//!
//! Multiply-accumulates of convolutions and fully connected layers for one figure: 13.7 million of the first stage, 14 × 3.2 million of each
//! further one.

use crate::graph::op::conv2d::{Conv2d as Window, Padding};
use crate::graph::{Init, ShapeError, Tensor};
use crate::nn::{BatchNorm, Conv2d, Linear, VarBuilder, batch_norm, config, conv2d_no_bias, linear};

/// Height and width of the first stage's input, and of the crops of those behind it, in pixels.
pub const WHOLE_SIDE: usize = 64;
/// See [`WHOLE_SIDE`].
pub const CROP_SIDE: usize = 32;
/// The first stage and two that correct.
pub const STAGES: usize = 3;

/// Channels and stride of the convolutions, and units of the hidden layer.
struct Layout {
    side: usize,
    blocks: &'static [(usize, usize)],
    hidden: usize,
}

const WHOLE: Layout =
    Layout { side: WHOLE_SIDE, blocks: &[(16, 2), (32, 2), (64, 1), (64, 2), (96, 1), (96, 2)], hidden: 128 };
const CROP: Layout = Layout { side: CROP_SIDE, blocks: &[(16, 2), (32, 1), (64, 2), (64, 2)], hidden: 96 };
const EPS: f64 = 1e-5;
/// The last layer starts from a deviation of 0.01, here uniform: at first all joints are in the middle.
const LAST: Init = Init::Uniform(0.01 * 1.732_050_8);

/// The network of one stage, with its variables in a graph.
pub struct PoseRegressor {
    blocks: Vec<(Conv2d, BatchNorm)>,
    /// Fully connected: its kernel has the size of the map.
    hidden: (Conv2d, BatchNorm),
    joints: Linear,
}

impl PoseRegressor {
    /// Of stage 0, 1 or 2.
    ///
    /// # Errors
    /// Where a variable is known with another shape.
    pub fn new(stage: usize, joints: usize, vb: &VarBuilder) -> Result<Self, ShapeError> {
        let layout = if stage == 0 { &WHOLE } else { &CROP };
        let vb = vb.pp(format!("stage{}", stage + 1));
        let (mut blocks, mut channels, mut side) = (Vec::new(), 3, layout.side);
        for (k, &(out, stride)) in layout.blocks.iter().enumerate() {
            let window = Window { padding: Padding::even(1), stride, ..config() };
            let conv = conv2d_no_bias(channels, out, 3, window, vb.pp(format!("conv{}", k + 1)))?;
            blocks.push((conv, batch_norm(out, EPS, vb.pp(format!("bn{}", k + 1)))?));
            (channels, side) = (out, side / stride);
        }
        Ok(Self {
            blocks,
            hidden: (
                conv2d_no_bias(channels, layout.hidden, side, config(), vb.pp("fc1"))?,
                batch_norm(layout.hidden, EPS, vb.pp("fc1_bn"))?,
            ),
            joints: linear(layout.hidden, 2 * joints, vb.pp("fc2").with_weight_init(LAST))?,
        })
    }

    /// `x [batch, 3, side, side]` in -1…1 → `[batch, 2 · joints]`: across and down of each joint, from the middle of the square in sides.
    /// Of a later stage only those of the joint whose crop it is mean anything.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let mut y = x.clone();
        for (conv, norm) in self.blocks.iter().chain([&self.hidden]) {
            y = norm.forward(&conv.forward(&y)?)?.relu()?;
        }
        self.joints.forward(&y.flatten_from(1)?)
    }
}
