//! Deep networks on one batch that is all of the data: their loss, and the norm of the gradient in each layer, at every step.
//! Loss and norms are numbers of the step that trains, so they cost one reading.

use super::super::LabError;
use super::super::device::{Device, choose};
use super::super::train::dataset_of;
use super::super::trainer::{Driver, LaneReport, Task, TrainConfig, Trainer, check_optimiser, drive_lanes};
use crate::data::dataset::{Dataset, Examples, Part};
use crate::graph::{Host, Init, Program, ShapeError, Spec, Tensor};
use crate::models::spec::NetworkSpec;
use crate::nn::{VarBuilder, loss};
use crate::protocol::{
    BackendChoice, BackendUsed, DeepNet, DeepNews, DeepTraining, DepthNews, Schedule, StepLoss, Why,
};
use candle_core::Device as HostDevice;
use std::convert::Infallible;
use std::rc::Rc;

const MOST_NETS: usize = 8;
const MOST_DEPTH: u32 = 100;
const MOST_EXAMPLES: usize = 2_000;

/// Data as one batch: `x [B, C, H, W]`, U32 labels `[B]`.
struct Batch {
    shape: [usize; 4],
    classes: usize,
    x: Host,
    labels: Host,
}

/// A network that learns all of the data at each step.
pub(in crate::lab) struct WholeBatch {
    network: NetworkSpec,
    batch: Rc<Batch>,
}

const X: &str = "data.x";
const LABELS: &str = "data.labels";

impl Task for WholeBatch {
    type Extra = Infallible;

    fn forward(&self, vb: &VarBuilder, _: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let (graph, shape) = (vb.graph(), self.batch.shape);
        let x = graph.variable(X, Spec::f32(shape), Init::Const(0.0))?;
        let labels = graph.variable(LABELS, Spec::u32([shape[0]]), Init::Const(0.0))?;
        Ok(vec![loss::cross_entropy(&self.network.forward(&x, vb.clone())?, &labels, 0.0)?])
    }

    /// The norm of the gradient by the weights of each layer. These are matrices; biases and what batch norm has are rows.
    fn of_gradients(&self, gradients: &[Tensor]) -> Result<Vec<Tensor>, LabError> {
        let of_layers = gradients.iter().filter(|gradient| gradient.rank() > 1);
        Ok(of_layers.map(norm).collect::<Result<_, _>>()?)
    }

    fn constants(&self) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(vec![(X, self.batch.x.clone()), (LABELS, self.batch.labels.clone())])
    }

    fn inputs(&mut self, _: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(Vec::new())
    }

    fn program(&self, extra: &Infallible) -> Result<Program, LabError> {
        match *extra {}
    }
}

/// Trains all networks together, where the person wants or where that is faster; with `job.steps` 0 it looks at their first
/// gradients only.
pub(super) async fn deepen(
    job: &DeepTraining,
    host: &impl super::super::Host,
    tell: &impl Fn(DepthNews),
) -> Result<DepthNews, LabError> {
    check(job)?;
    let gpu = host.gpu().await?;
    let batch = Rc::new(Batch::of(dataset_of(&job.data, None, host).await?.as_ref())?);
    // A look at the first gradients is sooner done than a device is chosen for it.
    let is_look = job.steps == 0 && job.backend != BackendChoice::Gpu;
    let (device, backend) = match is_look {
        true => (Device::Cpu, Device::Cpu.used(Why::Chosen)),
        false => {
            let sample =
                async |device: &Device| trainer(&job.nets[0], job, &batch, device).await?.step_millis(host).await;
            choose(job.backend, &gpu, sample).await?
        }
    };
    let mut lanes = Vec::new();
    for net in &job.nets {
        let trainer = trainer(net, job, &batch, &device).await?;
        let news = DeepNews { params: trainer.task.network.totals().params, ..DeepNews::default() };
        lanes.push((trainer, news));
        host.pause().await;
    }
    let (of, examples) = (job.steps, batch.shape[0] as u32);
    let news = |step: u32, nets: Vec<DeepNews>, backend: &BackendUsed, seconds: f64| {
        let steps_per_second = (f64::from(step * nets.len() as u32) / seconds) as f32;
        let backend = (!is_look).then(|| backend.clone());
        DepthNews { step, of, nets, examples, steps_per_second, backend }
    };
    let mut driver = Driver::new(host, &gpu, job.backend, backend);
    let told = |step, nets, backend: &BackendUsed, seconds| tell(news(step, nets, backend, seconds));
    // The first gradients come with the first step, so nothing trained takes a step too.
    let nets = drive_lanes(&mut driver, lanes, job.steps.max(1), told).await?;
    Ok(news(job.steps, nets, driver.backend(), driver.seconds()))
}

