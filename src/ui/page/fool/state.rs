//! What the page asks of the engine, from what it is set to.

use super::settings::FoolSettings;
use crate::protocol::{Attack, Attacked, Method, Strength};
use crate::ui::{Subject, app};
use leptos::prelude::*;

/// What is tried one after the other where the person sets no ε, until the network is fooled: levels of 255.
const LADDER: [f64; 6] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// The attack that the page asks for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    settings: Memo<FoolSettings>,
    /// On the ladder.
    rung: RwSignal<usize>,
}

impl Wanted {
    pub(super) fn new(settings: Memo<FoolSettings>) -> Self {
        let wanted = Self { settings, rung: RwSignal::new(0) };
        Effect::new(move |before: Option<Option<(Attack, Subject)>>| {
            let now = wanted_at(settings, LADDER[0]);
            if before.is_some_and(|before| before != now) {
                wanted.rung.set(0);
            }
            now
        });
        wanted
    }

    pub(super) fn levels(self) -> f64 {
        self.settings.with(|settings| settings.levels).unwrap_or_else(|| LADDER[self.rung.get()])
    }

    pub(super) fn get(self) -> Option<(Attack, Subject)> {
        wanted_at(self.settings, self.levels())
    }

    /// After this answer a larger ε is tried.
    pub(super) fn climbs(self, found: &Attacked) -> bool {
        let is_open = self.settings.with_untracked(|settings| settings.levels.is_none());
        let is_here = found.attack.epsilon == LADDER[self.rung.get_untracked()] / 255.0;
        let can = is_open && is_here && found.attack.method.is_bounded();
        can && !(found.is_fooled && found.survives) && self.rung.get_untracked() + 1 < LADDER.len()
    }

    pub(super) fn climb(self) {
        self.rung.update(|rung| *rung = (*rung + 1).min(LADDER.len() - 1));
    }
}

/// The target is what the network says already: there is nothing to fool it into.
pub(super) fn is_target_already(found: &Attacked) -> bool {
    let now = found.before.first().map(|first| first.index);
    found.attack.target.is_some() && found.attack.target == now
}

/// What the page is set to ask, and of what; `None` where a picture or weights are missing.
fn wanted_at(settings: Memo<FoolSettings>, levels: f64) -> Option<(Attack, Subject)> {
    let subject = app().subject()?;
    let attack = settings.with(|settings| Attack {
        picture: subject.picture,
        network: subject.network.id.clone(),
        fit: subject.fit,
        backend: subject.backend,
        method: settings.method,
        target: subject.known(settings.target),
        epsilon: levels / 255.0,
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
