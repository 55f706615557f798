//! Deep networks on one batch that is all of the data: their loss, and the norm of the gradient in each layer, at every step.
//! Loss and norms are outputs of the plan that trains, so they cost one reading.

use super::super::device::{CompiledProgram, Device, Pace};
use super::super::train::{check_optimiser, dataset_of};
use super::super::{LabError, Watch};
use super::step::{figures_at, step};
use super::walk::host_of;
use crate::data::dataset::{Dataset, Examples, Part};
use crate::graph::op::optimiser_step::Figures;
use crate::graph::{Graph, Host, Init, Program, ShapeError, Spec, Tensor, grad};
use crate::models::spec::NetworkSpec;
use crate::nn::{VarBuilder, init, loss};
use crate::protocol::{BackendUsed, DeepNet, DeepNews, Depth, DepthNews, Optimiser, StepLoss};
use candle_core::Device as HostDevice;

const MOST_NETS: usize = 8;
const MOST_DEPTH: u32 = 100;
/// All of them are one batch.
const MOST_EXAMPLES: usize = 2_000;
/// Points of each curve at the end, at most.
const POINTS: u32 = 240;

/// Data as one batch: `x [B, C, H, W]`, U32 labels `[B]`.
struct Batch {
    shape: [usize; 4],
    classes: usize,
    x: Host,
    labels: Host,
}

/// One network under training.
pub(super) struct Deep {
    bench: CompiledProgram,
    news: DeepNews,
    told: usize,
    optimiser: Optimiser,
    seed: u32,
    step: u32,
    x: Host,
    labels: Host,
}

/// Trains all networks together, or where `job.steps` is 0 looks at their first gradients only.
///
/// # Errors
/// [`LabError::Setup`] for depths, widths, steps and figures of an optimiser that make no sense, what a device refuses,
/// [`LabError::Cancelled`]. A network whose loss stops being a number ends alone.
pub(super) async fn deepen(
    job: &Depth,
    device: &Device,
    backend: Option<BackendUsed>,
    watch: &impl Watch,
    tell: &impl Fn(DepthNews),
) -> Result<DepthNews, LabError> {
    check(job)?;
    let batch = Batch::of(dataset_of(&job.data, None, watch).await?.as_ref())?;
    let examples = batch.shape[0] as u32;
    let mut nets = Vec::new();
    for net in &job.nets {
        nets.push(Deep::new(net, job, &batch, device).await?);
        watch.pause().await;
    }
    let every = job.steps.div_ceil(POINTS).max(1);
    let mut pace = Pace::new(watch);
    // The first gradients come with the first step, so nothing trained takes a step too.
    for step in 1..=job.steps.max(1) {
        for net in nets.iter_mut().filter(|net| net.news.diverged.is_none()) {
            net.advance((step - 1) % every == 0 || step == job.steps).await?;
            pace.rest(watch).await?;
        }
        if pace.is_time_to_tell(watch) && step < job.steps {
            let steps_per_second = pace.per_second(watch, step * nets.len() as u32);
            let told = nets.iter_mut().map(Deep::tell).collect();
            let backend = backend.clone();
            tell(DepthNews { step, of: job.steps, nets: told, examples, steps_per_second, backend });
        }
    }
    let steps_per_second = pace.per_second(watch, job.steps * nets.len() as u32);
    let nets = nets.into_iter().map(|net| net.news).collect();
    Ok(DepthNews { step: job.steps, of: job.steps, nets, examples, steps_per_second, backend })
}

/// The first network, to see how fast a device is.
pub(super) async fn sample(job: &Depth, device: &Device, watch: &impl Watch) -> Result<Deep, LabError> {
    check(job)?;
    let batch = Batch::of(dataset_of(&job.data, None, watch).await?.as_ref())?;
    Deep::new(&job.nets[0], job, &batch, device).await
}

impl Deep {
    async fn new(net: &DeepNet, job: &Depth, batch: &Batch, device: &Device) -> Result<Self, LabError> {
        let [_, channels, height, width] = batch.shape;
        let network = NetworkSpec::parse(&net.text(), [channels, height, width], batch.classes);
        let network = network.map_err(|errors| {
            let detail = errors.first().map_or_else(String::new, ToString::to_string);
            LabError::Setup { detail: format!("a network of {} layers: {detail}", net.depth) }
        })?;
        let Made { program, weights } = made(&network, &job.optimiser, batch)?;
        let bench = device.compile(program).await?;
        for (name, shape, start) in &weights {
            bench.write(name, &init::value(*start, shape, u64::from(job.seed), name)?)?;
        }
        let news = DeepNews { params: network.totals().params, ..DeepNews::default() };
        let (optimiser, seed) = (job.optimiser.clone(), job.seed);
        let (x, labels) = (batch.x.clone(), batch.labels.clone());
        Ok(Self { bench, news, told: 0, optimiser, seed, step: 0, x, labels })
    }

