//! DeepPose on what a network that names classes makes of pictures: the same cascade, whose stages are not networks of their own but ridge
//! regressions of that network's features (Donahue et al. 2014 do so with classes). For a few hundred people, of whom no network is learnt.

use super::cascade::{CascadeStage, PoseExample, USUAL_DIAMETER, squares_of};
use super::crop::cropped_picture;
use super::joints::{Joints, KnownJoints, PoseBox, diameter, distance};
use crate::data::Rgb;
use crate::data::procedural::FIGURE_JOINTS;
use crate::graph::Host;
use crate::lab::device::Device;
use crate::lab::dice::Dice;
use crate::lab::ridge::{RidgeFit, RidgeRows};
use crate::lab::{FeatureTable, Features, LabError, Monitor, Weights};
use crate::models::deep_pose::STAGES;
use crate::nn::checkpoint::{Checkpoint, FileBytes, bytes_from_tensors};
use crate::protocol::JointPlace;
use candle_core::Device as HostDevice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Parts along a side of a picture and of a crop, over which the network's last map is averaged.
const GRIDS: [usize; STAGES] = [6, 4, 4];
/// Of the stages behind the first: sides of a crop in diameters of the trunk.
const REACH: [f32; STAGES - 1] = [2.0, 1.5];
/// Pictures that the network looks at together.
const BATCH: usize = 8;
/// Of each person so many squares are learnt from, and so many crops of each joint; every second is mirrored, each turned by up to so much.
const COPIES: usize = 4;
const TURN: f32 = 0.5;
/// One person in so many is left out at first, to see whether a stage helps, and how far off it is.
const LEFT_OUT: usize = 5;
/// Of what a stage says, the shares that are tried.
const SHARES: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// How much a person's square is larger or smaller than it should be, how far off in sides, and how wrong a trunk's diameter is.
const SIZE: f32 = 0.08;
const SHIFT: f32 = 0.04;
const DIAMETER: f32 = 0.12;
/// What squares of weights may count.
const LAMBDAS: [f64; 6] = [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0];

/// Under this key the metadata has the card as JSON.
const KEY: &str = "neocog.pose.features";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct FeatureCard {
    /// Of which network features were learnt, how many of each stage, and from how many people.
    network: String,
    counts: [usize; STAGES],
    people: usize,
}

/// What was learnt: of each stage, of each joint, two numbers; nothing where a stage leaves a joint where it is.
#[derive(Clone, Debug)]
pub struct FeatureCascade {
    card: FeatureCard,
    stages: Vec<StageFits>,
}

type StageFits = [Option<RidgeFit>; FIGURE_JOINTS];

/// A network that looks at squares of pictures.
pub struct PoseFeatures {
    weights: Rc<Weights>,
    stages: Vec<Features>,
}

/// A square of a picture that is learnt from: what a joint is from its middle, in sides.
struct Lesson {
    picture: Rc<Rgb>,
    square: PoseBox,
    person: usize,
    joints: KnownJoints,
}

impl PoseFeatures {
    /// # Errors
    /// [`LabError::Setup`] of a network whose features do not say where they are, and what the device refuses.
    pub async fn new(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let mut stages = Vec::new();
        for grid in GRIDS {
            stages.push(Features::with_places(weights, BATCH, grid, device).await?);
        }
        Ok(Self { weights: weights.clone(), stages })
    }

    async fn rows(&mut self, stage: usize, squares: &[(&Rgb, PoseBox)]) -> Result<Vec<Vec<f32>>, LabError> {
        let [_, height, width] = self.weights.network().input;
        let mut rows = Vec::new();
        for some in squares.chunks(BATCH) {
            let crops = some.iter().map(|(picture, square)| cropped_picture(picture, *square, height.max(width)));
            rows.extend(self.stages[stage].of(&crops.collect::<Result<Vec<_>, _>>()?).await?);
        }
        Ok(rows)
    }
}

