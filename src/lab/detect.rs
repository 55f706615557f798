//! Detect: boxes around things, and what they are.
//!
//! Invariants:
//! - Boxes are left, top, right and bottom in pixels of the picture that was given, whatever size a detector looked at.
//! - A threshold and an overlap choose among what was said of a picture; no network runs again for them.
//! - What is said of precision is of scenes that the detector has not learnt from.

mod album;
mod anchors;
#[cfg(not(target_arch = "wasm32"))]
mod bench;
mod boxes;
mod facts;
mod faster;
mod found;
mod heads;
mod lessons;
mod measure;
mod proposals;
mod rcnn;
mod regress;
mod segment;
mod selective_search;
mod session;
mod yolo;

pub use anchors::{AnchorGrid, AnchorLabel, decoded_box, encoded, labelled};
#[cfg(not(target_arch = "wasm32"))]
pub use bench::DetectBench;
pub use boxes::{area, clipped, iou, sort_by_score, suppressed};
pub use facts::detect_facts;
pub use faster::{
    FasterCard, FasterDetector, FasterFile, FasterProgram, FasterTrainer, FasterTraining, TwoStageFound, scored_regions,
};
pub use found::{DetectInput, coco_names, shape_names};
pub use heads::boxes_from;
pub use lessons::{BoxedPictures, Lessons, class_among, measured_scene};
pub use measure::{JudgedPicture, MatchRule, RankedHits, coco_overlaps, measured};
pub use proposals::{PROPOSAL_OVERLAP, RegionExample, proposals};
pub use rcnn::with_context;
pub use segment::{ColourPlanes, ColourSpace, Segmentation, segmented};
pub use selective_search::SelectiveSearch;
pub use session::DetectSession;
pub use yolo::decoded;

use crate::protocol::{BoxCorners, ShiftChange, ShippedReport, TrueBox};

/// Numbers of regions for which their recall is told, up to `most`.
pub fn proposals_curve(most: u32) -> impl Iterator<Item = u32> {
    [1, 3, 10, 30, 100, 300, 1000, 2000].into_iter().filter(move |count| *count < most).chain([most])
}

/// The regions of a picture, and the things in it.
pub type CoveredThings = (Vec<BoxCorners>, Vec<TrueBox>);

/// The share of things that one of the first `count` regions of their picture covers by an intersection over union of 0.5 or more.
pub fn covered_by(pictures: &[CoveredThings], count: u32) -> f64 {
    let (mut found, mut all) = (0_u32, 0_u32);
    for (regions, truth) in pictures {
        let regions = &regions[..regions.len().min(count as usize)];
        all += truth.len() as u32;
        found += truth.iter().filter(|thing| regions.iter().any(|one| iou(*one, thing.corners) >= 0.5)).count() as u32;
    }
    f64::from(found) / f64::from(all.max(1))
}

impl ShiftChange {
    /// The mean of what RoIAlign and RoI max pooling change; none of nothing.
    pub fn of(changes: &[[f64; 2]]) -> Option<Self> {
        let mean = |way: usize| changes.iter().map(|change| change[way]).sum::<f64>() / changes.len() as f64;
        (!changes.is_empty()).then(|| Self { align: mean(0), max_pool: mean(1) })
    }
}

/// The detector that comes with the page, in `www/models`; `errors` are things of 24 scenes that it has not learnt from on which
/// no box of their class lies, of those with a score of 0.5 and more.
pub fn shipped_detector() -> ShippedReport {
    ShippedReport {
        file: "boxes.safetensors".to_owned(),
        bytes: 1_308_048,
        sha256: "123ee2e8d66571beff3ba9fbd605f6bfeeb33bcd0df18d4fb5a7b5ec477d9d9f".to_owned(),
        data: "Scenes".to_owned(),
        errors: 9,
        of: 113,
        how: "neocog detect train --out boxes.safetensors --steps 950 --batch 8 --half, begun with --steps 3000 and taken up with 950 at step 652".to_owned(),
    }
}
