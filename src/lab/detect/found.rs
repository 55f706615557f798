//! One picture through all stages of a detector.

use super::anchors::{AnchorGrid, AnchorLabel, POSITIVE, labelled};
use super::boxes::{clipped, iou, suppressed};
use super::faster::{FasterDetector, TwoStageFound, squared};
use super::lessons::{Lessons, names_of};
use super::proposals::PROPOSAL_OVERLAP;
use super::rcnn::RegionModel;
use super::segment::Segmentation;
use super::selective_search::SelectiveSearch;
use super::yolo::{LEAST_SCORE, OneStage};
use crate::data::procedural::ShapeScene;
use crate::data::{Rgb, labels, resize};
use crate::lab::device::Pace;
use crate::lab::{LabError, Monitor, pixels_from_rgb, thumbnail};
use crate::models::faster_rcnn::{PLACES, SIDE as SIDE_SEEN};
use crate::protocol::{
    AnchorMap, AnchorReason, BackendUsed, BoxCorners, DetectStage, DetectTask, DetectedBox, DetectedPicture, KeptBoxes,
    Pixels, StageReport, Suppression, TrueBox,
};
use std::rc::Rc;

/// Of a picture in which regions are looked for, the longer side at most, in pixels: as selective search's authors had it.
const SIDE: u32 = 500;
/// Of what is shown.
const SHOWN: u32 = 640;

/// What is looked at, and what is in it where that is known.
#[derive(Clone, Debug)]
pub struct DetectInput {
    pub picture: Rc<Rgb>,
    pub truth: Vec<TrueBox>,
}

/// What a detector said of a picture, before anything is suppressed.
pub(super) struct Candidates {
    pub(super) boxes: Vec<DetectedBox>,
    pub(super) size: [u32; 2],
}

impl Candidates {
    /// Boxes end where the picture ends.
    pub(super) fn kept(&self, by: Suppression, watch: &impl Monitor) -> KeptBoxes {
        let start = watch.now_millis();
        let mut kept = suppressed(&self.boxes, by);
        let size = self.size.map(|side| side as f32);
        kept.boxes.iter_mut().for_each(|one| one.corners = clipped(one.corners, size));
        kept.millis = watch.now_millis() - start;
        kept
    }
}

/// # Errors
/// [`LabError::Setup`] of figures that are out of their limits.
pub(super) fn check(task: &DetectTask) -> Result<(), LabError> {
    let DetectTask { regions, scenes, threshold, overlap, .. } = task;
    let known = DetectTask::REGIONS;
    ensure!(known.holds(*regions), "{regions} regions are not asked about; choose {known}");
    let known = DetectTask::SCENES;
    ensure!(known.holds(*scenes), "{scenes} scenes are not learnt from; choose {known}");
    check_suppression(Suppression { threshold: *threshold, overlap: *overlap })
}

pub(super) fn check_suppression(by: Suppression) -> Result<(), LabError> {
    let Suppression { threshold, overlap } = by;
    let known = DetectTask::SHARE;
    ensure!(known.holds(threshold), "a threshold of {threshold} is no score; choose {known}");
    ensure!(known.holds(overlap), "an overlap of {overlap} is none; choose {known}");
    Ok(())
}

/// English and Japanese, of the shapes in scenes.
pub fn shape_names() -> Vec<[String; 2]> {
    const JAPANESE: [&str; ShapeScene::CLASSES.len()] =
        ["円", "正方形", "三角形", "星", "十字", "輪", "三日月", "ハート", "矢印", "半円"];
    ShapeScene::CLASSES.iter().zip(JAPANESE).map(|(en, ja)| [(*en).to_owned(), ja.to_owned()]).collect()
}

/// English and Japanese, of COCO's classes.
pub fn coco_names() -> Vec<[String; 2]> {
    labels::coco().map(|label| [label.en.to_owned(), label.ja.to_owned()]).collect()
}

fn blank(input: &DetectInput, classes: Vec<[String; 2]>, used: &BackendUsed) -> Result<DetectedPicture, LabError> {
    let (width, height) = (input.picture.width(), input.picture.height());
    Ok(DetectedPicture {
        preview: thumbnail(&input.picture, SHOWN)?,
        width,
        height,
        classes,
        truth: input.truth.clone(),
        segments: None,
        regions: Vec::new(),
        region_scores: Vec::new(),
        anchors: None,
        stages: Vec::new(),
        kept: KeptBoxes { above: 0, boxes: Vec::new(), millis: 0.0 },
        asked: 0,
        elapsed_ms: 0.0,
        head: None,
        backend: used.clone(),
    })
}

