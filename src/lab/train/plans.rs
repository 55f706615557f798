//! The plans of a run, on one device with one state: a training step, a prediction, and, when somebody looks, the gradients.

use super::LabError;
use super::batch::{Feed, MEASURED, specs};
use super::look::plane_program;
use super::place::{Compiled, Device, Place};
use super::schedule::op_of;
use crate::backend::cpu::{CpuPlan, CpuState};
use crate::graph::op::optimiser_step::Figures;
use crate::graph::op::pack::pack;
use crate::graph::state::Layout;
use crate::graph::{Graph, Host, Init, Program, ShapeError, Spec, Tensor, grad};
use crate::models::spec::NetworkSpec;
use crate::nn::{VarBuilder, init, loss};
use crate::protocol::{Loss, Setup};
use candle_core::Device as HostDevice;

/// Of each of the last steps: loss, and right answers. Step `s` writes row `s % RING`.
const RING_NAME: &str = "run.ring";
/// So many steps can pass before the oldest is lost.
pub(super) const RING: usize = 256;

/// A variable, and how it starts.
type Named = (String, Vec<usize>, Init);

pub(super) struct Plans {
    place: Place,
    train: Compiled,
    predict: Compiled,
    /// Made when somebody first looks.
    gradients: Option<Compiled>,
    one: Option<Compiled>,
    /// For a side, with the names of its outputs.
    plane: Option<(u32, Compiled, Vec<String>)>,
    /// Parameters, then running statistics.
    weights: Vec<Named>,
    /// How many of them are parameters.
    parameters: usize,
    /// What the optimiser keeps.
    slots: Vec<String>,
}

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

/// The forward pass in training mode: loss, right answers.
fn forward(graph: &Graph, network: &NetworkSpec, setup: &Setup) -> Result<([Tensor; 2], VarBuilder), LabError> {
    let [x, labels] = specs(setup.batch as usize, network.data());
    let (x, labels) = (graph.input("x", x), graph.input("labels", labels));
    let counter = graph.input("counter", Spec::u32([2]));
    let vb = VarBuilder::training(graph, counter);
    let logits = network.forward(&x, vb.clone())?;
    let loss = loss_of(setup.loss, &logits, &labels, setup.label_smoothing)?;
    let correct = loss::correct(&logits, &labels)?;
    Ok(([loss, correct], vb))
}

