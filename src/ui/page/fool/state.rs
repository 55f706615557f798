//! What the page asks of the engine, from what it is set to.

use super::settings::FoolSettings;
use crate::protocol::{Attack, Strength};
use crate::ui::desk::{Desk, Life};
use leptos::prelude::*;

/// An attack with the weights that it is meant for: others are another question.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) attack: Attack,
    weights: Option<String>,
    /// Multiply-accumulates of one look at one picture.
    pub(super) macs: u64,
}

/// What the page is set to ask; `None` where a picture or weights are missing.
pub(super) fn wanted(desk: Desk, settings: Memo<FoolSettings>) -> Option<Wanted> {
    if desk.life() != Life::Up {
        return None;
    }
    let picture = desk.chosen()?;
    let network = desk.network().filter(|network| network.ready)?;
    let weights = desk.cached().into_iter().find(|kept| kept.network == network.id).map(|kept| kept.sha256);
    let (fit, backend) = desk.place.with(|place| (place.fit, place.backend));
    let attack = settings.with(|settings| Attack {
        picture,
        network: network.id.clone(),
        fit,
        backend,
        method: settings.method,
        // A target of another network may be none of this one's.
        target: settings.target.filter(|&target| (target as usize) < network.classes),
        epsilon: settings.levels / 255.0,
        steps: settings.steps,
        step: None,
        seed: settings.seed,
    });
    Some(Wanted { attack, weights, macs: network.macs })
}

/// What does not change the curve is left out, so that it is not measured again.
pub(super) fn strength_of(attack: &Attack, methods: &[crate::protocol::Method], levels: &[f64]) -> Strength {
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
