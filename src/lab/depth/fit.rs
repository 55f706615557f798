//! A curve by a network that learns it, beside one layer of rectifiers that is reckoned: what one hidden layer can approximate (Cybenko 1989,
//! Hornik 1989), and what the same number of weights can in several.

mod interpolant;

use crate::graph::{Graph, Host as HostTensor, Init, Program, Spec, Tensor};
use crate::lab::device::{Device, choose};
use crate::lab::dice::Dice;
use crate::lab::trainer::{Driver, NamedVariable, Task, TrainConfig, Trainer, TrainingLoop};
use crate::lab::{Host, LabError};
use crate::models::spec::NetworkSpec;
use crate::nn::{VarBuilder, init, loss};
use crate::protocol::{BackendUsed, CurveFit, FitActivation, FittedCurve, Optimiser, Rule, Schedule, ScheduleKind};
use candle_core::Device as HostDevice;
use interpolant::{CurveTarget, GRID, Interpolant, grid};

/// Times that the learnt curve is looked at.
const LOOKS: u32 = 150;
/// Rectifiers of the interpolants whose errors are drawn.
const COUNTS: [u32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
const X: &str = "curve.x";
const Y: &str = "curve.y";
/// The first layer with weights, as networks that are text name it.
const FIRST: [&str; 2] = ["1.weight", "1.bias"];

/// All points of the grid at each step.
struct CurveTask {
    network: NetworkSpec,
    activation: FitActivation,
    width: u32,
    heights: Vec<f32>,
}

impl CurveTask {
    fn points(graph: &Graph, name: &str) -> Result<Tensor, LabError> {
        Ok(graph.variable(name, Spec::f32([GRID + 1, 1, 1, 1]), Init::Const(0.0))?)
    }

    fn said(&self, vb: &VarBuilder) -> Result<Tensor, LabError> {
        Ok(self.network.forward(&Self::points(vb.graph(), X)?, vb.clone())?)
    }

    /// Knees (of sigmoids, middles) at about equal distances all over the curve, rising one way and the other in turn, as steep as they are
    /// near: a layer whose knees all begin in one place learns for long to spread them.
    fn first_layer(&self, seed: u32) -> [Vec<f32>; 2] {
        let mut dice = Dice::new(seed);
        let width = self.width as usize;
        let steep = match self.activation {
            FitActivation::Relu => self.width as f32 / 2.0,
            FitActivation::Sigmoid => self.width as f32,
        };
        let mut values = [Vec::new(), Vec::new()];
        for at in 0..width {
            let place = 2.0 * (at as f32 + dice.unit()) / width as f32 - 1.0;
            let weight = if at % 2 == 0 { steep } else { -steep };
            values[0].push(weight);
            values[1].push(-weight * place);
        }
        values
    }
}

impl Task for CurveTask {
    type Extra = ();

    fn forward(&self, vb: &VarBuilder, _: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let target = Self::points(vb.graph(), Y)?.flatten_from(1)?;
        Ok(vec![loss::mse(&self.said(vb)?, &target)?])
    }

    fn constants(&self) -> Result<Vec<(&'static str, HostTensor)>, LabError> {
        let shape = (GRID + 1, 1, 1, 1);
        let x: Vec<f32> = grid().map(|x| 2.0 * x as f32 - 1.0).collect();
        let host = |values| HostTensor::from_vec(values, shape, &HostDevice::Cpu);
        Ok(vec![(X, host(x)?), (Y, host(self.heights.clone())?)])
    }

    fn inputs(&mut self, _: u32) -> Result<Vec<(&'static str, HostTensor)>, LabError> {
        Ok(Vec::new())
    }

    fn first_value(&self, variable: &NamedVariable, seed: u32) -> Result<HostTensor, LabError> {
        let (name, shape, start) = variable;
        match FIRST.iter().position(|first| first == name) {
            Some(at) => {
                let values = self.first_layer(seed)[at].clone();
                Ok(HostTensor::from_vec(values, shape.as_slice(), &HostDevice::Cpu)?)
            }
            None => Ok(init::value(*start, shape, u64::from(seed), name)?),
        }
    }

    /// The learnt curve on the grid.
    fn program(&self, (): &()) -> Result<Program, LabError> {
        Ok(Program::step(&[&self.said(&VarBuilder::new(&Graph::new()))?], &[])?)
    }
}

/// The error of interpolants of a sine over their bound, the largest.
pub(super) fn share_of_bound() -> Result<f64, LabError> {
    let sine = CurveTarget::of(&CurveFit::default())?;
    let share = |units: u32| Interpolant::new(&sine, units).error(&sine) / sine.bound(units);
    Ok([2, 8, 32, 128].map(share).into_iter().fold(0.0, f64::max))
}

/// How wide each of several layers is with about as many weights and biases as one layer of so many units has.
pub(super) fn width_of(units: u32, layers: u32) -> u32 {
    if layers == 1 {
        return units;
    }
    let budget = u64::from(3 * units + 1);
    let count = |width: u64| 2 * width + u64::from(layers - 1) * (width * width + width) + width + 1;
    (2..=u64::from(units)).take_while(|width| count(*width) <= budget).last().unwrap_or(2) as u32
}

/// Learns the curve, and tells of it now and then.
///
/// # Errors
/// [`LabError::Setup`] of figures out of their limits.
pub(super) async fn fit(
    job: &CurveFit,
    host: &impl Host,
    tell: &impl Fn(FittedCurve),
) -> Result<FittedCurve, LabError> {
    let (known, units) = (CurveFit::UNITS, job.units);
    ensure!(known.holds(units), "a layer of {units} units is not looked at; choose {known}");
    let (known, layers) = (CurveFit::LAYERS, job.layers);
    ensure!(known.holds(layers), "{layers} hidden layers are not looked at; choose {known}");
    let (known, steps) = (CurveFit::STEPS, job.steps);
    ensure!(known.holds(steps), "{steps} steps cannot be trained; choose {known}");
    let (known, rate) = (CurveFit::RATE, job.rate);
    ensure!(known.holds(rate), "a learning rate of {rate} cannot train; choose {known}");
    let target = CurveTarget::of(job)?;
    let gpu = host.gpu().await?;
    let sample = async |device: &Device| trainer(job, &target, device).await?.step_millis(host).await;
    let (device, backend) = choose(job.backend, &gpu, sample).await?;
    let trainer = trainer(job, &target, &device).await?;
    let found = begun(job, &target, trainer.params(), &backend);
    let mut fitting = Fitting { trainer, found, target, tell };
    fitting.look().await?;
    let mut driver = Driver::new(host, &gpu, job.backend, backend);
    driver.drive(&mut fitting).await?;
    let (backend, seconds) = (driver.backend().clone(), driver.seconds());
    fitting.is_at(&backend, seconds);
    Ok(fitting.found)
}

async fn trainer(job: &CurveFit, target: &CurveTarget, device: &Device) -> Result<Trainer<CurveTask>, LabError> {
    let CurveFit { units, layers, activation, steps, rate, seed, .. } = *job;
    let width = width_of(units, layers);
    let bent = match activation {
        FitActivation::Relu => "relu",
        FitActivation::Sigmoid => "sigmoid",
    };
    let text = format!("init he\nflatten\nrepeat {layers}\n  linear {width}\n  {bent}\nend\nlinear classes");
    let network = NetworkSpec::parse(&text, [1, 1, 1], 1);
    let network = network.map_err(|errors| {
        let detail = errors.first().map_or_else(String::new, ToString::to_string);
        bad_setup!("a network of {layers} layers: {detail}")
    })?;
    let heights = target.heights().into_iter().map(|height| height as f32).collect();
    let optimiser = Optimiser { rule: Rule::Adam, rate, ..Optimiser::default() };
    let schedule = Schedule { kind: ScheduleKind::Cosine, warmup_steps: 0 };
    let config = TrainConfig { optimiser, schedule, seed, steps_per_epoch: 1, epochs: steps };
    Trainer::of(CurveTask { network, activation, width, heights }, config, device).await
}

/// With all but what is learnt.
fn begun(job: &CurveFit, target: &CurveTarget, params: u64, backend: &BackendUsed) -> FittedCurve {
    let interpolant = Interpolant::new(target, job.units);
    let errors = COUNTS.map(|units| (units, Interpolant::new(target, units).error(target), target.bound(units)));
    let short = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    FittedCurve {
        step: 0,
        of: job.steps,
        curve: short(target.heights()),
        interpolant: short(grid().map(|x| interpolant.at(x)).collect()),
        learnt: Vec::new(),
        interpolant_error: interpolant.error(target),
        bound: target.bound(job.units),
        learnt_error: 0.0,
        by_units: errors.to_vec(),
        width: width_of(job.units, job.layers),
        params,
        steps_per_second: 0.0,
        elapsed_ms: 0.0,
        backend: backend.clone(),
    }
}

struct Fitting<'a, T> {
    trainer: Trainer<CurveTask>,
    found: FittedCurve,
    target: CurveTarget,
    tell: &'a T,
}

