//! Questions that follow every change, one at a time, and what is started and stopped.

use crate::protocol::{Caption, CaptionNews, Captioned, Job, Outcome, Trouble};
use crate::ui::client::{Handle, News};
use crate::ui::desk::Desk;
use crate::ui::page::astray;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Of the questions that come while one is answered, the last. The old answer stays until there is a new one.
pub(super) struct Latest<T: Send + Sync + 'static> {
    pub(super) answer: RwSignal<Option<T>>,
    pub(super) trouble: RwSignal<Option<Trouble>>,
    is_asking: StoredValue<bool>,
    waiting: StoredValue<Option<Caption>>,
    take: fn(Captioned) -> Option<T>,
}

impl<T: Send + Sync + 'static> Clone for Latest<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Latest<T> {}

impl<T: Send + Sync + 'static> Latest<T> {
    /// `take` knows the answer among all outcomes.
    pub(super) fn new(take: fn(Captioned) -> Option<T>) -> Self {
        Self {
            answer: RwSignal::new(None),
            trouble: RwSignal::new(None),
            is_asking: StoredValue::new(false),
            waiting: StoredValue::new(None),
            take,
        }
    }

    pub(super) fn ask(self, desk: Desk, job: Caption) {
        if self.is_asking.get_value() {
            return self.waiting.set_value(Some(job));
        }
        self.is_asking.set_value(true);
        spawn_local(async move {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                let found = desk.client.run(Job::Caption(job), |_| {}).await.and_then(captioned);
                match found.and_then(|found| (self.take)(found).ok_or_else(|| astray("Caption"))) {
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

fn captioned(outcome: Outcome) -> Result<Captioned, Trouble> {
    match outcome {
        Outcome::Captioned(found) => Ok(found),
        _ => Err(astray("Caption")),
    }
}

/// What goes on until it is finished or stopped, and is stopped with the page.
#[derive(Clone, Copy)]
pub(super) struct Going {
    running: RwSignal<Option<Handle>, LocalStorage>,
    pub(super) trouble: RwSignal<Option<Trouble>>,
}

impl Going {
    pub(super) fn new() -> Going {
        let going = Going { running: RwSignal::new_local(None), trouble: RwSignal::new(None) };
        on_cleanup(move || going.running.try_get_untracked().flatten().iter().for_each(|handle| handle.cancel()));
        going
    }

    pub(super) fn is_on(self) -> bool {
        self.running.with(Option::is_some)
    }

    /// It ends within one step.
    pub(super) fn stop(self) {
        self.running.get_untracked().iter().for_each(|handle| handle.cancel());
    }

    /// `hear` is told of every news, `end` of the whole at its end.
    pub(super) fn start(
        self,
        desk: Desk,
        job: Caption,
        hear: impl Fn(CaptionNews) + 'static,
        end: impl FnOnce(Captioned) + 'static,
    ) {
        if self.running.with_untracked(Option::is_some) {
            return;
        }
        self.trouble.set(None);
        let running = desk.client.follow(Job::Caption(job), move |news| {
            if let News::Captioned(news) = news {
                hear(news);
            }
        });
        self.running.set(Some(running.handle()));
        spawn_local(async move {
            let found = running.outcome().await.and_then(captioned);
            self.running.try_set(None);
            match found {
                Ok(found) => end(found),
                Err(Trouble::Cancelled) => {}
                Err(trouble) => drop(self.trouble.try_set(Some(trouble))),
            }
        });
    }
}