impl FeatureCascade {
    /// Learns from people; `tell` hears how many squares of which stage were looked at, and of how many.
    ///
    /// # Errors
    /// [`LabError::Setup`] of too few people, and what the device refuses.
    pub async fn learnt(
        people: &[PoseExample],
        eyes: &mut PoseFeatures,
        seed: u32,
        mut tell: impl FnMut(usize, usize, usize),
    ) -> Result<Self, LabError> {
        let count = people.len();
        ensure!(count >= 10, "a cascade cannot be learnt from {count} people; 10 or more are needed");
        let mut dice = Dice::new(seed);
        let left_out: Vec<&PoseExample> = people.iter().step_by(LEFT_OUT).collect();
        let frames: Vec<PoseBox> = left_out.iter().map(|one| frame_of(one)).collect();
        let mut stages: Vec<StageFits> = Vec::new();
        let mut counts = [0; STAGES];
        // Where those that are left out are said to be, and how far off that is at each joint, in sides of their squares.
        let mut said: Vec<Joints> = frames.iter().map(|frame| [frame.centre; FIGURE_JOINTS]).collect();
        let mut off = [0.0; FIGURE_JOINTS];
        for (stage, width) in counts.iter_mut().enumerate() {
            let squares = squares_at(stage, &said, &frames);
            let asked: Vec<(&Rgb, PoseBox)> = left_out
                .iter()
                .zip(&squares)
                .flat_map(|(one, of)| of.iter().map(|square| (&*one.picture, *square)))
                .collect();
            let seen = eyes.rows(stage, &asked).await?;
            // Each joint has crops of its own but in the first stage, where all are read from the whole person.
            let groups: Vec<Option<usize>> =
                if stage == 0 { vec![None] } else { (0..FIGURE_JOINTS).map(Some).collect() };
            let mut fits = StageFits::default();
            for (at, &group) in groups.iter().enumerate() {
                let lessons = lessons_of(people, group.map(|joint| (joint, stage, off[joint])), &mut dice)?;
                let mut rows = Vec::new();
                for some in lessons.chunks(BATCH) {
                    let squares: Vec<_> = some.iter().map(|one| (&*one.picture, one.square)).collect();
                    rows.extend(eyes.rows(stage, &squares).await?);
                    tell(stage, at * lessons.len() + rows.len(), groups.len() * lessons.len());
                }
                let table = FeatureTable::from_rows(&rows);
                *width = table.columns();
                let rows = RidgeRows::of(&table);
                for joint in group.map_or(0..FIGURE_JOINTS, |joint| joint..joint + 1) {
                    let of = |is_wanted: &dyn Fn(usize) -> bool| -> (Vec<usize>, Vec<[f32; 2]>) {
                        let known = lessons.iter().enumerate().filter(|(_, one)| is_wanted(one.person));
                        known.filter_map(|(at, one)| Some((at, one.square.normalised(one.joints[joint]?)))).unzip()
                    };
                    let (known, targets) = of(&|person| person % LEFT_OUT > 0);
                    let Some((lambda, _)) = rows.best(&known, &targets, |row| lessons[row].person, &LAMBDAS) else {
                        continue;
                    };
                    let fit = rows.fit(&known, &targets, lambda);
                    // What that makes of the people who were left out, and how much of it brings them nearer.
                    let each = squares.iter().enumerate().map(|(one, squares)| {
                        let at = if stage == 0 { 0 } else { joint };
                        let mut by = fit.said(&seen[one * squares.len() + at]);
                        let to = squares[at].denormalised([by.next().unwrap_or(0.0), by.next().unwrap_or(0.0)]);
                        (said[one][joint], to, left_out[one].joints[joint], frames[one].side)
                    });
                    let each: Vec<_> = each.collect();
                    let share = best_share(&each);
                    for ((from, to, _, _), said) in each.iter().zip(&mut said) {
                        said[joint] = between(*from, *to, share);
                    }
                    if share > 0.0 {
                        let (known, targets) = of(&|_| true);
                        let mut fit = rows.fit(&known, &targets, lambda);
                        fit.scale(f64::from(share));
                        fits[joint] = Some(fit);
                    }
                }
            }
            for (joint, off) in off.iter_mut().enumerate() {
                *off =
                    errs(said.iter().zip(&left_out).zip(&frames).filter_map(|((said, one), frame)| {
                        Some(distance(said[joint], one.joints[joint]?) / frame.side)
                    }));
            }
            stages.push(fits);
        }
        let card = FeatureCard { network: eyes.weights.network().id.clone(), counts, people: count };
        Ok(Self { card, stages })
    }