fn train_graph(network: &NetworkSpec, setup: &Setup) -> Result<TrainGraph, LabError> {
    let graph = Graph::new();
    let figures = graph.input("figures", Spec::f32([Figures::COUNT]));
    let ([loss, correct], vb) = forward(&graph, network, setup)?;

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

/// Scaled down where its norm is larger (Pascanu et al. 2013).
fn clipped(gradient: &Tensor, norm: f64) -> Result<Tensor, ShapeError> {
    let length = gradient.sqr()?.sum_keepdim(0)?.sqrt()?;
    // min(1, norm / length), for any length.
    let scale = length.clamp(norm, f64::from(f32::MAX))?.recip()?.affine(norm, 0.0)?;
    gradient.broadcast_mul(&scale)
}

/// The ring with this step's row.
fn turned(ring: &Tensor, loss: &Tensor, correct: &Tensor) -> Result<Tensor, LabError> {
    let graph = ring.graph();
    let places: Vec<f32> = (0..RING).map(|place| place as f32).collect();
    let places = graph.constant(&Host::from_vec(places, (RING, 1), &HostDevice::Cpu)?)?;
    let is_now = places.broadcast_eq(&graph.input("place", Spec::f32([1, 1])))?;
    let row = Tensor::cat(&[&loss.reshape([1, 1])?, &correct.reshape([1, 1])?], 1)?;
    Ok(is_now.where_cond(&row, ring)?)
}

/// Logits of so many examples at once.
pub(super) fn logits_program(network: &NetworkSpec, examples: usize) -> Result<Program, LabError> {
    let graph = Graph::new();
    let [x, _] = specs(examples, network.data());
    let logits = network.forward(&graph.input("x", x), VarBuilder::new(&graph))?;
    Ok(Program::step(&[&logits], &[])?)
}

/// The gradient of each parameter on a batch, in the order of [`VarBuilder::parameters`].
fn gradients_program(network: &NetworkSpec, setup: &Setup) -> Result<Program, LabError> {
    let graph = Graph::new();
    let ([loss, _], vb) = forward(&graph, network, setup)?;
    let parameters = vb.parameters();
    let wrt: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
    let gradients = grad(&loss, &wrt)?;
    Ok(Program::step(&gradients.iter().collect::<Vec<_>>(), &[])?)
}

impl Plans {
    /// Compiled, with first weights.
    pub(super) async fn new(network: &NetworkSpec, setup: &Setup, device: &Device) -> Result<Self, LabError> {
        let TrainGraph { program, weights, parameters, slots } = train_graph(network, setup)?;
        let place = Place::new(device, &program)?;
        let train = place.compile(program).await?;
        let predict = place.compile(logits_program(network, MEASURED)?).await?;
        let plans = Self { place, train, predict, gradients: None, one: None, plane: None, weights, parameters, slots };
        for (name, shape, start) in &plans.weights {
            plans.write(name, &init::value(*start, shape, u64::from(setup.seed), name)?)?;
        }
        Ok(plans)
    }

    pub(super) fn dispatches(&self) -> usize {
        self.train.dispatches()
    }

    pub(super) fn planned_bytes(&self) -> usize {
        self.train.planned_bytes()
    }

    /// One step; `counter` is the seed and the step.
    pub(super) fn train(&mut self, feed: &Feed, counter: [u32; 2], figures: Figures) -> Result<(), LabError> {
        let place = Host::new(&[[(counter[1] as usize % RING) as f32]], &HostDevice::Cpu)?;
        let counter = Host::new(&counter, &HostDevice::Cpu)?;
        let figures = Host::new(&figures.elements(), &HostDevice::Cpu)?;
        self.train.step(|name| match name {
            "counter" => counter.clone(),
            "figures" => figures.clone(),
            "place" => place.clone(),
            name => feed.value(name),
        })
    }

    /// Logits `[MEASURED, classes]`.
    pub(super) async fn predict(&mut self, feed: &Feed) -> Result<Host, LabError> {
        Ok(self.predict.run(|name| feed.value(name)).await?.swap_remove(0))
    }

    /// Logits `[1, classes]`.
    pub(super) async fn predict_one(&mut self, network: &NetworkSpec, x: &Host) -> Result<Host, LabError> {
        let one = match self.one.take() {
            Some(one) => one,
            None => self.place.compile(logits_program(network, 1)?).await?,
        };
        Ok(self.one.insert(one).run(|_| x.clone()).await?.swap_remove(0))
    }

    /// What each layer makes of `x [side², 2, 1, 1]`, and what the layers are called.
    pub(super) async fn over_plane(
        &mut self,
        network: &NetworkSpec,
        side: u32,
        x: &Host,
    ) -> Result<(Vec<Host>, Vec<String>), LabError> {
        let plane = match self.plane.take() {
            Some(plane) if plane.0 == side => plane,
            _ => {
                let (program, names) = plane_program(network, side)?;
                (side, self.place.compile(program).await?, names)
            }
        };
        let (_, plan, names) = self.plane.insert(plane);
        Ok((plan.run(|_| x.clone()).await?, names.clone()))
    }

    /// Of each parameter on this batch, by name.
    pub(super) async fn gradients(
        &mut self,
        network: &NetworkSpec,
        setup: &Setup,
        feed: &Feed,
        step: u32,
    ) -> Result<Vec<(String, Host)>, LabError> {
        let gradients = match self.gradients.take() {
            Some(gradients) => gradients,
            None => self.place.compile(gradients_program(network, setup)?).await?,
        };
        let counter = Host::new(&[setup.seed, step], &HostDevice::Cpu)?;
        let found = self
            .gradients
            .insert(gradients)
            .run(|name| if name == "counter" { counter.clone() } else { feed.value(name) })
            .await?;
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
        self.place.read(names).await
    }

    pub(super) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        self.place.write(name, value)
    }
}

/// A network with given weights, to be measured on the CPU.
pub(super) struct Judge(CpuPlan);

impl Judge {
    pub(super) fn new(network: &NetworkSpec, value: impl Fn(&str) -> Option<Host>) -> Result<Self, LabError> {
        let program = logits_program(network, MEASURED)?;
        let state = CpuState::new(Layout::of(&program))?;
        for stored in state.layout().variables() {
            let missing = || LabError::MissingTensor {
                file: "the file".to_owned(),
                network: "the network in it".to_owned(),
                tensor: stored.name.clone(),
                expected: stored.spec.shape.clone(),
            };
            crate::backend::State::write(&*state, &stored.name, &value(&stored.name).ok_or_else(missing)?)?;
        }
        Ok(Self(CpuPlan::with_state(program, &state)))
    }

    /// Logits `[MEASURED, classes]`.
    pub(super) fn predict(&self, feed: &Feed) -> Result<Host, LabError> {
        Ok(self.0.run_now(&[feed.value("x")])?.swap_remove(0))
    }
}