/// Regions, then each by itself. `tell` hears of the regions before the network sees them, and of boxes as they come.
pub(super) async fn by_regions(
    input: &DetectInput,
    task: &DetectTask,
    lessons: &Lessons,
    (model, used): (&mut RegionModel, &BackendUsed),
    watch: &impl Monitor,
    tell: &dyn Fn(DetectedPicture),
) -> Result<(DetectedPicture, Candidates), LabError> {
    let start = watch.now_millis();
    let (picture, factors) = no_larger(&input.picture)?;
    let back = |corners: BoxCorners| [0, 1, 2, 3].map(|at| corners[at] * factors[at % 2]);
    let mut found = blank(input, names_of(&lessons.classes()), used)?;
    let search = SelectiveSearch::of(&picture, task.regions as usize, watch).await?;
    let SelectiveSearch { first, regions, millis: [segmenting, merging] } = search;
    found.segments = Some(painted(&first)?);
    found.regions = regions.iter().map(|&region| back(region)).collect();
    let report = |found: &mut DetectedPicture, stage, count: usize, millis| {
        found.stages.push(StageReport { stage, count: count as u32, millis });
    };
    report(&mut found, DetectStage::Segment, first.count, segmenting);
    report(&mut found, DetectStage::Propose, regions.len(), merging);
    tell(found.clone());
    let (classifier, is_new) = model.learnt(lessons, [task.scenes, task.seed], watch).await?;
    if is_new {
        report(&mut found, DetectStage::Learn, classifier.examples as usize, classifier.millis);
        tell(found.clone());
    }
    let size = [input.picture.width(), input.picture.height()];
    let mut pace = Pace::new(watch);
    pace.tell_every(300.0);
    let before = watch.now_millis();
    let own = found.regions.clone();
    let features = model
        .features(&picture, &regions, watch, |features| {
            found.asked = features.len() as u32;
            if pace.is_time_to_tell(watch) {
                let boxes = classifier.scored(&own, features, LEAST_SCORE, task.moves);
                found.kept = Candidates { boxes, size }.kept(task.suppression(), watch);
                tell(found.clone());
            }
        })
        .await?;
    report(&mut found, DetectStage::Network, features.len(), watch.now_millis() - before);
    let before = watch.now_millis();
    let candidates = Candidates { boxes: classifier.scored(&own, &features, LEAST_SCORE, task.moves), size };
    let scoring = watch.now_millis() - before;
    finish(&mut found, &candidates, task, (scoring, start), watch);
    Ok((found, candidates))
}

/// The whole picture at once.
pub(super) async fn at_once(
    input: &DetectInput,
    task: &DetectTask,
    (model, used): (&mut OneStage, &BackendUsed),
    watch: &impl Monitor,
) -> Result<(DetectedPicture, Candidates), LabError> {
    let start = watch.now_millis();
    let mut found = blank(input, Vec::new(), used)?;
    let size = [input.picture.width(), input.picture.height()];
    let said = model.look(&input.picture).await?;
    let (count, millis) = (model.places(&said) as u32, watch.now_millis() - start);
    found.stages.push(StageReport { stage: DetectStage::Network, count, millis });
    let before = watch.now_millis();
    let candidates = Candidates { boxes: model.boxes(&said), size };
    (found.classes, found.head) = (model.names(&candidates.boxes), model.report());
    let scoring = watch.now_millis() - before;
    finish(&mut found, &candidates, task, (scoring, start), watch);
    Ok((found, candidates))
}

/// Proposals by one network, and what they are by the rest of it.
pub(super) async fn in_two_stages(
    input: &DetectInput,
    task: &DetectTask,
    (model, used): (&mut FasterDetector, &BackendUsed),
    watch: &impl Monitor,
) -> Result<(DetectedPicture, Candidates), LabError> {
    let start = watch.now_millis();
    let mut found = blank(input, names_of(model.classes()), used)?;
    let size = [input.picture.width(), input.picture.height()];
    let (picture, own) = squared(&input.picture)?;
    let TwoStageFound { proposals, mut boxes, objectness, millis: [proposing, judging] } =
        model.look(&picture, PROPOSAL_OVERLAP, watch).await?;
    boxes.iter_mut().for_each(|one| one.corners = own(one.corners));
    found.regions = proposals.iter().map(|one| own(one.corners)).collect();
    found.region_scores = proposals.iter().map(|one| one.score).collect();
    let anchors = AnchorGrid::SCENES.boxes().map(own).to_vec();
    let taught = taught(&input.truth, size);
    found.anchors = Some(AnchorMap { places: [PLACES as u32; 2], boxes: anchors, objectness, taught });
    for (stage, millis) in [(DetectStage::Propose, proposing), (DetectStage::Network, judging)] {
        found.stages.push(StageReport { stage, count: proposals.len() as u32, millis });
    }
    let candidates = Candidates { boxes, size };
    finish(&mut found, &candidates, task, (0.0, start), watch);
    Ok((found, candidates))
}

