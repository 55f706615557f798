//! What the papers say of optimisers and layers, measured on a device.

use super::super::LabError;
use super::super::device::{CompiledProgram, Device};
use super::super::trainer::{figures_of, optimiser_step};
use super::land::{Land, RAVINE};
use super::walk::host_of;
use crate::graph::op::optimiser_step::Figures;
use crate::graph::op::random::threefry;
use crate::graph::{Graph, Host, Init, Program, Spec, grad, vjp};
use crate::nn::{self, VarBuilder, dropout};
use crate::protocol::{Finding, Landscape, OptimiseFact, Optimiser, Rule};
use candle_core::Device as HostDevice;

pub(super) async fn facts(device: &Device) -> Result<Vec<Finding<OptimiseFact>>, LabError> {
    let mut found = Vec::new();
    for (fact, rule) in [(OptimiseFact::AdamFirstStep, Rule::Adam), (OptimiseFact::AdagradFirstStep, Rule::Adagrad)] {
        // ε = 1e-8 beside gradients of 1e-3 is 1e-5; rounding of the two corrections is less.
        found.push((fact, 0.0, first_step(rule, device).await?, 1e-4));
    }
    found.push((OptimiseFact::MomentumSpeed, 1.0, momentum_speed(device).await?, 1e-5));
    found.push((OptimiseFact::SgdClosedForm, 1.0, closed_form(device).await?, 1e-4));
    // Four standard errors of a mean over so many values that are 0 or 1 / (1 - p).
    let error = (DROPPED / (1.0 - DROPPED) / DROPOUT_VALUES as f64).sqrt();
    found.push((OptimiseFact::DropoutMean, 1.0, dropout_mean(device).await?, 4.0 * error));
    let [mean, variance, gradient] = batch_norm(device).await?;
    found.push((OptimiseFact::BatchNormMean, 0.0, mean, 1e-5));
    found.push((OptimiseFact::BatchNormVariance, 1.0, variance, 1e-4));
    found.push((OptimiseFact::BatchNormGradient, 0.0, gradient, 1e-4));
    Ok(device.findings(found))
}

fn host(values: &[f32]) -> Result<Host, LabError> {
    Ok(Host::new(values, &HostDevice::Cpu)?)
}

/// Some parameters that a gradient moves which is given from outside.
struct Pushed {
    bench: CompiledProgram,
    optimiser: Optimiser,
    gradient: Host,
    steps: u32,
}

impl Pushed {
    async fn new(optimiser: Optimiser, gradient: &[f32], device: &Device) -> Result<Self, LabError> {
        let graph = Graph::new();
        let p = graph.variable("p", Spec::f32([gradient.len()]), Init::Const(0.0))?;
        let g = graph.input("g", Spec::f32([gradient.len()]));
        let figures = graph.input("figures", Spec::f32([Figures::COUNT]));
        let update = optimiser_step(&graph, "optimiser", &optimiser, &figures, &[&p], &[&g])?;
        let bench = device.compile(Program::step(&[], &[(&update.state, &update.value)])?).await?;
        bench.write("p", &host(&vec![0.0; gradient.len()])?)?;
        Ok(Self { bench, optimiser, gradient: host(gradient)?, steps: 0 })
    }

    fn step(&mut self) -> Result<(), LabError> {
        let figures = host_of(figures_of(&self.optimiser, self.steps))?;
        self.steps += 1;
        let gradient = &self.gradient;
        self.bench.step(|name| if name == "g" { gradient.clone() } else { figures.clone() })
    }

    async fn place(&self) -> Result<Vec<f32>, LabError> {
        Ok(self.bench.read(&["p"]).await?[0].to_vec1()?)
    }
}

/// Largest `|Δp + η·sign(g)| / η` over gradients from a thousandth to a thousand.
async fn first_step(rule: Rule, device: &Device) -> Result<f64, LabError> {
    let gradient: Vec<f32> = (0..512)
        .map(|k| {
            let size = 10_f32.powf(-3.0 + 6.0 * k as f32 / 511.0);
            if k % 3 == 0 { -size } else { size }
        })
        .collect();
    let optimiser = Optimiser { rule, rate: 0.1, ..Optimiser::default() };
    let rate = optimiser.rate;
    let mut pushed = Pushed::new(optimiser, &gradient, device).await?;
    pushed.step()?;
    let moved = pushed.place().await?;
    let off = |(p, g): (&f32, &f32)| (f64::from(*p) + rate * f64::from(g.signum())).abs() / rate;
    Ok(moved.iter().zip(&gradient).map(off).fold(0.0, f64::max))
}

/// The length of one step after 300 of the same gradient, over `η·g / (1 - μ)`.
async fn momentum_speed(device: &Device) -> Result<f64, LabError> {
    let optimiser = Optimiser { rule: Rule::Momentum, rate: 0.1, momentum: 0.9, ..Optimiser::default() };
    let (gradient, limit) = (0.5, optimiser.rate * 0.5 / (1.0 - optimiser.momentum));
    let mut pushed = Pushed::new(optimiser, &[gradient], device).await?;
    for _ in 0..300 {
        pushed.step()?;
    }
    // From nothing again, so that the step is not lost in the rounding of a long way.
    pushed.bench.write("p", &host(&[0.0])?)?;
    pushed.step()?;
    Ok(f64::from(-pushed.place().await?[0]) / limit)
}

