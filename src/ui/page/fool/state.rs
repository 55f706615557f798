//! What the page asks of the engine, from what it is set to.

use super::settings::FoolSettings;
use crate::protocol::{Attack, Method, Strength};
use crate::ui::{Subject, app};
use leptos::prelude::*;

/// What the page is set to ask, and of what; `None` where a picture or weights are missing.
pub(super) fn wanted(settings: Memo<FoolSettings>) -> Option<(Attack, Subject)> {
    let subject = app().subject()?;
    let attack = settings.with(|settings| Attack {
        picture: subject.picture,
        network: subject.network.id.clone(),
        fit: subject.fit,
        backend: subject.backend,
        method: settings.method,
        target: subject.known(settings.target),
        epsilon: settings.levels / 255.0,
        steps: settings.steps,
        step: None,
        seed: settings.seed,
    });
    Some((attack, subject))
}

/// What does not change the curve is left out, so that it is not measured again.
pub(super) fn strength_of(attack: &Attack, methods: &[Method], levels: &[f64]) -> Strength {
    let usual = Attack::default();
    Strength {
        pictures: vec![attack.picture],
        methods: methods.to_vec(),
        epsilons: levels.iter().map(|level| level / 255.0).collect(),
        until_fooled: false,
        attack: Attack { method: usual.method, epsilon: usual.epsilon, steps: STEPS, ..attack.clone() },
    }
}

/// Of each attack of the curve.
const STEPS: u32 = 10;

/// A class of the style sheet.
pub(super) fn colour_of(method: Method) -> &'static str {
    match method {
        Method::Fgsm => "run-3",
        Method::Bim => "run-2",
        Method::PgdLinf => "run-0",
        Method::PgdL2 => "run-1",
        Method::Deepfool => "run-4",
        Method::Lbfgs => "run-5",
    }
}
