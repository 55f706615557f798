//! The measurement on the desk: it goes on when the page is left, and its figures stay.

use super::Desk;
use crate::protocol::{Job, Outcome, Progress, Speed, Timed, Trouble};
use crate::ui::client::{Handle, News};
use crate::ui::page::astray;
use leptos::prelude::{GetUntracked, LocalStorage, RwSignal, Set, With, WithUntracked};
use leptos::task::spawn_local;

#[derive(Clone, Copy)]
pub(crate) struct SpeedRun {
    /// The figures so far, or of the last measurement.
    pub(crate) timed: RwSignal<Option<Timed>>,
    /// That measurement has come to its end.
    pub(crate) is_whole: RwSignal<bool>,
    pub(crate) progress: RwSignal<Option<Progress>>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    running: RwSignal<Option<Handle>, LocalStorage>,
}

impl SpeedRun {
    fn new() -> Self {
        Self {
            timed: RwSignal::new(None),
            is_whole: RwSignal::new(false),
            progress: RwSignal::new(None),
            trouble: RwSignal::new(None),
            running: RwSignal::new_local(None),
        }
    }

    pub(crate) fn is_on(self) -> bool {
        self.running.with(Option::is_some)
    }

    /// It ends within one sample.
    pub(crate) fn stop(self) {
        self.running.get_untracked().iter().for_each(|handle| handle.cancel());
    }
}

impl Desk {
    pub(crate) fn speed(self) -> SpeedRun {
        self.speed.get_or_make(SpeedRun::new, |_| {})
    }

    pub(crate) fn measure_speed(self, job: Speed) {
        let run = self.speed();
        if run.running.with_untracked(Option::is_some) {
            return;
        }
        run.trouble.set(None);
        run.timed.set(None);
        run.is_whole.set(false);
        let running = self.client.follow(Job::Speed(job.into()), move |news| match news {
            News::Progress(progress) => run.progress.set(Some(progress)),
            News::Timed(timed) => run.timed.set(timed.open().ok()),
            _ => {}
        });
        run.running.set(Some(running.handle()));
        spawn_local(async move {
            let found = running.outcome().await;
            run.running.set(None);
            run.progress.set(None);
            let timed = found.and_then(|outcome| match outcome {
                Outcome::Timed(timed) => timed.open(),
                _ => Err(astray("Speed")),
            });
            match timed {
                Ok(timed) => {
                    run.timed.set(Some(timed));
                    run.is_whole.set(true);
                }
                Err(Trouble::Cancelled) => {}
                Err(trouble) => run.trouble.set(Some(trouble)),
            }
        });
    }
}