async fn trainer(
    net: &DeepNet,
    job: &DeepTraining,
    batch: &Rc<Batch>,
    device: &Device,
) -> Result<Trainer<WholeBatch>, LabError> {
    let [_, channels, height, width] = batch.shape;
    let network = NetworkSpec::parse(&net.text(), [channels, height, width], batch.classes);
    let network = network.map_err(|errors| {
        let detail = errors.first().map_or_else(String::new, ToString::to_string);
        bad_setup!("a network of {} layers: {detail}", net.depth)
    })?;
    let (optimiser, schedule, seed) = (job.optimiser.clone(), Schedule::default(), job.seed);
    let config = TrainConfig { optimiser, schedule, seed, steps_per_epoch: 1, epochs: job.steps.max(1) };
    Trainer::of(WholeBatch { network, batch: batch.clone() }, config, device).await
}

/// Points have the number of the step before which they were.
impl LaneReport for DeepNews {
    type Task = WholeBatch;

    fn has_diverged(&self) -> bool {
        self.diverged.is_some()
    }

    /// Loss and gradients of the last step, which are those before it.
    async fn read(&mut self, trainer: &mut Trainer<WholeBatch>, every: u32, is_last: bool) -> Result<(), LabError> {
        let step = trainer.step() - 1;
        if !(step.is_multiple_of(every) || is_last) {
            return Ok(());
        }
        let Some((_, numbers)) = trainer.numbers().await?.pop() else { return Ok(()) };
        let loss = numbers[0];
        if loss.is_finite() {
            self.losses.push(StepLoss { step, loss });
            self.gradients = numbers[1..].to_vec();
        } else {
            self.diverged = Some(step);
        }
        Ok(())
    }

    fn retain(&mut self, wanted: impl Fn(u32) -> bool) {
        self.losses.retain(|point| wanted(point.step + 1));
    }
}

/// Of one element. Gradients that have almost vanished have squares below the smallest f32, so the largest is taken out first.
fn norm(gradient: &Tensor) -> Result<Tensor, ShapeError> {
    let flat = gradient.reshape([1, gradient.elem_count()])?;
    let largest = flat.abs()?.max_keepdim(1)?.clamp(1e-37, f64::from(f32::MAX))?;
    let length = flat.broadcast_div(&largest)?.sqr()?.sum_keepdim(1)?.sqrt()?;
    length.mul(&largest)?.reshape([1])
}

impl Batch {
    /// The part for training; channels of pictures have mean 0 and variance 1.
    fn of(data: &Dataset) -> Result<Self, LabError> {
        let (row, examples) = (data.row_len(), data.split.range(Part::Train));
        let count = examples.len();
        ensure!(count <= MOST_EXAMPLES, "{count} examples are too many for one batch; choose at most {MOST_EXAMPLES}");
        let range = examples.start * row..examples.end * row;
        let values: Vec<f32> = match &data.examples {
            Examples::Points(points) => points[range].to_vec(),
            Examples::Bytes(bytes) => {
                let normalise = data.normalise();
                let plane = data.shape[1] * data.shape[2];
                let value = |(at, &byte): (usize, &u8)| normalise.value(at % row / plane, byte);
                bytes[range].iter().enumerate().map(value).collect()
            }
        };
        let [channels, height, width] = data.shape;
        let shape = [examples.len(), channels, height, width];
        Ok(Self {
            shape,
            classes: data.classes.len(),
            x: Host::from_vec(values, shape.as_slice(), &HostDevice::Cpu)?,
            labels: Host::new(&data.labels[examples], &HostDevice::Cpu)?,
        })
    }
}

fn check(job: &DeepTraining) -> Result<(), LabError> {
    let (count, steps, most) = (job.nets.len(), job.steps, DeepTraining::STEPS.high);
    ensure!((1..=MOST_NETS).contains(&count), "{count} networks cannot be trained together; choose 1 to {MOST_NETS}");
    ensure!(f64::from(steps) <= most, "{steps} steps cannot be trained; choose at most {most}");
    for &DeepNet { depth, width, .. } in &job.nets {
        ensure!((1..=MOST_DEPTH).contains(&depth), "a network of {depth} layers; choose 1 to {MOST_DEPTH}");
        ensure!(DeepNet::WIDTH.holds(width), "layers of {width} units; choose {}", DeepNet::WIDTH);
    }
    check_optimiser(&job.optimiser)
}