    /// The joints after each stage, of the person in the square `frame`; and how many milliseconds each took.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn look(
        &self,
        picture: &Rgb,
        frame: PoseBox,
        eyes: &mut PoseFeatures,
        watch: &impl Monitor,
    ) -> Result<Vec<(CascadeStage, f64)>, LabError> {
        let mut found: Vec<(CascadeStage, f64)> = Vec::new();
        for (stage, fits) in self.stages.iter().enumerate() {
            let start = watch.now_millis();
            let squares = match found.last() {
                None => vec![frame],
                Some((before, _)) => squares_of(&before.joints, frame, REACH[stage - 1]).to_vec(),
            };
            let seen: Vec<_> = squares.iter().map(|square| (picture, *square)).collect();
            let rows = eyes.rows(stage, &seen).await?;
            let joints: Joints = std::array::from_fn(|joint| {
                let (square, row) = if stage == 0 { (&frame, &rows[0]) } else { (&squares[joint], &rows[joint]) };
                let mut by = [0.0; 2];
                if let Some(fit) = &fits[joint] {
                    by.iter_mut().zip(fit.said(row)).for_each(|(by, said)| *by = said);
                }
                square.denormalised(by)
            });
            found.push((CascadeStage { joints, looked_at: squares }, watch.now_millis() - start));
        }
        Ok(found)
    }

    /// How many people it has learnt from.
    pub fn people(&self) -> usize {
        self.card.people
    }

    /// The bytes of a file; `name` is for messages.
    ///
    /// # Errors
    /// [`LabError::Checkpoint`]
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, LabError> {
        let mut values = BTreeMap::new();
        for (stage, fits) in self.stages.iter().enumerate() {
            for (joint, fit) in fits.iter().enumerate() {
                let Some(fit) = fit else { continue };
                let weights: Vec<f32> = fit.numbers.iter().flat_map(|(weight, _)| weight).map(|w| *w as f32).collect();
                let biases: Vec<f32> = fit.numbers.iter().map(|(_, bias)| *bias as f32).collect();
                let [weight, bias] = names(stage, joint);
                values.insert(weight, Host::from_vec(weights, (2, self.card.counts[stage]), &HostDevice::Cpu)?);
                values.insert(bias, Host::from_vec(biases, 2, &HostDevice::Cpu)?);
            }
        }
        let card = serde_json::to_string(&self.card).map_err(|error| bad_setup!("{error}"))?;
        Ok(bytes_from_tensors(name, &values, &BTreeMap::from([(KEY.to_owned(), card)]))?)
    }

    /// Whether a file says of itself that it is one.
    pub fn is_one(name: &str, bytes: FileBytes) -> bool {
        Checkpoint::parse(name, bytes).is_ok_and(|file| file.metadata().contains_key(KEY))
    }

    /// # Errors
    /// [`LabError::Checkpoint`], [`LabError::BadRun`] of what is no such file, or one of features of another network than `weights`.
    pub fn parse(name: &str, bytes: impl Into<FileBytes>, weights: &Weights) -> Result<Self, LabError> {
        let file = Checkpoint::parse(name, bytes)?;
        let bad = |detail: String| LabError::BadRun { file: name.to_owned(), detail };
        let card = file.metadata().get(KEY).ok_or_else(|| bad("it is no cascade on features".to_owned()))?;
        let card: FeatureCard = serde_json::from_str(card).map_err(|error| bad(error.to_string()))?;
        let network = &weights.network().id;
        if card.network != *network {
            return Err(bad(format!("it has learnt from features of {}, not of {network}", card.network)));
        }
        let mut stages: Vec<StageFits> = Vec::new();
        for (stage, count) in card.counts.into_iter().enumerate() {
            let mut fits: StageFits = Default::default();
            for (joint, fit) in fits.iter_mut().enumerate() {
                let [weight, bias] = names(stage, joint);
                let (Ok(weight), Ok(bias)) = (file.tensor(&weight), file.tensor(&bias)) else { continue };
                let shape = |what: &Host| format!("{:?}", what.dims());
                if weight.dims() != [2, count] || bias.dims() != [2] {
                    let (weight, bias) = (shape(&weight), shape(&bias));
                    return Err(bad(format!(
                        "joint {joint} of stage {} has weights {weight} and biases {bias}, and [2, {count}] and [2] are wanted",
                        stage + 1
                    )));
                }
                let (weight, bias) = (weight.to_vec2::<f32>()?, bias.to_vec1::<f32>()?);
                let wide = |row: Vec<f32>| row.into_iter().map(f64::from).collect();
                let numbers = weight.into_iter().zip(bias).map(|(row, bias)| (wide(row), f64::from(bias))).collect();
                *fit = Some(RidgeFit { numbers });
            }
            stages.push(fits);
        }
        Ok(Self { card, stages })
    }
}

