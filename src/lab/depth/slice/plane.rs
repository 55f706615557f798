//! The plane through three pictures, as a network reads them.

use crate::lab::LabError;

/// Below this share of the distance between the first two pictures, a third one lies on their line.
const ON_LINE: f64 = 1e-4;

/// Points of the plane are measured from the first picture, in distances between the first and the second: across towards the second, up
/// towards the third.
pub(super) struct Plane {
    origin: Vec<f32>,
    across: Vec<f32>,
    up: Vec<f32>,
    /// Where the three pictures are.
    pub(super) corners: [[f64; 2]; 3],
}

impl Plane {
    /// # Errors
    /// [`LabError::Setup`] where two are the same to the network, or all three on one line.
    pub(super) fn through([first, second, third]: &[Vec<f32>; 3]) -> Result<Self, LabError> {
        let from_first =
            |to: &[f32]| to.iter().zip(first).map(|(to, from)| f64::from(*to) - f64::from(*from)).collect();
        let (across, other): (Vec<f64>, Vec<f64>) = (from_first(second), from_first(third));
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let square = product(&across, &across);
        ensure!(square > 0.0, "the first and the second picture are the same to this network; choose another one");
        let along = product(&other, &across) / square;
        let beside: Vec<f64> = other.iter().zip(&across).map(|(other, across)| other - along * across).collect();
        let height = (product(&beside, &beside) / square).sqrt();
        ensure!(
            height > ON_LINE,
            "the third picture lies on the line through the first two, as this network reads them; choose another one"
        );
        let short = |row: Vec<f64>, by: f64| row.into_iter().map(|number| (number / by) as f32).collect();
        let corners = [[0.0, 0.0], [1.0, 0.0], [along, height]];
        Ok(Self { origin: first.clone(), across: short(across, 1.0), up: short(beside, height), corners })
    }

    /// What the network reads at a point.
    pub(super) fn at(&self, [x, y]: [f64; 2]) -> Vec<f32> {
        let directions = self.across.iter().zip(&self.up);
        let of = |(origin, (across, up)): (&f32, (&f32, &f32))| {
            (f64::from(*origin) + x * f64::from(*across) + y * f64::from(*up)) as f32
        };
        self.origin.iter().zip(directions).map(of).collect()
    }

    /// As rows of an affine map around a point.
    pub(super) fn around(&self, point: [f64; 2]) -> Vec<f32> {
        [self.at(point), self.across.clone(), self.up.clone()].concat()
    }

    /// Left, lower, right and upper edge of a square that holds the three pictures.
    pub(super) fn square(&self) -> [f64; 4] {
        let edge = |axis: usize, pick: fn(f64, f64) -> f64| {
            self.corners.iter().map(|corner| corner[axis]).reduce(pick).unwrap_or_default()
        };
        let [left, right, lower, upper] = [(0, false), (0, true), (1, false), (1, true)]
            .map(|(axis, is_high)| edge(axis, if is_high { f64::max } else { f64::min }));
        let half = 0.58 * (right - left).max(upper - lower);
        let [x, y] = [left + right, lower + upper].map(|sum| sum / 2.0);
        [x - half, y - half, x + half, y + half]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_where_the_plane_says() {
        let pictures = [vec![1.0, 0.0, 2.0, 0.5], vec![0.0, 3.0, 1.0, 0.25], vec![0.5, -1.0, 0.0, 4.0]];
        let plane = Plane::through(&pictures).unwrap();
        for (corner, picture) in plane.corners.iter().zip(&pictures) {
            for (found, expected) in plane.at(*corner).iter().zip(picture) {
                assert!((found - expected).abs() < 1e-5, "{found} {expected}");
            }
        }
        // Distances are those between the pictures.
        let distance =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt();
        let unit = distance(&pictures[0], &pictures[1]);
        let [x, y] = [0, 1].map(|axis| plane.corners[2][axis] - plane.corners[1][axis]);
        assert!((x.hypot(y) * unit - distance(&pictures[1], &pictures[2])).abs() < 1e-5);
        let [left, lower, right, upper] = plane.square();
        assert!(plane.corners.iter().all(|[x, y]| *x > left && *x < right && *y > lower && *y < upper));
    }

    #[test]
    fn pictures_that_make_no_plane_are_refused() {
        let said = |pictures: [Vec<f32>; 3]| Plane::through(&pictures).err().unwrap().to_string();
        let (a, b) = (vec![0.0, 1.0], vec![1.0, 1.0]);
        assert!(said([a.clone(), a.clone(), b.clone()]).contains("are the same to this network"));
        assert!(said([a.clone(), b.clone(), vec![3.0, 1.0]]).contains("on the line through the first two"));
        assert!(said([a.clone(), b, a]).contains("on the line through the first two"));
    }
}
