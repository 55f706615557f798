//! What the person does with a run: start, pause, step, start over, steer, take out, bring back.

use super::{TrainingPhase, TrainingState, can_go_on};
use crate::protocol::{
    Begin, Experiment, ExportForm, Exported, RunState, Setup, Steer, Train, TrainAnswer, TrainRun, Trouble, TroubleKind,
};
use crate::ui::client::{job_of, unexpected};
use crate::ui::settings::real;
use crate::ui::{Words, app, folder};
use leptos::prelude::{Get, GetValue, Set, SetValue, Update, UpdateValue, With, WithUntracked, untrack, window};
use leptos::task::spawn_local;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Pause,
    Start,
    GoOn,
    /// From an earlier visit.
    TakeUp,
    LastGood,
}

impl Next {
    /// Its name for tests, and what the button says.
    pub(crate) fn row(self) -> (&'static str, Words) {
        match self {
            Next::Pause => ("pause", words!(train.pause)),
            Next::Start => ("start", words!(train.start)),
            Next::GoOn => ("go_on", words!(train.go_on)),
            Next::TakeUp => ("take_up", words!(train.take_up)),
            Next::LastGood => ("last_good", words!(train.last_good)),
        }
    }
}

/// How fast the steps follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tempo {
    Slow,
    Watchable,
    #[default]
    Full,
}

impl Tempo {
    /// Steps; as fast as the device can where there is no limit.
    fn per_second(self) -> Option<f64> {
        match self {
            Tempo::Slow => Some(10.0),
            Tempo::Watchable => Some(250.0),
            Tempo::Full => None,
        }
    }
}

choices! {
    Tempo {
        Slow = ("slow", words!(train.tempo_slow)),
        Watchable = ("medium", words!(train.tempo_watchable)),
        Full = ("full", words!(train.tempo_full)),
    }
}

impl TrainingState {
    /// All that decides the run, the backend included.
    pub(crate) fn wanted(self) -> Setup {
        Setup { backend: app().route.with(|route| route.backend), ..self.setup.get() }
    }

    pub(crate) fn next(self) -> Next {
        if self.phase.with(TrainingPhase::is_busy) {
            return Next::Pause;
        }
        let wanted = self.wanted();
        let fits = self
            .current(|run| can_go_on(&run.setup, &wanted) && (!run.is_finished() || wanted.epochs > run.setup.epochs))
            .unwrap_or(false);
        let is_stored = self.options.with(|options| {
            let stored = options.as_ref().and_then(|options| options.stored.as_ref());
            stored.is_some_and(|stored| can_go_on(&stored.setup, &wanted) && stored.step < stored.steps)
        });
        match (self.in_memory.get(), self.phase.get()) {
            (true, TrainingPhase::Rest(RunState::NotFinite { .. })) if fits => Next::LastGood,
            (true, _) if fits => Next::GoOn,
            (false, _) if is_stored => Next::TakeUp,
            (true | false, _) => Next::Start,
        }
    }

    /// Something is set that the run under way was not started with.
    pub(crate) fn is_changed(self) -> bool {
        let wanted = self.wanted();
        self.current(|run| !can_go_on(&run.setup, &wanted)).unwrap_or(false)
    }

    pub(crate) fn do_next(self, steps: Option<u32>) {
        let from = match untrack(|| self.next()) {
            Next::Pause => return self.pause(),
            Next::Start => Begin::Anew,
            Next::GoOn => Begin::Here,
            Next::TakeUp => Begin::Stored,
            Next::LastGood => Begin::LastGood,
        };
        let setup = untrack(|| self.wanted());
        self.begin(TrainRun { setup, from, steps, pace: self.pace() });
    }

    /// The same start again; whatever runs is stopped for it.
    pub(crate) fn start_anew(self) {
        let setup = untrack(|| self.wanted());
        self.begin(TrainRun { setup, from: Begin::Anew, steps: None, pace: self.pace() });
    }

    /// What an earlier visit left, where something else is set now.
    pub(crate) fn other_stored(self) -> Option<u32> {
        let is_here = self.in_memory.get() || self.phase.with(TrainingPhase::is_busy) || self.next() == Next::TakeUp;
        self.options.with(|options| options.as_ref()?.stored.as_ref().map(|run| run.step)).filter(|_| !is_here)
    }

    pub(crate) fn take_up_stored(self) {
        let stored = self.options.with_untracked(|options| options.as_ref()?.stored.clone());
        if let Some(stored) = stored {
            self.adopt(&stored.setup);
            self.begin(TrainRun { setup: stored.setup, from: Begin::Stored, steps: None, pace: self.pace() });
        }
    }

    pub(crate) fn new_seed(self) {
        let seed = (js_sys::Math::random() * 999_999.0) as u32 + 1;
        self.setup.update(|setup| setup.seed = seed);
        self.start_anew();
    }

    /// By the person: after a reload it stays so.
    pub(crate) fn pause(self) {
        note_paused(true);
        self.stop();
    }

    fn stop(self) {
        let is_compiling =
            self.phase.with_untracked(|phase| matches!(phase, TrainingPhase::Busy(None | Some(RunState::Compiling))));
        match self.handle.get_value() {
            // Between two pipelines nobody listens to the wheel.
            Some(handle) if is_compiling => handle.cancel(),
            _ => self.steer(Steer::Pause),
        }
    }

