//! What must hold of attacks whatever the network, measured on a device.

use super::super::device::Device;
use super::super::linear::{LinearNetwork, VALUES, unit};
use super::super::softmax::argmax;
use super::super::{LabError, Monitor};
use super::deepfool::{Border, OVERSHOOT, run as deepfool};
use super::model_runner::{ModelRunner, Victim};
use super::picture::norms;
use super::schedule::{Aim, AttackTask, Until, walk};
use super::{fgsm, pgd};
use crate::lab::minimise::{Bounds, Budget, minimise};
use crate::protocol::{Attack, Finding, FoolFact};

pub(super) async fn facts(device: &Device, watch: &impl Monitor) -> Result<Vec<Finding<FoolFact>>, LabError> {
    let linear = Linear::new()?;
    let mut runner = ModelRunner::new(linear.victim(), device.clone());
    Ok(device.findings([
        (FoolFact::LinearL2, 1.0, linear.by_deepfool(&mut runner, watch).await?, 1e-3),
        (FoolFact::LinearLinf, 1.0, linear.by_fgsm(&mut runner, watch).await?, 1e-3),
        (FoolFact::BoxMinimum, 0.0, box_minimum().await?, 1e-6),
        (FoolFact::Nothing, 0.0, linear.by_nothing(&mut runner, watch).await?, 0.0),
    ]))
}

/// The linear network and a picture: the border between its classes is a plane, whose distance is known.
struct Linear {
    of: LinearNetwork,
    x: Vec<f32>,
}

impl Linear {
    fn new() -> Result<Self, LabError> {
        // Far enough from 0 and 1 that the box is not felt.
        let x: Vec<f32> = (0..VALUES as u32).map(|at| 0.4 + 0.2 * unit(1000 + at)).collect();
        let mut linear = Self { of: LinearNetwork::new([0.0; 2])?, x };
        // Class 0, by 0.3.
        linear.of.bias[0] = (0.3 - linear.height()) as f32;
        Ok(linear)
    }

    /// `w` of `f = z₀ - z₁` by the pixels themselves.
    fn slope(&self) -> Vec<f64> {
        self.of.slope(0).into_iter().zip(self.of.slope(1)).map(|(a, b)| a - b).collect()
    }

    fn height(&self) -> f64 {
        self.of.logit(0, &self.x) - self.of.logit(1, &self.x)
    }

    fn victim(&self) -> Victim {
        let of = self.of.clone();
        Victim::new(of.network.clone(), move |name| of.value(name))
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
