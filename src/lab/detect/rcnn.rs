//! R-CNN (Girshick, Donahue, Darrell & Malik, "Rich feature hierarchies for accurate object detection and semantic segmentation", 2014):
//! each region is warped to the network's square, and a linear support vector machine for each class looks at what the network makes of it.
//!
//! Here the network is any that names classes, its features are those before its last layer, and the machines learn from drawn scenes or from
//! a person's boxes. Where the paper takes the boxes alone as examples of a class, regions that cover one by 0.7 count too: a drawn set has few.

use super::boxes::iou;
use super::found::no_larger;
use super::lessons::{Lessons, scene_input};
use super::regress::{BoxRegression, CoveringRegion};
use super::selective_search::SelectiveSearch;
use crate::data::Rgb;
use crate::data::procedural::ShapeScene;
use crate::lab::device::{Device, Model, timed};
use crate::lab::dice::Dice;
use crate::lab::transfer::LinearSvm;
use crate::lab::{FeatureTable, Standardise};
use crate::lab::{Features, LabError, Monitor, Weights};
use crate::protocol::{BoxCorners, DetectedBox, Stage, TrueBox};
use std::rc::Rc;

/// What moves a region looks at so many parts of it across and down: averaged over all of it, features do not say where a thing is.
const GRID: usize = 3;
/// Regions that moving is learnt from at most, and of each picture.
const MOVED: usize = 800;
const MOVED_OF_PICTURE: usize = 24;
/// Regions at once.
const BATCH: usize = 32;
/// Around a region, in pixels of a warped one of 227 (the paper, appendix A).
const CONTEXT: f32 = 16.0 / 227.0;
/// A region that covers a thing by less is an example of what is not of its class (the paper, section 2.3).
const NEGATIVE: f32 = 0.3;
const POSITIVE: f32 = 0.7;
/// Of each scene: regions that are looked at, and examples that are taken, half of them near things.
const REGIONS: usize = 300;
const EXAMPLES: usize = 24;
const NEAR: f32 = 0.1;
/// The margin's factor in the logistic function that makes it a score from 0 to 1.
const SLOPE: f64 = 2.0;
/// Of the machines: what losses weigh.
const C: f64 = 1.0;
/// Keeps the scenes that are learnt from, looked at, and measured with apart.
const LEARN_STREAM: u32 = 0x1ea2_0000;

/// A region that covers a thing by so much learns to move onto it (the paper, appendix C).
const MOVING: f32 = 0.6;

/// A machine for each class: `w·x + b`, above 0 where a region is of the class; and what moves the region.
pub(super) struct RegionClassifier {
    rows: Vec<(Vec<f64>, f64)>,
    moves: Option<BoxRegression>,
    /// Regions that it learnt from.
    pub(super) examples: u32,
    pub(super) millis: f64,
}

/// A network on a device as far as its features, and what was learnt of them.
pub(super) struct RegionModel {
    features: Features,
    learnt: Option<LearntRegions>,
}

struct LearntRegions {
    lessons: Lessons,
    /// So many scenes, and their seed.
    figures: [u32; 2],
    classifier: Rc<RegionClassifier>,
}

impl Model for RegionModel {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let network = weights.network();
        ensure!(
            network.input[0] == 3,
            "{} reads pictures without colours, so regions look alike to it; choose another network",
            network.title
        );
        Ok(Self { features: Features::with_places(weights, BATCH, GRID, device).await?, learnt: None })
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut model = Self::on(weights, device).await?;
        let [_, height, width] = weights.network().input;
        let grey = Rgb::new(width as u32, height as u32, vec![128; 3 * width * height])?;
        timed(watch, async || model.features.of(std::slice::from_ref(&grey)).await.map(drop)).await
    }
}

