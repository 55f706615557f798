//! Naming what is in a picture, or on which side a point lies, as a task: the graphs of a run's programs.

use super::look::plane_program;
use super::matching::{self, MIX, mixed};
use super::score::{Row, Scores};
use crate::backend::RunError;
use crate::backend::State;
use crate::backend::cpu::{CpuPlan, CpuState};
use crate::backend::gpu::GpuError;
use crate::data::dataset::{Dataset, Part};
use crate::graph::state::Layout;
use crate::graph::{Graph, Host, Program, ShapeError, Spec, Tensor, grad};
use crate::lab::LabError;
use crate::lab::batch::{Batches, EXAMPLES, ExampleBatch, MEASURED, SOFT, values};
use crate::lab::trainer::{COUNTER, Task};
use crate::models::spec::NetworkSpec;
use crate::nn::{Normalise, VarBuilder, loss};
use crate::protocol::{Loss, Mix, Setup};
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// A network that learns classes from a data set that lies on the device.
pub struct Classification {
    pub(super) setup: Setup,
    pub(super) network: NetworkSpec,
    pub(super) data: Rc<Dataset>,
    pub(super) batches: Batches,
    /// What a teacher said of each example, where there is one to match.
    pub(super) soft: Option<Host>,
    pub(super) mix: Mix,
}

/// A program beside the step.
#[derive(Clone, Copy, PartialEq)]
pub enum ClassifierProgram {
    /// Logits of [`MEASURED`](crate::lab::batch::MEASURED) neighbours in the data set, from an example on.
    Predict,
    /// Logits of one example from elsewhere.
    One,
    /// The examples of a step as the network gets them, and their labels.
    Batch,
    /// The gradient of each parameter on the batch of a step.
    Gradients,
    /// What each layer makes of a plane with so many points along each side.
    Plane(u32),
}

/// Input of [`ClassifierProgram::Predict`]: the first example.
const FIRST: &str = "first";

/// The mean over a batch of what is made small, `logits [B, K]`.
pub(super) fn loss_of(kind: Loss, logits: &Tensor, labels: &Tensor, smoothing: f64) -> Result<Tensor, ShapeError> {
    match kind {
        Loss::CrossEntropy => loss::cross_entropy(logits, labels, smoothing),
        Loss::SquaredError => loss::mse(logits, &loss::one_hot(labels, logits.dims()[1])?),
        Loss::BinaryCrossEntropy => loss::bce_with_logits(logits, &loss::one_hot(labels, logits.dims()[1])?),
    }
}

impl Task for Classification {
    type Extra = ClassifierProgram;

    /// Loss, right answers.
    fn forward(&self, vb: &VarBuilder, counter: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let Self { setup, batches, .. } = self;
        let batch = batches.training(counter, setup)?;
        let logits = self.network.forward(&batch.x, vb.clone())?;
        let mut loss = loss_of(setup.loss, &logits, &batch.labels, setup.label_smoothing)?;
        if self.soft.is_some() {
            let mix = vb.graph().input(MIX, Spec::f32([matching::COUNT]));
            loss = mixed(&loss, &logits, &batches.soft(&batch)?, &mix)?;
        }
        let correct = loss::correct(&logits, &batch.labels)?;
        Ok(vec![loss, correct])
    }

    fn constants(&self) -> Result<Vec<(&'static str, Host)>, LabError> {
        let data = values(&self.data)?.into_iter();
        Ok(data.chain(self.soft.clone().map(|soft| (SOFT, soft))).collect())
    }

    fn inputs(&mut self, _: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(match self.soft {
            Some(_) => vec![(MIX, Host::new(&matching::elements(self.mix), &HostDevice::Cpu)?)],
            None => Vec::new(),
        })
    }

