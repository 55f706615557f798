//! The question that the page asks by itself, whenever picture, network, fit or backend changes and weights are here.

use crate::protocol::{Classified, Classify, Job, Outcome, Trouble, Why};
use crate::ui::client::unexpected;
use crate::ui::{AskState, Asking, Policy, Subject, app};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(crate) struct Question {
    pub(super) asking: Asking,
    /// The last answer, shown dimmed while the next one is computed.
    pub(super) last: RwSignal<Option<Classified>>,
    wanted: Memo<Option<Subject>>,
    /// By the person.
    is_stopped: RwSignal<bool>,
}

impl Question {
    /// The first answer of a visit is the CPU's: there at once. When the GPU is known, the engine is asked again and measures both.
    pub(super) fn ask() -> Question {
        let (asking, last) = (Asking::new(Policy::Restart), RwSignal::new(None));
        let (wanted, is_stopped) = (Memo::new(move |_| app().subject()), RwSignal::new(false));
        let question = Question { asking, last, wanted, is_stopped };
        Effect::new(move |_| match question.wanted.get() {
            Some(subject) => question.put(&subject),
            // While an engine is being restarted, what failed stays in sight.
            None if app().is_up() || asking.state_untracked() != AskState::Failed => asking.forget(),
            None => {}
        });
        Effect::new(move |_| {
            let is_first = question.answer().is_some_and(|answer| answer.backend.why == Why::GpuNotAsked);
            if let (true, true, Some(subject)) = (is_first, app().knows_gpu(), question.wanted.get_untracked()) {
                asking.refine(job_of(&subject), move |outcome| question.settle(outcome));
            }
        });
        question
    }

    fn put(self, subject: &Subject) {
        self.is_stopped.set(false);
        self.asking.ask(job_of(subject), move |outcome| self.settle(outcome));
    }

    fn settle(self, outcome: Outcome) -> Result<(), Trouble> {
        let Outcome::Classified(classified) = outcome else { return Err(unexpected("Classify")) };
        self.last.set(Some(classified));
        Ok(())
    }

    pub(super) fn again(self) {
        self.asking.forgive();
        self.wanted.get_untracked().iter().for_each(|subject| self.put(subject));
    }

    pub(super) fn stop(self) {
        self.is_stopped.set(true);
        self.asking.stop();
    }

    pub(super) fn was_stopped(self) -> bool {
        self.asking.state() == AskState::Idle && self.is_stopped.get() && self.wanted.with(Option::is_some)
    }

    pub(super) fn answer(self) -> Option<Classified> {
        self.last.get().filter(|_| self.asking.is_fresh())
    }
}

fn job_of(subject: &Subject) -> Job {
    let Subject { picture, network, fit, backend, .. } = subject;
    Job::Classify(Classify { picture: *picture, network: network.id.clone(), fit: *fit, backend: *backend, top: 5 })
}
