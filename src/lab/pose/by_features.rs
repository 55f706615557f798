//! DeepPose on what a network that names classes makes of pictures: the same cascade, whose stages are not networks of their own but ridge
//! regressions of that network's features (Donahue et al. 2014 do so with classes). For a few hundred people, of whom no network is learnt.

use super::cascade::{CascadeStage, PoseExample, USUAL_DIAMETER, squares_of};
use super::crop::cropped_picture;
use super::joints::{Joints, KnownJoints, PoseBox, diameter};
use crate::data::Rgb;
use crate::data::procedural::FIGURE_JOINTS;
use crate::graph::Host;
use crate::lab::device::Device;
use crate::lab::dice::Dice;
use crate::lab::ridge::{RidgeFit, RidgeRows};
use crate::lab::{FeatureTable, Features, LabError, Monitor, Weights};
use crate::models::deep_pose::STAGES;
use crate::nn::checkpoint::{Checkpoint, FileBytes, bytes_from_tensors};
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
/// Of each person, mirrored and not: squares that the first stage learns from, and crops of each joint that the others learn from.
const SQUARES: usize = 2;
const CROPS: usize = 2;
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
        let both: Vec<[PoseExample; 2]> = people.iter().map(|one| [one.clone(), one.mirrored()]).collect();
        let mut stages: Vec<StageFits> = Vec::new();
        let mut counts = [0; STAGES];
        // How far each stage errs at each joint, in sides of what it looks at; nothing where it leaves the joint where it is.
        let mut errors: Vec<[Option<f32>; FIGURE_JOINTS]> = Vec::new();
        for (stage, width) in counts.iter_mut().enumerate() {
            // Each joint has crops of its own but in the first stage, where all are read from the whole person.
            let groups: Vec<Option<usize>> =
                if stage == 0 { vec![None] } else { (0..FIGURE_JOINTS).map(Some).collect() };
            let (mut fits, mut off) = (StageFits::default(), [None; FIGURE_JOINTS]);
            for (at, &joint) in groups.iter().enumerate() {
                let lessons = lessons_of(&both, joint.map(|joint| (joint, errors.as_slice())), &mut dice);
                let mut rows = Vec::new();
                for some in lessons.chunks(BATCH) {
                    let squares: Vec<_> = some.iter().map(|one| (&*one.picture, one.square)).collect();
                    rows.extend(eyes.rows(stage, &squares).await?);
                    tell(stage, at * lessons.len() + rows.len(), groups.len() * lessons.len());
                }
                let table = FeatureTable::from_rows(&rows);
                *width = table.columns();
                let rows = RidgeRows::of(&table);
                let asked = joint.map_or(0..FIGURE_JOINTS, |joint| joint..joint + 1);
                for joint in asked {
                    let known = lessons.iter().enumerate();
                    let (known, targets): (Vec<usize>, Vec<[f32; 2]>) =
                        known.filter_map(|(at, one)| Some((at, one.square.normalised(one.joints[joint]?)))).unzip();
                    if let Some((fit, error)) = rows.learnt(&known, &targets, |row| lessons[row].person, &LAMBDAS) {
                        (fits[joint], off[joint]) = (Some(fit), Some(error as f32));
                    }
                }
            }
            stages.push(fits);
            errors.push(off);
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

/// Squares around people, or, behind the first stage, crops around a joint that are as far off as the stage before it errs.
fn lessons_of(
    people: &[[PoseExample; 2]],
    joint: Option<(usize, &[[Option<f32>; FIGURE_JOINTS]])>,
    dice: &mut Dice,
) -> Vec<Lesson> {
    let around = |reach: f32, dice: &mut Dice| (2.0 * dice.unit() - 1.0) * reach;
    let mut lessons = Vec::new();
    for (person, both) in people.iter().enumerate() {
        for example in both {
            let joints = example.joints;
            let Some(frame) = PoseBox::around(&joints) else { continue };
            let lesson = |square| Lesson { picture: example.picture.clone(), square, person, joints };
            let Some((joint, before)) = joint else {
                for _ in 0..SQUARES {
                    let centre = [0, 1].map(|at| frame.centre[at] + frame.side * around(SHIFT, dice));
                    lessons.push(lesson(PoseBox { centre, side: frame.side * (1.0 + around(SIZE, dice)) }));
                }
                continue;
            };
            let Some(place) = joints[joint] else { continue };
            let trunk = diameter(&joints).unwrap_or(USUAL_DIAMETER * frame.side);
            // How far the last stage that moves this joint errs, in pixels.
            let off = before.iter().enumerate().rev().find_map(|(stage, off)| {
                let side = if stage == 0 { frame.side } else { REACH[stage - 1] * trunk };
                Some(off[joint]? * side)
            });
            let off = off.unwrap_or(0.0);
            for _ in 0..CROPS {
                let centre = [0, 1].map(|at| place[at] + off * dice.normal());
                let side = REACH[before.len() - 1] * trunk * (1.0 + around(DIAMETER, dice));
                lessons.push(lesson(PoseBox { centre, side }));
            }
        }
    }
    lessons
}
