//! What a step learns from, as the numbers that a plan takes.

use super::{
    ANCHOR_COUNTS, ANCHOR_TARGETS, ANCHOR_WEIGHTS, IS_BACKGROUND, PICTURES, REGION_CLASSES, REGION_COUNTS,
    REGION_TARGETS, REGIONS, SAMPLED_ANCHORS, SAMPLED_REGIONS,
};
use crate::data::Rgb;
use crate::graph::Host;
use crate::lab::LabError;
use crate::lab::detect::anchors::{AnchorLabel, encoded, labelled, sampled};
use crate::lab::detect::found::DetectInput;
use crate::lab::detect::proposals::region_examples;
use crate::lab::dice::Dice;
use crate::models::faster_rcnn::{ANCHORS, PLACES, SIDE};
use crate::protocol::BoxCorners;
use candle_core::Device;

/// Of all pictures of a step.
pub(super) struct StepExamples {
    pictures: Host,
    /// Of each anchor 1 where it is background, and whether it counts.
    is_background: Vec<u32>,
    counts: Vec<f32>,
    /// `[batch, 4 · anchors, places, places]`
    targets: Vec<f32>,
    weights: Vec<f32>,
    regions: Vec<f32>,
    region_classes: Vec<u32>,
    region_counts: Vec<f32>,
    region_targets: Vec<f32>,
}

/// Channels as planes, four bytes in a word, the first in the lowest bits: U32 `[batch, 3 · side² / 4]`.
pub(super) fn pictures_from(pictures: &[&Rgb]) -> candle_core::Result<Host> {
    let mut words = Vec::with_capacity(pictures.len() * 3 * SIDE * SIDE / 4);
    for picture in pictures {
        for channel in 0..3 {
            for four in picture.pixels().chunks_exact(12) {
                let byte = |at: usize| u32::from(four[3 * at + channel]);
                words.push(byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24);
            }
        }
    }
    Host::from_vec(words, (pictures.len(), 3 * SIDE * SIDE / 4), &Device::Cpu)
}

pub(super) fn pictures_of(lessons: &[DetectInput]) -> candle_core::Result<Host> {
    pictures_from(&lessons.iter().map(|lesson| &*lesson.picture).collect::<Vec<_>>())
}

impl StepExamples {
    /// What is sampled follows from the seed and the number of the step.
    pub(super) fn of(
        lessons: &[DetectInput],
        proposed: &[Vec<BoxCorners>],
        anchors: &[BoxCorners],
        (seed, step): (u32, u32),
    ) -> Result<Self, LabError> {
        let mut dice = Dice::new(seed ^ step.wrapping_mul(0x9e37_79b9));
        let plane = PLACES * PLACES;
        let mut made = Self {
            pictures: pictures_of(lessons)?,
            is_background: Vec::new(),
            counts: Vec::new(),
            targets: vec![0.0; lessons.len() * 4 * ANCHORS * plane],
            weights: vec![0.0; lessons.len() * 4 * ANCHORS * plane],
            regions: Vec::new(),
            region_classes: Vec::new(),
            region_counts: Vec::new(),
            region_targets: Vec::new(),
        };
        for (DetectInput { truth, .. }, proposed) in lessons.iter().zip(proposed) {
            let things: Vec<BoxCorners> = truth.iter().map(|thing| thing.corners).collect();
            let labels = sampled(labelled(anchors, [SIDE as f32; 2], &things), SAMPLED_ANCHORS, &mut dice);
            let first = 4 * made.counts.len();
            for (at, label) in labels.iter().enumerate() {
                made.is_background.push(u32::from(*label == AnchorLabel::Background));
                made.counts.push(f32::from(u8::from(*label != AnchorLabel::Neither)));
                if let AnchorLabel::Thing(thing) = label {
                    let numbers = encoded(anchors[at], things[*thing]);
                    for (k, number) in numbers.into_iter().enumerate() {
                        let place = first + (4 * (at / plane) + k) * plane + at % plane;
                        (made.targets[place], made.weights[place]) = (number, 1.0);
                    }
                }
            }
            for example in region_examples(proposed, truth, SAMPLED_REGIONS, &mut dice) {
                made.regions.extend(example.corners);
                made.region_classes.push(example.class);
                made.region_counts.push(f32::from(u8::from(example.counts)));
                made.region_targets.extend(example.target);
            }
        }
        Ok(made)
    }

    pub(super) fn inputs(self) -> candle_core::Result<Vec<(&'static str, Host)>> {
        let (batch, device) = (self.pictures.dims()[0], &Device::Cpu);
        let (anchors, regions) = (self.counts.len(), self.region_counts.len());
        let map = (batch, 4 * ANCHORS, PLACES, PLACES);
        Ok(vec![
            (PICTURES, self.pictures),
            (IS_BACKGROUND, Host::from_vec(self.is_background, anchors, device)?),
            (ANCHOR_COUNTS, Host::from_vec(self.counts, anchors, device)?),
            (ANCHOR_TARGETS, Host::from_vec(self.targets, map, device)?),
            (ANCHOR_WEIGHTS, Host::from_vec(self.weights, map, device)?),
            (REGIONS, Host::from_vec(self.regions, (batch, SAMPLED_REGIONS, 4), device)?),
            (REGION_CLASSES, Host::from_vec(self.region_classes, regions, device)?),
            (REGION_COUNTS, Host::from_vec(self.region_counts, regions, device)?),
            (REGION_TARGETS, Host::from_vec(self.region_targets, (regions, 1, 4), device)?),
        ])
    }
}
