//! The lesson that is held: what was asked, what was heard of it, and how it is steered.

use crate::protocol::{
    BiasPoint, Distil, DistilNews, DistilRun, Distilled, Job, Lesson, Mix, Outcome, SteerDistil, Trouble,
};
use crate::ui::client::{Handle, News};
use crate::ui::desk::Desk;
use crate::ui::page::astray;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[derive(Clone, Copy)]
pub(super) struct Class {
    running: RwSignal<Option<Handle>, LocalStorage>,
    /// How many lessons were begun: one that was left behind is not listened to any more.
    count: StoredValue<u32>,
    pub(super) paused: RwSignal<bool>,
    pub(super) trouble: RwSignal<Option<Trouble>>,
    /// All news together.
    pub(super) news: RwSignal<Option<DistilNews>>,
    pub(super) corrected: RwSignal<Vec<BiasPoint>>,
    /// What was asked for.
    pub(super) asked: RwSignal<Option<DistilRun>>,
}

pub(super) fn lesson_of(desk: Desk) -> Memo<DistilRun> {
    Memo::new(move |_| desk.place.with(|place| place.sheet()).unwrap_or_default())
}

pub(super) fn change(desk: Desk, change: impl FnOnce(&mut DistilRun)) {
    desk.go(|place| place.change_sheet(change));
}

impl Class {
    pub(super) fn new() -> Self {
        let class = Self {
            running: RwSignal::new_local(None),
            count: StoredValue::new(0),
            paused: RwSignal::new(false),
            trouble: RwSignal::new(None),
            news: RwSignal::new(None),
            corrected: RwSignal::new(Vec::new()),
            asked: RwSignal::new(None),
        };
        on_cleanup(move || class.running.try_get_untracked().flatten().iter().for_each(|handle| handle.cancel()));
        class
    }

    pub(super) fn is_on(self) -> bool {
        self.running.with(Option::is_some)
    }

    /// Ends what is under way within a step, and begins anew with what the page is set to.
    pub(super) fn start(self, desk: Desk) {
        self.stop();
        let place = desk.place.get_untracked();
        let job = DistilRun { backend: place.backend, ..place.sheet().unwrap_or_default() };
        self.count.update_value(|count| *count += 1);
        let count = self.count.get_value();
        let is_here = move || self.count.try_get_value() == Some(count);
        self.news.set(None);
        self.corrected.set(Vec::new());
        self.trouble.set(None);
        self.paused.set(false);
        self.asked.set(Some(job.clone()));
        let running = desk.client.follow(Job::Distil(Distil::Run(Box::new(job)).into()), move |news| {
            if let (News::Distilled(news), true) = (news, is_here())
                && let Ok(news) = news.open()
            {
                self.hear(news);
            }
        });
        self.running.set(Some(running.handle()));
        spawn_local(async move {
            let found = running.outcome().await;
            if !is_here() {
                return;
            }
            self.running.try_set(None);
            self.paused.try_set(false);
            match found.and_then(distilled_from) {
                Ok(Distilled::Ran(lesson)) => {
                    let Lesson { news, corrected } = *lesson;
                    self.news.try_set(Some(news));
                    self.corrected.try_set(corrected);
                }
                Ok(_) => drop(self.trouble.try_set(Some(astray("Distil")))),
                Err(Trouble::Cancelled) => {}
                Err(trouble) => drop(self.trouble.try_set(Some(trouble))),
            }
        });
    }

    /// It ends within one step.
    pub(super) fn stop(self) {
        self.running.get_untracked().iter().for_each(|handle| handle.cancel());
    }

    fn hear(self, news: DistilNews) {
        self.news.try_update(|all| match all {
            Some(all) => {
                let mut pupils = std::mem::take(&mut all.pupils);
                for (pupil, heard) in pupils.iter_mut().zip(&news.pupils) {
                    pupil.params = heard.params;
                    pupil.measured.extend(&heard.measured);
                }
                let asked = if news.asked.is_empty() { std::mem::take(&mut all.asked) } else { news.asked.clone() };
                *all = DistilNews { pupils, asked, ..news };
            }
            None => *all = Some(news),
        });
    }

    pub(super) fn pause(self, desk: Desk) {
        let paused = !self.paused.get_untracked();
        self.paused.set(paused);
        self.steer(desk, if paused { SteerDistil::Pause } else { SteerDistil::Go });
    }

    /// From the next step on, and in the address.
    pub(super) fn mix(self, desk: Desk, mix: Mix) {
        change(desk, |lesson| lesson.mix = mix);
        if self.running.with_untracked(Option::is_some) {
            self.steer(desk, SteerDistil::Mix(mix));
            // What comes out is no longer what was asked for.
            self.asked.update(|asked| {
                if let Some(asked) = asked {
                    asked.mix = mix;
                }
            });
        }
    }

    fn steer(self, desk: Desk, steer: SteerDistil) {
        spawn_local(async move {
            if let Err(trouble) = desk.client.run(Job::SteerDistil(steer), |_| {}).await {
                self.trouble.try_set(Some(trouble));
            }
        });
    }
}

pub(super) fn distilled_from(outcome: Outcome) -> Result<Distilled, Trouble> {
    match outcome {
        Outcome::Distilled(found) => found.open(),
        _ => Err(astray("Distil")),
    }
}
