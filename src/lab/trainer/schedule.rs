//! The optimiser's figures at each step.

use crate::graph::op::optimiser_step::{Figures, OptimiserStep, UpdateRule};
use crate::lab::LabError;
use crate::protocol::{Optimiser, Rule, Schedule, ScheduleKind};

pub fn op_of(rule: Rule) -> OptimiserStep {
    let update = match rule {
        Rule::Sgd => UpdateRule::Sgd,
        Rule::Momentum => UpdateRule::Momentum,
        Rule::Nesterov => UpdateRule::Nesterov,
        Rule::Adagrad => UpdateRule::Adagrad,
        Rule::Rmsprop => UpdateRule::Rmsprop,
        Rule::Adam | Rule::Adamw => UpdateRule::Adam,
    };
    OptimiserStep { update, decoupled: rule == Rule::Adamw }
}

#[derive(Clone, Debug, PartialEq)]
pub struct TrainConfig {
    pub optimiser: Optimiser,
    pub schedule: Schedule,
    /// Of the weights and of all that is drawn.
    pub seed: u32,
    pub steps_per_epoch: u32,
    pub epochs: u32,
}

impl TrainConfig {
    pub fn steps(&self) -> u32 {
        self.steps_per_epoch.saturating_mul(self.epochs)
    }

    /// The optimiser's figures at the step with this number, from 0.
    pub fn figures(&self, step: u32) -> Figures {
        let Self { optimiser, schedule, steps_per_epoch, .. } = self;
        let figures = figures_of(optimiser, step);
        Figures { rate: figures.rate * factor(schedule, step, *steps_per_epoch, self.steps()), ..figures }
    }
}

/// At the step with this number, from 0, with the optimiser's own rate.
pub(crate) fn figures_of(o: &Optimiser, step: u32) -> Figures {
    let beta1 = match o.rule {
        Rule::Adam | Rule::Adamw => o.beta1,
        Rule::Sgd | Rule::Momentum | Rule::Nesterov | Rule::Adagrad | Rule::Rmsprop => o.momentum,
    };
    let t = f64::from(step) + 1.0;
    Figures {
        rate: o.rate,
        beta1,
        beta2: o.beta2,
        eps: o.eps,
        weight_decay: o.weight_decay,
        correction1: 1.0 - beta1.powf(t),
        root_correction2: (1.0 - o.beta2.powf(t)).sqrt(),
    }
}

/// What the learning rate is multiplied with.
fn factor(schedule: &Schedule, step: u32, steps_per_epoch: u32, steps: u32) -> f64 {
    let warm_up = match schedule.warmup_steps {
        0 => 1.0,
        steps => (f64::from(step + 1) / f64::from(steps)).min(1.0),
    };
    let epoch = step / steps_per_epoch.max(1);
    let later = match schedule.kind {
        ScheduleKind::Constant => 1.0,
        ScheduleKind::Step { every_epochs, factor } => factor.powf(f64::from(epoch / every_epochs.max(1))),
        ScheduleKind::Cosine => {
            let done = f64::from(step) / f64::from(steps.max(1));
            0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos())
        }
    };
    warm_up * later
}

/// Refuses figures that make no sense.
pub(in crate::lab) fn check_optimiser(optimiser: &Optimiser) -> Result<(), LabError> {
    let Optimiser { rule: _, rate, momentum, beta1, beta2, eps, weight_decay, clip, max_norm } = *optimiser;
    let sound = |value: f64| value.is_finite() && value >= 0.0;
    ensure!(sound(rate) && rate > 0.0, "a learning rate of {rate} cannot train; choose one above 0");
    let are_parts = [momentum, beta1, beta2].into_iter().all(|beta| (0.0..1.0).contains(&beta));
    ensure!(are_parts, "momentum and the betas must be at least 0 and less than 1");
    let are_sound = [eps, weight_decay, clip, max_norm].into_iter().all(sound);
    ensure!(are_sound, "epsilon, weight decay and the norms must not be negative");
    Ok(())
}
