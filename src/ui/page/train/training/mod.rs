//! Training: what is set, the runs so far, and the one under way. It stays when the page is left.
//!
//! Whoever starts a run, the page or a script, its reports arrive as the client's events and are heard here.

mod act;
mod bring;
mod record;
mod settings;

pub(crate) use act::{Next, Tempo, exported};
pub(crate) use record::{Record, can_go_on};
pub(crate) use settings::{DECAY, MOMENTUM, RATE, TrainSettings};

use crate::protocol::{
    BackendChoice, Begin, DataReport, ExperimentId, Preset, RunState, Setup, StoredRun, Train, TrainAnswer,
    TrainOptions, TrainRun, Trained, Trouble, TroubleKind,
};
use crate::ui::client::{Handle, Heard};
use crate::ui::route::Route;
use crate::ui::state::{ExperimentEvent, Note};
use crate::ui::{AppState, PageSettings, app, number};
use leptos::prelude::{
    Effect, Get, GetUntracked, GetValue, LocalStorage, Memo, RwSignal, Set, SetValue, StoredValue, Update, UpdateValue,
    With, WithUntracked, untrack,
};

/// More curves than this nobody tells apart; the oldest go.
const RUNS: usize = 10;
/// The shape of points.
const PLANE: [usize; 3] = [2, 1, 1];
/// With this rate of Adam eight and eight units solve two spirals within a minute.
const PLANE_RATE: f64 = 0.03;
/// A run of more than this is not given up for a choice from a list; the page asks first.
const LONG_MILLIS: f64 = 120_000.0;

#[derive(Clone, Copy, Default)]
pub(crate) struct TrainingState {
    /// What the person has set; its `backend` is the route's.
    pub(crate) setup: RwSignal<Setup>,
    pub(crate) options: RwSignal<Option<TrainOptions>>,
    /// The present run last.
    pub(crate) runs: RwSignal<Vec<Record>, LocalStorage>,
    pub(crate) phase: RwSignal<TrainingPhase>,
    pub(crate) tempo: RwSignal<Tempo>,
    /// The engine holds the last run of `runs`.
    pub(crate) in_memory: RwSignal<bool>,
    /// To be started as soon as the run under way has ended.
    next: StoredValue<Option<TrainRun>>,
    handle: StoredValue<Option<Handle>, LocalStorage>,
    /// The number of the job that is a run.
    driver: StoredValue<Option<u32>>,
    last_key: StoredValue<u32>,
    /// When the last report of the run under way came.
    heard_at: StoredValue<Option<f64>>,
    memory_before: StoredValue<bool>,
    /// Another tab trains too: of both runs the browser keeps the one that was saved last.
    pub(crate) other_tab: RwSignal<bool>,
    tab: StoredValue<f64>,
    /// The page has started its first run by itself, or found that it should not.
    has_begun: StoredValue<bool>,
    /// How often something was chosen whose effect is to be seen at once.
    choices: RwSignal<u32>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum TrainingPhase {
    #[default]
    Idle,
    /// Under way; with the state of its last report, if there was one.
    Busy(Option<RunState>),
    Rest(RunState),
    Failed(Trouble),
}

impl TrainingPhase {
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, TrainingPhase::Busy(_))
    }
}

impl TrainingState {
    fn new(route: &Route) -> TrainingState {
        let setup = route.settings().map_or_else(Setup::default, |settings: TrainSettings| settings.setup);
        let tab = StoredValue::new(act::tab_number());
        TrainingState { setup: RwSignal::new(setup), tab, ..TrainingState::default() }
    }

    pub(crate) fn data(self) -> Option<DataReport> {
        let set = self.setup.with(|setup| setup.data.set.clone());
        self.options.with(|options| options.as_ref()?.data.iter().find(|data| data.set == set).cloned())
    }

    pub(crate) fn preset(self) -> Memo<Option<Preset>> {
        Memo::new(move |_| {
            let text = self.setup.with(|setup| setup.network.trim().to_owned());
            self.options
                .with(|options| options.as_ref()?.presets.iter().find(|preset| preset.text.trim() == text).cloned())
        })
    }

    pub(crate) fn current<T>(self, read: impl FnOnce(&Record) -> T) -> Option<T> {
        self.runs.with(|runs| runs.last().map(read))
    }

