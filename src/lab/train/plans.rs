//! The plans of a run, on one device with one state: a training step, a measurement, and a look at the examples of a step.

use super::LabError;
use super::batch::{Batch, Batches, EXAMPLES, LABELS, MEASURED, values};
use super::schedule::op_of;
use crate::backend::cpu::{CpuPlan, CpuState};
use crate::backend::gpu::{Gpu, GpuError, GpuPlan, GpuState};
use crate::backend::{Plan, State};
use crate::data::dataset::Dataset;
use crate::graph::op::optimiser_step::Figures;
use crate::graph::op::pack::pack;
use crate::graph::state::Layout;
use crate::graph::{DType, Graph, Host, Init, Program, ShapeError, Spec, Tensor, grad};
use crate::models::spec::NetworkSpec;
use crate::nn::{VarBuilder, init, loss};
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
    state: Stored,
    train: Ready,
    measure: Ready,
    /// The examples of a step, where somebody has looked at them.
    look: Option<Ready>,
    /// Parameters, then running statistics.
    weights: Vec<Named>,
    /// What the optimiser keeps.
    slots: Vec<String>,
}

/// The state on its device.
enum Stored {
    Cpu(Rc<CpuState>),
    Gpu(Rc<Gpu>, Rc<GpuState>),
}

/// A plan, and the order of its inputs.
struct Ready {
    plan: OnDevice,
    inputs: Vec<String>,
}

enum OnDevice {
    Cpu(Box<CpuPlan>),
    Gpu(Box<GpuPlan>),
}

impl Stored {
    async fn plan(&self, program: Program) -> Result<Ready, LabError> {
        let inputs = names(&program);
        let plan = match self {
            Self::Cpu(state) => OnDevice::Cpu(Box::new(CpuPlan::with_state(program, state))),
            Self::Gpu(gpu, state) => OnDevice::Gpu(Box::new(GpuPlan::with_state(gpu, &program, state).await?)),
        };
        Ok(Ready { plan, inputs })
    }

    async fn read(&self, names: &[&str]) -> Result<Vec<Host>, LabError> {
        Ok(match self {
            Self::Cpu(state) => state.read(names).await?,
            Self::Gpu(_, state) => state.read(names).await?,
        })
    }

    fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        match self {
            Self::Cpu(state) => state.write(name, value)?,
            Self::Gpu(_, state) => state.write(name, value)?,
        }
        Ok(())
    }
}

/// These values in the order of the inputs.
fn ordered(inputs: &[String], values: &[(&str, Host)]) -> Vec<Host> {
    let value = |name: &String| values.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    inputs.iter().filter_map(value).collect()
}

fn names(program: &Program) -> Vec<String> {
    program.inputs.iter().map(|(name, _)| name.clone()).collect()
}

impl Ready {
    async fn run(&mut self, values: &[(&str, Host)]) -> Result<Vec<Host>, LabError> {
        let inputs = ordered(&self.inputs, values);
        Ok(match &mut self.plan {
            OnDevice::Cpu(plan) => plan.run(&inputs).await?,
            OnDevice::Gpu(plan) => plan.run(&inputs).await?,
        })
    }

    fn step(&mut self, values: &[(&str, Host)]) -> Result<(), LabError> {
        let inputs = ordered(&self.inputs, values);
        match &mut self.plan {
            OnDevice::Cpu(plan) => plan.step(&inputs)?,
            OnDevice::Gpu(plan) => plan.step(&inputs)?,
        }
        Ok(())
    }

    fn dispatches(&self) -> usize {
        match &self.plan {
            OnDevice::Cpu(plan) => plan.dispatches(),
            OnDevice::Gpu(plan) => plan.dispatches(),
        }
    }
}

/// Inputs of the plans: seed and step; the optimiser's figures; the first example of a measurement, and how many count.
const COUNTER: &str = "counter";
const FIGURES: &str = "figures";
const FIRST: &str = "first";
const COUNTED: &str = "counted";

struct TrainGraph {
    program: Program,
    weights: Vec<Named>,
    slots: Vec<String>,
}

