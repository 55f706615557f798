//! What must hold of attacks whatever the network, measured on a device.

use super::super::device::Device;
use super::super::softmax::argmax;
use super::super::{LabError, Monitor};
use super::deepfool::{Border, OVERSHOOT, run as deepfool};
use super::minimise::{Bounds, Budget, minimise};
use super::model_runner::{ModelRunner, Victim};
use super::picture::norms;
use super::schedule::{Aim, AttackTask, Until, walk};
use super::{fgsm, pgd};
use crate::graph::Host;
use crate::graph::op::random::threefry;
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::{Attack, Finding, FoolFact};
use candle_core::Device as HostDevice;

const SHAPE: [usize; 3] = [3, 8, 8];
const VALUES: usize = 192;

pub(super) async fn facts(device: &Device, watch: &impl Monitor) -> Result<Vec<Finding<FoolFact>>, LabError> {
    let linear = Linear::new();
    let mut runner = ModelRunner::new(linear.victim()?, device.clone());
    let found = [
        (FoolFact::LinearL2, 1.0, linear.by_deepfool(&mut runner, watch).await?, 1e-3),
        (FoolFact::LinearLinf, 1.0, linear.by_fgsm(&mut runner, watch).await?, 1e-3),
        (FoolFact::BoxMinimum, 0.0, box_minimum().await?, 1e-6),
        (FoolFact::Nothing, 0.0, linear.by_nothing(&mut runner, watch).await?, 0.0),
    ];
    let backend = device.kind();
    let finding = |(fact, expected, measured, limit)| Finding { fact, backend, expected, measured, limit };
    Ok(found.into_iter().map(finding).collect())
}

fn unit(place: u32) -> f32 {
    (threefry([7, 0], [1, place])[0] >> 8) as f32 / 16_777_216.0
}

/// Two classes, `z = W·(x - mean)/std + b`: the border between them is a plane, and its distance is known.
struct Linear {
    weight: Vec<f32>,
    bias: [f32; 2],
    normalise: Normalise,
    x: Vec<f32>,
}

impl Linear {
    fn new() -> Self {
        let weight: Vec<f32> = (0..2 * VALUES as u32).map(|at| unit(at) - 0.5).collect();
        // Far enough from 0 and 1 that the box is not felt.
        let x: Vec<f32> = (0..VALUES as u32).map(|at| 0.4 + 0.2 * unit(1000 + at)).collect();
        let normalise = Normalise { mean: [0.45, 0.5, 0.55], std: [0.5, 0.8, 1.25] };
        let mut linear = Self { weight, bias: [0.0; 2], normalise, x };
        // Class 0, by 0.3.
        linear.bias[0] = (0.3 - linear.height()) as f32;
        linear
    }

    /// `w` of `f = z₀ - z₁` by the pixels themselves.
    fn slope(&self) -> Vec<f64> {
        let plane = VALUES / 3;
        let (a, b) = self.weight.split_at(VALUES);
        let row = a.iter().zip(b).enumerate();
        row.map(|(at, (&a, &b))| (f64::from(a) - f64::from(b)) / f64::from(self.normalise.std[at / plane])).collect()
    }

    fn height(&self) -> f64 {
        let plane = VALUES / 3;
        let from = |(at, &x): (usize, &f32)| f64::from(x) - f64::from(self.normalise.mean[at / plane]);
        let centred = self.x.iter().enumerate().map(from);
        centred.zip(self.slope()).map(|(x, w)| x * w).sum::<f64>() + f64::from(self.bias[0]) - f64::from(self.bias[1])
    }

    fn victim(&self) -> Result<Victim, LabError> {
        let spec = NetworkSpec::parse("flatten\nlinear classes", SHAPE, 2);
        let wrong = |_| LabError::Setup { detail: "the linear network cannot be read".to_owned() };
        let names = vec!["a".to_owned(), "b".to_owned()];
        let network = Network::written("linear", "linear", spec.map_err(wrong)?, names, self.normalise);
        let weight = Host::from_slice(&self.weight, (2, VALUES), &HostDevice::Cpu)?;
        let bias = Host::new(&self.bias, &HostDevice::Cpu)?;
        Ok(Victim::new(network, move |name| match name.rsplit('.').next() {
            Some("weight") => Some(weight.clone()),
            Some("bias") => Some(bias.clone()),
            _ => None,
        }))
    }

    async fn by_deepfool(&self, runner: &mut ModelRunner, watch: &impl Monitor) -> Result<f64, LabError> {
        let border = Border { own: 0, class: 0, aim: Aim::Leave };
        let done = deepfool(runner, &self.x, border, 50, watch, &mut |_, _| {}).await?;
        let slope = self.slope();
        let least = self.height().abs() / slope.iter().map(|w| w * w).sum::<f64>().sqrt();
        Ok(norms(&self.x, &done.x).l2 / (1.0 + OVERSHOOT) / least)
    }

    /// By halving the interval in which the least ε lies.
    async fn by_fgsm(&self, runner: &mut ModelRunner, watch: &impl Monitor) -> Result<f64, LabError> {
        let least = self.height().abs() / self.slope().iter().map(|w| w.abs()).sum::<f64>();
        let schedule = fgsm::schedule(&Attack::default());
        let (mut low, mut high) = (0.0, 2.0 * least);
        for _ in 0..16 {
            let epsilon = (low + high) / 2.0;
            let task = [AttackTask { x: &self.x, class: 0, epsilon }];
            let found = walk(runner, &task, Aim::Leave, &schedule, Until::Done, watch, &mut |_, _| {}).await?;
            match argmax(&runner.look_at(&found[0]).await?) {
                0 => low = epsilon,
                _ => high = epsilon,
            }
        }
        Ok((low + high) / 2.0 / least)
    }

    async fn by_nothing(&self, runner: &mut ModelRunner, watch: &impl Monitor) -> Result<f64, LabError> {
        let schedule = pgd::linf(&Attack { steps: 10, ..Attack::default() });
        let task = [AttackTask { x: &self.x, class: 0, epsilon: 0.0 }];
        let found = walk(runner, &task, Aim::Leave, &schedule, Until::Done, watch, &mut |_, _| {}).await?;
        Ok(norms(&self.x, &found[0]).linf)
    }
}

/// `Σ aᵢ (xᵢ - mᵢ)²` with some `mᵢ` outside of the box: the least inside is `m` clamped.
async fn box_minimum() -> Result<f64, LabError> {
    let curvature = |at: usize| 1.0 + 20.0 * f64::from(unit(at as u32));
    let middle = |at: usize| 3.0 * f64::from(unit(500 + at as u32)) - 1.0;
    let start = vec![0.5; 40];
    let budget = Budget { evaluations: 400, first_step: 0.1, tolerance: 0.0 };
    let found = minimise(start, Bounds { low: 0.0, high: 1.0 }, budget, async |x: &[f64]| {
        let term = |(at, x): (usize, &f64)| curvature(at) * (x - middle(at)).powi(2);
        let slope = |(at, x): (usize, &f64)| 2.0 * curvature(at) * (x - middle(at));
        Ok((x.iter().enumerate().map(term).sum(), x.iter().enumerate().map(slope).collect()))
    });
    let apart = |(at, x): (usize, f64)| (x - middle(at).clamp(0.0, 1.0)).abs();
    Ok(found.await?.into_iter().enumerate().map(apart).fold(0.0, f64::max))
}
