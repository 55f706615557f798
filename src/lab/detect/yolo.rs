//! Detectors of one stage: Yolo-Fastest, from a picture to the network's input, and from its two heads to boxes (Redmon & Farhadi 2018,
//! section 2); and networks that a file brought.

use super::boxes::{area, clipped};
use super::heads::{boxes_from, names_of_head, numbered, places_of};
use crate::data::Rgb;
use crate::lab::device::{Batched, Device, Model, timed};
use crate::lab::{InputFrame, LabError, Monitor, Weights, letterboxed, squashed, values_from};
use crate::models::head::{BoxForm, BoxHead, OutputHead};
use crate::models::yolo_fastest::{CLASSES, HEADS, YoloHead};
use crate::models::{DETECTOR, Network};
use crate::protocol::{DetectedBox, HeadForm, HeadReport};
use std::rc::Rc;

/// Anchors are in pixels of an input of this side.
const ANCHORED: f32 = 320.0;
/// Scores below it are of no use to anybody.
pub(super) const LEAST_SCORE: f32 = 0.02;

/// For one picture at a time.
pub(super) struct OneStage {
    weights: Rc<Weights>,
    /// None of Yolo-Fastest.
    head: Option<BoxHead>,
    batched: Batched,
}

impl Model for OneStage {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let head = head_of(weights.network())?;
        Ok(Self { weights: weights.clone(), head, batched: Batched::new(weights.program(1)?, device).await? })
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut one = Self::on(weights, device).await?;
        let grey = vec![0.5; weights.network().input.iter().product()];
        timed(watch, async || one.batched.rows(&[&grey]).await.map(drop)).await
    }
}

/// What a detector of one stage said of a picture.
pub(super) struct RawHeads {
    row: Vec<f32>,
    frame: InputFrame,
    size: [u32; 2],
}

/// Of a network that a file brought; none of Yolo-Fastest.
fn head_of(network: &Network) -> Result<Option<BoxHead>, LabError> {
    let title = &network.title;
    match network.head() {
        Some(OutputHead::Boxes(head)) => Ok(Some(head.clone())),
        Some(OutputHead::Joints(_)) => Err(bad_setup!("{title} finds no boxes but the joints of a person: on Pose")),
        None if network.id == DETECTOR => Ok(None),
        None => Err(bad_setup!("{title} finds no boxes; R-CNN takes networks that name classes")),
    }
}

/// What such a network tells apart, in English and Japanese, as far as it is known before it has run.
pub(super) fn one_stage_names(network: &Network) -> Vec<[String; 2]> {
    let classes = network.head().map_or(CLASSES, OutputHead::classes);
    names_of_head(network.names.as_deref(), classes)
}

impl OneStage {
    pub(super) async fn look(&mut self, picture: &Rgb) -> Result<RawHeads, LabError> {
        let network = self.weights.network();
        let [_, height, width] = network.input;
        let is_letterboxed = self.head.as_ref().is_some_and(|head| head.is_letterboxed);
        let fit = if is_letterboxed { letterboxed } else { squashed };
        let (seen, frame) = fit(picture, [height, width])?;
        let row = self.batched.rows(&[values_from(&seen, network)?]).await?.remove(0);
        let count = row.iter().filter(|value| !value.is_finite()).count() as u64;
        if count > 0 {
            let (file, tensor) = (self.weights.name().to_owned(), "heads".to_owned());
            return Err(LabError::NotFinite { file, tensor, count });
        }
        Ok(RawHeads { row, frame, size: [picture.width(), picture.height()] })
    }

    /// Boxes at so many places were looked for.
    pub(super) fn places(&self, said: &RawHeads) -> usize {
        match &self.head {
            Some(head) => places_of(said.row.len(), head),
            None => said.row.len() / (5 + CLASSES),
        }
    }

    /// In the picture's pixels.
    pub(super) fn boxes(&self, said: &RawHeads) -> Vec<DetectedBox> {
        match &self.head {
            Some(head) => {
                let mut boxes = boxes_from(&said.row, head, &said.frame, LEAST_SCORE);
                // In the grey beside the picture there is nothing.
                let size = said.size.map(|side| side as f32);
                boxes.retain(|one| area(clipped(one.corners, size)) > 0.0);
                boxes
            }
            None => {
                let [width, height] = said.frame.size;
                decoded(&said.row, [height, width], said.size, LEAST_SCORE)
            }
        }
    }

    /// English and Japanese; as many more, numbered, as these boxes are of.
    pub(super) fn names(&self, boxes: &[DetectedBox]) -> Vec<[String; 2]> {
        let mut names = one_stage_names(self.weights.network());
        let most = boxes.iter().map(|one| one.class as usize + 1).max().unwrap_or(0);
        names.extend((names.len()..most).map(numbered));
        names
    }

    /// How its file's numbers were read.
    pub(super) fn report(&self) -> Option<HeadReport> {
        let head = self.head.as_ref()?;
        let network = self.weights.network();
        let form = match head.form {
            BoxForm::Objectness => HeadForm::Objectness,
            BoxForm::Columns { .. } => HeadForm::Columns,
            BoxForm::Rows => HeadForm::Rows,
            BoxForm::Suppressed | BoxForm::Labelled => HeadForm::Suppressed,
            BoxForm::Apart { .. } => HeadForm::Apart,
        };
        let [_, height, width] = network.input;
        Some(HeadReport {
            title: network.title.clone(),
            form,
            width: width as u32,
            height: height as u32,
            is_letterboxed: head.is_letterboxed,
            is_cut: head.is_cut,
        })
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