    /// One step; with `read` its loss and gradients, which are those before it, are kept.
    pub(super) async fn advance(&mut self, read: bool) -> Result<(), LabError> {
        let figures = host_of(figures_at(&self.optimiser, self.step))?;
        let counter = Host::new(&[self.seed, self.step], &HostDevice::Cpu)?;
        let Self { bench, x, labels, .. } = self;
        let value = |name: &str| match name {
            "x" => x.clone(),
            "labels" => labels.clone(),
            "figures" => figures.clone(),
            _ => counter.clone(),
        };
        self.step += 1;
        if !read {
            return bench.step(value);
        }
        let outputs = bench.run(value).await?;
        let numbers = |at: usize| outputs[at].flatten_all()?.to_vec1::<f32>();
        let (loss, gradients) = (numbers(0)?[0], numbers(1)?);
        if !loss.is_finite() {
            self.news.diverged = Some(self.step - 1);
            return Ok(());
        }
        self.news.losses.push(StepLoss { step: self.step - 1, loss });
        self.news.gradients = gradients;
        Ok(())
    }

    fn tell(&mut self) -> DeepNews {
        let losses = self.news.losses[self.told..].to_vec();
        self.told = self.news.losses.len();
        DeepNews { losses, ..self.news.clone() }
    }
}

struct Made {
    program: Program,
    weights: Vec<(String, Vec<usize>, Init)>,
}

/// Outputs: the loss, and the norm of the gradient by the weights of each layer.
fn made(network: &NetworkSpec, optimiser: &Optimiser, batch: &Batch) -> Result<Made, LabError> {
    let graph = Graph::new();
    let x = graph.input("x", Spec::f32(batch.shape));
    let labels = graph.input("labels", Spec::u32([batch.shape[0]]));
    let counter = graph.input("counter", Spec::u32([2]));
    let figures = graph.input("figures", Spec::f32([Figures::COUNT]));
    let vb = VarBuilder::training(&graph, counter);
    let logits = network.forward(&x, vb.clone())?;
    let loss = loss::cross_entropy(&logits, &labels, 0.0)?;

    let (parameters, statistics) = (vb.parameters(), vb.statistics());
    let wrt: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
    let gradients = grad(&loss, &wrt)?;
    // Weights of layers are matrices; biases and what batch norm has are rows.
    let of_layers = gradients.iter().filter(|gradient| gradient.rank() > 1);
    let norms = of_layers.map(norm).collect::<Result<Vec<_>, _>>()?;
    let norms = Tensor::cat(&norms.iter().collect::<Vec<_>>(), 0)?;
    let (state, updated) = step(&graph, "optimiser", optimiser, &figures, &wrt, &gradients.iter().collect::<Vec<_>>())?;
    let updates = vb.training_mode().map(|training| training.updates()).unwrap_or_default();
    let mut assigns = vec![(&state, &updated)];
    assigns.extend(updates.iter().map(|(variable, value)| (variable, value)));
    let program = Program::step(&[&loss, &norms], &assigns)?;
    let named = parameters.iter().chain(&statistics);
    let weights = named.map(|(name, tensor, start)| (name.clone(), tensor.dims().to_vec(), *start)).collect();
    Ok(Made { program, weights })
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
        if examples.len() > MOST_EXAMPLES {
            let detail =
                format!("{} examples are too many for one batch; choose at most {MOST_EXAMPLES}", examples.len());
            return Err(LabError::Setup { detail });
        }
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

fn check(job: &Depth) -> Result<(), LabError> {
    let wrong = job.nets.iter().find_map(|net| {
        if net.depth == 0 || net.depth > MOST_DEPTH {
            Some(format!("a network of {} layers; choose 1 to {MOST_DEPTH}", net.depth))
        } else if !DeepNet::WIDTH.holds(net.width) {
            Some(format!("layers of {} units; choose {}", net.width, DeepNet::WIDTH))
        } else {
            None
        }
    });
    let detail = if job.nets.is_empty() || job.nets.len() > MOST_NETS {
        format!("{} networks cannot be trained together; choose 1 to {MOST_NETS}", job.nets.len())
    } else if f64::from(job.steps) > Depth::STEPS.high {
        format!("{} steps cannot be trained; choose at most {}", job.steps, Depth::STEPS.high)
    } else if let Some(detail) = wrong {
        detail
    } else {
        return check_optimiser(&job.optimiser);
    };
    Err(LabError::Setup { detail })
}
