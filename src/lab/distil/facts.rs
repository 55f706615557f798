//! What the paper derives, measured on a device.

use super::TransferSet;
use crate::data::dataset::{Dataset, Examples, Part, Split};
use crate::graph::{Graph, Host, Program, Spec, grad};
use crate::lab::device::Device;
use crate::lab::softmax::softmax;
use crate::lab::train::Trainer;
use crate::lab::{LabError, Monitor};
use crate::nn::loss::soft_cross_entropy;
use crate::protocol::{DistilFact, Finding, Mix, Setup};
use candle_core::Device as HostDevice;

const HOT: f64 = 1000.0;
const CLASSES: usize = 10;
const STEPS: u32 = 20;

pub(super) async fn facts(device: &Device, watch: &impl Monitor) -> Result<Vec<Finding<DistilFact>>, LabError> {
    let [nothing, all, first] = weights(device, watch).await?;
    // The expansion leaves terms of (z / T) relative to what it keeps, and f32 another 1e-4 of probabilities that differ little.
    Ok(device.findings([
        (DistilFact::HighTemperature, 0.0, high_temperature(device).await?, 0.01),
        (DistilFact::WeightNothing, 0.0, nothing, 0.0),
        (DistilFact::WeightAll, 0.0, all, 0.0),
        (DistilFact::SoftLoss, 0.0, first, 1e-4),
    ]))
}

/// Logits of mean 0, no larger than 3.
fn logits(phase: f64) -> [f64; CLASSES] {
    let raw: [f64; CLASSES] = std::array::from_fn(|k| 2.0 * (phase + 1.7 * k as f64).sin());
    let mean = raw.iter().sum::<f64>() / CLASSES as f64;
    raw.map(|value| value - mean)
}

async fn high_temperature(device: &Device) -> Result<f64, LabError> {
    let (z, v) = (logits(0.3), logits(2.0));
    let graph = Graph::new();
    let [x, y] = ["z", "v"].map(|name| graph.input(name, Spec::f32([1, CLASSES])));
    let cool = |t: &crate::graph::Tensor| t.affine(1.0 / HOT, 0.0);
    let loss = soft_cross_entropy(&cool(&x)?, &cool(&y)?.softmax()?)?;
    let program = Program::step(&[&grad(&loss, &[&x])?[0]], &[])?;
    let row = |values: [f64; CLASSES]| Host::new(&[values.map(|value| value as f32)], &HostDevice::Cpu);
    let [x, y] = [row(z)?, row(v)?];
    let found = device.compile(program).await?.run(|name| if name == "z" { x.clone() } else { y.clone() }).await?;
    let found = found[0].flatten_all()?.to_vec1::<f32>()?;
    let wanted: Vec<f64> = z.iter().zip(v).map(|(z, v)| (z - v) / (CLASSES as f64 * HOT * HOT)).collect();
    let largest = wanted.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let off = wanted.iter().zip(found).map(|(wanted, found)| (f64::from(found) - wanted).abs());
    Ok(off.fold(0.0, f64::max) / largest)
}

/// Twenty steps at λ = 0 against plain training, and at λ = 1 against the same with other labels: the largest difference of a
/// loss of each. Then the first loss at λ = 1 against what the host makes of the first step's logits, relative to that.
async fn weights(device: &Device, watch: &impl Monitor) -> Result<[f64; 3], LabError> {
    let (setup, soft) = (setup(), soft()?);
    let data = data(0)?;
    let matched = |weight: f64| Mix { temperature: 3.0, weight };
    let plain = losses(Trainer::new(setup.clone(), data.clone(), device).await?).await?;
    let nothing = Trainer::student(setup.clone(), data.clone(), &soft, matched(0.0), device).await?;
    let nothing = largest_difference(&plain, &losses(nothing).await?);

    let mut pure = Trainer::student(setup.clone(), data, &soft, matched(1.0), device).await?;
    let expected = pure_loss(&mut pure, &soft, watch).await?;
    let pure = losses(pure).await?;
    // Other labels: what is matched does not see them.
    let relabelled = Trainer::student(setup, self::data(1)?, &soft, matched(1.0), device).await?;
    let all = largest_difference(&pure, &losses(relabelled).await?);
    let first = (f64::from(pure[0]) - expected).abs() / expected;
    Ok([nothing, all, first])
}

/// `T²·CE(soft targets)` of the first weights over all examples, in f64: the batch is all of them.
async fn pure_loss(trainer: &mut Trainer, soft: &Host, watch: &impl Monitor) -> Result<f64, LabError> {
    let temperature = 3.0;
    let soften = |row: &[f32]| softmax(row.iter().map(|&x| f64::from(x) / temperature));
    let answers = trainer.answers(Part::Train, watch).await?;
    let soft = soft.flatten_all()?.to_vec1::<f32>()?;
    let of_row = |(z, v): (&[f32], &[f32])| -> f64 { soften(z).iter().zip(soften(v)).map(|(q, p)| -p * q.ln()).sum() };
    let sum: f64 = answers.chunks_exact(CLASSES).zip(soft.chunks_exact(CLASSES)).map(of_row).sum();
    Ok(temperature * temperature * sum / EXAMPLES as f64)
}

const EXAMPLES: usize = 40;

fn setup() -> Setup {
    let network = "linear 12\ntanh\nlinear classes".to_owned();
    Setup { network, batch: EXAMPLES as u32, epochs: STEPS, ..Setup::default() }
}

/// Forty points of the plane in ten classes, the labels moved on by so many.
fn data(moved: usize) -> Result<std::rc::Rc<Dataset>, LabError> {
    let angle = |k: usize| k as f32 * std::f32::consts::TAU / EXAMPLES as f32;
    let points = (0..EXAMPLES).flat_map(|k| [angle(k).cos(), angle(k).sin()]).collect();
    let labels = (0..EXAMPLES).map(|k| ((k * CLASSES / EXAMPLES + moved) % CLASSES) as u32).collect();
    let classes = (0..CLASSES).map(|class| class.to_string()).collect();
    let split = Split::of_counts([EXAMPLES, 0, 0]);
    let data = Dataset::new("circle", [2, 1, 1], classes, Examples::Points(points), labels, split)?;
    Ok(TransferSet::of(&data, None, None)?.data)
}

/// A teacher that nobody trained: each example has logits of its own.
fn soft() -> Result<Host, LabError> {
    let values = (0..EXAMPLES).flat_map(|k| logits(k as f64)).map(|value| value as f32).collect();
    Ok(Host::from_vec(values, (EXAMPLES, CLASSES), &HostDevice::Cpu)?)
}

async fn losses(mut trainer: Trainer) -> Result<Vec<f32>, LabError> {
    for _ in 0..STEPS {
        trainer.advance()?;
    }
    Ok(trainer.points().await?.into_iter().map(|point| point.loss).collect())
}

fn largest_difference(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs()).fold(0.0, f64::max)
}
