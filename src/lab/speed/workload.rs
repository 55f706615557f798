//! The table of workloads: kernels with both gradients, training steps, inference.

use super::super::LabError;
use super::super::device::Device;
use super::super::train::Trainer;
use super::super::trainer::optimiser_step;
use crate::data::procedural::{Recipe, Set};
use crate::graph::op::optimiser_step::Figures;
use crate::graph::{Graph, Host, Init, Program, ShapeError, Spec, Tensor, grad, vjp};
use crate::lab::find_network;
use crate::lab::shipped;
use crate::lab::timing::{TimedProgram, inference, variable};
use crate::models::LISTED;
use crate::models::spec::preset::Preset;
use crate::nn::{LstmState, VarBuilder, loss, lstm};
use crate::protocol::{Optimiser, Setup, Work};

#[derive(Clone, Debug)]
pub struct Workload {
    /// `kernels/…`, `training/…` or `inference/…`.
    pub name: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Product([usize; 3], Pass),
    Convolution(Convolution, Pass),
    Training(Training),
    Lstm,
    Inference(String),
}

/// A training step of a network on drawn data, batches and all, just as the Train page and `neocog train` run it.
#[derive(Clone, Copy, Debug)]
pub struct Training {
    pub preset: &'static str,
    /// Drawn by the program.
    pub set: &'static str,
    pub batch: u32,
}

const TRAININGS: [Training; 3] = [
    Training { preset: "mlp", set: "digits", batch: 64 },
    Training { preset: "digits", set: "digits", batch: 32 },
    Training { preset: "resnet20", set: "shapes", batch: 8 },
];

impl Training {
    /// That of this preset.
    pub fn find(preset: &str) -> Option<Training> {
        TRAININGS.into_iter().find(|row| row.preset == preset)
    }

    /// With its data, before the first step.
    pub async fn trainer(&self, device: &Device) -> Result<Trainer, LabError> {
        let unknown = || LabError::UnknownNetwork { network: self.preset.to_owned() };
        let network = Preset::find(self.preset).ok_or_else(unknown)?.text;
        let recipe = Recipe { count: 10 * self.batch.max(64), ..Recipe::default() };
        let data = Set::find(self.set).and_then(|set| set.draw(&recipe))?;
        Trainer::new(Setup { network, batch: self.batch, ..Setup::default() }, data, device).await
    }
}

/// What is computed of a product or a convolution: itself, or one of its gradients.
#[derive(Clone, Copy, Debug)]
enum Pass {
    Forward,
    Input,
    Weight,
}

const PASSES: [(Pass, &str); 3] =
    [(Pass::Forward, "forward"), (Pass::Input, "input gradient"), (Pass::Weight, "weight gradient")];

/// As many rows out as in, but for the stride.
#[derive(Clone, Copy, Debug)]
struct Convolution {
    batch: usize,
    channels: [usize; 2],
    side: usize,
    kernel: usize,
    stride: usize,
    groups: usize,
}

/// Rows, sum, columns.
const PRODUCTS: [[usize; 3]; 3] = [[256, 256, 256], [512, 512, 512], [128, 784, 1200]];

/// First layer, early, middle and late 3 × 3, a halving one, 1 × 1, depthwise.
const CONVOLUTIONS: [Convolution; 7] = [
    convolution([3, 32], 32, 3, 1, 1),
    convolution([16, 16], 32, 3, 1, 1),
    convolution([64, 64], 16, 3, 1, 1),
    convolution([256, 256], 8, 3, 1, 1),
    convolution([64, 128], 16, 3, 2, 1),
    convolution([128, 128], 16, 1, 1, 1),
    convolution([128, 128], 16, 3, 1, 128),
];

const fn convolution(channels: [usize; 2], side: usize, kernel: usize, stride: usize, groups: usize) -> Convolution {
    Convolution { batch: 16, channels, side, kernel, stride, groups }
}

/// An LSTM's batch, times, and units, which are as many as its inputs.
const LSTM: [usize; 3] = [32, 16, 256];

/// Larger networks than these are measured only by name, step by step: their weights alone take a browser's memory.
const MOST_PARAMS: u64 = 12_000_000;
const MOST_MACS: u64 = 2_000_000_000;

/// Every row; names are unique.
pub fn workloads() -> Vec<Workload> {
    let mut all = Vec::new();
    let mut add = |name: String, kind: Kind| all.push(Workload { name, kind });
    for shape @ [m, k, n] in PRODUCTS {
        for (pass, what) in PASSES {
            add(format!("kernels/matmul {m}x{k}x{n}, {what}"), Kind::Product(shape, pass));
        }
    }
    for conv @ Convolution { channels: [c_in, c_out], side, kernel, stride, groups, .. } in CONVOLUTIONS {
        let more = match (stride, groups) {
            (1, 1) => String::new(),
            (stride, 1) => format!(" stride {stride}"),
            _ => " depthwise".to_owned(),
        };
        for (pass, what) in PASSES {
            let name = format!("kernels/conv {kernel}x{kernel} {c_in}-{c_out} at {side}{more}, {what}");
            add(name, Kind::Convolution(conv, pass));
        }
    }
    for row in TRAININGS {
        add(format!("training/{}, batch {}", row.preset, row.batch), Kind::Training(row));
    }
    let [batch, times, units] = LSTM;
    add(format!("training/lstm {units}, {times} times, batch {batch}"), Kind::Lstm);
    let small = LISTED.iter().filter(|row| row.params <= MOST_PARAMS && row.macs <= MOST_MACS);
    let ids = small.map(|row| row.id.to_owned());
    for id in ids.chain(shipped().iter().map(|row| row.id.to_owned())) {
        add(format!("inference/{id}"), Kind::Inference(id));
    }
    all
}