impl<T> Fitting<'_, T> {
    fn is_at(&mut self, backend: &BackendUsed, seconds: f64) {
        self.found.steps_per_second = self.found.step as f32 / seconds.max(1e-3) as f32;
        self.found.elapsed_ms = 1e3 * seconds;
        self.found.backend = backend.clone();
    }

    /// The curve as the network says it now.
    async fn look(&mut self) -> Result<(), LabError> {
        let missing = HostTensor::zeros((), candle_core::DType::F32, &HostDevice::Cpu)?;
        let said = self.trainer.extra(()).await?.run(|_| missing.clone()).await?;
        self.found.learnt = said[0].flatten_all()?.to_vec1::<f32>()?;
        let off = self.found.learnt.iter().zip(grid()).map(|(said, x)| (f64::from(*said) - self.target.at(x)).abs());
        self.found.learnt_error = off.fold(0.0, f64::max);
        self.found.step = self.trainer.step();
        Ok(())
    }
}

impl<T: Fn(FittedCurve)> TrainingLoop for Fitting<'_, T> {
    type End = ();

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        if self.trainer.step() >= self.found.of {
            self.look().await?;
            return Ok(Some(()));
        }
        self.trainer.advance()?;
        if self.trainer.step().is_multiple_of(self.found.of.div_ceil(LOOKS)) || self.trainer.is_full() {
            self.trainer.losses().await?;
            self.look().await?;
        }
        Ok(None)
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        self.trainer.keep().await
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        self.trainer.recover(device).await.map(drop)
    }

    fn report(&mut self, backend: &BackendUsed, seconds: f64) {
        self.is_at(backend, seconds);
        (self.tell)(self.found.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::width_of;

    #[test]
    fn deep_networks_have_no_more_weights_than_the_shallow_one() {
        for (units, layers) in [(16, 2), (32, 2), (32, 3), (64, 4), (128, 2)] {
            let width = u64::from(width_of(units, layers));
            let count = |width: u64| 2 * width + u64::from(layers - 1) * (width * width + width) + width + 1;
            let budget = u64::from(3 * units + 1);
            assert!(count(width) <= budget && count(width + 1) > budget, "{units} {layers}: {width}");
        }
        assert_eq!(width_of(17, 1), 17);
    }
}
