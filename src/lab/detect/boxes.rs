//! Boxes: how far two are the same, and which of many stay.

use crate::protocol::{BoxCorners, DetectedBox, KeptBoxes, Suppression};

/// In square pixels; nothing where a box ends before it begins.
pub fn area([left, top, right, bottom]: BoxCorners) -> f32 {
    (right - left).max(0.0) * (bottom - top).max(0.0)
}

/// What both cover over what either covers (Jaccard 1912), 0 to 1.
pub fn iou(a: BoxCorners, b: BoxCorners) -> f32 {
    let shared = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    let all = area(a) + area(b) - shared;
    if all > 0.0 { shared / all } else { 0.0 }
}

/// The part of a box that lies in a picture of this width and height.
pub fn clipped([left, top, right, bottom]: BoxCorners, [width, height]: [f32; 2]) -> BoxCorners {
    [left.clamp(0.0, width), top.clamp(0.0, height), right.clamp(0.0, width), bottom.clamp(0.0, height)]
}

/// The highest score first, boxes of equal scores in the order in which they came.
pub fn sort_by_score(boxes: &mut [DetectedBox]) {
    boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
}

/// Greedy non-maximum suppression within each class: the box with the highest score stays, those that overlap it by more than the limit go,
/// and so on. The highest score first; `millis` is left to whoever measures.
pub fn suppressed(boxes: &[DetectedBox], by: Suppression) -> KeptBoxes {
    let mut waiting: Vec<DetectedBox> =
        boxes.iter().filter(|found| f64::from(found.score) >= by.threshold).copied().collect();
    sort_by_score(&mut waiting);
    let above = waiting.len() as u32;
    let mut is_gone = vec![false; waiting.len()];
    let mut kept = Vec::new();
    for at in 0..waiting.len() {
        if is_gone[at] {
            continue;
        }
        let best = waiting[at];
        kept.push(best);
        for (other, is_gone) in waiting.iter().zip(&mut is_gone).skip(at + 1) {
            *is_gone |= other.class == best.class && f64::from(iou(best.corners, other.corners)) > by.overlap;
        }
    }
    KeptBoxes { above, boxes: kept, millis: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_those_that_one_computes_by_hand() {
        let unit = [0.0, 0.0, 10.0, 10.0];
        for (other, expected) in [
            (unit, 1.0),
            ([10.0, 0.0, 20.0, 10.0], 0.0),
            ([5.0, 0.0, 15.0, 10.0], 50.0 / 150.0),
            ([5.0, 5.0, 15.0, 15.0], 25.0 / 175.0),
            ([2.0, 2.0, 4.0, 4.0], 0.04),
            // Ends before it begins.
            ([8.0, 0.0, 2.0, 10.0], 0.0),
            ([3.0, 3.0, 3.0, 3.0], 0.0),
        ] {
            assert!((iou(unit, other) - expected).abs() < 1e-6, "{other:?}");
            assert_eq!(iou(unit, other), iou(other, unit));
        }
        assert_eq!(iou([1.0; 4], [1.0; 4]), 0.0);
    }

    #[test]
    fn classes_do_not_suppress_each_other() {
        let found = |class, score, left: f32| DetectedBox { class, score, corners: [left, 0.0, left + 10.0, 10.0] };
        let boxes =
            [found(0, 0.6, 0.0), found(0, 0.9, 1.0), found(1, 0.5, 0.0), found(0, 0.7, 8.0), found(0, 0.2, 40.0)];
        let by = Suppression { threshold: 0.3, overlap: 0.5 };
        let kept = suppressed(&boxes, by);
        assert_eq!(kept.boxes, [boxes[1], boxes[3], boxes[2]]);
        assert_eq!(kept.above, 4);
        // Nothing overlaps by more than all.
        assert_eq!(suppressed(&boxes, Suppression { threshold: 0.0, overlap: 1.0 }).boxes.len(), 5);
        assert!(suppressed(&[], by).boxes.is_empty());
    }
}
