//! The optimiser's figures at each step.

use crate::graph::op::optimiser_step::{Figures, OptimiserStep, Update};
use crate::protocol::{Rule, ScheduleKind, Setup};

/// The op of a rule.
pub fn op_of(rule: Rule) -> OptimiserStep {
    let update = match rule {
        Rule::Sgd => Update::Sgd,
        Rule::Momentum => Update::Momentum,
        Rule::Nesterov => Update::Nesterov,
        Rule::Adagrad => Update::Adagrad,
        Rule::Rmsprop => Update::Rmsprop,
        Rule::Adam | Rule::Adamw => Update::Adam,
    };
    OptimiserStep { update, decoupled: rule == Rule::Adamw }
}

/// Of the step with this number, from 0.
pub fn figures(setup: &Setup, step: u32, steps_per_epoch: u32) -> Figures {
    let o = &setup.optimiser;
    let beta1 = match o.rule {
        Rule::Adam | Rule::Adamw => o.beta1,
        Rule::Sgd | Rule::Momentum | Rule::Nesterov | Rule::Adagrad | Rule::Rmsprop => o.momentum,
    };
    let t = f64::from(step) + 1.0;
    Figures {
        rate: o.rate * factor(setup, step, steps_per_epoch),
        beta1,
        beta2: o.beta2,
        eps: o.eps,
        weight_decay: o.weight_decay,
        correction1: 1.0 - beta1.powf(t),
        root_correction2: (1.0 - o.beta2.powf(t)).sqrt(),
    }
}

/// What the learning rate is multiplied with.
fn factor(setup: &Setup, step: u32, steps_per_epoch: u32) -> f64 {
    let schedule = &setup.schedule;
    let warm_up = match schedule.warmup_steps {
        0 => 1.0,
        steps => (f64::from(step + 1) / f64::from(steps)).min(1.0),
    };
    let epoch = step / steps_per_epoch.max(1);
    let later = match schedule.kind {
        ScheduleKind::Constant => 1.0,
        ScheduleKind::Step { every_epochs, factor } => factor.powf(f64::from(epoch / every_epochs.max(1))),
        ScheduleKind::Cosine => {
            let done = f64::from(step) / f64::from(steps_per_epoch.saturating_mul(setup.epochs).max(1));
            0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos())
        }
    };
    warm_up * later
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Schedule;

    fn factors(kind: ScheduleKind, warmup_steps: u32, steps: &[u32]) -> Vec<f64> {
        let setup = Setup { schedule: Schedule { kind, warmup_steps }, epochs: 4, ..Setup::default() };
        steps.iter().map(|&step| factor(&setup, step, 10)).collect()
    }

    #[test]
    fn rates_follow_their_schedule() {
        assert_eq!(factors(ScheduleKind::Constant, 0, &[0, 39]), [1.0, 1.0]);
        assert_eq!(factors(ScheduleKind::Constant, 4, &[0, 1, 3, 9]), [0.25, 0.5, 1.0, 1.0]);
        let halves = ScheduleKind::Step { every_epochs: 2, factor: 0.5 };
        assert_eq!(factors(halves, 0, &[0, 19, 20, 39]), [1.0, 1.0, 0.5, 0.5]);
        let cosine = factors(ScheduleKind::Cosine, 0, &[0, 20, 40]);
        assert!((cosine[0] - 1.0).abs() < 1e-12 && (cosine[1] - 0.5).abs() < 1e-12 && cosine[2] < 1e-12);
    }
}
