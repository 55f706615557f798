//! The plans of a run, on one device with one state: a training step, a prediction, and, when somebody looks, the gradients.

use super::LabError;
use super::batch::{Batch, Batches, EXAMPLES, SOFT, values};
use super::look::plane_program;
use super::matching::{self, MIX, mixed};
use super::schedule::op_of;
use crate::backend::cpu::{CpuPlan, CpuState};
use crate::backend::gpu::GpuError;
use crate::backend::{RunError, State};
use crate::data::dataset::Dataset;
use crate::graph::op::optimiser_step::Figures;
use crate::graph::op::pack::pack;
use crate::graph::state::Layout;
use crate::graph::{Graph, Host, Init, Program, ShapeError, Spec, Tensor, grad};
use crate::lab::device::{Cache, CompiledProgram, Device, DeviceState};
use crate::models::spec::NetworkSpec;
use crate::nn::{VarBuilder, clip_by_norm, init, loss};
use crate::protocol::{Loss, Mix, Setup, Work};
use candle_core::Device as HostDevice;

/// Of each of the last steps: loss, and right answers. Step `s` writes row `s % RING`.
const RING_NAME: &str = "run.ring";
/// So many steps can pass before the oldest is lost.
pub(super) const RING: usize = 256;

/// A variable, and how it starts.
type Named = (String, Vec<usize>, Init);

pub(super) struct Plans {
    state: DeviceState,
    train: CompiledProgram,
    /// After each step, where weights have a largest norm.
    bound: Option<CompiledProgram>,
    predict: CompiledProgram,
    targets: Targets,
    /// Made when somebody first looks.
    looks: Cache<Look, CompiledProgram>,
    /// Parameters, then running statistics.
    weights: Vec<Named>,
    /// How many of them are parameters.
    parameters: usize,
    /// What the optimiser keeps.
    slots: Vec<String>,
}

/// A program of somebody who looks.
#[derive(PartialEq)]
enum Look {
    Gradients,
    One,
    Batch,
    /// Of a plane with so many points along each side.
    Plane(u32),
}

/// One of each kind.
const LOOKS: usize = 4;

struct TrainGraph {
    program: Program,
    weights: Vec<Named>,
    parameters: usize,
    slots: Vec<String>,
}

/// The mean over a batch of what is made small, `logits [B, K]`.
pub(super) fn loss_of(kind: Loss, logits: &Tensor, labels: &Tensor, smoothing: f64) -> Result<Tensor, ShapeError> {
    match kind {
        Loss::CrossEntropy => loss::cross_entropy(logits, labels, smoothing),
        Loss::SquaredError => loss::mse(logits, &loss::one_hot(labels, logits.dims()[1])?),
        Loss::BinaryCrossEntropy => loss::bce_with_logits(logits, &loss::one_hot(labels, logits.dims()[1])?),
    }
}

/// Inputs of the plans: seed and step; the optimiser's figures; where in the ring; the first example to predict.
const COUNTER: &str = "counter";
const FIGURES: &str = "figures";
const PLACE: &str = "place";
const FIRST: &str = "first";

/// What is to be learnt.
#[derive(Clone, Copy)]
pub(super) enum Targets {
    Labels,
    /// Labels, and what a teacher said of each example.
    Soft,
}

/// The forward pass in training mode: loss, right answers.
fn forward(
    graph: &Graph,
    network: &NetworkSpec,
    setup: &Setup,
    batches: &Batches,
    targets: Targets,
) -> Result<([Tensor; 2], VarBuilder), LabError> {
    let counter = graph.input(COUNTER, Spec::u32([2]));
    let batch = batches.training(&counter, setup)?;
    let vb = VarBuilder::training(graph, counter);
    let logits = network.forward(&batch.x, vb.clone())?;
    let mut loss = loss_of(setup.loss, &logits, &batch.labels, setup.label_smoothing)?;
    if let Targets::Soft = targets {
        loss = mixed(&loss, &logits, &batches.soft(&batch)?, &graph.input(MIX, Spec::f32([matching::COUNT])))?;
    }
    let correct = loss::correct(&logits, &batch.labels)?;
    Ok(([loss, correct], vb))
}