    /// Keeps the address and the setup equal, asks what there is to choose from, and starts the first run.
    fn attend(self) {
        let is_here = move || app().route.with(|route| route.page == TrainSettings::PAGE);
        Effect::new(move |before: Option<Setup>| {
            let setup = self.setup.get();
            let named = app().route.with(|route| route.settings().map(|settings: TrainSettings| settings.setup));
            let is_changed_here = before.as_ref() != Some(&setup);
            match named {
                _ if !is_here() => {}
                Some(named) if named == setup => {}
                Some(named) if !is_changed_here => self.setup.set(named),
                _ => app().go(|route| {
                    route.change_settings(|settings: &mut TrainSettings| settings.setup = setup.clone());
                }),
            }
            setup
        });
        Effect::new(move |_| {
            if is_here() && app().is_up() && self.options.with(Option::is_none) {
                app().try_to(async move { app().client.answer(Train::TrainOptions).await });
            }
        });
        Effect::new(move |_| {
            let is_time = is_here() && self.options.with(Option::is_some);
            if !is_time || self.has_begun.try_update_value(|begun| std::mem::replace(begun, true)) != Some(false) {
                return;
            }
            match untrack(|| self.next()) {
                // Another run than the one that is kept would take its place: that waits for a click.
                Next::Start if self.runs.with_untracked(Vec::is_empty) => self.start_anew(),
                Next::TakeUp if !act::was_paused() => self.do_next(None),
                Next::Start | Next::TakeUp | Next::Pause | Next::GoOn | Next::LastGood => {}
            }
        });
        Effect::new(move |before: Option<u32>| {
            let choices = self.choices.get();
            if before.is_some_and(|before| before != choices) && untrack(|| self.is_cheap()) {
                self.start_anew();
            }
            choices
        });
    }

    fn options_came(self, options: TrainOptions) {
        if let Some(stored) = &options.stored
            && self.runs.with_untracked(Vec::is_empty)
        {
            self.put_first(stored);
            let is_set = app().route.with_untracked(|route| route.settings::<TrainSettings>().is_some());
            if !is_set || self.setup.get_untracked() == Setup::default() {
                self.adopt(&stored.setup);
            }
        }
        self.options.set(Some(options));
    }

    fn imported(self, run: &StoredRun) {
        self.put_first(run);
        self.adopt(&run.setup);
        self.in_memory.set(true);
        let is_over = run.steps > 0 && run.step >= run.steps;
        self.phase.set(TrainingPhase::Rest(if is_over { RunState::Finished } else { RunState::Paused }));
    }

    fn data_came(self, report: DataReport) {
        let set = report.set.clone();
        let [count, classes] =
            [report.train + report.validation + report.test, report.classes.len() as u32].map(number::count);
        app().say(Note::Done(say!(train.data_loaded, name = set, count = count, classes = classes)));
        self.options.update(|options| {
            if let Some(options) = options {
                options.data.retain(|data| data.set != report.set);
                options.data.push(report);
            }
        });
        self.choose(|setup| self.take_data(setup, set));
    }

    /// Another data set. The network of the one before may not fit its shape: then one that was made for it is taken along.
    pub(crate) fn take_data(self, setup: &mut Setup, set: String) {
        self.options.with_untracked(|options| {
            let Some(options) = options else {
                return;
            };
            let shape_of = |set: &str| options.data.iter().find(|data| data.set == set).map(|data| data.shape);
            let (before, after) = (shape_of(&setup.data.set), shape_of(&set));
            if (before == Some(PLANE)) != (after == Some(PLANE)) {
                self.suit(setup, after == Some(PLANE));
            }
            if before != after
                && let Some(preset) = options.presets.iter().find(|preset| Some(preset.shape) == after)
            {
                setup.network.clone_from(&preset.text);
            }
        });
        setup.data.set = set;
    }

    /// Points are learnt in thousands of quick steps, which are there to be watched; pictures as fast as the device can.
    fn suit(self, setup: &mut Setup, is_plane: bool) {
        let usual = Setup::default();
        (setup.optimiser.rate, setup.epochs) = match is_plane {
            true => (PLANE_RATE, TrainSettings::NO_END),
            false => (usual.optimiser.rate, usual.epochs),
        };
        self.tempo.set(if is_plane { Tempo::Watchable } else { Tempo::Full });
    }

    /// Changes the setup, and shows at once what comes of it, where no long run is lost by that.
    pub(crate) fn choose(self, change: impl FnOnce(&mut Setup)) {
        self.setup.update(change);
        self.choices.update(|count| *count += 1);
    }

    /// Starting anew would cost the person little: nothing was paused, and what there is was made in short time.
    fn is_cheap(self) -> bool {
        let is_long = self.current(|run| run.cost_millis() > LONG_MILLIS).unwrap_or(false);
        let is_paused = self.phase.with(|phase| matches!(phase, TrainingPhase::Rest(RunState::Paused)));
        app().is_up() && !is_long && !is_paused
    }

    fn put_first(self, stored: &StoredRun) {
        let key = self.next_key();
        self.add(Record::from_stored(key, stored));
    }

    fn adopt(self, setup: &Setup) {
        self.setup.set(Setup { backend: BackendChoice::Auto, ..setup.clone() });
        if app().route.with_untracked(|route| route.backend) != setup.backend {
            app().go(|route| route.backend = setup.backend);
        }
    }

    fn add(self, record: Record) {
        self.runs.update(|runs| {
            // One that never took a step is nothing to compare with.
            if runs.last().is_some_and(|last| last.curve.points.is_empty()) {
                runs.pop();
            }
            runs.push(record);
            let surplus = runs.len().saturating_sub(RUNS);
            runs.drain(..surplus);
        });
    }

    fn next_key(self) -> u32 {
        self.last_key.update_value(|key| *key += 1);
        self.last_key.get_value()
    }
}