    pub(crate) fn set_rate(self, rate: f64) {
        self.setup.update(|setup| setup.optimiser.rate = rate);
        if self.phase.with_untracked(TrainingPhase::is_busy) {
            self.steer(Steer::Rate(rate));
            self.runs.update(|runs| {
                if let Some(run) = runs.last_mut() {
                    run.steered |= run.setup.optimiser.rate != rate && run.step > 0;
                    run.setup.optimiser.rate = rate;
                }
            });
        }
    }

    fn pace(self) -> Option<f64> {
        self.tempo.with_untracked(|tempo| tempo.per_second())
    }

    /// From the next step on.
    pub(crate) fn set_tempo(self, tempo: Tempo) {
        self.tempo.set(tempo);
        if self.phase.with_untracked(TrainingPhase::is_busy) {
            self.steer(Steer::Pace(tempo.per_second()));
        }
    }

    pub(crate) fn forget_run(self, key: u32) {
        self.runs.update(|runs| {
            let last = runs.last().map(|run| run.key);
            runs.retain(|run| run.key != key || Some(run.key) == last);
        });
    }

    pub(crate) fn show_run(self, key: u32, shown: bool) {
        self.runs.update(|runs| {
            if let Some(run) = runs.iter_mut().find(|run| run.key == key) {
                run.shown = shown;
            }
        });
    }

    pub(crate) fn export(self) {
        save(Train::ExportRun);
    }

    pub(crate) fn export_as(self, form: ExportForm) {
        save(Train::ExportRunAs(form));
    }

    fn steer(self, steer: Steer) {
        app().try_to(async move { app().client.steer::<Train>(steer).await });
    }

    fn begin(self, train: TrainRun) {
        if self.phase.with_untracked(TrainingPhase::is_busy) {
            self.next.set_value(Some(train));
            return self.stop();
        }
        let running = app().client.follow(job_of(Train::Train(train)), |_| {});
        self.handle.set_value(Some(running.handle()));
        spawn_local(async move {
            // The client's events have told the page; only what was asked for meanwhile is left.
            let answer = running.outcome().await;
            let next = self.next.try_update_value(Option::take).flatten();
            let is_dead = answer.is_err_and(|trouble| trouble.is(TroubleKind::Bug));
            if let Some(next) = next.filter(|_| !is_dead) {
                self.begin(next);
            }
        });
    }

    /// Sets what this run was set to; its own curve stays.
    pub(crate) fn take_setup_of(self, key: u32) {
        let setup = self.runs.with_untracked(|runs| runs.iter().find(|run| run.key == key).map(|r| r.setup.clone()));
        setup.iter().for_each(|setup| self.adopt(setup));
    }
}

/// What comes of this job, to the downloads.
fn save(job: Train) {
    app().try_to(async move {
        let Exported { name, bytes } = exported(job).await?;
        folder::save(&name, &bytes);
        Ok(())
    });
}

/// The file that this job gives.
pub(crate) async fn exported(job: Train) -> Result<Exported, Trouble> {
    match app().client.answer(job).await? {
        TrainAnswer::Exported(file) => Ok(file),
        _ => Err(unexpected(Train::ID.name())),
    }
}

const KEY: &str = "neocog-train-paused";

pub(super) fn was_paused() -> bool {
    storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).is_some()
}

/// Where storage is switched off by the person, every kept run goes on.
pub(super) fn note_paused(is_paused: bool) {
    if let Some(storage) = storage() {
        let _ = match is_paused {
            true => storage.set_item(KEY, "1"),
            false => storage.remove_item(KEY),
        };
    }
}

const TAB: &str = "neocog-train-tabs";
/// A tab that has trained so lately does so still.
const TAB_MILLIS: f64 = 4000.0;

/// The same after a reload.
pub(super) fn tab_number() -> f64 {
    let number = js_sys::Math::random();
    let Ok(Some(storage)) = window().session_storage() else { return number };
    let known = storage.get_item(TAB).ok().flatten().and_then(|known| real(&known));
    if known.is_none() {
        let _ = storage.set_item(TAB, &number.to_string());
    }
    known.unwrap_or(number)
}

/// Says that this tab trains, and tells whether another one does. Every tab's mark is its number and when it said so.
pub(super) fn another_tab(own: f64) -> bool {
    let Some(storage) = storage() else { return false };
    let now = js_sys::Date::now();
    let marks = storage.get_item(TAB).ok().flatten().unwrap_or_default();
    let is_other = |mark: &&str| {
        let mut parts = mark.split(' ').map(real);
        let (tab, at) = (parts.next().flatten(), parts.next().flatten());
        tab.is_some_and(|tab| tab != own) && at.is_some_and(|at| now - at < TAB_MILLIS)
    };
    let others: Vec<&str> = marks.split(';').filter(is_other).collect();
    let mine = format!("{own} {now}");
    let _ = storage.set_item(TAB, &others.iter().copied().chain([mine.as_str()]).collect::<Vec<_>>().join(";"));
    !others.is_empty()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