fn train_graph(
    network: &NetworkSpec,
    setup: &Setup,
    batches: &Batches,
    targets: Targets,
) -> Result<TrainGraph, LabError> {
    let graph = Graph::new();
    let figures = graph.input(FIGURES, Spec::f32([Figures::COUNT]));
    let ([loss, correct], vb) = forward(&graph, network, setup, batches, targets)?;

    let parameters = vb.parameters();
    let wrt: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
    let mut gradient = pack(&grad(&loss, &wrt)?.iter().collect::<Vec<_>>())?;
    if setup.optimiser.clip > 0.0 {
        gradient = clip_by_norm(&gradient, setup.optimiser.clip)?;
    }
    let op = op_of(setup.optimiser.rule);
    let mut slots = Vec::new();
    for k in 0..op.update.slots() {
        let name = format!("optimiser.slot{k}");
        slots.push((name.clone(), graph.variable(&name, gradient.spec().clone(), Init::Const(0.0))?));
    }
    let state = pack(&wrt.iter().copied().chain(slots.iter().map(|(_, slot)| slot)).collect::<Vec<_>>())?;
    let updated = op.apply(&state, &gradient, &figures)?;
    let ring = graph.variable(RING_NAME, Spec::f32([RING, 2]), Init::Const(0.0))?;
    let turned = turned(&ring, &loss, &correct)?;

    let statistics = vb.training_mode().map(|training| training.updates()).unwrap_or_default();
    let mut assigns = vec![(&state, &updated), (&ring, &turned)];
    assigns.extend(statistics.iter().map(|(variable, value)| (variable, value)));
    let program = Program::step(&[], &assigns)?;
    let named =
        |list: Vec<(String, Tensor, Init)>| list.into_iter().map(|(name, t, init)| (name, t.dims().to_vec(), init));
    let weights = named(vb.parameters()).chain(named(vb.statistics())).collect();
    Ok(TrainGraph { program, weights, parameters: wrt.len(), slots: slots.into_iter().map(|(name, _)| name).collect() })
}

/// The ring with this step's row.
fn turned(ring: &Tensor, loss: &Tensor, correct: &Tensor) -> Result<Tensor, LabError> {
    let graph = ring.graph();
    let places: Vec<f32> = (0..RING).map(|place| place as f32).collect();
    let places = graph.constant(&Host::from_vec(places, (RING, 1), &HostDevice::Cpu)?)?;
    let is_now = places.broadcast_eq(&graph.input(PLACE, Spec::f32([1, 1])))?;
    let row = Tensor::cat(&[&loss.reshape([1, 1])?, &correct.reshape([1, 1])?], 1)?;
    Ok(is_now.where_cond(&row, ring)?)
}

/// Each weight matrix, and each filter, with no unit's incoming weights longer than `norm`: what a step may have made longer
/// is put back on that sphere (Hinton et al. 2012, "Improving neural networks by preventing co-adaptation").
fn bound_program(weights: &[Named], norm: f64) -> Result<Program, LabError> {
    let graph = Graph::new();
    let (mut variables, mut bounded) = (Vec::new(), Vec::new());
    for (name, shape, start) in weights.iter().filter(|(_, shape, _)| shape.len() > 1) {
        let weight = graph.variable(name, Spec::f32(shape.as_slice()), *start)?;
        let rows = weight.reshape([shape[0], shape[1..].iter().product()])?;
        let length = rows.sqr()?.sum_keepdim(1)?.sqrt()?;
        let factor = length.clamp(norm, f64::from(f32::MAX))?.recip()?.affine(norm, 0.0)?;
        bounded.push(rows.broadcast_mul(&factor)?.reshape(shape.as_slice())?);
        variables.push(weight);
    }
    Ok(Program::step(&[], &variables.iter().zip(&bounded).collect::<Vec<_>>())?)
}

/// Logits of [`MEASURED`](super::batch::MEASURED) neighbours in the data set.
fn predict_program(network: &NetworkSpec, batches: &Batches) -> Result<Program, LabError> {
    let graph = Graph::new();
    let Batch { x, .. } = batches.measuring(&graph.input(FIRST, Spec::u32([1])))?;
    let logits = network.forward(&x, VarBuilder::new(&graph))?;
    Ok(Program::step(&[&logits], &[])?)
}

