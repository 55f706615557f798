//! Faster R-CNN: the graphs of its training step and of its two stages, and what each step learns from.
//!
//! Both stages learn at once, as in the authors' second program ("approximate joint training"): before each step the network as it then is
//! proposes boxes in the step's pictures, and the head learns from some of these. So a step's inputs follow from the weights before it, the
//! seed and its number; a run that is restored with its weights goes on as if it had not stopped.

mod detector;
mod examples;
mod run;

pub(super) use detector::FasterModel;
pub use detector::{FasterDetector, TwoStageFound, scored_regions};
pub use run::{FasterCard, FasterFile};

use super::anchors::AnchorGrid;
use super::found::DetectInput;
use super::lessons::Lessons;
use super::measure::JudgedPicture;
use super::proposals::{PROPOSAL_OVERLAP, proposals};
use crate::data::Rgb;
use crate::data::resize::resize;
use crate::graph::pass::PassError;
use crate::graph::{Graph, Host, Program, ShapeError, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::trainer::{NamedVariable, Task, Trainer};
use crate::models::faster_rcnn::{ANCHORS, AnchorScores, CHANNELS, FasterRcnn, GRID, PLACES, RegionScores, SIDE};
use crate::nn::roi::{roi_align, roi_max_pool};
use crate::nn::{VarBuilder, init, loss};
use crate::protocol::{BoxCorners, RunPlan};
use candle_core::Device as HostDevice;
use examples::StepExamples;
use std::rc::Rc;

const PICTURES: &str = "pictures";
const IS_BACKGROUND: &str = "anchors.is_background";
const ANCHOR_COUNTS: &str = "anchors.counts";
const ANCHOR_TARGETS: &str = "anchors.targets";
const ANCHOR_WEIGHTS: &str = "anchors.weights";
const REGIONS: &str = "regions";
const REGION_CLASSES: &str = "regions.classes";
const REGION_COUNTS: &str = "regions.counts";
const REGION_TARGETS: &str = "regions.targets";
const FEATURES: &str = "features";

/// Of each picture: anchors and regions that are learnt from, and proposals of which the regions are taken. The paper has 256 anchors of
/// one picture and 2,000 proposals, for pictures of some 600 × 1000 pixels.
const SAMPLED_ANCHORS: usize = 64;
const SAMPLED_REGIONS: usize = 32;
const PROPOSALS: usize = 120;
/// Where the loss of boxes turns from a square to a line, of anchors and of regions, as in the authors' program.
const ANCHOR_BETA: f64 = 1.0 / 9.0;
const REGION_BETA: f64 = 1.0;
/// Keeps the scenes that are learnt from apart from those that are shown and measured with.
const LEARN_STREAM: u32 = 0xfa57_0000;

/// A detector that learns.
pub struct FasterTraining {
    pub(in crate::lab) seed: u32,
    batch: usize,
    lessons: Lessons,
    /// The detector whose weights it begins with.
    begin: Option<Rc<FasterFile>>,
    classes: Vec<String>,
    anchors: Vec<BoxCorners>,
    /// The pictures of the step with this number, and what was proposed in them.
    present: Option<(u32, Vec<DetectInput>, Vec<Vec<BoxCorners>>)>,
}

/// A program beside the step, of so many pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FasterProgram {
    /// What the region proposal network says: objectness, deltas, features.
    Propose(usize),
    /// What the head says of regions: pictures, regions of each.
    Judge(usize, usize),
    /// So many regions of one picture, by RoIAlign and by RoI max pooling.
    Pool(usize),
}

pub type FasterTrainer = Trainer<FasterTraining>;

/// A picture as the network sees it, squashed to a square of [`SIDE`], and how a box there becomes one of the picture.
pub(super) fn squared(picture: &Rc<Rgb>) -> Result<(Rc<Rgb>, impl Fn(BoxCorners) -> BoxCorners + use<>), LabError> {
    let (side, size) = (SIDE as u32, [picture.width(), picture.height()]);
    let square = if size == [side; 2] { picture.clone() } else { Rc::new(resize(picture, side, side)?) };
    let back = size.map(|own| own as f32 / side as f32);
    Ok((square, move |corners: BoxCorners| [0, 1, 2, 3].map(|at| corners[at] * back[at % 2])))
}

/// Pictures as bytes → `[batch, 3, 224, 224]` in -1…1.
fn pictures(graph: &Graph, batch: usize) -> Result<Tensor, ShapeError> {
    let shape = [3, SIDE, SIDE];
    let words = graph.input(PICTURES, Spec::u32([batch, shape.iter().product::<usize>().div_ceil(4)]));
    let all = Host::arange(0, batch as u32, &HostDevice::Cpu).and_then(|all| graph.constant(&all));
    let all = all.map_err(|error| ShapeError::Bad { op: "detect", why: error.to_string(), got: Vec::new() })?;
    words.load_bytes(&all, shape)?.affine(1.0 / 127.5, -1.0)
}

