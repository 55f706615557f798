//! What classifying does not need of the page, in parts that are fetched when a person first goes there.

use crate::part::{Fetch, Missing};
use crate::protocol::{self, CatalogueEntry, ExperimentId, Trouble, TroubleKind, WeightsLoaded};
use crate::ui::page::{PAGES, Question};
use crate::ui::script::{self, Script};
use crate::ui::widget::{self, Button};
use crate::ui::{ExperimentPage, PageId, app, folder, live, sentence, style};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;
use std::future::ready;
use web_sys::FileSystemEntry;

/// The parts, as the page's binary names them.
#[derive(Clone, Copy)]
pub struct PageParts {
    pub experiments: fn(ExperimentId) -> Fetch<Views>,
    pub later: Fetch<LaterCode>,
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

/// `window.neocog.run`.
pub fn script() -> Script {
    script::script()
}

/// What nobody needs before the first answer of a visit: fetched right after it, or when it is wanted earlier.
#[derive(Clone, Copy)]
pub struct LaterCode {
    pub(crate) trouble: fn(&Trouble) -> String,
    pub(crate) checks: fn(Question) -> AnyView,
    pub(crate) prepare: fn(Question) -> AnyView,
    pub(crate) offers: fn(Signal<Vec<CatalogueEntry>>) -> AnyView,
    pub(crate) address: fn(RwSignal<bool>) -> AnyView,
    pub(crate) camera: fn(RwSignal<bool>) -> AnyView,
    pub(crate) take_folders: fn(Vec<FileSystemEntry>),
    pub(crate) weights: fn(WeightsLoaded) -> AnyView,
}

pub fn later() -> LaterCode {
    LaterCode {
        trouble: sentence::trouble,
        checks: crate::ui::page::checks,
        prepare: crate::ui::page::prepare,
        offers: widget::offers,
        address: widget::address_form,
        camera: widget::viewfinder,
        take_folders: folder::take_folders,
        weights: widget::weights_words,
    }
}

/// How far the code of a part is.
#[derive(Clone, Copy)]
pub(crate) enum Arrival<T> {
    Away,
    Coming,
    Here(T),
    Failed,
}

#[derive(Clone, Copy)]
pub(crate) struct PartCode<T: 'static> {
    fetch: Fetch<T>,
    arrival: RwSignal<Arrival<T>, LocalStorage>,
}

impl<T: Copy> PartCode<T> {
    fn new(fetch: Fetch<T>) -> Self {
        Self { fetch, arrival: RwSignal::new_local(Arrival::Away) }
    }

    pub(crate) fn arrival(self) -> Arrival<T> {
        self.arrival.get()
    }

    pub(crate) async fn fetched(self) -> Result<T, Missing> {
        (self.fetch)().await
    }

    /// Fetches it, unless it is here or on its way.
    pub(crate) fn want(self) {
        if let Arrival::Coming | Arrival::Here(_) = self.arrival.get_untracked() {
            return;
        }
        self.arrival.set(Arrival::Coming);
        spawn_local(async move {
            self.arrival.set((self.fetch)().await.map_or(Arrival::Failed, Arrival::Here));
        });
    }

    /// `show` once it is here; until then a line that it comes, or why it does not, with the way to ask for it again.
    pub(crate) fn show(self, show: impl Fn(T) -> AnyView + Send + 'static) -> AnyView {
        live::view(move || match self.arrival() {
            Arrival::Here(code) => untrack(|| show(code)),
            Arrival::Away | Arrival::Coming => {
                view! { <p class="hint" data-testid="coming" aria-busy="true">{words!(app.coming)}</p> }.into_any()
            }
            Arrival::Failed => view! {
                <div class="card">
                    <p class="trouble" role="alert" data-testid="trouble" data-kind=TroubleKind::PartMissing.name()>
                        {words!(trouble.part_missing)}
                    </p>
                    <Button id="fetch-again" class="btn main" words=words!(app.again) on_press=move |()| self.want() />
                </div>
            }
            .into_any(),
        })
        .into_any()
    }
}

#[derive(Clone, Copy)]
pub(crate) struct PageCode {
    page: PageId,
    code: PartCode<Views>,
}

impl PageCode {
    pub(crate) fn want(self) {
        self.code.want();
    }

    /// Its view, and what stands there until it is here.
    pub(crate) fn show(self) -> AnyView {
        self.code.show(move |views| {
            let view = views.of(self.page).map_or_else(|| ().into_any(), |view| (view.show)());
            app().take_waiting(self.page);
            view
        })
    }

    pub(crate) fn is_here(self) -> bool {
        matches!(self.code.arrival.get_untracked(), Arrival::Here(_))
    }

    pub(crate) async fn fetched(self) -> Result<View, Missing> {
        (self.code.fetch)().await?.of(self.page).ok_or(Missing)
    }
}

/// The code of all pages but the first, and of what comes later on that one.
#[derive(Clone, Copy)]
pub(crate) struct CodeParts {
    pages: StoredValue<Vec<PageCode>, LocalStorage>,
    pub(crate) later: PartCode<LaterCode>,
    pub(crate) script: Fetch<Script>,
}

/// Before they are named there are none.
const NO_PARTS: PageParts = PageParts {
    experiments: |_| || Box::pin(ready(Err(Missing))),
    later: || Box::pin(ready(Err(Missing))),
    script: || Box::pin(ready(Err(Missing))),
};

thread_local! {
    static PARTS: Cell<PageParts> = const { Cell::new(NO_PARTS) };
}

/// Names the parts, before anything is shown.
pub(super) fn name(parts: PageParts) {
    PARTS.set(parts);
}

impl CodeParts {
    /// Of the parts that were named; to be owned by whom this is made by.
    pub(crate) fn named() -> CodeParts {
        let parts = PARTS.get();
        let pages = PAGES.iter().filter_map(|row| {
            let fetch = match row.id {
                PageId::Classify => return None,
                PageId::Experiment(id) => (parts.experiments)(id),
            };
            Some(PageCode { page: row.id, code: PartCode::new(fetch) })
        });
        let pages = StoredValue::new_local(pages.collect());
        CodeParts { pages, later: PartCode::new(parts.later), script: parts.script }
    }

    /// `None` for the page that is there from the beginning.
    pub(crate) fn of(self, page: PageId) -> Option<PageCode> {
        self.pages.with_value(|pages| pages.iter().find(|code| code.page == page).copied())
    }
}
