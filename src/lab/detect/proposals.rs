//! From what the region proposal network says to proposals, and from proposals to examples for the head (Ren et al. 2015; Girshick 2015).

use super::anchors::{decoded_box, encoded};
use super::boxes::{clipped, iou, suppressed};
use crate::lab::dice::Dice;
use crate::protocol::{BoxCorners, DetectedBox, Suppression, TrueBox};

/// Boxes that are looked at before suppression, the highest scores; and the overlap that they may have (the paper, section 3.3).
const BEFORE: usize = 600;
pub const PROPOSAL_OVERLAP: f64 = 0.7;
/// A narrower or lower one is no proposal, in pixels.
const LEAST_SIDE: f32 = 4.0;
/// A proposal that covers a thing by so much is an example of its class, another one of the background.
const FOREGROUND: f32 = 0.5;
/// Of the examples, how many are of classes at most.
const FOREGROUND_SHARE: f32 = 0.25;
/// Boxes of the head are told in these parts, as in the authors' program: so they have a variance of about 1.
pub(super) const DEVIATIONS: [f32; 4] = [0.1, 0.1, 0.2, 0.2];

/// The best boxes of a picture of this width and height, the highest score first, in class 0. `objectness` is one logit for each anchor,
/// `deltas` four numbers at the place of each, as [`crate::models::faster_rcnn::AnchorScores`] has them for one picture.
pub fn proposals(
    anchors: &[BoxCorners],
    (objectness, deltas): (&[f32], &[f32]),
    size: [f32; 2],
    (count, overlap): (usize, f64),
) -> Vec<DetectedBox> {
    let places = anchors.len() / 9;
    let mut order: Vec<usize> = (0..anchors.len()).collect();
    order.sort_by(|a, b| objectness[*b].total_cmp(&objectness[*a]));
    order.truncate(BEFORE);
    let found = order.into_iter().filter_map(|at| {
        let (anchor, place) = (at / places, at % places);
        let numbers = [0, 1, 2, 3].map(|k| deltas[(4 * anchor + k) * places + place]);
        let corners = clipped(decoded_box(anchors[at], numbers), size);
        let is_one = corners[2] - corners[0] >= LEAST_SIDE && corners[3] - corners[1] >= LEAST_SIDE;
        is_one.then(|| DetectedBox { class: 0, score: 1.0 / (1.0 + (-objectness[at]).exp()), corners })
    });
    let found: Vec<DetectedBox> = found.collect();
    let mut kept = suppressed(&found, Suppression { threshold: 0.0, overlap }).boxes;
    kept.truncate(count);
    kept
}

/// A region that the head learns from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionExample {
    pub corners: BoxCorners,
    /// 0 is the background, 1 the first class.
    pub class: u32,
    /// What makes it the thing's box, over [`DEVIATIONS`]; zeros of the background.
    pub target: [f32; 4],
    /// Whether it counts: where there are too few, others are repeated and do not.
    pub counts: bool,
}

/// `count` examples, at most a quarter of classes. The things' own boxes are among the candidates, as in the authors' program.
pub(super) fn region_examples(
    proposals: &[BoxCorners],
    truth: &[TrueBox],
    count: usize,
    dice: &mut Dice,
) -> Vec<RegionExample> {
    let own = truth.iter().map(|thing| thing.corners);
    let example = |corners: BoxCorners| {
        let overlaps = truth.iter().map(|thing| (iou(corners, thing.corners), thing));
        match overlaps.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((overlap, thing)) if overlap >= FOREGROUND => {
                let numbers = encoded(corners, thing.corners);
                let target = std::array::from_fn(|k| numbers[k] / DEVIATIONS[k]);
                RegionExample { corners, class: thing.class + 1, target, counts: true }
            }
            _ => RegionExample { corners, class: 0, target: [0.0; 4], counts: true },
        }
    };
    let all = proposals.iter().copied().chain(own).map(example);
    let (things, background): (Vec<RegionExample>, Vec<RegionExample>) = all.partition(|one| one.class > 0);
    let most = (count as f32 * FOREGROUND_SHARE) as usize;
    // Where there is little background more things are taken.
    let from_things = things.len().min(most.max(count.saturating_sub(background.len())));
    let mut examples = Vec::with_capacity(count);
    for (mut all, keep) in [(things, from_things), (background, count - from_things)] {
        for _ in 0..keep.min(all.len()) {
            examples.push(all.swap_remove(dice.below(all.len())));
        }
    }
    let blank = RegionExample { corners: [0.0, 0.0, 8.0, 8.0], class: 0, target: [0.0; 4], counts: false };
    let first = examples.first().map_or(blank, |first| RegionExample { counts: false, ..*first });
    examples.resize(count, first);
    examples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_are_things() {
        let truth = [TrueBox { class: 3, corners: [10.0, 10.0, 30.0, 30.0] }];
        let near: Vec<BoxCorners> = (0..40).map(|at| [10.0, 10.0, 30.0 + 0.1 * at as f32, 30.0]).collect();
        let far: Vec<BoxCorners> = (0..40).map(|at| [60.0, 60.0, 80.0 + at as f32, 90.0]).collect();
        let all = [near.clone(), far.clone()].concat();
        let examples = region_examples(&all, &truth, 32, &mut Dice::new(1));
        let things = |examples: &[RegionExample]| examples.iter().filter(|one| one.class == 4).count();
        assert_eq!((things(&examples), examples.len()), (8, 32));
        assert!(examples.iter().all(|one| one.counts && (one.class == 4) == (one.corners[0] < 20.0)));
        // What the target makes of the region is the thing.
        let one = examples.iter().find(|one| one.class == 4).unwrap();
        let numbers = std::array::from_fn(|k| one.target[k] * DEVIATIONS[k]);
        let back = super::super::anchors::decoded_box(one.corners, numbers);
        assert!(back.iter().zip(truth[0].corners).all(|(a, b)| (a - b).abs() < 1e-3), "{back:?}");
        // The thing alone: it counts once.
        let alone = region_examples(&[], &truth, 4, &mut Dice::new(1));
        assert_eq!(alone.iter().filter(|one| one.counts).count(), 1);
        assert_eq!(alone[0].target, [0.0; 4]);
        assert_eq!(region_examples(&far, &[], 8, &mut Dice::new(1)).iter().filter(|one| one.class == 0).count(), 8);
    }

    #[test]
    fn the_best_boxes_that_do_not_overlap_are_proposals() {
        let anchors: Vec<BoxCorners> =
            (0..18).map(|at| [10.0 * at as f32, 0.0, 10.0 * at as f32 + 30.0, 30.0]).collect();
        let mut objectness = vec![-5.0; 18];
        (objectness[4], objectness[5], objectness[9]) = (3.0, 2.0, 1.0);
        let mut deltas = vec![0.0; 4 * 18];
        // Anchor 9 is the first place of the fifth kind, of two places each; it becomes twice as wide.
        deltas[(4 * (9 / 2) + 2) * 2 + 1] = 2.0_f32.ln();
        let found = proposals(&anchors, (&objectness, &deltas), [200.0, 40.0], (3, 0.45));
        assert_eq!(found[0].corners, anchors[4]);
        // Anchor 5 overlaps it by a half.
        assert_eq!(found[1].corners, [75.0, 0.0, 135.0, 30.0]);
        assert!((found[0].score - 1.0 / (1.0 + (-3.0_f32).exp())).abs() < 1e-6);
        assert_eq!(found.len(), 3);
    }
}