fn train_graph(network: &NetworkSpec, setup: &Setup, batches: &Batches) -> Result<TrainGraph, LabError> {
    let graph = Graph::new();
    let counter = graph.input(COUNTER, Spec::u32([2]));
    let figures = graph.input(FIGURES, Spec::f32([Figures::COUNT]));
    let Batch { x, labels } = batches.training(&counter, setup)?;
    let vb = VarBuilder::training(&graph, counter);
    let logits = network.forward(&x, vb.clone())?;
    let loss = loss::cross_entropy(&logits, &labels, setup.label_smoothing)?;
    let correct = loss::correct(&logits, &labels)?;

    let parameters = vb.parameters();
    let wrt: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
    let mut gradient = pack(&grad(&loss, &wrt)?.iter().collect::<Vec<_>>())?;
    if setup.optimiser.clip > 0.0 {
        gradient = clipped(&gradient, setup.optimiser.clip)?;
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

/// Scaled down where its norm is larger (Pascanu et al. 2013).
fn clipped(gradient: &Tensor, norm: f64) -> Result<Tensor, ShapeError> {
    let length = gradient.sqr()?.sum_keepdim(0)?.sqrt()?;
    // min(1, norm / length), for any length.
    let scale = length.clamp(norm, f64::from(f32::MAX))?.recip()?.affine(norm, 0.0)?;
    gradient.broadcast_mul(&scale)
}

/// Sums over the examples that count: loss, right answers.
fn measure_program(network: &NetworkSpec, batches: &Batches) -> Result<Program, LabError> {
    let graph = Graph::new();
    let Batch { x, labels } = batches.measuring(&graph.input(FIRST, Spec::u32([1])))?;
    let places: Vec<f32> = (0..MEASURED).map(|place| place as f32).collect();
    let places = graph.constant(&Host::from_vec(places, MEASURED, &HostDevice::Cpu)?)?;
    let counted = places.broadcast_lt(&graph.input(COUNTED, Spec::f32([1])))?;
    let logits = network.forward(&x, VarBuilder::new(&graph))?;
    let losses = logits.log_softmax()?.gather(&labels.unsqueeze(1)?, 1)?.squeeze(1)?.neg()?;
    let guesses = logits.argmax(1)?.to_dtype(DType::F32)?;
    let right = guesses.broadcast_eq(&labels.to_dtype(DType::F32)?)?;
    let sums = [losses.mul(&counted)?.sum_all()?, right.mul(&counted)?.sum_all()?];
    Ok(Program::step(&[&sums[0], &sums[1]], &[])?)
}

fn measured((first, counted): (u32, usize)) -> candle_core::Result<[(&'static str, Host); 2]> {
    let device = &HostDevice::Cpu;
    Ok([(FIRST, Host::new(&[first], device)?), (COUNTED, Host::new(&[counted as f32], device)?)])
}

/// A data set that a GPU cannot bind.
fn too_large(error: GpuError, data: &Dataset) -> LabError {
    match error {
        GpuError::TooLarge { what, needed, limit } if what == EXAMPLES => LabError::Setup {
            detail: format!(
                "the {} examples of {} are {needed} bytes and this GPU takes at most {limit} at once; take fewer, or train on \
                 the CPU",
                data.len(),
                data.name
            ),
        },
        error => error.into(),
    }
}

impl Plans {
    /// Compiled, with the data set and first weights.
    pub(super) async fn new(
        network: &NetworkSpec,
        setup: &Setup,
        batches: &Batches,
        data: &Dataset,
        device: &Device,
    ) -> Result<Self, LabError> {
        let TrainGraph { program, weights, slots } = train_graph(network, setup, batches)?;
        let layout = Layout::of(&program);
        let state = match device {
            Device::Cpu => Stored::Cpu(CpuState::new(layout)?),
            Device::Gpu(gpu) => {
                let state = GpuState::new(gpu, layout).map_err(|error| too_large(error, data))?;
                Stored::Gpu(gpu.clone(), state)
            }
        };
        let train = state.plan(program).await?;
        let measure = state.plan(measure_program(network, batches)?).await?;
        for (name, value) in values(data)? {
            state.write(name, &value)?;
        }
        for (name, shape, start) in &weights {
            state.write(name, &init::value(*start, shape, u64::from(setup.seed), name)?)?;
        }
        Ok(Self { state, train, measure, look: None, weights, slots })
    }

    pub(super) fn dispatches(&self) -> usize {
        self.train.dispatches()
    }

    pub(super) fn train(&mut self, counter: [u32; 2], figures: Figures) -> Result<(), LabError> {
        let device = &HostDevice::Cpu;
        let figures = Host::new(&figures.elements(), device)?;
        self.train.step(&[(COUNTER, Host::new(&counter, device)?), (FIGURES, figures)])
    }

    /// Sums over so many examples from a first one on: loss, right answers.
    pub(super) async fn measure(&mut self, examples: (u32, usize)) -> Result<[f32; 2], LabError> {
        numbers(&self.measure.run(&measured(examples)?).await?)
    }

    /// The batch of a step as the network gets it: `x` and labels.
    pub(super) async fn look(
        &mut self,
        counter: [u32; 2],
        batches: &Batches,
        setup: &Setup,
    ) -> Result<[Host; 2], LabError> {
        let ready = match self.look.take() {
            Some(ready) => ready,
            None => {
                let graph = Graph::new();
                let Batch { x, labels } = batches.training(&graph.input(COUNTER, Spec::u32([2])), setup)?;
                self.state.plan(Program::step(&[&x, &labels], &[])?).await?
            }
        };
        let found = self.look.insert(ready).run(&[(COUNTER, Host::new(&counter, &HostDevice::Cpu)?)]).await?;
        Ok([found[0].clone(), found[1].clone()])
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
        self.state.read(names).await
    }

    pub(super) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        self.state.write(name, value)
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
    pub(super) fn new(
        network: &NetworkSpec,
        batches: &Batches,
        data: &Dataset,
        value: impl Fn(&str) -> Option<Host>,
    ) -> Result<Self, LabError> {
        let program = measure_program(network, batches)?;
        let inputs = names(&program);
        let state = CpuState::new(Layout::of(&program))?;
        for (name, value) in values(data)? {
            state.write(name, &value)?;
        }
        for stored in state.layout().variables().filter(|stored| ![EXAMPLES, LABELS].contains(&stored.name.as_str())) {
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

    pub(super) fn measure(&self, examples: (u32, usize)) -> Result<[f32; 2], LabError> {
        numbers(&self.plan.run_now(&ordered(&self.inputs, &measured(examples)?))?)
    }
}
