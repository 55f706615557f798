//! The two plans of a run, on one device with one state: a training step, and a measurement.

use super::LabError;
use super::batch::{Batches, Feed, specs};
use super::schedule::op_of;
use crate::backend::cpu::{CpuPlan, CpuState};
use crate::backend::gpu::{Gpu, GpuPlan, GpuState};
use crate::backend::{Plan, State};
use crate::graph::op::optimiser_step::Figures;
use crate::graph::op::pack::pack;
use crate::graph::state::Layout;
use crate::graph::{DType, Graph, Host, Init, Program, Spec, Tensor, grad};
use crate::models::spec::NetworkSpec;
use crate::nn::{VarBuilder, clip_by_norm, init, loss};
use crate::protocol::Setup;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Where to train.
#[derive(Clone)]
pub enum Device {
    Cpu,
    Gpu(Rc<Gpu>),
}

/// Sums of the training steps since they were last read: loss, and right answers.
const TOTALS: &str = "run.totals";

/// A variable, and how it starts.
type Named = (String, Vec<usize>, Init);

pub(super) struct Plans {
    run: Run,
    /// Order of the inputs.
    train_inputs: Vec<String>,
    measure_inputs: Vec<String>,
    /// Parameters, then running statistics.
    weights: Vec<Named>,
    /// What the optimiser keeps.
    slots: Vec<String>,
}

enum Run {
    Cpu { train: Box<CpuPlan>, measure: Box<CpuPlan>, state: Rc<CpuState> },
    Gpu { train: Box<GpuPlan>, measure: Box<GpuPlan>, state: Rc<GpuState> },
}

struct TrainGraph {
    program: Program,
    weights: Vec<Named>,
    slots: Vec<String>,
}

fn train_graph(network: &NetworkSpec, setup: &Setup) -> Result<TrainGraph, LabError> {
    let graph = Graph::new();
    let [x, labels, _] = specs(setup.batch as usize, network.data());
    let (x, labels) = (graph.input("x", x), graph.input("labels", labels));
    let counter = graph.input("counter", Spec::u32([2]));
    let figures = graph.input("figures", Spec::f32([Figures::COUNT]));
    let vb = VarBuilder::training(&graph, counter);
    let logits = network.forward(&x, vb.clone())?;
    let loss = loss::cross_entropy(&logits, &labels, setup.label_smoothing)?;
    let correct = loss::correct(&logits, &labels)?;

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
    let totals = graph.variable(TOTALS, Spec::f32([2]), Init::Const(0.0))?;
    let sums = totals.add(&Tensor::cat(&[&loss.reshape([1])?, &correct.reshape([1])?], 0)?)?;

    let statistics = vb.training_mode().map(|training| training.updates()).unwrap_or_default();
    let mut assigns = vec![(&state, &updated), (&totals, &sums)];
    assigns.extend(statistics.iter().map(|(variable, value)| (variable, value)));
    let program = Program::step(&[], &assigns)?;
    let named =
        |list: Vec<(String, Tensor, Init)>| list.into_iter().map(|(name, t, init)| (name, t.dims().to_vec(), init));
    let weights = named(vb.parameters()).chain(named(vb.statistics())).collect();
    Ok(TrainGraph { program, weights, slots: slots.into_iter().map(|(name, _)| name).collect() })
}

/// Sums over the examples that count: loss, right answers.
fn measure_program(network: &NetworkSpec) -> Result<Program, LabError> {
    let graph = Graph::new();
    let [x, labels, counted] = Batches::measured_specs(network.data());
    let (x, labels) = (graph.input("x", x), graph.input("labels", labels));
    let counted = graph.input("counted", counted);
    let logits = network.forward(&x, VarBuilder::new(&graph))?;
    let losses = logits.log_softmax()?.gather(&labels.unsqueeze(1)?, 1)?.squeeze(1)?.neg()?;
    let guesses = logits.argmax(1)?.to_dtype(DType::F32)?;
    let right = guesses.broadcast_eq(&labels.to_dtype(DType::F32)?)?;
    let sums = [losses.mul(&counted)?.sum_all()?, right.mul(&counted)?.sum_all()?];
    Ok(Program::step(&[&sums[0], &sums[1]], &[])?)
}

fn names(program: &Program) -> Vec<String> {
    program.inputs.iter().map(|(name, _)| name.clone()).collect()
}

