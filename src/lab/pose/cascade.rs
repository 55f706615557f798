//! A cascade on drawn figures: the graphs of its training step and of its stages, and what each step learns from.
//!
//! All stages learn at once. A stage behind the first learns from crops around places that are off as far as those of the stage before it
//! are: displacements are normal, with the mean and the deviation of each joint's error (section 3.2 of the paper), measured now and then
//! with the weights as they then are. The paper trains one stage after the other; here a person who watches sees all three improve. So a
//! step's inputs follow from the weights at the last such measurement, the seed and its number.

mod examples;
mod model;
mod run;

pub use examples::PoseExample;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use examples::USUAL_DIAMETER;
pub(super) use model::CascadeStage;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use model::squares_of;
pub use model::{CascadeModel, judged_figures};
pub use run::{CascadeCard, CascadeFile};

use super::joints::{Joints, KnownJoints, PoseBox, known};
use super::measure::JudgedPose;
use crate::data::Rgb;
use crate::data::procedural::{DrawnFigure, FIGURE_JOINTS};
use crate::graph::pass::PassError;
use crate::graph::{Graph, Host, Program, ShapeError, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::trainer::{NamedVariable, Task, Trainer};
use crate::models::deep_pose::{CROP_SIDE, PoseRegressor, STAGES, WHOLE_SIDE};
use crate::nn::VarBuilder;
use crate::protocol::RunPlan;
use candle_core::Device as HostDevice;
use examples::CascadeExamples;
use model::stages_of;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

const OUTPUTS: usize = 2 * FIGURE_JOINTS;
const SIDES: [usize; STAGES] = [WHOLE_SIDE, CROP_SIDE, CROP_SIDE];
/// Inputs of each stage: what it looks at, what it should say, what of that counts.
const PICTURES: [&str; STAGES] = ["stage1.pictures", "stage2.pictures", "stage3.pictures"];
const TARGETS: [&str; STAGES] = ["stage1.targets", "stage2.targets", "stage3.targets"];
const WEIGHTS: [&str; STAGES] = ["stage1.weights", "stage2.weights", "stage3.weights"];
/// Of the stages behind the first: sides of a crop in diameters of the trunk (the paper's σ; it has 1 and 2).
const REACH: [f32; STAGES - 1] = [2.0, 1.5];
/// Joints of each figure whose crops a step learns from.
const CROPS: usize = 4;
/// Keeps the figures that are learnt from apart from those that are shown and measured with.
const LEARN_STREAM: u32 = 0x1ea4_0000;
/// Those whose errors say how far places are off, of a stream of their own; how many, and how often.
const ERROR_STREAM: u32 = 0x0ff5_0000;
const ERROR_FIGURES: u32 = 32;
const ERROR_EVERY: u32 = 100;

/// How far a stage is off at each joint, in diameters of the trunk: mean and deviation, across and down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Displacements {
    mean: Vec<[f32; 2]>,
    deviation: Vec<[f32; 2]>,
}

impl Displacements {
    /// Before anything was measured.
    fn guessed(deviation: f32) -> Self {
        Self { mean: vec![[0.0; 2]; FIGURE_JOINTS], deviation: vec![[deviation; 2]; FIGURE_JOINTS] }
    }

    fn of(judged: &[JudgedPose], stage: usize) -> Self {
        let mut made = Self::guessed(0.0);
        for joint in 0..FIGURE_JOINTS {
            for at in 0..2 {
                let off: Vec<f32> = judged
                    .iter()
                    .filter_map(|one| {
                        Some((one.stages[stage][joint][at] - one.truth[joint]?[at]) / super::diameter(&one.truth)?)
                    })
                    .collect();
                let count = off.len().max(1) as f32;
                let mean = off.iter().sum::<f32>() / count;
                let variance = off.iter().map(|off| (off - mean) * (off - mean)).sum::<f32>() / count;
                (made.mean[joint][at], made.deviation[joint][at]) = (mean, variance.sqrt());
            }
        }
        made
    }

    fn is_whole(&self) -> bool {
        self.mean.len() == FIGURE_JOINTS && self.deviation.len() == FIGURE_JOINTS
    }
}

/// A cascade that learns.
pub struct CascadeTraining {
    seed: u32,
    batch: usize,
    /// Of the first and of the second stage.
    displacements: [Displacements; STAGES - 1],
    /// The step before which these were measured last.
    measured_at: Option<u32>,
    /// What else is learnt from.
    own: Rc<[PoseExample]>,
}

/// The program of a stage, for so many squares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CascadeProgram {
    pub(super) stage: usize,
    pub(super) squares: usize,
}

pub type CascadeTrainer = Trainer<CascadeTraining>;

fn pictures(graph: &Graph, stage: usize, count: usize) -> Tensor {
    graph.input(PICTURES[stage], Spec::f32([count, 3, SIDES[stage], SIDES[stage]]))
}