/// A region with context as the network is shown it: what lies beyond the picture has the mean colour of ImageNet, as in the paper.
pub fn with_context(picture: &Rgb, corners: BoxCorners) -> Result<Rgb, LabError> {
    const MEAN: [u8; 3] = [124, 116, 104];
    let [left, top, right, bottom] = corners;
    let factor = 0.5 / (1.0 - 2.0 * CONTEXT);
    let span = |low: f32, high: f32| {
        let (middle, half) = ((low + high) / 2.0, (high - low).max(1.0) * factor);
        let (from, to) = ((middle - half).round() as i32, (middle + half).round() as i32);
        (from, to.max(from + 1))
    };
    let ((x0, x1), (y0, y1)) = (span(left, right), span(top, bottom));
    let (width, height) = (picture.width() as i32, picture.height() as i32);
    let mut pixels = Vec::with_capacity(3 * ((x1 - x0) * (y1 - y0)) as usize);
    for y in y0..y1 {
        for x in x0..x1 {
            if (0..width).contains(&x) && (0..height).contains(&y) {
                pixels.extend_from_slice(&picture.pixels()[3 * (y * width + x) as usize..][..3]);
            } else {
                pixels.extend_from_slice(&MEAN);
            }
        }
    }
    Ok(Rgb::new((x1 - x0) as u32, (y1 - y0) as u32, pixels)?)
}

impl RegionModel {
    /// What the network makes of each region; `done` hears of the features of each batch.
    pub(super) async fn features(
        &mut self,
        picture: &Rgb,
        regions: &[BoxCorners],
        watch: &impl Monitor,
        mut done: impl FnMut(&[Vec<f32>]),
    ) -> Result<Vec<Vec<f32>>, LabError> {
        let mut found = Vec::with_capacity(regions.len());
        for batch in regions.chunks(BATCH) {
            watch.step(Stage::Run, found.len() as u64, regions.len() as u64).await?;
            let seen = batch.iter().map(|&corners| with_context(picture, corners)).collect::<Result<Vec<_>, _>>()?;
            found.extend(self.features.of(&seen).await?);
            done(&found);
        }
        Ok(found)
    }

    /// From so many drawn scenes of a seed, or from a person's own; what was learnt before is kept. Also whether it was learnt just now.
    pub(super) async fn learnt(
        &mut self,
        lessons: &Lessons,
        [scenes, seed]: [u32; 2],
        watch: &impl Monitor,
    ) -> Result<(Rc<RegionClassifier>, bool), LabError> {
        if let Some(known) = &self.learnt
            && known.figures == [scenes, seed]
            && known.lessons.is_same(lessons)
        {
            return Ok((known.classifier.clone(), false));
        }
        let start = watch.now_millis();
        let (mut rows, mut overlaps) = (Vec::new(), Vec::new());
        let (mut covering, mut places, count) = (Vec::new(), Vec::new(), self.features.count());
        let mut dice = Dice::new(seed);
        let classes = lessons.classes();
        let own = match lessons {
            Lessons::Scenes => Vec::new(),
            Lessons::Own(own) => own.split()[0].iter().map(|(_, input)| input.clone()).collect(),
        };
        let pictures = if own.is_empty() { scenes } else { own.len() as u32 };
        for number in 0..pictures {
            watch.step(Stage::Run, u64::from(number), u64::from(pictures)).await?;
            let given = match own.get(number as usize) {
                Some(input) => input.clone(),
                None => scene_input(seed ^ LEARN_STREAM, u64::from(number))?,
            };
            let (picture, back) = no_larger(&given.picture)?;
            let [across, down] = back.map(|factor| 1.0 / factor);
            let smaller = |[l, t, r, b]: BoxCorners| [l * across, t * down, r * across, b * down];
            let truth: Vec<TrueBox> =
                given.truth.iter().map(|thing| TrueBox { corners: smaller(thing.corners), ..*thing }).collect();
            let search = SelectiveSearch::of(&picture, REGIONS, &Quiet(watch)).await?;
            let mut regions: Vec<BoxCorners> = truth.iter().map(|thing| thing.corners).collect();
            regions.extend(examples(&search.regions, &truth, &mut dice));
            let mut found = self.features(&picture, &regions, &Quiet(watch), |_| {}).await?;
            overlaps.extend(regions.iter().map(|&region| overlaps_of(region, &truth, classes.len())));
            let before = covering.len();
            for (at, &region) in regions.iter().enumerate() {
                let best = truth.iter().map(|thing| (iou(region, thing.corners), thing.corners));
                let has_room = covering.len() < (before + MOVED_OF_PICTURE).min(MOVED);
                if let Some((MOVING.., thing)) = best.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|_| has_room) {
                    covering.push(CoveringRegion { region, thing, picture: number as usize });
                    places.push(found[at][count..].to_vec());
                }
            }
            found.iter_mut().for_each(|row| row.truncate(count));
            rows.extend(found);
        }
        let table = FeatureTable::from_rows(&rows);
        let standard = Standardise::of(&table);
        let table = standard.table(&table);
        let mut machines = Vec::with_capacity(classes.len());
        for (class, name) in classes.iter().enumerate() {
            watch.rest().await?;
            let own = |at: usize| overlaps[at][class];
            let chosen: Vec<usize> = (0..rows.len()).filter(|&at| own(at) < NEGATIVE || own(at) >= POSITIVE).collect();
            let is_in: Vec<bool> = chosen.iter().map(|&at| own(at) >= POSITIVE).collect();
            ensure!(is_in.contains(&true), "{pictures} pictures have no {name} to learn from; choose more");
            let svm = LinearSvm { c: C, ..LinearSvm::default() };
            let found = svm.separate(&table.picked(&chosen), &is_in, seed);
            machines.push(standard.undone(&found.weight, found.bias));
        }
        watch.rest().await?;
        let moves = BoxRegression::learnt(&FeatureTable::from_rows(&places), &covering);
        let millis = watch.now_millis() - start;
        let learnt = Rc::new(RegionClassifier { rows: machines, moves, examples: rows.len() as u32, millis });
        let (lessons, figures, classifier) = (lessons.clone(), [scenes, seed], learnt.clone());
        self.learnt = Some(LearntRegions { lessons, figures, classifier });
        Ok((learnt, true))
    }
}

