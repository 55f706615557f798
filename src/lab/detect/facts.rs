//! What must hold whatever the picture.

use super::boxes::{iou, suppressed};
use super::covered_by;
use super::measure::RankedHits;
use super::rcnn::truth_of;
use super::selective_search::SelectiveSearch;
use crate::data::procedural::ShapeScene;
use crate::lab::device::Device;
use crate::lab::linear::unit;
use crate::lab::{Host, LabError};
use crate::protocol::{BackendChoice, BoxCorners, DetectFact, DetectedBox, Finding, Suppression};

/// Boxes that are suppressed.
const BOXES: u32 = 200;
/// Scenes whose regions are looked at, and how many of them.
const SCENES: u64 = 12;
const REGIONS: usize = 300;

/// All on the CPU, where all of this runs whichever device the network is on.
///
/// # Errors
/// [`LabError::Cancelled`].
pub async fn detect_facts(_: BackendChoice, host: &impl Host) -> Result<Vec<Finding<DetectFact>>, LabError> {
    let mut found = vec![
        (DetectFact::Suppression, 0.0, suppression(), 0.0),
        (DetectFact::Overlap, 0.0, overlap(), 1e-6),
        (DetectFact::Precision, 0.0, precision(), 1e-12),
    ];
    let mut pictures = Vec::new();
    let mut differing = 0.0;
    for number in 0..SCENES {
        let scene = ShapeScene::drawn(0xfac7, number)?;
        let search = SelectiveSearch::of(&scene.picture, REGIONS, host).await?;
        if number == 0 {
            let again = SelectiveSearch::of(&scene.picture, REGIONS, host).await?.regions;
            differing = again.iter().zip(&search.regions).filter(|(a, b)| a != b).count() as f64;
            differing += again.len().abs_diff(search.regions.len()) as f64;
        }
        pictures.push((search.regions, truth_of(&scene)));
    }
    found.push((DetectFact::Regions, 0.0, differing, 0.0));
    // All of them are right, 0.9 still is.
    found.push((DetectFact::Recall, 1.0, covered_by(&pictures, REGIONS as u32), 0.1));
    Ok(Device::Cpu.findings(found))
}

fn place(at: u32, room: f32) -> BoxCorners {
    let of = |salt: u32| unit(7919 * at + salt);
    let [x, y] = [room * of(1), room * of(2)];
    [x, y, x + 4.0 + room * 0.4 * of(3), y + 4.0 + room * 0.4 * of(4)]
}

/// Of a box, whether one that stays and has a higher score overlaps it too much: said of each by itself, without sorting.
fn suppression() -> f64 {
    let boxes: Vec<DetectedBox> = (0..BOXES)
        .map(|at| DetectedBox { class: at % 3, score: unit(31 * at + 5), corners: place(at, 100.0) })
        .collect();
    let by = Suppression { threshold: 0.2, overlap: 0.3 };
    fn stays(one: &DetectedBox, all: &[DetectedBox], by: Suppression) -> bool {
        f64::from(one.score) >= by.threshold
            && !all.iter().any(|other| {
                other.class == one.class
                    && other.score > one.score
                    && f64::from(iou(other.corners, one.corners)) > by.overlap
                    && stays(other, all, by)
            })
    }
    let kept = suppressed(&boxes, by).boxes;
    let differs = |one: &&DetectedBox| stays(one, &boxes, by) != kept.contains(one);
    boxes.iter().filter(differs).count() as f64
}

/// Boxes of whole pixels, of which those are counted that both or either cover.
fn overlap() -> f64 {
    const SIDE: usize = 40;
    let covers = |of: BoxCorners, at: usize| {
        let [x, y] = [(at % SIDE) as f32 + 0.5, (at / SIDE) as f32 + 0.5];
        of[0] < x && x < of[2] && of[1] < y && y < of[3]
    };
    let whole = |at: u32| place(at, 24.0).map(f32::round);
    let difference = |at: u32| {
        let [a, b] = [whole(2 * at), whole(2 * at + 1)];
        let (mut both, mut either) = (0_u32, 0_u32);
        for pixel in 0..SIDE * SIDE {
            let [a, b] = [covers(a, pixel), covers(b, pixel)];
            both += u32::from(a && b);
            either += u32::from(a || b);
        }
        (f64::from(iou(a, b)) - f64::from(both) / f64::from(either.max(1))).abs()
    };
    (0..60).map(difference).fold(0.0, f64::max)
}

/// Right, wrong, right, wrong, right, of three things: precision 1, 2/3 and 3/5 at recalls of thirds.
fn precision() -> f64 {
    let hits = RankedHits { hits: vec![true, false, true, false, true], things: 3 };
    let [one, two, three] = [1.0, 2.0 / 3.0, 0.6];
    let by_hand = [
        (hits.voc2007(), (4.0 * one + 3.0 * two + 4.0 * three) / 11.0),
        (hits.voc2012(), (one + two + three) / 3.0),
        (hits.coco(), (34.0 * one + 33.0 * two + 34.0 * three) / 101.0),
    ];
    by_hand.into_iter().map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max)
}
