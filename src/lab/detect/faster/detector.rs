//! A trained detector on a device: proposals of a picture, then what each of them is.

use super::{FasterFile, FasterProgram, REGIONS, everything, squared, weights_of};
use crate::data::Rgb;
use crate::graph::Host;
use crate::lab::detect::anchors::{AnchorGrid, decoded_box};
use crate::lab::detect::boxes::{clipped, suppressed};
use crate::lab::detect::found::DetectInput;
use crate::lab::detect::proposals::{DEVIATIONS, proposals};
use crate::lab::device::{CompiledProgram, Device, DeviceState, Model, timed};
use crate::lab::{LabError, Monitor};
use crate::models::faster_rcnn::{PLACES, SIDE};
use crate::protocol::{BoxCorners, DetectedBox, Suppression, TrueBox};
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Proposals that the head is asked about: the paper has 300, for pictures that are larger.
pub(super) const REGIONS_JUDGED: usize = 100;
/// Regions that are pooled at once where the two ways are compared.
const POOLED: usize = 16;
/// Scores below it are of no use to anybody.
const LEAST_SCORE: f32 = 0.02;

/// What was found in a picture of [`SIDE`] × [`SIDE`] pixels, before anything is suppressed.
pub struct TwoStageFound {
    /// The highest score first, in class 0.
    pub proposals: Vec<DetectedBox>,
    /// Of each proposal and class.
    pub boxes: Vec<DetectedBox>,
    /// Of each anchor, 0 to 1.
    pub objectness: Vec<f32>,
    /// Of both stages.
    pub millis: [f64; 2],
}

/// The proposals of one picture, from what [`FasterProgram::Propose`] says.
pub(super) fn best_regions(said: &[Host], anchors: &[BoxCorners], overlap: f64) -> Result<Vec<DetectedBox>, LabError> {
    let [objectness, deltas] = [0, 1].map(|at| said[at].flatten_all().and_then(|all| all.to_vec1::<f32>()));
    let (objectness, deltas) = (objectness?, deltas?);
    Ok(proposals(anchors, (&objectness, &deltas), [SIDE as f32; 2], (REGIONS_JUDGED, overlap)))
}

/// `[1, regions, 4]`; where there are fewer, whole pictures follow.
pub(super) fn regions_host(best: &[DetectedBox]) -> Result<Host, LabError> {
    let whole = [0.0, 0.0, SIDE as f32, SIDE as f32];
    let corners = |at: usize| best.get(at).map_or(whole, |one| one.corners);
    let values: Vec<f32> = (0..REGIONS_JUDGED).flat_map(corners).collect();
    Ok(Host::from_vec(values, (1, REGIONS_JUDGED, 4), &HostDevice::Cpu)?)
}

/// Boxes of all classes, from what [`FasterProgram::Judge`] says of proposals: probabilities, and what makes them boxes.
///
/// # Errors
/// Where the numbers are not of so many regions.
pub fn scored_regions(best: &[DetectedBox], heads: &[Host]) -> Result<Vec<DetectedBox>, LabError> {
    let (classes, deltas) = (heads[0].to_vec2::<f32>()?, heads[1].to_vec2::<f32>()?);
    let mut found = Vec::new();
    for ((region, scores), deltas) in best.iter().zip(&classes).zip(&deltas) {
        for (class, (&score, numbers)) in scores.iter().skip(1).zip(deltas.chunks_exact(4)).enumerate() {
            if score >= LEAST_SCORE {
                let numbers = std::array::from_fn(|k| numbers[k] * DEVIATIONS[k]);
                let corners = clipped(decoded_box(region.corners, numbers), [SIDE as f32; 2]);
                found.push(DetectedBox { class: class as u32, score, corners });
            }
        }
    }
    Ok(found)
}

/// All that stays whatever the scores.
pub(super) fn suppressed_in(found: &[DetectedBox], overlap: f64) -> Vec<DetectedBox> {
    suppressed(found, Suppression { threshold: 0.0, overlap }).boxes
}

/// For one picture at a time.
pub struct FasterDetector {
    state: DeviceState,
    propose: CompiledProgram,
    judge: CompiledProgram,
    /// Made where the two ways to pool are compared.
    pool: Option<CompiledProgram>,
    anchors: Vec<BoxCorners>,
    classes: Vec<String>,
}

