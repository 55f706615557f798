//! The question that the page asks by itself, whenever picture, network, fit or backend changes and weights are here.

use crate::protocol::{BackendChoice, Classified, Classify, Fit, Job, Outcome, Trouble, Why};
use crate::ui::client::Handle;
use crate::ui::client::unexpected;
use crate::ui::desk::{Desk, Life};
use crate::ui::page::Run;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[derive(Clone, Debug, PartialEq)]
struct Asked {
    picture: u32,
    network: String,
    /// Other weights, another answer.
    weights: Option<String>,
    fit: Fit,
    backend: BackendChoice,
    attempt: u32,
}

#[derive(Clone, Copy)]
pub(super) struct Question {
    pub(super) run: RwSignal<Run<Classified>>,
    /// The last answer, shown dimmed while the next one is computed.
    pub(super) last: RwSignal<Option<Classified>>,
    attempt: RwSignal<u32>,
    handle: RwSignal<Option<Handle>>,
}

impl Question {
    /// The first answer of a visit is the CPU's: there at once. When the GPU is known, the engine is asked again and measures both.
    pub(super) fn ask(desk: Desk) -> Question {
        let question = Question {
            run: RwSignal::new(Run::Idle),
            last: RwSignal::new(None),
            attempt: RwSignal::new(0),
            handle: RwSignal::new(None),
        };
        let wanted = Memo::new(move |_| question.wanted(desk));
        // A question that killed the engine is not put to the next one until the person asks again.
        let fatal = StoredValue::new(None::<Asked>);
        let turn = StoredValue::new(0_u32);
        Effect::new(move |_| {
            let asked = wanted.get();
            let mine = turn.get_value() + 1;
            turn.set_value(mine);
            if let Some(earlier) = question.handle.get_untracked() {
                earlier.cancel();
                question.handle.set(None);
            }
            let failed = question.run.with_untracked(|run| matches!(run, Run::Failed(_)));
            let Some(asked) = asked else {
                // An engine that is being restarted: what failed stays in sight.
                if !failed || desk.life() == Life::Up {
                    question.run.set(Run::Idle);
                }
                return;
            };
            if fatal.get_value().as_ref() == Some(&asked) {
                return;
            }
            let is_mine = move || turn.try_get_value() == Some(mine);
            question.run.set(Run::Working(None));
            let running = desk.client.start(asked.job(), move |progress| {
                if is_mine() {
                    question.run.set(Run::Working(Some(progress)));
                }
            });
            question.handle.set(Some(running.handle()));
            spawn_local(async move {
                let answer = running.outcome().await;
                if !is_mine() {
                    return;
                }
                if let Err(Trouble::Bug { .. }) = answer {
                    fatal.set_value(Some(asked));
                }
                question.settle(answer);
            });
        });
        Effect::new(move |_| {
            let is_first = question.run.with(|run| match run {
                Run::Ready(classified) => classified.backend.why == Why::GpuNotAsked,
                Run::Idle | Run::Working(_) | Run::Failed(_) => false,
            });
            let (true, true, Some(asked)) = (is_first, desk.has_met_gpu(), wanted.get_untracked()) else {
                return;
            };
            let mine = turn.get_value();
            let running = desk.client.start(asked.job(), |_| {});
            question.handle.set(Some(running.handle()));
            spawn_local(async move {
                let answer = running.outcome().await;
                // The answer that stands is as right as this one.
                if turn.try_get_value() == Some(mine) && answer.is_ok() {
                    question.settle(answer);
                }
            });
        });
        on_cleanup(move || {
            if let Some(Some(handle)) = question.handle.try_get_untracked() {
                handle.cancel();
            }
        });
        question
    }

    fn wanted(self, desk: Desk) -> Option<Asked> {
        let attempt = self.attempt.get();
        if desk.life() != Life::Up {
            return None;
        }
        let picture = desk.chosen()?;
        let network = desk.network().filter(|network| network.ready)?.id;
        let weights = desk.cached().into_iter().find(|weights| weights.network == network).map(|w| w.sha256);
        let (fit, backend) = desk.place.with(|place| (place.fit, place.backend));
        Some(Asked { picture, network, weights, fit, backend, attempt })
    }

    fn settle(self, answer: Result<Outcome, Trouble>) {
        let answer = answer.and_then(|outcome| match outcome {
            Outcome::Classified(classified) => Ok(classified),
            _ => Err(unexpected("Classify")),
        });
        if let Ok(classified) = &answer {
            self.last.set(Some(classified.clone()));
        }
        self.run.set(Run::from_answer(answer));
    }

    pub(super) fn again(self) {
        self.attempt.update(|attempt| *attempt += 1);
    }

    pub(super) fn cancel(self) {
        if let Some(handle) = self.handle.get_untracked() {
            handle.cancel();
        }
    }

    /// The person stopped the present question.
    pub(super) fn was_stopped(self) -> bool {
        self.handle.with(Option::is_some) && self.run.with(|run| matches!(run, Run::Idle))
    }

    /// The answer to the present question.
    pub(super) fn answer(self) -> Option<Classified> {
        match self.run.get() {
            Run::Ready(classified) => Some(classified),
            Run::Idle | Run::Working(_) | Run::Failed(_) => None,
        }
    }
}

impl Asked {
    fn job(&self) -> Job {
        Job::Classify(Classify {
            picture: self.picture,
            network: self.network.clone(),
            fit: self.fit,
            backend: self.backend,
            top: 5,
        })
    }
}