    fn program(&self, extra: &ClassifierProgram) -> Result<Program, LabError> {
        let Self { network, batches, .. } = self;
        let graph = Graph::new();
        let counter = || graph.input(COUNTER, Spec::u32([2]));
        Ok(match extra {
            ClassifierProgram::Predict => predict_program(network, batches)?,
            ClassifierProgram::One => {
                let [channels, height, width] = network.data();
                let x = graph.input("x", Spec::f32([1, channels, height, width]));
                let logits = network.forward(&batches.normalise(&x)?, VarBuilder::new(&graph))?;
                Program::step(&[&logits], &[])?
            }
            ClassifierProgram::Batch => {
                let ExampleBatch { x, labels, .. } = batches.training(&counter(), &self.setup)?;
                Program::step(&[&x, &labels], &[])?
            }
            ClassifierProgram::Gradients => {
                let counter = counter();
                let vb = VarBuilder::training(&graph, counter.clone());
                let numbers = self.forward(&vb, &counter)?;
                let parameters = vb.parameters();
                let wrt: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
                let gradients = grad(&numbers[0], &wrt)?;
                Program::step(&gradients.iter().collect::<Vec<_>>(), &[])?
            }
            ClassifierProgram::Plane(side) => plane_program(network, *side)?.0,
        })
    }
}

fn predict_program(network: &NetworkSpec, batches: &Batches) -> Result<Program, LabError> {
    let graph = Graph::new();
    let ExampleBatch { x, .. } = batches.measuring(&graph.input(FIRST, Spec::u32([1])), MEASURED)?;
    let logits = network.forward(&x, VarBuilder::new(&graph))?;
    Ok(Program::step(&[&logits], &[])?)
}

/// A data set that a GPU cannot bind.
pub(super) fn too_large(error: LabError, data: &Dataset) -> LabError {
    match error {
        LabError::Run(RunError::Gpu(GpuError::TooLarge { what, needed, limit })) if what == EXAMPLES => {
            let (count, name) = (data.len(), &data.name);
            bad_setup!(
                "the {count} examples of {name} are {needed} bytes and this GPU takes at most {limit} at once; take fewer, \
                 or train on the CPU"
            )
        }
        error => error,
    }
}

/// A program on the CPU, with a data set and with weights from elsewhere.
pub(super) fn on_cpu(
    program: Program,
    data: &Dataset,
    value: impl Fn(&str, &[usize]) -> Result<Host, LabError>,
) -> Result<CpuPlan, LabError> {
    let state = CpuState::new(Layout::of(&program))?;
    let given = values(data)?;
    for stored in state.layout().variables() {
        match given.iter().find(|(name, _)| *name == stored.name) {
            Some((name, value)) => state.write(name, value)?,
            None => state.write(&stored.name, &value(&stored.name, &stored.spec.shape)?)?,
        }
    }
    Ok(CpuPlan::with_state(program, &state))
}

/// A network with given weights, to be measured on the CPU.
pub(super) struct Evaluator {
    plan: CpuPlan,
    batches: Batches,
}

impl Evaluator {
    pub(super) fn new(
        network: &NetworkSpec,
        normalise: Normalise,
        data: &Dataset,
        value: impl Fn(&str) -> Option<Host>,
    ) -> Result<Self, LabError> {
        let missing = |name: &str, shape: &[usize]| LabError::MissingTensor {
            file: "the file".to_owned(),
            network: "the network in it".to_owned(),
            tensor: name.to_owned(),
            expected: shape.to_vec(),
        };
        let found = |name: &str, shape: &[usize]| value(name).ok_or_else(|| missing(name, shape));
        let batches = Batches::normalised(data, normalise);
        Ok(Self { plan: on_cpu(predict_program(network, &batches)?, data, found)?, batches })
    }

    /// Hands over the index and the logits of each example in this batch of a part; `false` where there is no such batch.
    pub(super) fn predict(
        &self,
        part: Part,
        batch: usize,
        mut take: impl FnMut(usize, Row<'_>),
    ) -> Result<bool, LabError> {
        let Some(examples) = self.batches.measured(part, batch) else { return Ok(false) };
        let first = Host::new(&[examples.start as u32], &HostDevice::Cpu)?;
        let scores = Scores::of(&self.plan.run_now(&[first])?[0])?;
        scores.rows().zip(examples).for_each(|(row, example)| take(example, row));
        Ok(true)
    }
}
