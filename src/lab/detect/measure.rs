//! How good a detector is: average precision as PASCAL VOC 2007 and 2012 and as COCO define it, average recall, and kinds of mistake.
//!
//! A box finds a thing where both are of one class and their intersection over union is that of the threshold or more. Boxes are taken from
//! the highest score down; a thing is found once.

use super::boxes::{area, iou, sort_by_score};
use crate::protocol::{
    BackendUsed, BoxCorners, ClassPrecision, DetectedBox, DetectionMeasure, Judgement, MistakeCounts, MistakeExample,
    TrueBox,
};

/// 0.5, 0.55, … 0.95.
pub fn coco_overlaps() -> impl ExactSizeIterator<Item = f64> {
    (0..10).map(|at| 0.5 + 0.05 * f64::from(at))
}

/// COCO's small, medium and large, in square pixels.
const SIZES: [[f64; 2]; 3] = [[0.0, 1024.0], [1024.0, 9216.0], [9216.0, f64::INFINITY]];
const ALL_SIZES: [f64; 2] = [0.0, f64::INFINITY];
/// The boxes of a picture that COCO looks at, and of how many the recall is told.
const MOST_BOXES: usize = 100;
const RECALL_BOXES: [usize; 3] = [1, 10, 100];
/// A box that overlaps a thing by less is on nothing.
const NEAR: f32 = 0.1;
const ON: f32 = 0.5;
/// Of each kind of mistake, so many are named.
const EXAMPLES: u32 = 24;

/// What a detector found in a picture, and what is there.
#[derive(Clone, Debug, Default)]
pub struct JudgedPicture {
    /// By what it is known.
    pub picture: u32,
    pub found: Vec<DetectedBox>,
    pub truth: Vec<TrueBox>,
}

/// The boxes of a class from the highest score down, each whether it found a thing, and how many things there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RankedHits {
    pub hits: Vec<bool>,
    pub things: usize,
}

/// Who of several things a box is on, where some of them are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum MatchRule {
    /// The thing that it overlaps most; where that is taken, the box is wrong.
    Voc,
    /// Of those that are free the one that it overlaps most.
    Coco,
}

