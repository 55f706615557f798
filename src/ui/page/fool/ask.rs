//! One question to the engine at a time: a new one stops the one before, and its answer stays in sight meanwhile.

use crate::protocol::{Fool, FoolNews, Fooled, Job, Outcome, Progress, Trouble};
use crate::ui::client::{Handle, News};
use crate::ui::desk::Desk;
use crate::ui::page::{Run, astray};
use leptos::prelude::*;
use leptos::task::spawn_local;

pub(super) struct Asking<T: Clone + Send + Sync + 'static> {
    pub(super) run: RwSignal<Run<T>>,
    /// The last answer.
    pub(super) last: RwSignal<Option<T>>,
    handle: RwSignal<Option<Handle>>,
    turn: StoredValue<u32>,
    /// A question that killed the engine is not put to the next one by itself.
    fatal: StoredValue<Option<Fool>>,
    take: fn(Fooled) -> Option<T>,
}

impl<T: Clone + Send + Sync + 'static> Clone for Asking<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Clone + Send + Sync + 'static> Copy for Asking<T> {}

impl<T: Clone + Send + Sync + 'static> Asking<T> {
    /// `take` knows the answer among all outcomes.
    pub(super) fn new(take: fn(Fooled) -> Option<T>) -> Self {
        let asking = Self {
            run: RwSignal::new(Run::Idle),
            last: RwSignal::new(None),
            handle: RwSignal::new(None),
            turn: StoredValue::new(0),
            fatal: StoredValue::new(None),
            take,
        };
        on_cleanup(move || asking.handle.try_get_untracked().flatten().iter().for_each(|handle| handle.cancel()));
        asking
    }

    pub(super) fn is_on(self) -> bool {
        self.run.with(|run| matches!(run, Run::Working(_)))
    }

    pub(super) fn is_fresh(self) -> bool {
        self.run.with(|run| matches!(run, Run::Ready(_)))
    }

    pub(super) fn progress(self) -> Option<Progress> {
        self.run.with(|run| match run {
            Run::Working(progress) => progress.clone(),
            Run::Idle | Run::Ready(_) | Run::Failed(_) => None,
        })
    }

    pub(super) fn trouble(self) -> Option<Trouble> {
        self.run.with(|run| match run {
            Run::Failed(trouble) => Some(trouble.clone()),
            Run::Idle | Run::Working(_) | Run::Ready(_) => None,
        })
    }

    /// It ends within one step.
    pub(super) fn stop(self) {
        self.handle.get_untracked().iter().for_each(|handle| handle.cancel());
    }

    pub(super) fn ask(self, desk: Desk, job: Fool, hear: impl Fn(FoolNews) + 'static) {
        if self.fatal.get_value().as_ref() == Some(&job) {
            return;
        }
        self.stop();
        let mine = self.turn.get_value() + 1;
        self.turn.set_value(mine);
        let is_mine = move || self.turn.try_get_value() == Some(mine);
        self.run.set(Run::Working(None));
        let running = desk.client.follow(Job::Fool(job.clone().into()), move |news| match news {
            News::Progress(progress) if is_mine() => self.run.set(Run::Working(Some(progress))),
            News::Fooled(news) if is_mine() => news.open().into_iter().for_each(&hear),
            _ => {}
        });
        self.handle.set(Some(running.handle()));
        spawn_local(async move {
            let answer = running.outcome().await;
            if !is_mine() {
                return;
            }
            if let Err(Trouble::Bug { .. }) = answer {
                self.fatal.set_value(Some(job));
            }
            let answer = answer.and_then(|outcome| match outcome {
                Outcome::Fooled(found) => (self.take)(found.open()?).ok_or_else(|| astray("Fool")),
                _ => Err(astray("Fool")),
            });
            if let Ok(found) = &answer {
                self.last.set(Some(found.clone()));
            }
            self.run.set(Run::from_answer(answer));
        });
    }
}