impl Plans {
    /// Compiled, with first weights.
    pub(super) async fn new(network: &NetworkSpec, setup: &Setup, device: &Device) -> Result<Self, LabError> {
        let TrainGraph { program, weights, slots } = train_graph(network, setup)?;
        let measure = measure_program(network)?;
        let layout = Layout::of(&program);
        let (train_inputs, measure_inputs) = (names(&program), names(&measure));
        let run = match device {
            Device::Cpu => {
                let state = CpuState::new(layout)?;
                Run::Cpu {
                    train: Box::new(CpuPlan::with_state(program, &state)),
                    measure: Box::new(CpuPlan::with_state(measure, &state)),
                    state,
                }
            }
            Device::Gpu(gpu) => {
                let state = GpuState::new(gpu, layout)?;
                Run::Gpu {
                    train: Box::new(GpuPlan::with_state(gpu, &program, &state).await?),
                    measure: Box::new(GpuPlan::with_state(gpu, &measure, &state).await?),
                    state,
                }
            }
        };
        let plans = Self { run, train_inputs, measure_inputs, weights, slots };
        for (name, shape, start) in &plans.weights {
            plans.write(name, &init::value(*start, shape, u64::from(setup.seed), name)?)?;
        }
        Ok(plans)
    }

    pub(super) fn dispatches(&self) -> usize {
        match &self.run {
            Run::Cpu { train, .. } => train.dispatches(),
            Run::Gpu { train, .. } => train.dispatches(),
        }
    }

    pub(super) fn train(&mut self, feed: Feed, counter: [u32; 2], figures: Figures) -> Result<(), LabError> {
        let counter = Host::new(&counter, &HostDevice::Cpu)?;
        let figures = Host::new(&figures.elements(), &HostDevice::Cpu)?;
        let inputs =
            feed.inputs(&self.train_inputs, |name| if name == "counter" { counter.clone() } else { figures.clone() });
        match &mut self.run {
            Run::Cpu { train, .. } => train.step(&inputs)?,
            Run::Gpu { train, .. } => train.step(&inputs)?,
        }
        Ok(())
    }

    /// Sums over a batch: loss, right answers.
    pub(super) async fn measure(&mut self, feed: Feed) -> Result<[f32; 2], LabError> {
        let inputs = feed.inputs(&self.measure_inputs, |_| feed.counted.clone());
        let sums = match &mut self.run {
            Run::Cpu { measure, .. } => measure.run(&inputs).await?,
            Run::Gpu { measure, .. } => measure.run(&inputs).await?,
        };
        numbers(&sums)
    }

    /// The sums of training, which begin anew.
    pub(super) async fn take_totals(&self) -> Result<[f32; 2], LabError> {
        let totals = self.read(&[TOTALS]).await?.remove(0).to_vec1::<f32>()?;
        self.write(TOTALS, &Host::new(&[0.0f32; 2], &HostDevice::Cpu)?)?;
        Ok([totals[0], totals[1]])
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
        Ok(match &self.run {
            Run::Cpu { state, .. } => state.read(names).await?,
            Run::Gpu { state, .. } => state.read(names).await?,
        })
    }

    pub(super) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        match &self.run {
            Run::Cpu { state, .. } => state.write(name, value)?,
            Run::Gpu { state, .. } => state.write(name, value)?,
        }
        Ok(())
    }
}

/// Two outputs of one element each.
fn numbers(sums: &[Host]) -> Result<[f32; 2], LabError> {
    let number = |k: usize| sums[k].flatten_all()?.get(0)?.to_scalar::<f32>();
    Ok([number(0)?, number(1)?])
}

/// A network with given weights, to be measured on the CPU.
pub(super) struct Judge {
    plan: CpuPlan,
    inputs: Vec<String>,
}

impl Judge {
    pub(super) fn new(network: &NetworkSpec, value: impl Fn(&str) -> Option<Host>) -> Result<Self, LabError> {
        let program = measure_program(network)?;
        let (layout, inputs) = (Layout::of(&program), names(&program));
        let state = CpuState::new(layout)?;
        for stored in state.layout().variables() {
            let missing = || LabError::MissingTensor {
                file: "the file".to_owned(),
                network: "the network in it".to_owned(),
                tensor: stored.name.clone(),
                expected: stored.spec.shape.clone(),
            };
            state.write(&stored.name, &value(&stored.name).ok_or_else(missing)?)?;
        }
        Ok(Self { plan: CpuPlan::with_state(program, &state), inputs })
    }

    pub(super) fn measure(&mut self, feed: &Feed) -> Result<[f32; 2], LabError> {
        numbers(&self.plan.run_now(&feed.inputs(&self.inputs, |_| feed.counted.clone()))?)
    }
}