impl RankedHits {
    /// `within` limits the area of things, in square pixels from (included) to (excluded): boxes on others, and boxes on nothing whose own
    /// area is another, count on neither side. Of each picture the best `most` boxes of the class are looked at.
    pub fn of(
        pictures: &[JudgedPicture],
        class: u32,
        overlap: f64,
        rule: MatchRule,
        within: [f64; 2],
        most: usize,
    ) -> Self {
        let is_within = |corners| {
            let area = f64::from(area(corners));
            within[0] <= area && area < within[1]
        };
        let mut ranked: Vec<(f32, bool)> = Vec::new();
        let mut things = 0;
        for picture in pictures {
            let mut found: Vec<DetectedBox> = picture.found.iter().filter(|one| one.class == class).copied().collect();
            sort_by_score(&mut found);
            found.truncate(most);
            let truth: Vec<TrueBox> = picture.truth.iter().filter(|one| one.class == class).copied().collect();
            let counts: Vec<bool> = truth.iter().map(|one| is_within(one.corners)).collect();
            things += counts.iter().filter(|counts| **counts).count();
            let mut is_taken = vec![false; truth.len()];
            for one in &found {
                let overlaps = truth.iter().map(|thing| f64::from(iou(one.corners, thing.corners)));
                let mut best: Option<(usize, f64)> = None;
                for (at, share) in overlaps.enumerate() {
                    let is_open = rule == MatchRule::Voc || !is_taken[at];
                    // One that counts goes before one that does not.
                    let is_better = best.is_none_or(|(other, most)| (counts[at], share) > (counts[other], most));
                    if is_open && share + 1e-9 >= overlap && is_better {
                        best = Some((at, share));
                    }
                }
                match best {
                    Some((at, _)) if !counts[at] => is_taken[at] = true,
                    Some((at, _)) => ranked.push((one.score, !std::mem::replace(&mut is_taken[at], true))),
                    None if is_within(one.corners) => ranked.push((one.score, false)),
                    None => {}
                }
            }
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self { hits: ranked.into_iter().map(|(_, hit)| hit).collect(), things }
    }

    /// Recall and precision after each box; nothing where there are no things.
    pub fn curve(&self) -> Vec<[f64; 2]> {
        let mut right = 0;
        let point = |(at, hit): (usize, &bool)| {
            right += usize::from(*hit);
            [right as f64 / self.things as f64, right as f64 / (at + 1) as f64]
        };
        if self.things == 0 { Vec::new() } else { self.hits.iter().enumerate().map(point).collect() }
    }

    /// The same where precision is the highest at this recall or a higher one.
    fn envelope(&self) -> Vec<[f64; 2]> {
        let mut curve = self.curve();
        let mut most = 0.0_f64;
        for point in curve.iter_mut().rev() {
            most = most.max(point[1]);
            point[1] = most;
        }
        curve
    }

    /// The mean of the highest precision at recalls 0, 0.1, … 1 (Everingham et al. 2010).
    pub fn voc2007(&self) -> f64 {
        self.interpolated(10)
    }

    /// The same at 0, 0.01, … 1 (Lin et al. 2014).
    pub fn coco(&self) -> f64 {
        self.interpolated(100)
    }

    fn interpolated(&self, steps: u32) -> f64 {
        let envelope = self.envelope();
        let at = |step: u32| {
            let recall = f64::from(step) / f64::from(steps);
            envelope.iter().find(|[found, _]| *found + 1e-12 >= recall).map_or(0.0, |[_, precision]| *precision)
        };
        (0..=steps).map(at).sum::<f64>() / f64::from(steps + 1)
    }

    /// The area under that curve (Everingham et al. 2015).
    pub fn voc2012(&self) -> f64 {
        let mut before = 0.0;
        let step = |[recall, precision]: [f64; 2]| {
            let area = (recall - before) * precision;
            before = recall;
            area
        };
        self.envelope().into_iter().map(step).sum()
    }

    /// The share of the things that are found.
    pub fn recall(&self) -> f64 {
        self.hits.iter().filter(|hit| **hit).count() as f64 / self.things.max(1) as f64
    }
}

/// All measures of these pictures. `classes` are all that a detector knows, in English and Japanese; those that no picture has are left out.
/// Mistakes are of boxes with a score of `threshold` and more.
pub fn measured(
    pictures: &[JudgedPicture],
    classes: &[[String; 2]],
    threshold: f64,
    backend: BackendUsed,
) -> DetectionMeasure {
    let present: Vec<u32> = (0..classes.len() as u32)
        .filter(|class| pictures.iter().any(|picture| picture.truth.iter().any(|thing| thing.class == *class)))
        .collect();
    let hits = |class, overlap, rule, within, most| RankedHits::of(pictures, class, overlap, rule, within, most);
    let coco = |class: u32, within: [f64; 2]| {
        let all: Vec<RankedHits> =
            coco_overlaps().map(|overlap| hits(class, overlap, MatchRule::Coco, within, MOST_BOXES)).collect();
        all.iter().any(|hits| hits.things > 0).then(|| all.iter().map(RankedHits::coco).collect::<Vec<_>>())
    };
    let per_class: Vec<ClassPrecision> = present
        .iter()
        .map(|&class| {
            let voc = hits(class, 0.5, MatchRule::Voc, ALL_SIZES, usize::MAX);
            let all = coco(class, ALL_SIZES).unwrap_or_default();
            ClassPrecision {
                name: classes[class as usize].clone(),
                things: voc.things as u32,
                curve: voc.curve(),
                ap50: voc.voc2012(),
                ap50_voc2007: voc.voc2007(),
                ap_coco: mean(all.iter().copied()).unwrap_or_default(),
                ap75_coco: all.get(5).copied().unwrap_or_default(),
                ap50_coco: all.first().copied().unwrap_or_default(),
            }
        })
        .collect();
    let over = |of: fn(&ClassPrecision) -> f64| mean(per_class.iter().map(of)).unwrap_or_default();
    let by_size = SIZES.map(|within| mean(present.iter().filter_map(|&class| mean(coco(class, within)?.into_iter()))));
    let recalls = RECALL_BOXES.map(|most| {
        let all = present.iter().flat_map(|&class| coco_overlaps().map(move |overlap| (class, overlap)));
        mean(all.map(|(class, overlap)| hits(class, overlap, MatchRule::Coco, ALL_SIZES, most).recall()))
            .unwrap_or_default()
    });
    let (mut mistakes, mut examples) = (MistakeCounts::default(), Vec::new());
    for picture in pictures {
        for (judgement, class, corners) in judged(picture, threshold) {
            let count = mistakes.of(judgement);
            *count += 1;
            if *count <= EXAMPLES {
                examples.push(MistakeExample { judgement, picture: picture.picture, class, corners });
            }
        }
    }
    DetectionMeasure {
        pictures: pictures.len() as u32,
        things: per_class.iter().map(|class| class.things).sum(),
        ap50: over(|class| class.ap50),
        ap50_voc2007: over(|class| class.ap50_voc2007),
        ap_coco: over(|class| class.ap_coco),
        ap75_coco: over(|class| class.ap75_coco),
        ap50_coco: over(|class| class.ap50_coco),
        classes: per_class,
        by_size,
        recalls,
        mistakes,
        examples,
        all_classes: classes.to_vec(),
        own: false,
        proposals: Vec::new(),
        shift: None,
        elapsed_ms: 0.0,
        backend,
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    values.for_each(|value| (sum, count) = (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

impl MistakeCounts {
    fn of(&mut self, judgement: Judgement) -> &mut u32 {
        match judgement {
            Judgement::Right => &mut self.right,
            Judgement::WrongClass => &mut self.class,
            Judgement::WrongPlace => &mut self.place,
            Judgement::WrongBoth => &mut self.both,
            Judgement::Duplicate => &mut self.duplicate,
            Judgement::Background => &mut self.background,
            Judgement::Missed => &mut self.missed,
        }
    }
}

/// Of one picture, boxes from the highest score down, then what was missed.
fn judged(picture: &JudgedPicture, threshold: f64) -> Vec<(Judgement, u32, BoxCorners)> {
    let mut all = Vec::new();
    let mut found: Vec<DetectedBox> =
        picture.found.iter().filter(|one| f64::from(one.score) >= threshold).copied().collect();
    sort_by_score(&mut found);
    let truth = &picture.truth;
    let mut is_taken = vec![false; truth.len()];
    let mut is_explained = vec![false; truth.len()];
    for one in &found {
        // The largest overlap, and whose it is.
        let best = |is_it: &dyn Fn(usize, &TrueBox) -> bool| {
            let all = truth.iter().enumerate().filter(|(at, thing)| is_it(*at, thing));
            all.map(|(at, thing)| (at, iou(one.corners, thing.corners))).max_by(|a, b| a.1.total_cmp(&b.1))
        };
        let on = |found: Option<(usize, f32)>| found.filter(|(_, share)| *share >= ON);
        let near = |found: Option<(usize, f32)>| found.filter(|(_, share)| (NEAR..ON).contains(share));
        let own = |_: usize, thing: &TrueBox| thing.class == one.class;
        let others = |_: usize, thing: &TrueBox| thing.class != one.class;
        let judgement = if let Some((at, _)) = on(best(&|at, thing| own(at, thing) && !is_taken[at])) {
            is_taken[at] = true;
            Judgement::Right
        } else if let Some((at, _)) = near(best(&own)) {
            is_explained[at] = true;
            Judgement::WrongPlace
        } else if let Some((at, _)) = on(best(&others)) {
            is_explained[at] = true;
            Judgement::WrongClass
        } else if on(best(&own)).is_some() {
            Judgement::Duplicate
        } else if near(best(&others)).is_some() {
            Judgement::WrongBoth
        } else {
            Judgement::Background
        };
        all.push((judgement, one.class, one.corners));
    }
    let is_missed = |at: &usize| !is_taken[*at] && !is_explained[*at];
    let missed = (0..truth.len()).filter(is_missed);
    all.extend(missed.map(|at| (Judgement::Missed, truth[at].class, truth[at].corners)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BackendKind, Why};

    fn found(class: u32, score: f32, corners: [f32; 4]) -> DetectedBox {
        DetectedBox { class, score, corners }
    }

    fn thing(class: u32, corners: [f32; 4]) -> TrueBox {
        TrueBox { class, corners }
    }

    fn at(left: f32) -> [f32; 4] {
        [left, 0.0, left + 10.0, 10.0]
    }

    fn ranked(hits: &[bool], things: usize) -> RankedHits {
        RankedHits { hits: hits.to_vec(), things }
    }

    /// Recall 1/3, 1/3, 2/3, 2/3, 1: precision 1, 1/2, 2/3, 1/2, 3/5.
    #[test]
    fn precision_is_as_by_hand() {
        let hits = ranked(&[true, false, true, false, true], 3);
        let (third, sixty) = (2.0 / 3.0, 0.6);
        assert!((hits.voc2012() - (1.0 + third + sixty) / 3.0).abs() < 1e-12);
        // Recalls 0 to 0.3 | 0.4 to 0.6 | 0.7 to 1.
        assert!((hits.voc2007() - (4.0 + 3.0 * third + 4.0 * sixty) / 11.0).abs() < 1e-12);
        // 0 to 0.33 | 0.34 to 0.66 | 0.67 to 1.
        assert!((hits.coco() - (34.0 + 33.0 * third + 34.0 * sixty) / 101.0).abs() < 1e-12);
        assert_eq!(ranked(&[], 3).coco(), 0.0);
        assert_eq!([ranked(&[true; 4], 4).coco(), ranked(&[true; 4], 4).voc2012()], [1.0; 2]);
        assert_eq!(ranked(&[false, true], 0).voc2007(), 0.0);
    }

    #[test]
    fn the_two_rules_differ_where_a_thing_is_taken() {
        let pictures = [JudgedPicture {
            picture: 0,
            found: vec![found(0, 0.9, at(0.0)), found(0, 0.8, at(1.0))],
            truth: vec![thing(0, at(0.0)), thing(0, at(3.0))],
        }];
        // The second box overlaps both: 9/11 and 8/12.
        let of = |rule| RankedHits::of(&pictures, 0, 0.5, rule, ALL_SIZES, 100).hits;
        assert_eq!([of(MatchRule::Voc), of(MatchRule::Coco)], [vec![true, false], vec![true, true]]);
        assert_eq!(RankedHits::of(&pictures, 0, 0.5, MatchRule::Coco, ALL_SIZES, 1).hits, [true]);
        assert_eq!(RankedHits::of(&pictures, 1, 0.5, MatchRule::Coco, ALL_SIZES, 9), ranked(&[], 0));
    }

    #[test]
    fn things_of_another_size_count_on_neither_side() {
        let large = [0.0, 50.0, 40.0, 90.0];
        let pictures = [JudgedPicture {
            picture: 0,
            found: vec![found(0, 0.9, large), found(0, 0.8, at(0.0)), found(0, 0.7, at(60.0))],
            truth: vec![thing(0, at(0.0)), thing(0, large)],
        }];
        let of = |within| RankedHits::of(&pictures, 0, 0.5, MatchRule::Coco, within, 100);
        assert_eq!(of(SIZES[0]), ranked(&[true, false], 1));
        assert_eq!(of(SIZES[1]), ranked(&[true], 1));
        assert_eq!(of(SIZES[2]), ranked(&[], 0));
    }

    #[test]
    fn each_kind_of_mistake_is_met() {
        let picture = JudgedPicture {
            picture: 0,
            truth: vec![
                thing(0, at(0.0)),
                thing(1, at(30.0)),
                thing(0, at(60.0)),
                thing(0, at(90.0)),
                thing(1, at(120.0)),
            ],
            found: vec![
                found(0, 0.9, at(0.0)),
                found(0, 0.8, at(1.0)),
                found(0, 0.7, at(30.0)),
                found(0, 0.7, at(66.0)),
                found(0, 0.6, at(126.0)),
                found(1, 0.6, at(200.0)),
                found(0, 0.1, at(90.0)),
            ],
        };
        let backend = BackendUsed { kind: BackendKind::Cpu, adapter: String::new(), why: Why::Chosen };
        let names = ["a", "b"].map(|name| [name.to_owned(), name.to_owned()]);
        let found = measured(&[JudgedPicture { picture: 7, ..picture }], &names, 0.5, backend);
        let counts = found.mistakes;
        let missed = found.examples.iter().filter(|one| one.judgement == Judgement::Missed);
        assert_eq!(
            missed.map(|one| (one.picture, one.class, one.corners)).collect::<Vec<_>>(),
            [(7, 0, at(90.0)), (7, 1, at(120.0))]
        );
        assert_eq!(found.examples[0].corners, at(0.0));
        // Missed: the one that only a low score found, and the one that a box of another class is near.
        let expected = MistakeCounts { right: 1, class: 1, place: 1, both: 1, duplicate: 1, background: 1, missed: 2 };
        assert_eq!(counts, expected);
    }

    /// Against a definition that looks at every threshold of the score by itself.
    #[test]
    fn precision_equals_brute_force() {
        let mut state = 7_u32;
        let mut unit = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0
        };
        for _ in 0..20 {
            let mut place = || {
                let [x, y] = [60.0 * unit(), 60.0 * unit()];
                [x, y, x + 10.0 + 20.0 * unit(), y + 10.0 + 20.0 * unit()]
            };
            let pictures: Vec<JudgedPicture> = (0..4)
                .map(|_| {
                    let truth: Vec<TrueBox> = (0..5).map(|_| thing(0, place())).collect();
                    let near = |of: &TrueBox, by: f32| of.corners.map(|at| at + by);
                    let shifts: Vec<f32> = (0..5).map(|_| place()[0] / 10.0).collect();
                    let hits = truth.iter().zip(shifts).map(|(of, by)| found(0, by / 9.0, near(of, by)));
                    let hits: Vec<DetectedBox> = hits.collect();
                    let scores: Vec<f32> = (0..6).map(|_| place()[0] / 60.0).collect();
                    let others = scores.into_iter().map(|score| found(0, score, place()));
                    let others: Vec<DetectedBox> = others.collect();
                    JudgedPicture { picture: 0, found: [hits, others].concat(), truth }
                })
                .collect();
            let hits = RankedHits::of(&pictures, 0, 0.5, MatchRule::Coco, ALL_SIZES, 100);
            let mut scores: Vec<f32> = pictures.iter().flat_map(|p| p.found.iter().map(|one| one.score)).collect();
            scores.sort_by(|a, b| b.total_cmp(a));
            // Recall and precision of all boxes with such a score or a higher one, matched anew.
            let points: Vec<[f64; 2]> = scores
                .iter()
                .map(|least| {
                    let kept = |picture: &JudgedPicture| JudgedPicture {
                        picture: 0,
                        found: picture.found.iter().filter(|one| one.score >= *least).copied().collect(),
                        truth: picture.truth.clone(),
                    };
                    let kept: Vec<JudgedPicture> = pictures.iter().map(kept).collect();
                    let hits = RankedHits::of(&kept, 0, 0.5, MatchRule::Coco, ALL_SIZES, 100);
                    let right = hits.hits.iter().filter(|hit| **hit).count() as f64;
                    [right / 20.0, right / hits.hits.len() as f64]
                })
                .collect();
            let best = |recall: f64| {
                let reached = points.iter().filter(|[found, _]| *found >= recall - 1e-12).map(|[_, p]| *p);
                reached.fold(0.0, f64::max)
            };
            let mean = |steps: u32| {
                (0..=steps).map(|at| best(f64::from(at) / f64::from(steps))).sum::<f64>() / f64::from(steps + 1)
            };
            assert!((hits.coco() - mean(100)).abs() < 1e-9);
            assert!((hits.voc2007() - mean(10)).abs() < 1e-9);
            // Recall rises in twentieths.
            let area = (1..=20).map(|at| best(f64::from(at) / 20.0) / 20.0).sum::<f64>();
            assert!((hits.voc2012() - area).abs() < 1e-9);
        }
    }

    #[test]
    fn means_are_over_the_classes_that_are_there() {
        let names = ["a", "b", "c"].map(|name| [name.to_owned(), name.to_owned()]);
        let pictures = [JudgedPicture {
            picture: 0,
            found: vec![found(0, 0.9, at(0.0)), found(2, 0.9, at(40.0))],
            truth: vec![thing(0, at(0.0)), thing(1, at(80.0))],
        }];
        let backend = BackendUsed { kind: BackendKind::Cpu, adapter: String::new(), why: Why::Chosen };
        let found = measured(&pictures, &names, 0.5, backend);
        assert_eq!((found.classes.len(), found.things, found.ap50, found.ap_coco), (2, 2, 0.5, 0.5));
        assert_eq!((found.recalls, found.by_size), ([0.5; 3], [Some(0.5), None, None]));
        assert_eq!((found.mistakes.right, found.mistakes.background, found.mistakes.missed), (1, 1, 1));
    }
}