/// Says nothing of how far a part of a job is.
struct Quiet<'a, W>(&'a W);

impl<W: Monitor> Monitor for Quiet<'_, W> {
    fn now_millis(&self) -> f64 {
        self.0.now_millis()
    }

    fn progress(&self, _: crate::protocol::Progress) {}

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    async fn pause(&self) {
        self.0.pause().await;
    }
}

pub(super) fn truth_of(scene: &ShapeScene) -> Vec<TrueBox> {
    scene.things.iter().map(|thing| TrueBox { class: thing.class, corners: thing.corners }).collect()
}

/// The largest intersection over union with a thing of each class.
fn overlaps_of(region: BoxCorners, truth: &[TrueBox], classes: usize) -> Vec<f32> {
    let mut overlaps = vec![0.0_f32; classes];
    for thing in truth {
        let most = &mut overlaps[thing.class as usize];
        *most = most.max(iou(region, thing.corners));
    }
    overlaps
}

/// All regions that cover a thing well, and some of the others, half of them near things.
fn examples(regions: &[BoxCorners], truth: &[TrueBox], dice: &mut Dice) -> Vec<BoxCorners> {
    let most = |region: &BoxCorners| truth.iter().map(|thing| iou(*region, thing.corners)).fold(0.0, f32::max);
    let (good, others): (Vec<BoxCorners>, _) = regions.iter().partition(|region| most(region) >= POSITIVE);
    let (mut near, mut far): (Vec<BoxCorners>, Vec<BoxCorners>) =
        others.into_iter().partition(|region| most(region) >= NEAR);
    let mut picked = good;
    for from in [&mut near, &mut far] {
        for _ in 0..(EXAMPLES / 2).min(from.len()) {
            picked.push(from.swap_remove(dice.below(from.len())));
        }
    }
    picked
}

impl RegionClassifier {
    /// For each region and class a score of `least` or more: the logistic function of twice the margin, 0.5 where the machine decides. It is
    /// no probability. With `moves` boxes are moved to where the thing should be.
    pub(super) fn scored(
        &self,
        regions: &[BoxCorners],
        features: &[Vec<f32>],
        least: f32,
        moves: bool,
    ) -> Vec<DetectedBox> {
        let mut found = Vec::new();
        for (&corners, row) in regions.iter().zip(features) {
            for (class, (weight, bias)) in (0_u32..).zip(&self.rows) {
                // Behind the features that machines look at are those by places.
                let margin: f64 = weight.iter().zip(row).map(|(w, x)| w * f64::from(*x)).sum::<f64>() + bias;
                let score = (1.0 / (1.0 + (-SLOPE * margin).exp())) as f32;
                if score >= least {
                    let regression = self.moves.as_ref().filter(|_| moves);
                    let corners =
                        regression.map_or(corners, |regression| regression.moved(corners, &row[weight.len()..]));
                    found.push(DetectedBox { class, score, corners });
                }
            }
        }
        found
    }
}
