//! Two ways to ask: what follows every change, and what is started and stopped.

use crate::protocol::{Caption, CaptionNews, Captioned, Job, Optimise, OptimiseNews, Optimised, Outcome, Trouble};
use crate::ui::client::{Handle, News};
use crate::ui::desk::Desk;
use crate::ui::page::astray;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A family of jobs with one kind of answer, and of news meanwhile.
pub(crate) trait Question: Send + Sync + 'static {
    type Answer: 'static;
    type News: 'static;
    /// For a fault in the engine.
    const NAME: &'static str;

    fn job(self) -> Job;
    fn answer(outcome: Outcome) -> Option<Self::Answer>;
    fn news(news: News) -> Option<Self::News>;
}

impl Question for Optimise {
    type Answer = Optimised;
    type News = OptimiseNews;
    const NAME: &'static str = "Optimise";

    fn job(self) -> Job {
        Job::Optimise(self.into())
    }

    fn answer(outcome: Outcome) -> Option<Optimised> {
        if let Outcome::Optimised(found) = outcome { found.open().ok() } else { None }
    }

    fn news(news: News) -> Option<OptimiseNews> {
        if let News::Optimised(news) = news { news.open().ok() } else { None }
    }
}

impl Question for Caption {
    type Answer = Captioned;
    type News = CaptionNews;
    const NAME: &'static str = "Caption";

    fn job(self) -> Job {
        Job::Caption(self.into())
    }

    fn answer(outcome: Outcome) -> Option<Captioned> {
        if let Outcome::Captioned(found) = outcome { found.open().ok() } else { None }
    }

    fn news(news: News) -> Option<CaptionNews> {
        if let News::Captioned(news) = news { news.open().ok() } else { None }
    }
}

/// One question at a time; of those that come meanwhile, the last. The old answer stays until there is a new one.
pub(crate) struct Latest<Q: Question, T: Send + Sync + 'static> {
    pub(crate) answer: RwSignal<Option<T>>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    is_asking: StoredValue<bool>,
    waiting: StoredValue<Option<Q>>,
    take: fn(Q::Answer) -> Option<T>,
}

impl<Q: Question, T: Send + Sync + 'static> Clone for Latest<Q, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q: Question, T: Send + Sync + 'static> Copy for Latest<Q, T> {}

impl<Q: Question, T: Send + Sync + 'static> Latest<Q, T> {
    /// `take` knows the answer among all outcomes.
    pub(crate) fn new(take: fn(Q::Answer) -> Option<T>) -> Self {
        Self {
            answer: RwSignal::new(None),
            trouble: RwSignal::new(None),
            is_asking: StoredValue::new(false),
            waiting: StoredValue::new(None),
            take,
        }
    }

    pub(crate) fn ask(self, desk: Desk, job: Q) {
        if self.is_asking.get_value() {
            return self.waiting.set_value(Some(job));
        }
        self.is_asking.set_value(true);
        spawn_local(async move {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                match answer::<Q, T>(desk.client.run(job.job(), |_| {}).await, self.take) {
                    Ok(found) => {
                        self.answer.try_set(Some(found));
                        self.trouble.try_set(None);
                    }
                    // The engine begins anew, and says so by itself.
                    Err(Trouble::Cancelled | Trouble::Bug { .. }) => {}
                    Err(trouble) => drop(self.trouble.try_set(Some(trouble))),
                }
                next = self.waiting.try_update_value(Option::take).flatten();
            }
            let _ = self.is_asking.try_set_value(false);
        });
    }
}

fn answer<Q: Question, T>(found: Result<Outcome, Trouble>, take: fn(Q::Answer) -> Option<T>) -> Result<T, Trouble> {
    Q::answer(found?).and_then(take).ok_or_else(|| astray(Q::NAME))
}

/// What goes on until it is finished or stopped, and is stopped with the page.
#[derive(Clone, Copy)]
pub(crate) struct Going {
    running: RwSignal<Option<Handle>, LocalStorage>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
}

impl Going {
    pub(crate) fn new() -> Going {
        let going = Going { running: RwSignal::new_local(None), trouble: RwSignal::new(None) };
        on_cleanup(move || going.running.try_get_untracked().flatten().iter().for_each(|handle| handle.cancel()));
        going
    }

    pub(crate) fn is_on(self) -> bool {
        self.running.with(Option::is_some)
    }

    /// It ends within one step.
    pub(crate) fn stop(self) {
        self.running.get_untracked().iter().for_each(|handle| handle.cancel());
    }

    /// `hear` is told of every news, `end` of the whole at its end.
    pub(crate) fn start<Q: Question>(
        self,
        desk: Desk,
        job: Q,
        hear: impl Fn(Q::News) + 'static,
        end: impl FnOnce(Q::Answer) + 'static,
    ) {
        if self.running.with_untracked(Option::is_some) {
            return;
        }
        self.trouble.set(None);
        let running = desk.client.follow(job.job(), move |news| {
            if let Some(news) = Q::news(news) {
                hear(news);
            }
        });
        self.running.set(Some(running.handle()));
        spawn_local(async move {
            let found = answer::<Q, _>(running.outcome().await, Some);
            self.running.try_set(None);
            match found {
                Ok(found) => end(found),
                Err(Trouble::Cancelled) => {}
                Err(trouble) => drop(self.trouble.try_set(Some(trouble))),
            }
        });
    }
}