impl CascadeProgram {
    fn program(self) -> Result<Program, PassError> {
        let graph = Graph::new();
        let net = PoseRegressor::new(self.stage, FIGURE_JOINTS, &VarBuilder::new(&graph))?;
        Program::step(&[&net.forward(&pictures(&graph, self.stage, self.squares))?], &[])
    }
}

/// Never run: all variables, for the layout of a state.
fn everything() -> Result<Program, PassError> {
    let graph = Graph::new();
    let vb = VarBuilder::new(&graph);
    let said = (0..STAGES)
        .map(|stage| PoseRegressor::new(stage, FIGURE_JOINTS, &vb)?.forward(&pictures(&graph, stage, 1)))
        .collect::<Result<Vec<_>, _>>()?;
    Program::step(&said.iter().collect::<Vec<_>>(), &[])
}

/// The variables of a cascade.
fn weights_of() -> Result<Vec<NamedVariable>, ShapeError> {
    let vb = VarBuilder::new(&Graph::new());
    for stage in 0..STAGES {
        PoseRegressor::new(stage, FIGURE_JOINTS, &vb)?;
    }
    let named = vb.parameters().into_iter().chain(vb.statistics());
    Ok(named.map(|(name, tensor, start)| (name, tensor.dims().to_vec(), start)).collect())
}

impl Task for CascadeTraining {
    type Extra = CascadeProgram;

    /// The mean of the squared distances of the joints that count, of each stage; and their sum.
    fn forward(&self, vb: &VarBuilder, _: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let graph = vb.graph();
        let mut losses = Vec::new();
        for stage in 0..STAGES {
            let count = if stage == 0 { self.batch } else { self.batch * CROPS };
            let said = PoseRegressor::new(stage, FIGURE_JOINTS, vb)?.forward(&pictures(graph, stage, count))?;
            let targets = graph.input(TARGETS[stage], Spec::f32([count, OUTPUTS]));
            let weights = graph.input(WEIGHTS[stage], Spec::f32([count, OUTPUTS]));
            let off = said.sub(&targets)?.sqr()?.mul(&weights)?.sum_all()?;
            // Two numbers of each joint.
            let joints = weights.sum_all()?.affine(0.5, 0.0)?.clamp(1.0, 1e30)?;
            losses.push(off.broadcast_div(&joints)?.reshape([1])?);
        }
        let sum = losses[0].add(&losses[1])?.add(&losses[2])?;
        Ok(std::iter::once(sum).chain(losses).collect())
    }

    fn inputs(&mut self, step: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(CascadeExamples::of(self, step)?.inputs()?)
    }

    fn program(&self, extra: &CascadeProgram) -> Result<Program, LabError> {
        Ok(extra.program()?)
    }
}

impl CascadeTrainer {
    /// With first weights. Half of each step are examples of `own`, where there are any; the others are drawn.
    ///
    /// # Errors
    /// [`LabError::Setup`] of figures that make no sense, and what a device refuses.
    pub async fn start(plan: &RunPlan, own: Rc<[PoseExample]>, device: &Device) -> Result<Self, LabError> {
        let displacements = [Displacements::guessed(0.35), Displacements::guessed(0.2)];
        let RunPlan { batch, seed, .. } = *plan;
        let task = CascadeTraining { seed, batch: batch as usize, displacements, measured_at: None, own };
        Self::of_run(task, plan, device).await
    }

    /// Measures how far the stages are off, where it is time, and learns from the next figures.
    async fn measure_and_advance(&mut self) -> Result<(), LabError> {
        let step = self.step();
        // Before the first steps nothing is known that a guess would not be better than.
        if step.is_multiple_of(ERROR_EVERY) && step > 0 && self.task.measured_at != Some(step) {
            let judged = self.judged(ERROR_STREAM, ERROR_FIGURES).await?;
            self.task.displacements = [0, 1].map(|stage| Displacements::of(&judged, stage));
            self.task.measured_at = Some(step);
        }
        self.advance()
    }

    /// What the cascade as it is says of the first figures of a stream.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn judged(&mut self, stream: u32, count: u32) -> Result<Vec<JudgedPose>, LabError> {
        let mut judged = Vec::new();
        for number in 0..count {
            let figure = DrawnFigure::drawn(stream, u64::from(number))?;
            judged.push(self.judged_one(&figure.picture, known(&figure)).await?);
        }
        Ok(judged)
    }

    /// The same of a picture of a person whose joints are known.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn judged_one(&mut self, picture: &Rgb, truth: KnownJoints) -> Result<JudgedPose, LabError> {
        let frame = PoseBox::around(&truth).unwrap_or_else(|| PoseBox::whole(picture.width(), picture.height()));
        let stages = stages_of(picture, frame, async |program, input| {
            Ok(self.extra(program).await?.run(|_| input.clone()).await?.remove(0))
        });
        let stages: Vec<Joints> = stages.await?.into_iter().map(|stage| stage.joints).collect();
        Ok(JudgedPose { truth, stages })
    }
}

fn host(values: Vec<f32>, shape: impl Into<candle_core::Shape>) -> candle_core::Result<Host> {
    Host::from_vec(values, shape, &HostDevice::Cpu)
}
