//! What classifying does not need of the page, in parts that are fetched when a person first goes there.

use crate::part::Fetch;
use crate::ui::page::{self, PageId};
use crate::ui::script::{self, Script};
use leptos::prelude::{AnyView, Get, GetUntracked, LocalStorage, RwSignal, Set, expect_context, provide_context};
use leptos::task::spawn_local;

/// The parts, as the page's binary names them.
#[derive(Clone, Copy)]
pub struct Parts {
    pub learn: Fetch<Views>,
    pub fool: Fetch<Views>,
    pub caption: Fetch<Views>,
    pub speed: Fetch<Views>,
    pub networks: Fetch<Views>,
    pub script: Fetch<Script>,
}

/// The pages of one part.
#[derive(Clone, Copy)]
pub struct Views(pub(super) fn(PageId) -> Option<AnyView>);

/// Train, Optimise, Distil: they share curves, settings and names.
pub fn learn() -> Views {
    Views(page::learn)
}

pub fn fool() -> Views {
    Views(page::fool)
}

pub fn caption() -> Views {
    Views(page::caption)
}

pub fn speed() -> Views {
    Views(page::speed)
}

pub fn networks() -> Views {
    Views(page::networks)
}

/// `window.neocog.run`.
pub fn script() -> Script {
    script::script()
}

/// How far a part is.
#[derive(Clone, Copy)]
pub(crate) enum Arrival {
    Away,
    Coming,
    Here(Views),
    Failed,
}

/// One part of the page.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    fetch: Fetch<Views>,
    arrival: RwSignal<Arrival, LocalStorage>,
}

impl Part {
    fn new(fetch: Fetch<Views>) -> Part {
        Part { fetch, arrival: RwSignal::new_local(Arrival::Away) }
    }

    pub(crate) fn arrival(self) -> Arrival {
        self.arrival.get()
    }

    /// Fetches it, unless it is here or on its way.
    pub(crate) fn want(self) {
        if let Arrival::Coming | Arrival::Here(_) = self.arrival.get_untracked() {
            return;
        }
        self.arrival.set(Arrival::Coming);
        spawn_local(async move {
            let fetched = (self.fetch)().await;
            self.arrival.set(fetched.map_or(Arrival::Failed, Arrival::Here));
        });
    }
}

/// The parts that hold pages; a context.
#[derive(Clone, Copy)]
pub(crate) struct Shelves {
    pub(crate) learn: Part,
    pub(crate) fool: Part,
    pub(crate) caption: Part,
    pub(crate) speed: Part,
    pub(crate) networks: Part,
}

impl Shelves {
    pub(crate) fn provide(parts: Parts) {
        let Parts { learn, fool, caption, speed, networks, script: _ } = parts;
        let [learn, fool, caption, speed, networks] = [learn, fool, caption, speed, networks].map(Part::new);
        provide_context(Shelves { learn, fool, caption, speed, networks });
    }

    pub(crate) fn here() -> Shelves {
        expect_context()
    }
}
