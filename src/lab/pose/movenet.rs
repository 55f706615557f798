//! MoveNet: from a picture to the network's input, and from its heads to joints.

use super::joints::PoseBox;
use crate::data::{Rgb, resize};
use crate::lab::device::{Batched, Device, Model, timed};
use crate::lab::{LabError, Monitor, Weights, values_from};
use crate::models::movenet::{KEYPOINTS, PLACES, SIDE};
use crate::protocol::JointPlace;
use std::rc::Rc;

/// Added to a distance in places before something is divided by it: a person in the middle counts most, and a keypoint near where the
/// person's middle says that it is.
const NEAR: f32 = 1.8;
const PLANE: usize = PLACES * PLACES;
/// The weights of places as middles of a person are published in 8 bits: of so many, and what lies halfway goes down.
const LEVELS: f32 = 255.0;
const HALF: f32 = 0.5001;

/// For one picture at a time.
pub(super) struct MoveNetModel {
    weights: Rc<Weights>,
    batched: Batched,
}

impl Model for MoveNetModel {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        Ok(Self { weights: weights.clone(), batched: Batched::new(weights.program(1)?, device).await? })
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut one = Self::on(weights, device).await?;
        let grey = Rgb::new(8, 8, vec![128; 3 * 64])?;
        timed(watch, async || one.look(&grey).await.map(drop)).await
    }
}

impl MoveNetModel {
    /// COCO's keypoints in pixels of the picture, and how sure the network is of each, 0 to 1.
    pub(super) async fn look(&mut self, picture: &Rgb) -> Result<Vec<(JointPlace, f32)>, LabError> {
        let frame = PoseBox::whole(picture.width(), picture.height());
        let seen = resize::resize(&padded(picture)?, SIDE as u32, SIDE as u32)?;
        let row = self.batched.rows(&[values_from(&seen, self.weights.network())?]).await?.remove(0);
        let count = row.iter().filter(|value| !value.is_finite()).count() as u64;
        if count > 0 {
            let (file, tensor) = (self.weights.name().to_owned(), "heads".to_owned());
            return Err(LabError::NotFinite { file, tensor, count });
        }
        let place = |[x, y]: JointPlace| frame.denormalised([x - 0.5, y - 0.5]);
        Ok(keypoints(&row).into_iter().map(|(joint, score)| (place(joint), score)).collect())
    }
}

/// A square with the picture in its middle, black beside it.
fn padded(picture: &Rgb) -> Result<Rgb, LabError> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let side = width.max(height);
    let [left, top] = [(side - width) / 2, (side - height) / 2];
    let mut pixels = vec![0; 3 * side * side];
    for (row, from) in picture.pixels().chunks_exact(3 * width).enumerate() {
        let start = 3 * ((top + row) * side + left);
        pixels[start..start + 3 * width].copy_from_slice(from);
    }
    Ok(Rgb::new(side as u32, side as u32, pixels)?)
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The place of the greatest value.
fn best(values: impl Iterator<Item = f32>) -> usize {
    values.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at)
}

/// Across and down as shares of the square, and scores, from what the network gives: its heads are those of
/// [`HEADS`](crate::models::movenet::HEADS).
pub fn keypoints(heads: &[f32]) -> Vec<(JointPlace, f32)> {
    let (centres, rest) = heads.split_at(PLANE);
    let (maps, rest) = rest.split_at(KEYPOINTS * PLANE);
    let (offsets, regression) = rest.split_at(2 * KEYPOINTS * PLANE);
    let at = |place: usize| [(place % PLACES) as f32, (place / PLACES) as f32];
    let near = |[x, y]: [f32; 2], to: [f32; 2]| 1.0 / ((x - to[0]).hypot(y - to[1]) + NEAR);
    let middle = [PLACES as f32 / 2.0; 2];
    let in_middle = |place: usize| (LEVELS * NEAR * near(at(place), middle) - HALF).ceil();
    let centre = best((0..PLANE).map(|place| sigmoid(centres[place]) * in_middle(place)));
    let [x, y] = at(centre);
    let joint = |k: usize| {
        // Down before across.
        let [down, across] = [2 * k, 2 * k + 1];
        let to = [x + regression[across * PLANE + centre], y + regression[down * PLANE + centre]];
        let map = &maps[k * PLANE..(k + 1) * PLANE];
        let place = best((0..PLANE).map(|place| sigmoid(map[place]) * near(at(place), to)));
        let [x, y] = at(place);
        let exact = [x + offsets[across * PLANE + place], y + offsets[down * PLANE + place]];
        (exact.map(|value| value / PLACES as f32), sigmoid(map[place]))
    };
    (0..KEYPOINTS).map(joint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_decoded_as_they_are_described() {
        let mut heads = vec![-8.0; (1 + KEYPOINTS) * PLANE];
        heads.extend(vec![0.0; 4 * KEYPOINTS * PLANE]);
        let place = |x: usize, y: usize| y * PLACES + x;
        // Two people; the one in the middle counts.
        heads[place(24, 20)] = 2.0;
        heads[place(2, 2)] = 2.2;
        // Its left elbow is said to be four to the right and three below; two places are as likely.
        let k = 7;
        let regression = (1 + 3 * KEYPOINTS) * PLANE;
        heads[regression + 2 * k * PLANE + place(24, 20)] = 3.0;
        heads[regression + (2 * k + 1) * PLANE + place(24, 20)] = 4.0;
        heads[(1 + k) * PLANE + place(27, 23)] = 1.0;
        heads[(1 + k) * PLANE + place(10, 40)] = 1.0;
        let offsets = (1 + KEYPOINTS) * PLANE;
        heads[offsets + 2 * k * PLANE + place(27, 23)] = 0.5;
        heads[offsets + (2 * k + 1) * PLANE + place(27, 23)] = -0.25;
        let ([x, y], score) = keypoints(&heads)[k];
        assert!((x - 26.75 / 48.0).abs() < 1e-6 && (y - 23.5 / 48.0).abs() < 1e-6, "{x} {y}");
        assert!((score - sigmoid(1.0)).abs() < 1e-6);
    }

    #[test]
    fn a_picture_stands_in_the_middle_of_a_square() {
        let square = padded(&Rgb::new(4, 2, vec![9; 24]).unwrap()).unwrap();
        assert_eq!((square.width(), square.height()), (4, 4));
        assert_eq!([square.pixels()[0], square.pixels()[12], square.pixels()[35], square.pixels()[36]], [0, 9, 9, 0]);
    }
}