impl FasterProgram {
    /// Of a network that tells so many classes apart.
    fn program(self, classes: usize) -> Result<Program, PassError> {
        let graph = Graph::new();
        let net = FasterRcnn::new(classes, &VarBuilder::new(&graph))?;
        let given = |batch, regions| {
            let features = graph.input(FEATURES, Spec::f32([batch, CHANNELS, PLACES, PLACES]));
            (features, graph.input(REGIONS, Spec::f32([batch, regions, 4])))
        };
        match self {
            Self::Propose(batch) => {
                let features = net.features(&pictures(&graph, batch)?)?;
                let AnchorScores { objectness, deltas } = net.anchors(&features)?;
                Program::step(&[&objectness.flatten_from(1)?, &deltas.flatten_from(1)?, &features], &[])
            }
            Self::Judge(batch, regions) => {
                let (features, boxes) = given(batch, regions);
                let RegionScores { classes, deltas } = net.regions(&features, &boxes)?;
                Program::step(&[&classes.softmax()?, &deltas], &[])
            }
            Self::Pool(regions) => {
                let (features, boxes) = given(1, regions);
                let pooled = [roi_align(&features, &boxes, GRID)?, roi_max_pool(&features, &boxes, GRID)?];
                Program::step(&[&pooled[0].flatten_from(1)?, &pooled[1].flatten_from(1)?], &[])
            }
        }
    }
}

/// Never run: all variables, for the layout of a state.
fn everything(classes: usize) -> Result<Program, PassError> {
    let graph = Graph::new();
    let net = FasterRcnn::new(classes, &VarBuilder::new(&graph))?;
    let features = net.features(&pictures(&graph, 1)?)?;
    let said = net.anchors(&features)?;
    let judged = net.regions(&features, &graph.input(REGIONS, Spec::f32([1, 1, 4])))?;
    Program::step(&[&said.objectness, &said.deltas, &judged.classes, &judged.deltas], &[])
}

/// The variables of a detector.
fn weights_of(classes: usize) -> Result<Vec<NamedVariable>, ShapeError> {
    let vb = VarBuilder::new(&Graph::new());
    FasterRcnn::new(classes, &vb)?;
    let named = vb.parameters().into_iter().chain(vb.statistics());
    Ok(named.map(|(name, tensor, start)| (name, tensor.dims().to_vec(), start)).collect())
}

/// The sum of `loss · weight` over that of the `counts`.
fn mean_where(loss: &Tensor, weight: &Tensor, counts: &Tensor) -> Result<Tensor, ShapeError> {
    loss.broadcast_mul(weight)?.sum_all()?.broadcast_div(&counts.sum_all()?.clamp(1.0, 1e30)?)
}

fn single(loss: &Tensor) -> Result<Tensor, ShapeError> {
    loss.reshape([1])
}

impl Task for FasterTraining {
    type Extra = FasterProgram;

    fn forward(&self, vb: &VarBuilder, _: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let (graph, batch, classes) = (vb.graph(), self.batch, self.classes.len());
        let net = FasterRcnn::new(classes, vb)?;
        let features = net.features(&pictures(graph, batch)?)?;

        let AnchorScores { objectness, deltas } = net.anchors(&features)?;
        let anchors = batch * ANCHORS * PLACES * PLACES;
        let is_background = graph.input(IS_BACKGROUND, Spec::u32([anchors]));
        let counts = graph.input(ANCHOR_COUNTS, Spec::f32([anchors]));
        let logits = objectness.reshape([anchors, 1])?;
        // A softmax over two classes, of which the background's logit is 0: the paper's logistic loss.
        let logits = Tensor::cat(&[&logits, &logits.zeros_like()?], 1)?;
        let objects = single(&loss::masked_cross_entropy(&logits, &is_background, &counts)?)?;
        let shape = [batch, 4 * ANCHORS, PLACES, PLACES];
        let targets = graph.input(ANCHOR_TARGETS, Spec::f32(shape));
        let weights = graph.input(ANCHOR_WEIGHTS, Spec::f32(shape));
        let anchor_boxes = mean_where(&loss::smooth_l1(&deltas, &targets, ANCHOR_BETA)?, &weights, &counts)?;

        let count = batch * SAMPLED_REGIONS;
        let regions = graph.input(REGIONS, Spec::f32([batch, SAMPLED_REGIONS, 4]));
        let RegionScores { classes: logits, deltas } = net.regions(&features, &regions)?;
        let labels = graph.input(REGION_CLASSES, Spec::u32([count]));
        let counts = graph.input(REGION_COUNTS, Spec::f32([count]));
        let right = single(&loss::masked_cross_entropy(&logits, &labels, &counts)?)?;
        // Of the background no box is learnt.
        let own = loss::one_hot(&labels, classes + 1)?.narrow(1, 1, classes)?.reshape([count, classes, 1])?;
        let own = own.broadcast_mul(&counts.reshape([count, 1, 1])?)?;
        let targets = graph.input(REGION_TARGETS, Spec::f32([count, 1, 4])).broadcast_as([count, classes, 4])?;
        let boxes = loss::smooth_l1(&deltas.reshape([count, classes, 4])?, &targets, REGION_BETA)?;
        let boxes = single(&mean_where(&boxes, &own, &counts)?)?;
        let anchor_boxes = single(&anchor_boxes)?;

        let sum = objects.add(&anchor_boxes)?.add(&right)?.add(&boxes)?;
        Ok(vec![sum, objects, anchor_boxes, right, boxes])
    }

