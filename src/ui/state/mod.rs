//! The state that all pages share: the engine's station, the tray of pictures, transfers, notices.
//!
//! Outcomes change it in one place, `AppState::absorb`, whoever asked for them: a page or a script.

mod intake;
mod notice;
mod tray;
mod weights;

use crate::protocol::{BackendUsed, EngineStatus, ExperimentId, GpuReport, Job, Outcome, Start, trouble};
use crate::ui::PageId;
use crate::ui::client::{Client, Event, Heard};
use crate::ui::parts::CodeParts;
use crate::ui::route::{self, Route};
pub(crate) use intake::{Incoming, name_in};
use js_sys::Promise;
use leptos::prelude::{
    Effect, Get, GetUntracked, LocalStorage, Memo, Owner, RwSignal, Set, SetValue, StoredValue, Update, UpdateValue,
    With, WithUntracked, WithValue, on_cleanup, window,
};
use leptos::task::spawn_local;
pub(crate) use notice::{IncomingFile, Note, Notice};
use std::any::{Any, TypeId};
use std::cell::LazyCell;
pub(crate) use tray::TrayItem;
use wasm_bindgen_futures::JsFuture;
pub(crate) use weights::Subject;

/// What the engine is doing with its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Starting,
    Up,
    Down,
}

#[derive(Clone, Copy)]
pub(crate) struct AppState {
    pub(crate) client: Client,
    pub(crate) route: RwSignal<Route>,
    pub(crate) parts: CodeParts,
    page_states: PageStates,
    /// What takes what is dropped on the page of this id, where that wants more than pictures and weights.
    drop_handler: StoredValue<Option<(PageId, DropHandler)>>,
    /// What was dropped on a page whose code is still to come.
    waiting_drop: StoredValue<Option<(PageId, Incoming)>, LocalStorage>,
    /// They hear of experiments, whoever asks for them.
    listeners: StoredValue<Vec<Listener>, LocalStorage>,
    pub(crate) life: RwSignal<Life>,
    pub(crate) station: RwSignal<Option<EngineStatus>>,
    tray: RwSignal<Vec<TrayItem>, LocalStorage>,
    /// The picture that the pages ask about.
    pub(crate) chosen: RwSignal<Option<u32>>,
    removed: RwSignal<Option<(usize, TrayItem)>, LocalStorage>,
    pub(crate) notices: RwSignal<Vec<Notice>>,
    pub(crate) transfers: RwSignal<Vec<IncomingFile>, LocalStorage>,
    /// Where the last answer was computed.
    pub(crate) used: RwSignal<Option<BackendUsed>>,
    pub(crate) dragging: RwSignal<bool>,
    /// A first answer was waited for long enough.
    waited: RwSignal<bool>,
    /// Drawings of the gallery that are still being made.
    to_come: RwSignal<usize>,
    /// What is shown asks about the chosen picture, on a page that is not about pictures.
    wanted_trays: RwSignal<usize>,
}

/// Takes what was dropped or pasted; whether it wanted it.
pub(crate) type DropHandler = fn(AppState, &Incoming) -> bool;

struct Listener {
    experiment: ExperimentId,
    listen: Box<dyn Fn(ExperimentEvent)>,
}

pub(crate) enum ExperimentEvent {
    EngineUp,
    EngineGone,
    /// Of its experiment; the number is the job's.
    Heard(u32, Heard),
}

/// Between two drawings, so that whatever else is asked for meanwhile comes first.
const PAUSE_MILLIS: i32 = 30;
/// A page that has had no answer for so long gets the gallery all the same.
const ANSWER_LIMIT_MILLIS: i32 = 4000;

/// Until the engine has said how many drawings it has.
const DRAWINGS: usize = 16;

thread_local! {
    static APP: LazyCell<AppState> = LazyCell::new(AppState::new);
}

/// The document's one state.
pub(crate) fn app() -> AppState {
    APP.with(|app| **app)
}

impl AppState {
    fn new() -> AppState {
        let route = route::follow_address();
        let start = Start { without_gpu: route.get_untracked().without_gpu };
        AppState {
            client: Client::new(start, |event| app().hear(event)),
            route,
            parts: CodeParts::named(),
            page_states: PageStates::new(),
            drop_handler: StoredValue::new(None),
            waiting_drop: StoredValue::new_local(None),
            listeners: StoredValue::new_local(Vec::new()),
            life: RwSignal::new(Life::Starting),
            station: RwSignal::new(None),
            tray: RwSignal::new_local(Vec::new()),
            chosen: RwSignal::new(None),
            removed: RwSignal::new_local(None),
            notices: RwSignal::new(Vec::new()),
            transfers: RwSignal::new_local(Vec::new()),
            used: RwSignal::new(None),
            dragging: RwSignal::new(false),
            waited: RwSignal::new(false),
            to_come: RwSignal::new(DRAWINGS),
            wanted_trays: RwSignal::new(0),
        }
    }