/// Logits of one example from elsewhere, its numbers from 0 to 255 where the data's are bytes.
fn one_program(network: &NetworkSpec, batches: &Batches) -> Result<Program, LabError> {
    let graph = Graph::new();
    let [channels, height, width] = network.data();
    let x = graph.input("x", Spec::f32([1, channels, height, width]));
    let logits = network.forward(&batches.normalise(&x)?, VarBuilder::new(&graph))?;
    Ok(Program::step(&[&logits], &[])?)
}

/// The gradient of each parameter on the batch of a step, in the order of [`VarBuilder::parameters`].
fn gradients_program(
    network: &NetworkSpec,
    setup: &Setup,
    batches: &Batches,
    targets: Targets,
) -> Result<Program, LabError> {
    let graph = Graph::new();
    let ([loss, _], vb) = forward(&graph, network, setup, batches, targets)?;
    let parameters = vb.parameters();
    let wrt: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
    let gradients = grad(&loss, &wrt)?;
    Ok(Program::step(&gradients.iter().collect::<Vec<_>>(), &[])?)
}

/// The examples of a step as the network gets them, and their labels.
fn batch_program(setup: &Setup, batches: &Batches) -> Result<Program, LabError> {
    let graph = Graph::new();
    let Batch { x, labels, .. } = batches.training(&graph.input(COUNTER, Spec::u32([2])), setup)?;
    Ok(Program::step(&[&x, &labels], &[])?)
}

/// A data set that a GPU cannot bind.
fn too_large(error: LabError, data: &Dataset) -> LabError {
    match error {
        LabError::Run(RunError::Gpu(GpuError::TooLarge { what, needed, limit })) if what == EXAMPLES => {
            let (count, name) = (data.len(), &data.name);
            let detail = format!(
                "the {count} examples of {name} are {needed} bytes and this GPU takes at most {limit} at once; take fewer, \
                 or train on the CPU"
            );
            LabError::Setup { detail }
        }
        error => error,
    }
}

impl Plans {
    /// Compiled, with the data set and first weights.
    pub(super) async fn new(
        network: &NetworkSpec,
        setup: &Setup,
        batches: &Batches,
        data: &Dataset,
        soft: Option<&Host>,
        device: &Device,
    ) -> Result<Self, LabError> {
        let targets = if soft.is_some() { Targets::Soft } else { Targets::Labels };
        let TrainGraph { program, weights, parameters, slots } = train_graph(network, setup, batches, targets)?;
        let state = device.state(&program).map_err(|error| too_large(error, data))?;
        let train = state.compile(program).await?;
        let bound = match setup.optimiser.max_norm {
            norm if norm > 0.0 => Some(state.compile(bound_program(&weights[..parameters], norm)?).await?),
            _ => None,
        };
        let predict = state.compile(predict_program(network, batches)?).await?;
        for (name, value) in values(data)? {
            state.write(name, &value)?;
        }
        if let Some(soft) = soft {
            state.write(SOFT, soft)?;
        }
        for (name, shape, start) in &weights {
            state.write(name, &init::value(*start, shape, u64::from(setup.seed), name)?)?;
        }
        let looks = Cache::new(LOOKS);
        Ok(Self { state, train, bound, predict, targets, looks, weights, parameters, slots })
    }

    pub(super) fn dispatches(&self) -> u32 {
        self.train.dispatches()
    }

    pub(super) fn work(&self) -> Work {
        self.train.work()
    }

    pub(super) fn planned_bytes(&self) -> usize {
        self.train.memory_bytes().0
    }

    /// One step; `counter` is the seed and the step.
    pub(super) fn train(&mut self, counter: [u32; 2], figures: Figures, mix: Mix) -> Result<(), LabError> {
        let place = Host::new(&[[(counter[1] as usize % RING) as f32]], &HostDevice::Cpu)?;
        let counter = Host::new(&counter, &HostDevice::Cpu)?;
        let figures = Host::new(&figures.elements(), &HostDevice::Cpu)?;
        let mix = Host::new(&matching::elements(mix), &HostDevice::Cpu)?;
        self.train.step(|name| match name {
            FIGURES => figures.clone(),
            PLACE => place.clone(),
            MIX => mix.clone(),
            _ => counter.clone(),
        })?;
        match &mut self.bound {
            Some(bound) => bound.step(|_| counter.clone()),
            None => Ok(()),
        }
    }

