//! Faster R-CNN (Ren, He, Girshick & Sun, "Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks", 2015), small: a
//! backbone of seven convolutions, its deepest map added to that of stride 8 (Lin et al., "Feature Pyramid Networks", 2017), a region
//! proposal network on it, and a head of two fully connected layers on 6 × 6 features of each region.

use crate::graph::op::conv2d::{Conv2d as Window, Padding};
use crate::graph::{Init, ShapeError, Tensor};
use crate::nn::roi::{RoiGrid, roi_align};
use crate::nn::{BatchNorm, Conv2d, Linear, VarBuilder, batch_norm, config, conv2d, conv2d_no_bias, linear};

/// Height and width of the input, in pixels.
pub const SIDE: usize = 224;
/// Pixels of the input from one place of the features to the next.
pub const STRIDE: usize = 8;
/// Places of the features down and across.
pub const PLACES: usize = SIDE / STRIDE;
/// Anchors at each place.
pub const ANCHORS: usize = 9;
/// Channels of the features.
pub const CHANNELS: usize = 64;
/// The bins of a region.
pub const GRID: RoiGrid = RoiGrid { bins: 6, scale: 1.0 / STRIDE as f64 };

/// Channels and stride of the convolutions.
const BLOCKS: [(usize, usize); 7] = [(16, 2), (32, 2), (64, 2), (64, 1), (96, 2), (96, 1), (96, 1)];
/// Blocks whose last one makes the map of stride 8.
const FINE: usize = 4;
const HIDDEN: usize = 128;
const EPS: f64 = 1e-5;
/// Last layers start from deviations of 0.01 and 0.001, as published; here uniform.
const LAST: Init = Init::Uniform(0.01 * 1.732_050_8);
const LAST_BOXES: Init = Init::Uniform(0.001 * 1.732_050_8);

/// The network with its variables in a graph.
pub struct FasterRcnn {
    blocks: Vec<(Conv2d, BatchNorm)>,
    fine: Conv2d,
    coarse: Conv2d,
    window: Conv2d,
    objectness: Conv2d,
    anchor_boxes: Conv2d,
    hidden: [Linear; 2],
    class: Linear,
    boxes: Linear,
}

/// What the region proposal network says of each anchor.
pub struct AnchorScores {
    /// The logit of a thing against none, `[batch, anchors, places, places]`.
    pub objectness: Tensor,
    /// What makes the anchor a box, `[batch, 4 · anchors, places, places]`: four of the first anchor, four of the second, ….
    pub deltas: Tensor,
}

/// What the head says of each region.
pub struct RegionScores {
    /// Logits `[regions, 1 + classes]`, of the background first.
    pub classes: Tensor,
    /// What makes the region a box, for each class by itself: `[regions, 4 · classes]`.
    pub deltas: Tensor,
}

impl FasterRcnn {
    /// # Errors
    /// Where a variable is known with another shape.
    pub fn new(classes: usize, vb: &VarBuilder) -> Result<Self, ShapeError> {
        let at = vb.pp("backbone");
        let (mut blocks, mut channels) = (Vec::new(), 3);
        for (k, (out, stride)) in BLOCKS.into_iter().enumerate() {
            let window = Window { padding: Padding::even(1), stride, ..config() };
            let conv = conv2d_no_bias(channels, out, 3, window, at.pp(format!("conv{}", k + 1)))?;
            blocks.push((conv, batch_norm(out, EPS, at.pp(format!("bn{}", k + 1)))?));
            channels = out;
        }
        let rpn = vb.pp("rpn").with_weight_init(LAST);
        let window = Window { padding: Padding::even(1), ..config() };
        let features = CHANNELS * GRID.bins * GRID.bins;
        let head = vb.pp("head");
        Ok(Self {
            blocks,
            fine: conv2d(BLOCKS[FINE - 1].0, CHANNELS, 1, config(), at.pp("fine"))?,
            coarse: conv2d(channels, CHANNELS, 1, config(), at.pp("coarse"))?,
            window: conv2d(CHANNELS, CHANNELS, 3, window, vb.pp("rpn").pp("conv"))?,
            objectness: conv2d(CHANNELS, ANCHORS, 1, config(), rpn.pp("objectness"))?,
            anchor_boxes: conv2d(CHANNELS, 4 * ANCHORS, 1, config(), rpn.pp("boxes"))?,
            hidden: [linear(features, HIDDEN, head.pp("fc1"))?, linear(HIDDEN, HIDDEN, head.pp("fc2"))?],
            class: linear(HIDDEN, classes + 1, head.pp("class").with_weight_init(LAST))?,
            boxes: linear(HIDDEN, 4 * classes, head.pp("boxes").with_weight_init(LAST_BOXES))?,
        })
    }

    /// `x [batch, 3, 224, 224]` in -1…1 → `[batch, 64, 28, 28]`.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn features(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let (mut y, mut fine) = (x.clone(), x.clone());
        for (k, (conv, norm)) in self.blocks.iter().enumerate() {
            y = norm.forward(&conv.forward(&y)?)?.relu()?;
            if k + 1 == FINE {
                fine = y.clone();
            }
        }
        let [rows, columns] = [fine.dims()[2], fine.dims()[3]];
        let coarse = self.coarse.forward(&y)?.upsample_nearest2d(rows, columns)?;
        self.fine.forward(&fine)?.add(&coarse)?.relu()
    }

    /// # Errors
    /// Where shapes do not fit.
    pub fn anchors(&self, features: &Tensor) -> Result<AnchorScores, ShapeError> {
        let y = self.window.forward(features)?.relu()?;
        Ok(AnchorScores { objectness: self.objectness.forward(&y)?, deltas: self.anchor_boxes.forward(&y)? })
    }

    /// `boxes [batch, regions, 4]` in pixels of the input.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn regions(&self, features: &Tensor, boxes: &Tensor) -> Result<RegionScores, ShapeError> {
        let mut y = roi_align(features, boxes, GRID)?.flatten_from(1)?;
        for layer in &self.hidden {
            y = layer.forward(&y)?.relu()?;
        }
        Ok(RegionScores { classes: self.class.forward(&y)?, deltas: self.boxes.forward(&y)? })
    }
}