/// What each anchor would be an example of, were this picture learnt from; nothing where no thing is known.
fn taught(truth: &[TrueBox], size: [u32; 2]) -> Vec<(AnchorReason, f32)> {
    if truth.is_empty() {
        return Vec::new();
    }
    let side = SIDE_SEEN as f32;
    let scale = size.map(|own| side / own as f32);
    let seen = |thing: &TrueBox| std::array::from_fn(|at| thing.corners[at] * scale[at % 2]);
    let things: Vec<BoxCorners> = truth.iter().map(seen).collect();
    let anchors = AnchorGrid::SCENES.all([PLACES; 2]);
    let labels = labelled(&anchors, [side; 2], &things);
    let one = |(anchor, label): (&BoxCorners, AnchorLabel)| {
        let most = things.iter().map(|thing| iou(*anchor, *thing)).fold(0.0, f32::max);
        let is_inside = anchor[0] >= 0.0 && anchor[1] >= 0.0 && anchor[2] <= side && anchor[3] <= side;
        let reason = match label {
            AnchorLabel::Thing(_) if most >= POSITIVE => AnchorReason::Covers,
            AnchorLabel::Thing(_) => AnchorReason::Best,
            AnchorLabel::Background => AnchorReason::Background,
            AnchorLabel::Neither if is_inside => AnchorReason::Between,
            AnchorLabel::Neither => AnchorReason::Outside,
        };
        (reason, most)
    };
    anchors.iter().zip(labels).map(one).collect()
}

fn finish(
    found: &mut DetectedPicture,
    candidates: &Candidates,
    task: &DetectTask,
    (scoring, start): (f64, f64),
    watch: &impl Monitor,
) {
    found.kept = candidates.kept(task.suppression(), watch);
    let KeptBoxes { above, ref boxes, millis } = found.kept;
    let last = [(DetectStage::Score, above, scoring), (DetectStage::Suppress, boxes.len() as u32, millis)];
    found.stages.extend(last.map(|(stage, count, millis)| StageReport { stage, count, millis }));
    found.elapsed_ms = watch.now_millis() - start;
}

/// The picture with its longer side no longer than is looked at, and by what a box there is multiplied, across and down.
pub(super) fn no_larger(picture: &Rgb) -> Result<(Rgb, [f32; 2]), LabError> {
    let own = [picture.width(), picture.height()];
    let factor = (f64::from(SIDE) / f64::from(own[0].max(own[1]))).min(1.0);
    let [width, height] = own.map(|side| ((f64::from(side) * factor).round() as u32).max(1));
    let small = if factor < 1.0 { resize::resize(picture, width, height)? } else { picture.clone() };
    let back = [own[0] as f32 / width as f32, own[1] as f32 / height as f32];
    Ok((small, back))
}

/// Each part in a colour that those beside it do not have.
fn painted(parts: &Segmentation) -> Result<Pixels, LabError> {
    // Steps of the golden section go round the colours without coming near an earlier one soon.
    let colour = |label: u32| {
        let turn = (f64::from(label) * 0.618_033_988_75).fract() * 6.0;
        let level = if label.is_multiple_of(2) { 0.92 } else { 0.68 };
        [0.0, 4.0, 2.0].map(|own: f64| {
            let away = (turn - own).abs();
            let away = away.min(6.0 - away);
            (255.0 * level * (1.0 - 0.62 * (away - 1.0).clamp(0.0, 1.0))).round() as u8
        })
    };
    let pixels = parts.labels.iter().flat_map(|&label| colour(label)).collect();
    let height = (parts.labels.len() / parts.width.max(1)) as u32;
    Ok(pixels_from_rgb(&Rgb::new(parts.width as u32, height, pixels)?))
}