    /// Logits `[MEASURED, classes]` from this example on.
    pub(super) async fn predict(&mut self, first: u32) -> Result<Host, LabError> {
        let first = Host::new(&[first], &HostDevice::Cpu)?;
        Ok(self.predict.run(|_| first.clone()).await?.swap_remove(0))
    }

    /// Logits `[1, classes]` of one example from elsewhere.
    pub(super) async fn predict_one(
        &mut self,
        network: &NetworkSpec,
        batches: &Batches,
        x: &Host,
    ) -> Result<Host, LabError> {
        let state = &self.state;
        let compile = async || state.compile(one_program(network, batches)?).await;
        Ok(self.looks.get(Look::One, compile).await?.run(|_| x.clone()).await?.swap_remove(0))
    }

    /// The batch of a step as the network gets it: `x` and labels.
    pub(super) async fn batch(&mut self, setup: &Setup, batches: &Batches, step: u32) -> Result<[Host; 2], LabError> {
        let state = &self.state;
        let compile = async || state.compile(batch_program(setup, batches)?).await;
        let counter = Host::new(&[setup.seed, step], &HostDevice::Cpu)?;
        let mut found = self.looks.get(Look::Batch, compile).await?.run(|_| counter.clone()).await?;
        let labels = found.swap_remove(1);
        Ok([found.swap_remove(0), labels])
    }

    /// What each layer makes of `x [side², 2, 1, 1]`, and what the layers are called.
    pub(super) async fn over_plane(
        &mut self,
        network: &NetworkSpec,
        side: u32,
        x: &Host,
    ) -> Result<(Vec<Host>, Vec<String>), LabError> {
        let (program, names) = plane_program(network, side)?;
        let state = &self.state;
        let plan = self.looks.get(Look::Plane(side), async || state.compile(program).await).await?;
        Ok((plan.run(|_| x.clone()).await?, names))
    }

    /// Of each parameter on the batch of a step, by name.
    pub(super) async fn gradients(
        &mut self,
        network: &NetworkSpec,
        setup: &Setup,
        batches: &Batches,
        step: u32,
    ) -> Result<Vec<(String, Host)>, LabError> {
        let (state, targets) = (&self.state, self.targets);
        let compile = async || state.compile(gradients_program(network, setup, batches, targets)?).await;
        let counter = Host::new(&[setup.seed, step], &HostDevice::Cpu)?;
        let found = self.looks.get(Look::Gradients, compile).await?.run(|_| counter.clone()).await?;
        Ok(self.weights.iter().take(self.parameters).map(|(name, ..)| name.clone()).zip(found).collect())
    }

    /// Loss and right answers of the steps `from..to`, of which there are at most [`RING`].
    pub(super) async fn ring(&self, from: u32, to: u32) -> Result<Vec<[f32; 2]>, LabError> {
        let rows = self.read(&[RING_NAME]).await?.remove(0).to_vec2::<f32>()?;
        let row = |step: u32| &rows[step as usize % RING];
        Ok((from..to).map(|step| [row(step)[0], row(step)[1]]).collect())
    }

    pub(super) async fn first_not_finite(&self) -> Result<Option<String>, LabError> {
        for (name, ..) in &self.weights {
            let values = self.read(&[name]).await?.remove(0).flatten_all()?.to_vec1::<f32>()?;
            if values.iter().any(|v| !v.is_finite()) {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }

    /// Names of the weights; with `all` also what the optimiser keeps.
    pub(super) fn names(&self, all: bool) -> Vec<&str> {
        let slots = self.slots.iter().filter(|_| all);
        self.weights.iter().map(|(name, ..)| name).chain(slots).map(String::as_str).collect()
    }

    pub(super) async fn read(&self, names: &[&str]) -> Result<Vec<Host>, LabError> {
        self.state.read(names).await
    }

    pub(super) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        self.state.write(name, value)
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
pub(super) struct Judge(CpuPlan);

impl Judge {
    pub(super) fn new(
        network: &NetworkSpec,
        batches: &Batches,
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
        Ok(Self(on_cpu(predict_program(network, batches)?, data, found)?))
    }

    /// Logits `[MEASURED, classes]` from this example on.
    pub(super) fn predict(&self, first: u32) -> Result<Host, LabError> {
        let first = Host::new(&[first], &HostDevice::Cpu)?;
        Ok(self.0.run_now(&[first])?.swap_remove(0))
    }
}