impl FasterDetector {
    /// # Errors
    /// What the device refuses.
    pub async fn new(file: &FasterFile, device: &Device) -> Result<Self, LabError> {
        let (classes, count) = (file.card.classes.clone(), file.card.classes.len());
        let state = device.state(&everything(count)?)?;
        for (tensor, expected, _) in weights_of(count)? {
            let missing = || LabError::MissingTensor {
                file: "the file".to_owned(),
                network: "Faster R-CNN".to_owned(),
                tensor: tensor.clone(),
                expected,
            };
            state.write(&tensor, &file.value(&tensor).ok_or_else(missing)?)?;
        }
        let propose = state.compile(FasterProgram::Propose(1).program(count)?).await?;
        let judge = state.compile(FasterProgram::Judge(1, REGIONS_JUDGED).program(count)?).await?;
        Ok(Self { state, propose, judge, pool: None, anchors: AnchorGrid::SCENES.all([PLACES; 2]), classes })
    }

    /// What it tells apart.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Boxes in pixels of `picture`, which has [`SIDE`] × [`SIDE`] of them; proposals overlap by so much at most.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn look(&mut self, picture: &Rgb, overlap: f64, watch: &impl Monitor) -> Result<TwoStageFound, LabError> {
        let start = watch.now_millis();
        let pictures = super::examples::pictures_from(&[picture])?;
        let said = self.propose.run(|_| pictures.clone()).await?;
        let proposals = best_regions(&said, &self.anchors, overlap)?;
        let between = watch.now_millis();
        let boxes = regions_host(&proposals)?;
        let heads = self.judge.run(|name| if name == REGIONS { boxes.clone() } else { said[2].clone() }).await?;
        let boxes = scored_regions(&proposals, &heads)?;
        let logits = said[0].flatten_all()?.to_vec1::<f32>()?;
        let objectness = logits.into_iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
        let millis = [between - start, watch.now_millis() - between];
        Ok(TwoStageFound { proposals, boxes, objectness, millis })
    }

    /// How much the features of the things of a picture change where their boxes move to the right by one pixel of what the network sees;
    /// nothing without things. Of each, by RoIAlign and by RoI max pooling.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn shift_changes(&mut self, input: &DetectInput) -> Result<Vec<[f64; 2]>, LabError> {
        let (picture, _) = squared(&input.picture)?;
        let scale = [input.picture.width(), input.picture.height()].map(|own| SIDE as f32 / own as f32);
        let seen = |thing: &TrueBox| std::array::from_fn(|at| thing.corners[at] * scale[at % 2]);
        let regions: Vec<BoxCorners> = input.truth.iter().map(seen).collect();
        let pictures = super::examples::pictures_from(&[&picture])?;
        let said = self.propose.run(|_| pictures.clone()).await?;
        let regions = &regions[..regions.len().min(POOLED / 2)];
        // Each region, then each of them moved.
        let moved = regions.iter().map(|[left, top, right, bottom]| [left + 1.0, *top, right + 1.0, *bottom]);
        let mut values: Vec<f32> = regions.iter().copied().chain(moved).flatten().collect();
        values.resize(4 * POOLED, 1.0);
        let boxes = Host::from_vec(values, (1, POOLED, 4), &HostDevice::Cpu)?;
        let pool = match &mut self.pool {
            Some(pool) => pool,
            none => none.insert(self.state.compile(FasterProgram::Pool(POOLED).program(self.classes.len())?).await?),
        };
        let pooled = pool.run(|name| if name == REGIONS { boxes.clone() } else { said[2].clone() }).await?;
        let pooled = [pooled[0].to_vec2::<f32>()?, pooled[1].to_vec2::<f32>()?];
        let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v * v)).sum::<f64>().sqrt();
        let change = |rows: &Vec<Vec<f32>>, at: usize| {
            let (here, there) = (&rows[at], &rows[regions.len() + at]);
            let off = norm(&mut here.iter().zip(there).map(|(a, b)| a - b));
            off / norm(&mut here.iter().copied()).max(1e-12)
        };
        Ok((0..regions.len()).map(|at| [change(&pooled[0], at), change(&pooled[1], at)]).collect())
    }
}

/// [`FasterDetector`] as a model that stays from job to job.
pub(in crate::lab::detect) struct FasterModel(pub(in crate::lab::detect) FasterDetector);

impl Model for FasterModel {
    type Network = FasterFile;

    async fn on(file: &Rc<FasterFile>, device: &Device) -> Result<Self, LabError> {
        Ok(Self(FasterDetector::new(file, device).await?))
    }

    async fn sample(file: &Rc<FasterFile>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut one = Self::on(file, device).await?;
        let grey = Rgb::new(SIDE as u32, SIDE as u32, vec![128; 3 * SIDE * SIDE])?;
        timed(watch, async || one.0.look(&grey, super::PROPOSAL_OVERLAP, watch).await.map(drop)).await
    }
}