    /// Starts the engine, and whenever the address wants another one.
    pub(crate) fn begin(self) {
        self.client.boot();
        self.add_gallery();
        self.detect_gpu();
        self.say_what_is_unknown();
        if tray::had_own() {
            tray::note_own(false);
            self.say(Note::Needs(say!(tray.not_kept).to_owned()));
        }
        let page = Memo::new(move |_| self.route.with(|route| route.page));
        Effect::new(move |before: Option<PageId>| {
            let page = page.get();
            if before.is_some_and(|before| before != page) {
                window().scroll_to_with_x_and_y(0.0, 0.0);
                self.forget_notices(u32::MAX);
            }
            page
        });
        Effect::new(move |before: Option<bool>| {
            let without_gpu = self.route.get().without_gpu;
            if before.is_some_and(|before| before != without_gpu) {
                self.life.set(Life::Starting);
                self.used.set(None);
                self.client.renew(Start { without_gpu });
            }
            without_gpu
        });
    }

    pub(crate) fn is_up(self) -> bool {
        self.life.get() == Life::Up
    }

    /// What a page keeps here when it is left; `begin` is called once, with it in place.
    pub(crate) fn page_state<T: Copy + 'static>(self, make: impl FnOnce() -> T, begin: impl FnOnce(T)) -> T {
        self.page_states.get_or_make(make, begin)
    }

    /// From now on `listen` is told of every job of this experiment, and of the engine's coming and going.
    pub(crate) fn listen(self, experiment: ExperimentId, listen: impl Fn(ExperimentEvent) + 'static) {
        self.listeners.update_value(|all| all.push(Listener { experiment, listen: Box::new(listen) }));
        self.client.follow_all(experiment);
    }

    pub(crate) fn computed_on(self, backend: &BackendUsed) {
        if self.used.with_untracked(|used| used.as_ref() != Some(backend)) {
            self.used.set(Some(backend.clone()));
        }
    }

    /// Lets a page's own code see first what is dropped on it.
    pub(crate) fn handle_drops(self, page: PageId, drop_handler: DropHandler) {
        self.drop_handler.set_value(Some((page, drop_handler)));
    }

    /// Whether the tray is in sight: where what is shown asks about the chosen picture.
    pub(crate) fn shows_tray(self) -> bool {
        self.route.with(|route| route.page.asks_of_pictures()) || self.wanted_trays.get() > 0
    }

    /// The tray stays in sight until the caller's view goes.
    pub(crate) fn want_tray(self) {
        self.wanted_trays.update(|count| *count += 1);
        on_cleanup(move || self.wanted_trays.update(|count| *count -= 1));
    }

    /// A link may name a network or a picture that is not here.
    fn say_what_is_unknown(self) {
        let unknown = Memo::new(move |_| {
            let (network, drawing) = self.route.with(|route| (route.network.clone(), route.drawing.clone()));
            self.station.with(|station| {
                let station = station.as_ref()?;
                let network = network.filter(|name| station.networks.iter().all(|network| network.id != *name));
                let drawing = drawing.filter(|name| !station.gallery.contains(name));
                Some((network, drawing))
            })
        });
        Effect::new(move |_| {
            let (network, drawing) = unknown.get().unwrap_or_default();
            if let Some(network) = network {
                let known = self.station.with_untracked(|station| {
                    let networks = station.iter().flat_map(|station| &station.networks);
                    networks.map(|network| network.id.clone()).collect::<Vec<_>>().join(", ")
                });
                self.route.update(|route| route.network = None);
                self.say(Note::Trouble(trouble::UnknownNetwork { network, known }.into()));
            }
            if let Some(name) = drawing {
                self.route.update(|route| route.drawing = None);
                self.say(Note::NoDrawing { name });
            }
        });
    }

    /// How many tiles of the tray are still empty.
    pub(crate) fn drawings_to_come(self) -> usize {
        if self.life.get() == Life::Down { 0 } else { self.to_come.get() }
    }

    /// Changes the route, and with it the address.
    pub(crate) fn go(self, change: impl FnOnce(&mut Route)) {
        self.route.update(change);
    }

    /// The program's own pictures, as soon as the engine has named them: something to see before anything is brought.
    fn add_gallery(self) {
        Effect::new(move |done: Option<bool>| {
            if done == Some(true) {
                return true;
            }
            let Some(station) = self.station.get() else {
                return false;
            };
            self.to_come.set(station.gallery.len());
            spawn_local(self.draw_gallery(station.gallery));
            true
        });
    }

    /// Looked for once there is an answer, or nobody waits for one: what drives it is fetched then.
    fn detect_gpu(self) {
        let is_unknown = Memo::new(move |_| {
            self.station.with(|station| station.as_ref().is_some_and(|station| station.gpu == GpuReport::NotAsked))
        });
        let is_time = Memo::new(move |_| {
            let waits = self.route.with(|route| route.page.asks_of_pictures());
            !waits || self.used.with(Option::is_some) || self.waited.get()
        });
        Effect::new(move |_| {
            if is_unknown.get() && is_time.get() && self.life.get() == Life::Up {
                self.try_to(self.client.run(Job::MeetGpu));
            }
        });
    }

    /// The engine knows the GPU, or that there is none.
    pub(crate) fn knows_gpu(self) -> bool {
        self.station.with(|station| station.as_ref().is_some_and(|station| station.gpu != GpuReport::NotAsked))
    }

    /// The picture that the page shows first, the others after its first answer: drawing them all takes longer than that.
    async fn draw_gallery(self, mut names: Vec<String>) {
        let (page, wanted) = self.route.with_untracked(|route| (route.page, route.drawing.clone()));
        let first = wanted.and_then(|wanted| names.iter().position(|name| *name == wanted)).unwrap_or_default();
        if page.asks_of_pictures() && first < names.len() {
            self.take_drawing(names.remove(first)).await;
        }
        let is_waiting = || {
            page.answers_by_itself()
                && self.used.with_untracked(Option::is_none)
                && self.life.get_untracked() == Life::Up
        };
        for _ in 0..ANSWER_LIMIT_MILLIS / PAUSE_MILLIS {
            if !is_waiting() {
                break;
            }
            pause(PAUSE_MILLIS).await;
        }
        self.waited.set(true);
        self.parts.later.want();
        for name in names {
            self.take_drawing(name).await;
            pause(PAUSE_MILLIS).await;
        }
    }
}

