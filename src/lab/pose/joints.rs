//! Joints, the square of a person, and the numbers that are regressed: joints from the middle of the square, in sides (section 3.1 of the
//! paper).

use crate::data::procedural::{DrawnFigure, FIGURE_JOINTS};
use crate::protocol::{JointPlace, Skeleton};

/// How much larger than the joints' extent a person's square is.
const AROUND: f32 = 1.25;

/// Left shoulder and right hip, and the other two: opposite joints of the trunk.
const TRUNK: [[usize; 2]; 2] = [[9, 2], [8, 3]];

/// Of each joint of the Leeds Sports Pose set the one on the other side.
pub const MIRRORED: [usize; FIGURE_JOINTS] = [5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6, 12, 13];

/// All joints of a person.
pub type Joints = [JointPlace; FIGURE_JOINTS];
/// Those that are annotated.
pub type KnownJoints = [Option<JointPlace>; FIGURE_JOINTS];

/// A square in a picture, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoseBox {
    pub centre: JointPlace,
    pub side: f32,
}

impl PoseBox {
    /// Around joints, with room; none of none.
    pub fn around(joints: &[Option<JointPlace>]) -> Option<Self> {
        let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for [x, y] in joints.iter().flatten().copied() {
            bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
        }
        let [left, top, right, bottom] = bounds;
        let side = AROUND * (right - left).max(bottom - top).max(1.0);
        (left <= right).then_some(Self { centre: [(left + right) / 2.0, (top + bottom) / 2.0], side })
    }

    /// Around a whole picture of this size.
    pub fn whole(width: u32, height: u32) -> Self {
        let (width, height) = (width as f32, height as f32);
        Self { centre: [width / 2.0, height / 2.0], side: width.max(height) }
    }

    /// From pixels to sides from the middle.
    pub fn normalised(&self, place: JointPlace) -> JointPlace {
        [0, 1].map(|at| (place[at] - self.centre[at]) / self.side)
    }

    /// The reverse of [`Self::normalised`].
    pub fn denormalised(&self, place: JointPlace) -> JointPlace {
        [0, 1].map(|at| place[at] * self.side + self.centre[at])
    }

    /// Left, top, side.
    pub fn corner(&self) -> [f32; 3] {
        [self.centre[0] - self.side / 2.0, self.centre[1] - self.side / 2.0, self.side]
    }
}

pub fn distance(a: JointPlace, b: JointPlace) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The diameter of the trunk: from the left shoulder to the right hip, or between the other two where one of those is not annotated.
pub fn diameter(joints: &KnownJoints) -> Option<f32> {
    TRUNK.iter().find_map(|&[a, b]| Some(distance(joints[a]?, joints[b]?))).filter(|diameter| *diameter > 0.0)
}

/// Of a picture so wide that is mirrored: left and right are exchanged.
pub fn mirrored(joints: &KnownJoints, width: f32) -> KnownJoints {
    MIRRORED.map(|other| joints[other].map(|[x, y]| [width - x, y]))
}

/// Joints under any names as those of the Leeds Sports Pose set. COCO has no neck, which lies between the shoulders, and no top of the head,
/// which is not known then.
pub fn as_lsp(names: &[String], joints: &[Option<JointPlace>]) -> KnownJoints {
    let named = |wanted: &str| names.iter().position(|name| name == wanted).and_then(|at| joints[at]);
    let lsp = Skeleton::Lsp.joints();
    std::array::from_fn(|joint| match (named(lsp[joint]), lsp[joint]) {
        (None, "neck") => {
            let (a, b) = (named("left_shoulder")?, named("right_shoulder")?);
            Some([0, 1].map(|at| (a[at] + b[at]) / 2.0))
        }
        (found, _) => found,
    })
}

/// All joints of a drawn figure are known.
pub fn known(figure: &DrawnFigure) -> KnownJoints {
    figure.joints.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalising_there_and_back_changes_nothing() {
        for number in 0..20 {
            let figure = DrawnFigure::drawn(1, number).unwrap();
            let frame = PoseBox::around(&known(&figure)).unwrap();
            for joint in figure.joints {
                let there = frame.normalised(joint);
                assert!(there.iter().all(|value| value.abs() <= 0.5 / AROUND + 1e-5), "{there:?}");
                assert!(distance(frame.denormalised(there), joint) < 1e-4);
            }
        }
        let frame = PoseBox { centre: [30.0, 10.0], side: 40.0 };
        assert_eq!(frame.normalised([50.0, 0.0]), [0.5, -0.25]);
        assert_eq!(frame.corner(), [10.0, -10.0, 40.0]);
        assert_eq!(PoseBox::around(&[None, None]), None);
    }

    #[test]
    fn a_mirror_exchanges_sides_and_twice_is_nothing() {
        let figure = DrawnFigure::drawn(1, 5).unwrap();
        let joints = known(&figure);
        let once = mirrored(&joints, 128.0);
        assert_eq!(once[0].unwrap()[0], 128.0 - joints[5].unwrap()[0]);
        assert_eq!(once[12].unwrap()[1], joints[12].unwrap()[1]);
        let twice = mirrored(&once, 128.0);
        for (a, b) in twice.iter().flatten().zip(joints.iter().flatten()) {
            assert!(distance(*a, *b) < 1e-4);
        }
    }

    #[test]
    fn a_trunk_without_a_shoulder_has_the_other_diagonal() {
        let mut joints: KnownJoints = [None; FIGURE_JOINTS];
        assert_eq!(diameter(&joints), None);
        (joints[8], joints[3]) = (Some([0.0, 0.0]), Some([3.0, 4.0]));
        assert_eq!(diameter(&joints), Some(5.0));
        (joints[9], joints[2]) = (Some([0.0, 0.0]), Some([0.0, 2.0]));
        assert_eq!(diameter(&joints), Some(2.0));
    }
}
