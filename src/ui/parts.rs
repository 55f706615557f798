//! What classifying does not need of the page, in parts that are fetched when a person first goes there.

use crate::part::{Fetch, Missing};
use crate::protocol::{self, ExperimentId};
use crate::ui::page::PAGES;
use crate::ui::script::{self, Script};
use crate::ui::{ExperimentPage, PageId, style};
use leptos::prelude::{
    AnyView, Get, GetUntracked, LocalStorage, RwSignal, Set, StoredValue, WithValue, expect_context, provide_context,
};
use leptos::task::spawn_local;

/// The parts, as the page's binary names them.
#[derive(Clone, Copy)]
pub struct PageParts {
    pub experiments: fn(ExperimentId) -> Fetch<Views>,
    pub networks: Fetch<Views>,
    pub script: Fetch<Script>,
}

/// The pages of one part.
#[derive(Clone, Copy)]
pub struct Views(&'static [View]);

#[derive(Clone, Copy)]
pub(crate) struct View {
    page: PageId,
    pub(crate) show: fn() -> AnyView,
    /// Hears of the experiment from now on, whoever asks for it.
    pub(crate) listen: fn(),
}

impl Views {
    pub(crate) fn of(self, page: PageId) -> Option<View> {
        self.0.iter().find(|view| view.page == page).copied()
    }
}

const fn view<E: ExperimentPage>() -> View {
    View { page: PageId::Experiment(E::ID), show: styled::<E>, listen: E::listen }
}

fn styled<E: ExperimentPage>() -> AnyView {
    style::wear_experiment(E::STYLE);
    E::view()
}

macro_rules! views {
    ($($part:ident => { $($id:ident $name:ident $group:ident $about:ident),* $(,)? })*) => {
        /// The parts of the table of experiments. Each part's binary function names one of these, and nothing else does.
        pub mod experiments {
            use super::{Views, protocol, view};
            $(pub fn $part() -> Views {
                Views(const { &[$(view::<protocol::$name>()),*] })
            })*
        }
    };
}
crate::experiments!(views);

pub fn networks() -> Views {
    Views(const { &[View { page: PageId::Networks, show: crate::ui::page::networks, listen: || {} }] })
}

/// `window.neocog.run`.
pub fn script() -> Script {
    script::script()
}

/// How far the code of a page is.
#[derive(Clone, Copy)]
pub(crate) enum Arrival {
    Away,
    Coming,
    Here(View),
    Failed,
}

#[derive(Clone, Copy)]
pub(crate) struct PageCode {
    page: PageId,
    fetch: Fetch<Views>,
    arrival: RwSignal<Arrival, LocalStorage>,
}

impl PageCode {
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
            let fetched = self.fetched().await;
            self.arrival.set(fetched.map_or(Arrival::Failed, Arrival::Here));
        });
    }

    pub(crate) async fn fetched(self) -> Result<View, Missing> {
        (self.fetch)().await?.of(self.page).ok_or(Missing)
    }
}

/// The code of all pages but the first; a context.
#[derive(Clone, Copy)]
pub(crate) struct CodeParts(StoredValue<Vec<PageCode>, LocalStorage>);

impl CodeParts {
    pub(crate) fn provide(parts: PageParts) {
        let fetched = PAGES.iter().filter_map(|row| {
            let fetch = match row.id {
                PageId::Classify => return None,
                PageId::Networks => parts.networks,
                PageId::Experiment(id) => (parts.experiments)(id),
            };
            Some(PageCode { page: row.id, fetch, arrival: RwSignal::new_local(Arrival::Away) })
        });
        provide_context(CodeParts(StoredValue::new_local(fetched.collect())));
    }

    pub(crate) fn here() -> CodeParts {
        expect_context()
    }

    /// `None` for the page that is there from the beginning.
    pub(crate) fn of(self, page: PageId) -> Option<PageCode> {
        self.0.with_value(|pages| pages.iter().find(|code| code.page == page).copied())
    }
}
