//! What is asked of the engine, and what has come.

use crate::protocol::{Brain, BrainAnswer, BrainNews, StreamReport, StreamTask};
use crate::ui::page::brain::settings::BrainSettings;
use crate::ui::{Ask, app};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(in crate::ui::page::brain) struct StreamState {
    pub(in crate::ui::page::brain) settings: Memo<BrainSettings>,
    pub(in crate::ui::page::brain) run: Ask<Brain, Box<StreamReport>>,
    /// As far as it has come.
    pub(super) report: RwSignal<Option<StreamReport>>,
}

impl StreamState {
    pub(in crate::ui::page::brain) fn new(settings: Memo<BrainSettings>) -> Self {
        let state = Self { settings, run: ask!(Brain, Restart, BrainAnswer::Streamed), report: RwSignal::new(None) };
        state.run.keep(move || state.job(), move |job| state.start(job));
        state
    }

    fn job(self) -> Option<StreamTask> {
        let backend = app().route.with(|route| route.backend);
        let task = self.settings.with(|settings| settings.stream.clone());
        app().is_up().then_some(StreamTask { backend, ..task })
    }

    pub(super) fn again(self) {
        if let Some(job) = untrack(|| self.job()) {
            self.start(job);
        }
    }

    fn start(self, job: StreamTask) {
        let hear = move |news: BrainNews| {
            if let BrainNews::Stream(report) = news {
                self.report.try_set(Some(*report));
            }
        };
        self.run.start(Brain::Stream(job), hear, move |report: Box<StreamReport>| {
            self.report.try_set(Some(*report));
        });
    }
}