impl TrainingState {
    fn begun(self, train: TrainRun) {
        self.heard_at.set_value(None);
        self.has_begun.set_value(true);
        self.memory_before.set_value(self.in_memory.get_untracked());
        match train.from {
            Begin::Anew => self.add(Record::new(self.next_key(), train.setup)),
            Begin::Here | Begin::LastGood => self.runs.update(|runs| {
                if let Some(run) = runs.last_mut() {
                    run.steered |= run.setup != train.setup || train.from == Begin::LastGood;
                    run.setup = train.setup;
                }
            }),
            Begin::Stored => {
                let stored = self.options.with_untracked(|options| options.as_ref().and_then(|o| o.stored.clone()));
                let is_here = |stored: &StoredRun| {
                    self.runs.with_untracked(|runs| runs.last().is_some_and(|run| can_go_on(&run.setup, &stored.setup)))
                };
                if let Some(stored) = stored.filter(|stored| !is_here(stored)) {
                    self.put_first(&stored);
                }
            }
        }
        self.in_memory.set(true);
        act::note_paused(false);
        self.phase.set(TrainingPhase::Busy(None));
    }

    fn hear(self, trained: Trained) {
        app().computed_on(&trained.backend);
        let other_tab = act::another_tab(self.tab.get_value());
        if self.other_tab.get_untracked() != other_tab {
            self.other_tab.set(other_tab);
        }
        let now = now_millis();
        let since = self.heard_at.get_value().map_or(0.0, |before| now - before);
        self.heard_at.set_value(Some(now));
        let state = trained.state.clone();
        self.runs.update(|runs| {
            if let Some(run) = runs.last_mut() {
                run.millis += since;
                run.hear(trained);
            }
        });
        if self.phase.with_untracked(|phase| *phase != TrainingPhase::Busy(Some(state.clone()))) {
            self.phase.set(TrainingPhase::Busy(Some(state)));
        }
    }

    fn ended(self, trouble: Option<Trouble>) {
        self.handle.set_value(None);
        if trouble.is_some() && self.runs.with_untracked(|runs| runs.last().is_some_and(|run| run.last.is_none())) {
            // It never began; what was there before is there still.
            self.runs.update(|runs| drop(runs.pop()));
            // A dead engine clears this in a moment.
            self.in_memory.set(self.memory_before.get_value());
        }
        let state = self.runs.with_untracked(|runs| runs.last().and_then(|run| run.state().cloned()));
        self.phase.set(match trouble.filter(|trouble| !trouble.is(TroubleKind::Cancelled)) {
            None => match state {
                Some(RunState::Running | RunState::Compiling | RunState::Recovered { .. }) => {
                    TrainingPhase::Rest(RunState::Paused)
                }
                Some(state) => TrainingPhase::Rest(state),
                None => TrainingPhase::Idle,
            },
            Some(trouble) => TrainingPhase::Failed(trouble),
        });
    }
}

impl AppState {
    /// Training as it stands; from the first time on every run is followed, whoever starts it.
    pub(crate) fn training(self) -> TrainingState {
        self.page_state(
            || TrainingState::new(&self.route.get_untracked()),
            |training| {
                self.listen(ExperimentId::Train, move |told| training.listen(told));
                training.attend();
            },
        )
    }
}

impl TrainingState {
    /// What another version of the program has sealed is no news; the job's own answer says so.
    fn listen(self, told: ExperimentEvent) {
        let is_driver = |id: u32| self.driver.get_value() == Some(id);
        match told {
            // A new engine holds no run, but may find a stored one.
            ExperimentEvent::EngineUp => {
                self.in_memory.set(false);
                self.options.set(None);
            }
            ExperimentEvent::EngineGone => self.in_memory.set(false),
            ExperimentEvent::Heard(id, Heard::Begun(job)) => {
                if let Ok(Train::Train(run)) = job.open() {
                    self.driver.set_value(Some(id));
                    self.begun(run);
                }
            }
            ExperimentEvent::Heard(_, Heard::News(trained)) => {
                trained.open().into_iter().for_each(|news| self.hear(news))
            }
            ExperimentEvent::Heard(id, Heard::Failed(trouble)) if is_driver(id) => self.ended(Some(trouble)),
            ExperimentEvent::Heard(_, Heard::Failed(_)) => {}
            ExperimentEvent::Heard(id, Heard::Answer(answer)) => match answer.open() {
                Ok(TrainAnswer::TrainOptions(options)) => self.options_came(options),
                Ok(TrainAnswer::Data(report)) => self.data_came(report),
                Ok(TrainAnswer::Imported(run)) => self.imported(&run),
                Ok(TrainAnswer::Trained(trained)) => {
                    self.hear(trained);
                    if is_driver(id) {
                        self.ended(None);
                    }
                }
                Ok(TrainAnswer::Described(_) | TrainAnswer::Looked(_) | TrainAnswer::Exported(_)) | Err(_) => {}
            },
        }
    }
}

fn now_millis() -> f64 {
    leptos::prelude::window().performance().map_or(0.0, |performance| performance.now())
}