/// A workload made ready on a device.
pub enum PreparedWorkload {
    Program(Box<TimedProgram>),
    Training(Box<Trainer>),
}

impl Workload {
    pub async fn prepare(&self, device: &Device) -> Result<PreparedWorkload, LabError> {
        let program = match &self.kind {
            Kind::Product(shape, pass) => Program::step(&[&product(*shape, *pass)?], &[])?,
            Kind::Convolution(conv, pass) => Program::step(&[&conv.pass(*pass)?], &[])?,
            Kind::Training(row) => return Ok(PreparedWorkload::Training(Box::new(row.trainer(device).await?))),
            Kind::Lstm => return Ok(PreparedWorkload::Program(Box::new(recurrent(device).await?))),
            Kind::Inference(id) => {
                let unknown = || LabError::UnknownNetwork { network: id.clone() };
                inference(&find_network(id).ok_or_else(unknown)?, &|_| None)?
            }
        };
        Ok(PreparedWorkload::Program(Box::new(TimedProgram::new(device, program).await?)))
    }
}

impl PreparedWorkload {
    /// To the end of the last of so many runs.
    pub async fn run(&mut self, times: u32) -> Result<(), LabError> {
        match self {
            Self::Program(ready) => ready.run(times).await,
            Self::Training(trainer) => {
                (0..times).try_for_each(|_| trainer.advance())?;
                // Waits for the device.
                trainer.point().await.map(|_| ())
            }
        }
    }

    pub fn work(&self) -> Work {
        match self {
            Self::Program(ready) => ready.work(),
            Self::Training(trainer) => trainer.work(),
        }
    }
}

/// `[m, k] · [k, n]`.
pub(super) fn matmul(shape: [usize; 3]) -> Result<Tensor, ShapeError> {
    product(shape, Pass::Forward)
}

fn product([m, k, n]: [usize; 3], pass: Pass) -> Result<Tensor, ShapeError> {
    let graph = Graph::new();
    let (x, w) = (variable(&graph, "x", &[m, k])?, variable(&graph, "w", &[k, n])?);
    of(x.matmul(&w)?, [x, w], pass)
}

impl Convolution {
    fn pass(&self, pass: Pass) -> Result<Tensor, ShapeError> {
        let Convolution { batch, channels: [c_in, c_out], side, kernel, stride, groups } = *self;
        let graph = Graph::new();
        let x = variable(&graph, "x", &[batch, c_in, side, side])?;
        let w = variable(&graph, "w", &[c_out, c_in / groups, kernel, kernel])?;
        of(x.conv2d(&w, kernel / 2, stride, 1, groups)?, [x, w], pass)
    }
}

fn of(y: Tensor, [x, w]: [Tensor; 2], pass: Pass) -> Result<Tensor, ShapeError> {
    let wrt = match pass {
        Pass::Forward => return Ok(y),
        Pass::Input => x,
        Pass::Weight => w,
    };
    let dy = variable(y.graph(), "dy", y.dims())?;
    Ok(vjp(&y, &dy, &[&wrt])?.remove(0))
}

/// A training step of an LSTM by Adam: all times forward and back.
async fn recurrent(device: &Device) -> Result<TimedProgram, LabError> {
    const FIGURES: &str = "figures";
    let [batch, times, units] = LSTM;
    let graph = Graph::new();
    let vb = VarBuilder::new(&graph);
    let layer = lstm(units, units, vb.clone())?;
    let x = variable(&graph, "x", &[times * batch, units])?;
    let target = variable(&graph, "target", &[times * batch, units])?;
    let nothing = graph.full(0.0, Spec::f32([batch, units]))?;
    let steps = layer.seq(&x, &LstmState { h: nothing.clone(), c: nothing })?;
    let hidden: Vec<&Tensor> = steps.iter().map(|step| &step.state.h).collect();
    let loss = loss::mse(&Tensor::cat(&hidden, 0)?, &target)?;
    let parameters = vb.parameters();
    let parameters: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
    let gradients = grad(&loss, &parameters)?;
    let gradients: Vec<&Tensor> = gradients.iter().collect();
    let figures = graph.variable(FIGURES, Spec::f32([Figures::COUNT]), Init::Const(0.0))?;
    let update = optimiser_step(&graph, "optimiser", &Optimiser::default(), &figures, &parameters, &gradients)?;
    let ready = TimedProgram::new(device, Program::step(&[&loss], &[(&update.state, &update.value)])?).await?;
    let rate = Figures { rate: 1e-3, ..Figures::default() };
    ready.write(FIGURES, &Host::new(&rate.elements(), &candle_core::Device::Cpu)?)?;
    Ok(ready)
}