    fn first_value(&self, (name, shape, start): &NamedVariable, seed: u32) -> Result<Host, LabError> {
        let known = self.begin.as_ref().and_then(|file| file.value(name)).filter(|value| value.dims() == shape);
        known.map_or_else(|| Ok(init::value(*start, shape, u64::from(seed), name)?), Ok)
    }

    /// Without proposals, which a device that is timed has not, the head learns from the things' own boxes.
    fn inputs(&mut self, step: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        self.draw(step)?;
        let Some((_, lessons, proposed)) = &self.present else { return Ok(Vec::new()) };
        Ok(StepExamples::of(lessons, proposed, &self.anchors, (self.seed, step))?.inputs()?)
    }

    fn program(&self, extra: &FasterProgram) -> Result<Program, LabError> {
        Ok(extra.program(self.classes.len())?)
    }
}

impl FasterTraining {
    /// The pictures of a step, where they are not there yet.
    fn draw(&mut self, step: u32) -> Result<(), LabError> {
        if self.present.as_ref().is_none_or(|(of, ..)| *of != step) {
            let first = u64::from(step) * self.batch as u64;
            let numbers = first..first + self.batch as u64;
            let lessons = numbers.map(|number| self.lessons.lesson(self.seed ^ LEARN_STREAM, number, SIDE as u32));
            self.present = Some((step, lessons.collect::<Result<_, _>>()?, vec![Vec::new(); self.batch]));
        }
        Ok(())
    }
}

impl FasterTrainer {
    /// With first weights, or with those of another detector that fit: of one for other classes, all but the last layers.
    ///
    /// # Errors
    /// [`LabError::Setup`] of figures that make no sense, and what a device refuses.
    pub async fn start(
        plan: &RunPlan,
        lessons: Lessons,
        begin: Option<Rc<FasterFile>>,
        device: &Device,
    ) -> Result<Self, LabError> {
        let RunPlan { batch, seed, .. } = *plan;
        let anchors = AnchorGrid::SCENES.all([PLACES; 2]);
        let classes = lessons.classes();
        let task = FasterTraining { seed, batch: batch as usize, lessons, begin, classes, anchors, present: None };
        Self::of_run(task, plan, device).await
    }

    pub fn lessons(&self) -> &Lessons {
        &self.task.lessons
    }

    /// Proposes in the pictures of the next step, and learns from it.
    async fn propose_and_advance(&mut self) -> Result<(), LabError> {
        let step = self.step();
        self.task.draw(step)?;
        let Some((_, lessons, _)) = &self.task.present else { return self.advance() };
        let pictures = examples::pictures_of(lessons)?;
        let said = self.extra(FasterProgram::Propose(self.task.batch)).await?.run(|_| pictures.clone()).await?;
        let (objectness, deltas) = (said[0].to_vec2::<f32>()?, said[1].to_vec2::<f32>()?);
        let Self { task, .. } = self;
        if let Some((_, _, proposed)) = &mut task.present {
            for (proposed, said) in proposed.iter_mut().zip(objectness.iter().zip(&deltas)) {
                let best = proposals(&task.anchors, (said.0, said.1), [SIDE as f32; 2], (PROPOSALS, PROPOSAL_OVERLAP));
                *proposed = best.into_iter().map(|one| one.corners).collect();
            }
        }
        self.advance()
    }

    /// What the network finds in these pictures, before a threshold.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn judged(
        &mut self,
        inputs: impl IntoIterator<Item = Result<DetectInput, LabError>>,
        overlap: f64,
    ) -> Result<Vec<JudgedPicture>, LabError> {
        let mut judged = Vec::new();
        for (picture, input) in (0..).zip(inputs) {
            let DetectInput { picture: shown, truth } = input?;
            let (square, back) = squared(&shown)?;
            let pictures = examples::pictures_from(&[&square])?;
            let said = self.extra(FasterProgram::Propose(1)).await?.run(|_| pictures.clone()).await?;
            let best = detector::best_regions(&said, &self.task.anchors, PROPOSAL_OVERLAP)?;
            let boxes = detector::regions_host(&best)?;
            let judge = self.extra(FasterProgram::Judge(1, detector::REGIONS_JUDGED)).await?;
            let heads = judge.run(|name| if name == REGIONS { boxes.clone() } else { said[2].clone() }).await?;
            let found = scored_regions(&best, &heads)?;
            let mut found = detector::suppressed_in(&found, overlap);
            found.iter_mut().for_each(|one| one.corners = back(one.corners));
            judged.push(JudgedPicture { picture, found, truth });
        }
        Ok(judged)
    }
}