async fn pause(millis: i32) {
    let timer = Promise::new(&mut |resolve, _| {
        // It refuses only what is no function.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
    });
    let _ = JsFuture::from(timer).await;
}

impl AppState {
    fn hear(self, event: Event) {
        match event {
            Event::Up(station) => {
                self.tell_all(|| ExperimentEvent::EngineUp);
                self.station.set(Some(station));
                self.life.set(Life::Up);
            }
            Event::Restarting(trouble) => {
                self.tell_all(|| ExperimentEvent::EngineGone);
                self.life.set(Life::Starting);
                self.used.set(None);
                self.say(Note::Restarted(trouble));
            }
            Event::Down(trouble) => {
                self.tell_all(|| ExperimentEvent::EngineGone);
                self.life.set(Life::Down);
                self.say(Note::Down(trouble));
            }
            Event::PartMissing => self.say(Note::PartMissing),
            Event::Lost { picture, name } => {
                self.forget(picture);
                self.say(Note::LostPicture { name });
            }
            Event::Removed(picture) => self.forget(picture),
            Event::Done(outcome) => self.absorb(outcome),
            Event::Experiment { id, experiment, heard } => self.listeners.with_value(|all| {
                if let Some(listener) = all.iter().find(|listener| listener.experiment == experiment) {
                    (listener.listen)(ExperimentEvent::Heard(id, heard));
                }
            }),
        }
    }

    fn absorb(self, outcome: Outcome) {
        match outcome {
            Outcome::Status(station) => self.station.set(Some(station)),
            Outcome::Gpu(gpu) => self.change_station(|station| station.gpu = gpu),
            Outcome::Picture(picture) => self.add_picture(picture),
            Outcome::Weights(loaded) => self.weights_loaded(loaded),
            Outcome::Prepared(prepared) => self.weights_prepared(prepared),
            Outcome::Cached(cached) => self.weights_cached(cached),
            Outcome::Classified(classified) => self.used.set(Some(classified.backend)),
            Outcome::Removed(_)
            | Outcome::Compared(_)
            | Outcome::Steered
            | Outcome::Experiment(_)
            | Outcome::Held(_) => {}
        }
    }

    fn tell_all(self, told: impl Fn() -> ExperimentEvent) {
        self.listeners.with_value(|all| all.iter().for_each(|listener| (listener.listen)(told())));
    }
}

/// What pages keep when they are left. A page's own code makes its state when it first asks for it.
/// There is one of each type.
#[derive(Clone, Copy)]
struct PageStates {
    owner: StoredValue<Option<Owner>>,
    made: StoredValue<Vec<Made>, LocalStorage>,
}

struct Made {
    of: TypeId,
    value: Box<dyn Any>,
}

impl PageStates {
    /// To be owned by whom this is made by.
    fn new() -> Self {
        Self { owner: StoredValue::new(Owner::current()), made: StoredValue::new_local(Vec::new()) }
    }

    fn get<T: Copy + 'static>(self) -> Option<T> {
        self.made.with_value(|all| {
            let made = all.iter().find(|made| made.of == TypeId::of::<T>())?;
            made.value.downcast_ref().copied()
        })
    }

    /// Makes it where it is not there. `begin` is what it does at first, with itself in place.
    fn get_or_make<T: Copy + 'static>(self, make: impl FnOnce() -> T, begin: impl FnOnce(T)) -> T {
        if let Some(made) = self.get() {
            return made;
        }
        let owned = || {
            let made = make();
            self.made.update_value(|all| all.push(Made { of: TypeId::of::<T>(), value: Box::new(made) }));
            begin(made);
            made
        };
        match self.owner.with_value(Clone::clone) {
            Some(owner) => owner.with(owned),
            None => owned(),
        }
    }
}