/// The ravine's x after fifty steps of SGD over `(1 - ηλ)ᵗ·x₀`, by the gradient that the engine derives.
async fn closed_form(device: &Device) -> Result<f64, LabError> {
    let optimiser = Optimiser { rule: Rule::Sgd, rate: 0.04, ..Optimiser::default() };
    let land = Land::of(Landscape::Ravine)?;
    let graph = Graph::new();
    let p = graph.variable("p", Spec::f32([2]), Init::Const(0.0))?;
    let figures = graph.input("figures", Spec::f32([Figures::COUNT]));
    let gradients = grad(&land.value(&p.narrow(0, 0, 1)?, &p.narrow(0, 1, 1)?)?, &[&p])?;
    let update = optimiser_step(&graph, "optimiser", &optimiser, &figures, &[&p], &[&gradients[0]])?;
    let mut bench = device.compile(Program::step(&[], &[(&update.state, &update.value)])?).await?;
    bench.write("p", &host(&[-2.5, 1.0])?)?;
    for at in 0..50 {
        let figures = host_of(figures_of(&optimiser, at))?;
        bench.step(|_| figures.clone())?;
    }
    let found = bench.read(&["p"]).await?[0].to_vec1::<f32>()?;
    Ok(f64::from(found[0]) / (-2.5 * (1.0 - optimiser.rate * RAVINE[0]).powi(50)))
}

const DROPPED: f64 = 0.3;
const DROPOUT_VALUES: usize = 1 << 17;

async fn dropout_mean(device: &Device) -> Result<f64, LabError> {
    let graph = Graph::new();
    let x = graph.full(1.0, Spec::f32([DROPOUT_VALUES / 128, 128]))?;
    let vb = VarBuilder::training(&graph, graph.input("counter", Spec::u32([2])));
    let y = dropout(DROPPED, vb)?.forward(&x)?.mean_all()?;
    let counter = Host::new(&[11_u32, 1], &HostDevice::Cpu)?;
    let found = device.compile(Program::step(&[&y], &[])?).await?.run(|_| counter.clone()).await?;
    Ok(f64::from(found[0].flatten_all()?.to_vec1::<f32>()?[0]))
}

/// Examples and channels that batch norm is measured on.
const EXAMPLES: usize = 200;
const CHANNELS: usize = 12;

/// Largest |mean|, the variance farthest from 1, and the largest `|Σ dx| / Σ|dx|`.
async fn batch_norm(device: &Device) -> Result<[f64; 3], LabError> {
    let graph = Graph::new();
    let [x, dy] = ["x", "dy"].map(|name| graph.input(name, Spec::f32([EXAMPLES, CHANNELS])));
    let vb = VarBuilder::training(&graph, graph.input("counter", Spec::u32([2])));
    let y = nn::batch_norm(CHANNELS, 1e-5, vb)?.forward(&x)?;
    let dx = vjp(&y, &dy, &[&x])?.remove(0);
    // Far from mean 0 and variance 1 to begin with, differently in each channel.
    let number = |key: u32, k: usize| f64::from(threefry([7, key], [k as u32, 0])[0]) / f64::from(u32::MAX) - 0.5;
    let inputs = |key: u32| {
        let value = |k: usize| ((3 + k % CHANNELS) as f64 * (number(key, k) + 0.7)) as f32;
        let values: Vec<f32> = (0..EXAMPLES * CHANNELS).map(value).collect();
        Host::from_vec(values, (EXAMPLES, CHANNELS), &HostDevice::Cpu)
    };
    let [given, pull] = [inputs(1)?, inputs(2)?];
    let mut bench = device.compile(Program::step(&[&y, &dx], &[])?).await?;
    bench.write("weight", &host(&[1.0; CHANNELS])?)?;
    bench.write("bias", &host(&[0.0; CHANNELS])?)?;
    let counter = Host::new(&[1_u32, 0], &HostDevice::Cpu)?;
    let found = bench.run(|name| match name {
        "x" => given.clone(),
        "dy" => pull.clone(),
        _ => counter.clone(),
    });
    let found = found.await?;
    let [y, dx] = [found[0].flatten_all()?.to_vec1::<f32>()?, found[1].flatten_all()?.to_vec1::<f32>()?];
    let mut worst = [0.0, 1.0, 0.0];
    for channel in 0..CHANNELS {
        let of =
            |values: &[f32]| values.iter().skip(channel).step_by(CHANNELS).map(|&v| f64::from(v)).collect::<Vec<_>>();
        let (y, dx) = (of(&y), of(&dx));
        let mean = y.iter().sum::<f64>() / EXAMPLES as f64;
        let variance = y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / EXAMPLES as f64;
        let rest = dx.iter().sum::<f64>().abs() / dx.iter().map(|v| v.abs()).sum::<f64>();
        worst[0] = f64::max(worst[0], mean.abs());
        if (variance - 1.0).abs() > f64::abs(worst[1] - 1.0) {
            worst[1] = variance;
        }
        worst[2] = f64::max(worst[2], rest);
    }
    Ok(worst)
}
