//! What a step learns from, as the numbers that a plan takes.

use super::{CROPS, CascadeTraining, LEARN_STREAM, OUTPUTS, PICTURES, REACH, SIDES, TARGETS, WEIGHTS, host};
use crate::data::Rgb;
use crate::data::procedural::{DrawnFigure, FIGURE_JOINTS};
use crate::graph::Host;
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::lab::pose::crop::{cropped, flipped};
use crate::lab::pose::joints::{KnownJoints, PoseBox, diameter, known, mirrored};
use crate::models::deep_pose::STAGES;
use std::rc::Rc;

/// How much a person's square is larger or smaller than it should be, and how far off, in sides.
const SIZE: f32 = 0.08;
const SHIFT: f32 = 0.04;
/// The same of the diameter of a trunk, which a stage knows from the one before it.
const DIAMETER: f32 = 0.12;
/// How much other joints count that are in a crop: the paper learns the one whose crop it is; but what is seen of the others makes features.
const BESIDE: f32 = 0.3;
/// Where no trunk is annotated, its diameter in sides of the person's square.
pub(in crate::lab::pose) const USUAL_DIAMETER: f32 = 0.28;

/// A picture and the joints of the person in it.
#[derive(Clone, Debug, PartialEq)]
pub struct PoseExample {
    pub picture: Rc<Rgb>,
    pub joints: KnownJoints,
}

impl PoseExample {
    pub(in crate::lab::pose) fn mirrored(&self) -> Self {
        let picture = flipped(&self.picture);
        Self { joints: mirrored(&self.joints, picture.width() as f32), picture: Rc::new(picture) }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl PoseExample {
    /// Turned around the middle of the picture, by radians with the clock.
    pub(in crate::lab::pose) fn turned(&self, by: f32) -> Result<Self, LabError> {
        let (sine, cosine) = by.sin_cos();
        let middle = [self.picture.width() as f32 / 2.0, self.picture.height() as f32 / 2.0];
        let joints = self.joints.map(|joint| {
            let [x, y] = joint?;
            let [x, y] = [x - middle[0], y - middle[1]];
            Some([middle[0] + cosine * x - sine * y, middle[1] + sine * x + cosine * y])
        });
        Ok(Self { picture: Rc::new(crate::lab::pose::crop::turned(&self.picture, by)?), joints })
    }
}

/// Of all figures of a step, for each stage: squares, targets, and which of these count.
#[derive(Default)]
pub(super) struct CascadeExamples {
    pictures: [Vec<f32>; STAGES],
    targets: [Vec<f32>; STAGES],
    weights: [Vec<f32>; STAGES],
}

impl CascadeExamples {
    /// What is drawn follows from the seed and the number of the step.
    pub(super) fn of(task: &CascadeTraining, step: u32) -> Result<Self, LabError> {
        let mut dice = Dice::new(task.seed ^ step.wrapping_mul(0x9e37_79b9));
        let mut made = Self::default();
        for place in 0..task.batch {
            let mut example = if !task.own.is_empty() && place % 2 == 1 {
                task.own[dice.below(task.own.len())].clone()
            } else {
                let number = u64::from(step) * task.batch as u64 + place as u64;
                let figure = DrawnFigure::drawn(task.seed ^ LEARN_STREAM, number)?;
                PoseExample { joints: known(&figure), picture: Rc::new(figure.picture) }
            };
            if dice.is(0.5) {
                example = example.mirrored();
            }
            made.add(&example, task, &mut dice);
        }
        Ok(made)
    }

    fn add(&mut self, PoseExample { picture, joints }: &PoseExample, task: &CascadeTraining, dice: &mut Dice) {
        let around = |reach: f32, dice: &mut Dice| (2.0 * dice.unit() - 1.0) * reach;
        let frame = PoseBox::around(joints).unwrap_or_else(|| PoseBox::whole(picture.width(), picture.height()));
        let trunk = diameter(joints).unwrap_or(USUAL_DIAMETER * frame.side);
        let centre = [0, 1].map(|at| frame.centre[at] + frame.side * around(SHIFT, dice));
        let seen = PoseBox { centre, side: frame.side * (1.0 + around(SIZE, dice)) };
        cropped(picture, seen, SIDES[0], &mut self.pictures[0]);
        for joint in joints {
            let place = joint.map(|place| seen.normalised(place));
            self.targets[0].extend(place.unwrap_or_default());
            self.weights[0].extend([f32::from(u8::from(place.is_some())); 2]);
        }
        let annotated: Vec<usize> = (0..FIGURE_JOINTS).filter(|joint| joints[*joint].is_some()).collect();
        for stage in 1..STAGES {
            let off = &task.displacements[stage - 1];
            for _ in 0..CROPS {
                let joint = annotated.get(dice.below(annotated.len().max(1))).copied().unwrap_or(0);
                let place = joints[joint].unwrap_or(frame.centre);
                let by = [0, 1].map(|at| off.mean[joint][at] + off.deviation[joint][at] * dice.normal());
                let centre = [0, 1].map(|at| place[at] + trunk * by[at]);
                let side = REACH[stage - 1] * trunk * (1.0 + around(DIAMETER, dice));
                let seen = PoseBox { centre, side };
                cropped(picture, seen, SIDES[stage], &mut self.pictures[stage]);
                let [mut targets, mut weights] = [[0.0; OUTPUTS]; 2];
                for &other in &annotated {
                    let Some(place) = joints[other].map(|place| seen.normalised(place)) else { continue };
                    let weight = match place.iter().all(|value| value.abs() < 0.5) {
                        _ if other == joint => 1.0,
                        true => BESIDE,
                        false => continue,
                    };
                    targets[2 * other..2 * other + 2].copy_from_slice(&place);
                    weights[2 * other..2 * other + 2].fill(weight);
                }
                self.targets[stage].extend(targets);
                self.weights[stage].extend(weights);
            }
        }
    }

    pub(super) fn inputs(self) -> candle_core::Result<Vec<(&'static str, Host)>> {
        let mut inputs = Vec::new();
        let Self { pictures, targets, weights } = self;
        for (stage, ((pictures, targets), weights)) in pictures.into_iter().zip(targets).zip(weights).enumerate() {
            let count = targets.len() / OUTPUTS;
            inputs.push((PICTURES[stage], host(pictures, (count, 3, SIDES[stage], SIDES[stage]))?));
            inputs.push((TARGETS[stage], host(targets, (count, OUTPUTS))?));
            inputs.push((WEIGHTS[stage], host(weights, (count, OUTPUTS))?));
        }
        Ok(inputs)
    }
}
