//! Anchors, boxes beside them, and which of them the region proposal network learns from (Ren et al. 2015, section 3.1).

use super::boxes::iou;
use crate::lab::dice::Dice;
use crate::protocol::BoxCorners;

/// An anchor that covers a thing by so much is an example of one; one that covers none by [`NEGATIVE`] is an example of none.
pub(super) const POSITIVE: f32 = 0.7;
const NEGATIVE: f32 = 0.3;
/// So much larger than its anchor is a box at most, as in the authors' program.
const MOST_GROWTH: f32 = 1000.0 / 16.0;

/// Boxes of three proportions and three sizes around each place of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnchorGrid {
    /// Pixels from one place to the next, and the side of the box that the others are made of.
    pub stride: usize,
    /// Height over width.
    pub ratios: [f32; 3],
    /// Sides, of `stride` pixels.
    pub scales: [f32; 3],
}

impl AnchorGrid {
    /// The paper's.
    pub const PUBLISHED: Self = Self { stride: 16, ratios: [0.5, 1.0, 2.0], scales: [8.0, 16.0, 32.0] };
    /// For things of drawn scenes: about 36, 56 and 84 pixels.
    pub const SCENES: Self = Self { stride: 8, ratios: [0.5, 1.0, 2.0], scales: [4.5, 7.0, 10.5] };

    /// Around the first place, a proportion after another, of each the sizes; of whole pixels before they are scaled, as published.
    pub fn boxes(&self) -> [BoxCorners; 9] {
        let (side, middle) = (self.stride as f32, self.stride as f32 / 2.0);
        std::array::from_fn(|at| {
            let (ratio, scale) = (self.ratios[at / 3], self.scales[at % 3]);
            let width = (side * side / ratio).sqrt().round();
            let height = (width * ratio).round();
            let half = [width * scale / 2.0, height * scale / 2.0];
            [middle - half[0], middle - half[1], middle + half[0], middle + half[1]]
        })
    }

    /// Of all places: the first box of each, row by row, then the second.
    pub fn all(&self, [rows, columns]: [usize; 2]) -> Vec<BoxCorners> {
        let places = |one: BoxCorners| {
            let stride = self.stride;
            (0..rows * columns).map(move |at| {
                let [x, y] = [at % columns, at / columns].map(|place| (place * stride) as f32);
                [one[0] + x, one[1] + y, one[2] + x, one[3] + y]
            })
        };
        self.boxes().into_iter().flat_map(places).collect()
    }
}

/// Middle and extent.
fn centred([left, top, right, bottom]: BoxCorners) -> [f32; 4] {
    let [width, height] = [right - left, bottom - top];
    [left + width / 2.0, top + height / 2.0, width, height]
}

/// What makes `from` the box `to`: how far the middle moves, of the width and the height of `from`, and the logarithms of how much wider and
/// higher it becomes (Girshick et al. 2014).
pub fn encoded(from: BoxCorners, to: BoxCorners) -> [f32; 4] {
    let ([x, y, width, height], [to_x, to_y, to_width, to_height]) = (centred(from), centred(to));
    [(to_x - x) / width, (to_y - y) / height, (to_width / width).ln(), (to_height / height).ln()]
}

/// The box that [`encoded`] was asked about.
pub fn decoded_box(from: BoxCorners, [right, down, wider, higher]: [f32; 4]) -> BoxCorners {
    let [x, y, width, height] = centred(from);
    let (x, y) = (x + right * width, y + down * height);
    let grown = |extent: f32, by: f32| extent * by.min(MOST_GROWTH.ln()).exp() / 2.0;
    let (across, up) = (grown(width, wider), grown(height, higher));
    [x - across, y - up, x + across, y + up]
}

/// What an anchor is an example of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorLabel {
    /// Of this thing.
    Thing(usize),
    /// Of the background.
    Background,
    /// Of neither; so are all that are not wholly in the picture.
    Neither,
}

/// Of each anchor, in a picture of this width and height: a thing where their intersection over union is 0.7 or more, or where no other
/// anchor covers that thing by more; the background where it is less than 0.3 with all things.
pub fn labelled(anchors: &[BoxCorners], size: [f32; 2], things: &[BoxCorners]) -> Vec<AnchorLabel> {
    let is_inside = |one: &BoxCorners| one[0] >= 0.0 && one[1] >= 0.0 && one[2] <= size[0] && one[3] <= size[1];
    let mut labels = vec![AnchorLabel::Neither; anchors.len()];
    let mut most = vec![0.0_f32; anchors.len()];
    let mut best = vec![0.0_f32; things.len()];
    for (at, anchor) in anchors.iter().enumerate().filter(|(_, anchor)| is_inside(anchor)) {
        labels[at] = AnchorLabel::Background;
        for (thing, corners) in things.iter().enumerate() {
            let overlap = iou(*anchor, *corners);
            best[thing] = best[thing].max(overlap);
            if overlap > most[at] {
                most[at] = overlap;
                labels[at] = AnchorLabel::Thing(thing);
            }
        }
        labels[at] = match labels[at] {
            AnchorLabel::Thing(thing) if most[at] >= POSITIVE => AnchorLabel::Thing(thing),
            _ if most[at] < NEGATIVE => AnchorLabel::Background,
            _ => AnchorLabel::Neither,
        };
    }
    // The best of each thing, all of them where several are.
    for (thing, corners) in things.iter().enumerate().filter(|(thing, _)| best[*thing] > 0.0) {
        for (at, anchor) in anchors.iter().enumerate().filter(|(_, anchor)| is_inside(anchor)) {
            let is_taken = matches!(labels[at], AnchorLabel::Thing(_)) && most[at] >= POSITIVE;
            if !is_taken && iou(*anchor, *corners) == best[thing] {
                labels[at] = AnchorLabel::Thing(thing);
            }
        }
    }
    labels
}