fn names(stage: usize, joint: usize) -> [String; 2] {
    ["weight", "bias"].map(|what| format!("stage{}.{joint}.{what}", stage + 1))
}

fn frame_of(one: &PoseExample) -> PoseBox {
    PoseBox::around(&one.joints).unwrap_or_else(|| PoseBox::whole(one.picture.width(), one.picture.height()))
}

/// What a stage looks at of each person.
fn squares_at(stage: usize, said: &[Joints], frames: &[PoseBox]) -> Vec<Vec<PoseBox>> {
    let one = |(said, frame): (&Joints, &PoseBox)| match stage {
        0 => vec![*frame],
        stage => squares_of(said, *frame, REACH[stage - 1]).to_vec(),
    };
    said.iter().zip(frames).map(one).collect()
}

fn between(from: JointPlace, to: JointPlace, share: f32) -> JointPlace {
    [0, 1].map(|at| from[at] + share * (to[at] - from[at]))
}

/// Of the way from where a joint was said to be to where a stage says it is, the share after which it is nearest to its place, by the mean
/// distance in sides of people's squares.
fn best_share(each: &[(JointPlace, JointPlace, Option<JointPlace>, f32)]) -> f32 {
    let mean = |share: f32| -> f32 {
        let known = each
            .iter()
            .filter_map(|(from, to, truth, side)| Some(distance(between(*from, *to, share), (*truth)?) / side));
        known.sum()
    };
    let shares = SHARES.map(|share| (share, mean(share)));
    shares.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0.0, |(share, _)| share)
}

/// The deviation along one axis of errors of this length.
fn errs(distances: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = distances.fold((0.0, 0), |(sum, count), off| (sum + off * off, count + 1));
    (sum / (2 * count.max(1)) as f32).sqrt()
}

/// Squares around people, or, behind the first stage, crops around a joint that are as far off as the stage before it errs. Each person is
/// mirrored half of the times, and turned.
fn lessons_of(
    people: &[PoseExample],
    joint: Option<(usize, usize, f32)>,
    dice: &mut Dice,
) -> Result<Vec<Lesson>, LabError> {
    let around = |reach: f32, dice: &mut Dice| (2.0 * dice.unit() - 1.0) * reach;
    let mut lessons = Vec::new();
    for (person, example) in people.iter().enumerate() {
        for copy in 0..COPIES {
            let example = if copy % 2 == 0 { example.clone() } else { example.mirrored() };
            let PoseExample { picture, joints } = example.turned(around(TURN, dice))?;
            let Some(frame) = PoseBox::around(&joints) else { continue };
            let square = match joint {
                None => {
                    let centre = [0, 1].map(|at| frame.centre[at] + frame.side * around(SHIFT, dice));
                    PoseBox { centre, side: frame.side * (1.0 + around(SIZE, dice)) }
                }
                Some((joint, stage, off)) => {
                    let Some(place) = joints[joint] else { continue };
                    let trunk = diameter(&joints).unwrap_or(USUAL_DIAMETER * frame.side);
                    let centre = [0, 1].map(|at| place[at] + off * frame.side * dice.normal());
                    PoseBox { centre, side: REACH[stage - 1] * trunk * (1.0 + around(DIAMETER, dice)) }
                }
            };
            lessons.push(Lesson { picture, square, person, joints });
        }
    }
    Ok(lessons)
}
