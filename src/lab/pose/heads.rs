//! From the numbers of a network that a file brought to joints in the picture.

use super::smooth::JointScore;
use crate::data::Rgb;
use crate::lab::device::{Batched, Device, Model, timed};
use crate::lab::{InputFrame, LabError, Monitor, Weights, letterboxed, values_from};
use crate::models::Network;
use crate::models::head::{JointForm, JointHead, OutputHead};
use crate::protocol::Skeleton;
use std::rc::Rc;

/// Coordinates are shares of the input where none is larger: no person's joints all lie in its first two pixels.
const LARGEST_SHARE: f32 = 2.0;

/// For one picture at a time.
pub(super) struct BroughtJoints {
    weights: Rc<Weights>,
    head: JointHead,
    skeleton: Skeleton,
    batched: Batched,
}

impl Model for BroughtJoints {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let (head, skeleton) = head_of(weights.network())?;
        let batched = Batched::new(weights.program(1)?, device).await?;
        Ok(Self { weights: weights.clone(), head, skeleton, batched })
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut one = Self::on(weights, device).await?;
        let grey = Rgb::new(8, 8, vec![128; 3 * 64])?;
        timed(watch, async || one.look(&grey).await.map(drop)).await
    }
}

/// # Errors
/// [`LabError::Setup`] of a network that finds no joints, or other ones.
pub(super) fn head_of(network: &Network) -> Result<(JointHead, Skeleton), LabError> {
    let title = &network.title;
    let Some(OutputHead::Joints(head)) = network.head() else {
        return Err(bad_setup!(
            "{title} finds no joints: a cascade of DeepPose does, MoveNet Lightning, and ONNX files with heat maps or coordinates of 14 or 17 joints"
        ));
    };
    let known = Skeleton::ALL.iter().find(|skeleton| skeleton.joints().len() == head.joints);
    let Some(skeleton) = known else {
        return Err(bad_setup!(
            "{title} finds {} joints; those of COCO, 17, and of the Leeds Sports Pose set, 14, are known here",
            head.joints
        ));
    };
    Ok((head.clone(), *skeleton))
}

impl BroughtJoints {
    pub(super) fn skeleton(&self) -> Skeleton {
        self.skeleton
    }

    /// Joints in pixels of the picture, and how sure the network is of each.
    pub(super) async fn look(&mut self, picture: &Rgb) -> Result<Vec<JointScore>, LabError> {
        let network = self.weights.network();
        let [_, height, width] = network.input;
        let (seen, frame) = letterboxed(picture, [height, width])?;
        let row = self.batched.rows(&[values_from(&seen, network)?]).await?.remove(0);
        let count = row.iter().filter(|value| !value.is_finite()).count() as u64;
        if count > 0 {
            let (file, tensor) = (self.weights.name().to_owned(), "heads".to_owned());
            return Err(LabError::NotFinite { file, tensor, count });
        }
        Ok(joints_from(&row, &self.head, &frame))
    }
}

/// The place of the greatest value, the first of equal ones.
fn best(values: &[f32]) -> usize {
    let greater = |best: usize, at: usize| if values[at] > values[best] { at } else { best };
    (1..values.len()).fold(0, greater)
}

/// Joints in the picture's pixels. `row` holds all numbers of the network for the picture that lies at `frame` in its input, in the head's
/// form. In a heat map a joint lies a quarter of a place from the greatest value towards the greater neighbour (Xiao et al. 2018); of several
/// people the likeliest counts.
pub fn joints_from(row: &[f32], head: &JointHead, frame: &InputFrame) -> Vec<JointScore> {
    let size = frame.size.map(|side| side as f32);
    let joints = head.joints;
    match head.form {
        JointForm::HeatMaps { height, width } => {
            let of = |map: &[f32]| {
                let at = best(map);
                let (x, y) = (at % width, at / width);
                let lean = |before: f32, after: f32| match after.total_cmp(&before) {
                    std::cmp::Ordering::Less => -0.25,
                    std::cmp::Ordering::Equal => 0.0,
                    std::cmp::Ordering::Greater => 0.25,
                };
                let dx = if x > 0 && x + 1 < width { lean(map[at - 1], map[at + 1]) } else { 0.0 };
                let dy = if y > 0 && y + 1 < height { lean(map[at - width], map[at + width]) } else { 0.0 };
                let place = [(x as f32 + dx + 0.5) / width as f32, (y as f32 + dy + 0.5) / height as f32];
                (frame.back([place[0] * size[0], place[1] * size[1]]), map[at])
            };
            row.chunks_exact(height * width).take(joints).map(of).collect()
        }
        JointForm::Coordinates { values } => {
            let all = row.chunks_exact(values).take(joints);
            let largest = all.clone().flat_map(|one| &one[..2]).fold(0.0_f32, |most, number| most.max(number.abs()));
            let unit = if largest <= LARGEST_SHARE { size } else { [1.0; 2] };
            let of =
                |one: &[f32]| (frame.back([one[0] * unit[0], one[1] * unit[1]]), one.get(2).copied().unwrap_or(1.0));
            all.map(of).collect()
        }
        JointForm::Axes { across, down } => {
            let (of_x, of_y) = row.split_at((joints * across).min(row.len()));
            let of = |(x, y): (&[f32], &[f32])| {
                let at = [best(x), best(y)];
                let place = [at[0] as f32 * size[0] / across as f32, at[1] as f32 * size[1] / down as f32];
                (frame.back(place), x[at[0]].min(y[at[1]]))
            };
            of_x.chunks_exact(across).zip(of_y.chunks_exact(down)).map(of).collect()
        }
        JointForm::Columns { values } => {
            let places = row.len() / (5 + values * joints);
            let scores = &row[4 * places..5 * places];
            let place = best(scores);
            let value = |at: usize| row[(5 + at) * places + place];
            let of = |joint: usize| {
                let at = joint * values;
                let score = if values > 2 { value(at + 2) } else { scores[place] };
                (frame.back([value(at), value(at + 1)]), score)
            };
            (0..joints).map(of).collect()
        }
    }
}
