//! The measurement: its figures stay when the page is left.

use crate::protocol::{Speed, Timed};
use crate::ui::{AppState, Ask, Policy};
use leptos::prelude::{RwSignal, Set};

#[derive(Clone, Copy)]
pub(crate) struct SpeedRun {
    /// The figures so far, or of the last measurement.
    pub(crate) timed: RwSignal<Option<Timed>>,
    /// That measurement has come to its end.
    pub(crate) is_whole: RwSignal<bool>,
    pub(crate) ask: Ask<Speed, Timed>,
}

impl AppState {
    pub(crate) fn speed(self) -> SpeedRun {
        let new = || SpeedRun {
            timed: RwSignal::new(None),
            is_whole: RwSignal::new(false),
            ask: Ask::new(Policy::Single, Some),
        };
        self.page_state(new, |_| {})
    }

    pub(crate) fn measure_speed(self, job: Speed) {
        let run = self.speed();
        run.timed.set(None);
        run.is_whole.set(false);
        let hear = move |timed| run.timed.set(Some(timed));
        run.ask.start(job, hear, move |timed| {
            run.timed.set(Some(timed));
            run.is_whole.set(true);
        });
    }
}
