//! Yolo-Fastest: from a picture to the network's input, and from its two heads to boxes (Redmon & Farhadi 2018, section 2).

use crate::data::Rgb;
use crate::lab::device::{Batched, Device, Model, timed};
use crate::lab::{LabError, Monitor, Weights, seen, values_from};
use crate::models::yolo_fastest::{CLASSES, HEADS, YoloHead};
use crate::protocol::{DetectedBox, Fit};
use std::rc::Rc;

/// Anchors are in pixels of an input of this side.
const ANCHORED: f32 = 320.0;
/// Scores below it are of no use to anybody.
pub(super) const LEAST_SCORE: f32 = 0.02;

/// For one picture at a time.
pub(super) struct OneStage {
    weights: Rc<Weights>,
    batched: Batched,
}

impl Model for OneStage {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        Ok(Self { weights: weights.clone(), batched: Batched::new(weights.program(1)?, device).await? })
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut one = Self::on(weights, device).await?;
        let grey = vec![0.5; weights.network().input.iter().product()];
        timed(watch, async || one.batched.rows(&[&grey]).await.map(drop)).await
    }
}

impl OneStage {
    /// What both heads give of the whole picture, squashed to the network's square; and height and width of that.
    pub(super) async fn heads(&mut self, picture: &Rgb) -> Result<(Vec<f32>, [usize; 2]), LabError> {
        let network = self.weights.network();
        let [_, height, width] = network.input;
        let row = self.batched.rows(&[values_from(&seen(picture, network, Fit::Squash)?, network)?]).await?.remove(0);
        let count = row.iter().filter(|value| !value.is_finite()).count() as u64;
        if count > 0 {
            let (file, tensor) = (self.weights.name().to_owned(), "heads".to_owned());
            return Err(LabError::NotFinite { file, tensor, count });
        }
        Ok((row, [height, width]))
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Boxes in the picture's pixels with scores of `least` and more, each of its likeliest class, in the order of heads, anchors and places.
/// `heads` is what the network gives
/// of a square of `height` × `width`; `size` the width and height of the picture.
pub fn decoded(heads: &[f32], [height, width]: [usize; 2], size: [u32; 2], least: f32) -> Vec<DetectedBox> {
    let mut found = Vec::new();
    let mut start = 0;
    for YoloHead { stride, anchors } in &HEADS {
        let (rows, columns) = (height / stride, width / stride);
        let plane = rows * columns;
        for (anchor, [anchor_width, anchor_height]) in anchors.iter().enumerate() {
            let from = start + anchor * (5 + CLASSES) * plane;
            for place in 0..plane {
                let value = |channel: usize| heads[from + channel * plane + place];
                let objectness = sigmoid(value(4));
                if objectness < least {
                    continue;
                }
                let x = (sigmoid(value(0)) + (place % columns) as f32) / columns as f32;
                let y = (sigmoid(value(1)) + (place / columns) as f32) / rows as f32;
                let half =
                    [value(2).exp() * anchor_width, value(3).exp() * anchor_height].map(|of| of / ANCHORED / 2.0);
                let [across, down] = size.map(|side| side as f32);
                let corners = [x - half[0], y - half[1], x + half[0], y + half[1]];
                let corners = [0, 1, 2, 3].map(|at| corners[at] * [across, down][at % 2]);
                let classes = (0..CLASSES).map(|class| (class as u32, value(5 + class)));
                let Some((class, logit)) = classes.max_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
                let score = objectness * sigmoid(logit);
                if score >= least {
                    found.push(DetectedBox { class, score, corners });
                }
            }
        }
        start += anchors.len() * (5 + CLASSES) * plane;
    }
    found
}