/// So many of the examples, half of them things where there are as many, the others [`AnchorLabel::Neither`].
pub(super) fn sampled(mut labels: Vec<AnchorLabel>, count: usize, dice: &mut Dice) -> Vec<AnchorLabel> {
    let of = |is: fn(&AnchorLabel) -> bool| -> Vec<usize> { (0..labels.len()).filter(|at| is(&labels[*at])).collect() };
    let things = of(|label| matches!(label, AnchorLabel::Thing(_)));
    let background = of(|label| *label == AnchorLabel::Background);
    let kept = things.len().min(count / 2);
    for (mut all, keep) in [(things, kept), (background, count - kept)] {
        for _ in keep..all.len() {
            let at = all.swap_remove(dice.below(all.len()));
            labels[at] = AnchorLabel::Neither;
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_the_published_ones() {
        // Of the authors' program, which counts pixels from 1 and both ends of a box.
        let published = [
            [-83, -39, 100, 56],
            [-175, -87, 192, 104],
            [-359, -183, 376, 200],
            [-55, -55, 72, 72],
            [-119, -119, 136, 136],
            [-247, -247, 264, 264],
            [-35, -79, 52, 96],
            [-79, -167, 96, 184],
            [-167, -343, 184, 360],
        ];
        let ours = AnchorGrid::PUBLISHED.boxes();
        for (ours, [left, top, right, bottom]) in ours.into_iter().zip(published) {
            assert_eq!(ours, [left - 1, top - 1, right, bottom].map(|at| at as f32));
        }
        let all = AnchorGrid::PUBLISHED.all([2, 3]);
        assert_eq!(all.len(), 9 * 6);
        // Row 1, column 2.
        let [left, top, right, bottom] = ours[0];
        assert_eq!(all[5], [left + 32.0, top + 16.0, right + 32.0, bottom + 16.0]);
    }

    #[test]
    fn boxes_come_back() {
        let from = [10.0, 20.0, 50.0, 40.0];
        for to in [[12.0, 18.0, 61.0, 45.0], from, [-30.0, 0.0, 5.0, 90.0]] {
            let back = decoded_box(from, encoded(from, to));
            assert!(back.iter().zip(to).all(|(back, to)| (back - to).abs() < 1e-4), "{back:?} for {to:?}");
        }
        assert_eq!(encoded(from, [14.0, 20.0, 54.0, 40.0]), [0.1, 0.0, 0.0, 0.0]);
        // However large the number, the box stays one.
        assert!(decoded_box(from, [0.0, 0.0, 1e4, 1e4]).iter().all(|at| at.abs() < 2000.0));
    }

    #[test]
    fn examples_are_those_of_the_paper() {
        let thing = [10.0, 10.0, 30.0, 30.0];
        let far = [60.0, 60.0, 80.0, 76.0];
        let anchors = [
            // 0.7 and more; 0.3 to 0.7; less than 0.3; not wholly in the picture.
            [10.0, 10.0, 30.0, 30.0],
            [10.0, 10.0, 30.0, 26.0],
            [10.0, 10.0, 30.0, 20.0],
            [25.0, 25.0, 45.0, 45.0],
            [-1.0, 10.0, 30.0, 30.0],
            // The best of a thing that none covers by 0.7; both, where two cover it alike.
            [60.0, 60.0, 80.0, 68.0],
            [60.0, 68.0, 80.0, 76.0],
            [60.0, 60.0, 80.0, 66.0],
        ];
        use AnchorLabel::{Background, Neither, Thing};
        let found = labelled(&anchors, [100.0, 100.0], &[thing, far]);
        assert_eq!(found, [Thing(0), Thing(0), Neither, Background, Neither, Thing(1), Thing(1), Neither]);
        assert_eq!(labelled(&anchors[3..4], [100.0, 100.0], &[]), [Background]);
    }

    #[test]
    fn half_are_things_where_there_are_as_many() {
        use AnchorLabel::{Background, Neither, Thing};
        let count = |labels: &[AnchorLabel], is: AnchorLabel| labels.iter().filter(|label| **label == is).count();
        for (things, expected) in [(3, [3, 13]), (40, [8, 8]), (0, [0, 16])] {
            let labels = [vec![Thing(0); things], vec![Background; 90], vec![Neither; 5]].concat();
            let kept = sampled(labels, 16, &mut Dice::new(4));
            assert_eq!([count(&kept, Thing(0)), count(&kept, Background)], expected);
        }
    }
}
