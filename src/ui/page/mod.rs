//! The pages, one row each in [`PAGES`]: the navigation, the address and what is shown follow from it.

mod ask;
mod caption;
mod classify;
mod distil;
mod fool;
mod networks;
mod optimise;
mod run;
mod speed;
mod train;

pub(crate) use run::{Run, astray};

use crate::ui::lang::Words;
use crate::ui::parts::{Part, Shelves};
use leptos::prelude::{AnyView, IntoAny};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PageId {
    #[default]
    Classify,
    Caption,
    Fool,
    Train,
    Optimise,
    Distil,
    Networks,
    Speed,
}

/// Where a page stands in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Use,
    Learn,
    Here,
}

pub(crate) struct Page {
    pub(crate) id: PageId,
    pub(crate) path: &'static str,
    pub(crate) group: Group,
    /// Its first answer is about a picture of the tray.
    pub(crate) asks_of_pictures: bool,
    /// In the person's language, so call it inside a closure.
    pub(crate) name: Words,
    pub(crate) view: View,
}

/// Where the code of a page is.
#[derive(Clone, Copy)]
pub(crate) enum View {
    Here(fn() -> AnyView),
    In(fn(&Shelves) -> Part),
}

/// In the order in which a person meets them.
pub(crate) const PAGES: [Page; 8] = [
    Page {
        id: PageId::Classify,
        path: "classify",
        group: Group::Use,
        asks_of_pictures: true,
        name: || say!(app.classify),
        view: View::Here(|| classify::Classify().into_any()),
    },
    Page {
        id: PageId::Fool,
        path: "fool",
        group: Group::Use,
        asks_of_pictures: true,
        name: || say!(app.fool),
        view: View::In(|shelves| shelves.fool),
    },
    Page {
        id: PageId::Caption,
        path: "caption",
        group: Group::Use,
        asks_of_pictures: false,
        name: || say!(app.caption),
        view: View::In(|shelves| shelves.caption),
    },
    Page {
        id: PageId::Train,
        path: "train",
        group: Group::Learn,
        asks_of_pictures: false,
        name: || say!(app.train),
        view: View::In(|shelves| shelves.learn),
    },
    Page {
        id: PageId::Optimise,
        path: "optimise",
        group: Group::Learn,
        asks_of_pictures: false,
        name: || say!(app.optimise),
        view: View::In(|shelves| shelves.learn),
    },
    Page {
        id: PageId::Distil,
        path: "distil",
        group: Group::Learn,
        asks_of_pictures: false,
        name: || say!(app.distil),
        view: View::In(|shelves| shelves.learn),
    },
    Page {
        id: PageId::Networks,
        path: "networks",
        group: Group::Here,
        asks_of_pictures: false,
        name: || say!(app.networks),
        view: View::In(|shelves| shelves.networks),
    },
    Page {
        id: PageId::Speed,
        path: "speed",
        group: Group::Here,
        asks_of_pictures: false,
        name: || say!(app.speed),
        view: View::In(|shelves| shelves.speed),
    },
];

/// The pages of the part of that name; each part's binary function names one of these, and nothing else does.
pub(super) fn learn(page: PageId) -> Option<AnyView> {
    match page {
        PageId::Train => Some(train::Train().into_any()),
        PageId::Optimise => Some(optimise::Optimise().into_any()),
        PageId::Distil => Some(distil::Distil().into_any()),
        PageId::Classify | PageId::Caption | PageId::Fool | PageId::Speed | PageId::Networks => None,
    }
}

pub(super) fn fool(page: PageId) -> Option<AnyView> {
    (page == PageId::Fool).then(|| fool::Fool().into_any())
}

pub(super) fn caption(page: PageId) -> Option<AnyView> {
    (page == PageId::Caption).then(|| caption::Caption().into_any())
}

pub(super) fn speed(page: PageId) -> Option<AnyView> {
    (page == PageId::Speed).then(|| speed::Speed().into_any())
}

pub(super) fn networks(page: PageId) -> Option<AnyView> {
    (page == PageId::Networks).then(|| networks::Networks().into_any())
}

impl Group {
    pub(crate) const ALL: [Group; 3] = [Group::Use, Group::Learn, Group::Here];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Group::Use => say!(app.group_use),
            Group::Learn => say!(app.group_learn),
            Group::Here => say!(app.group_here),
        }
    }
}

impl PageId {
    /// Begins to fetch its code where that is not here.
    pub(crate) fn prepare(self, shelves: &Shelves) {
        if let Some(Page { view: View::In(part), .. }) = self.row() {
            part(shelves).want();
        }
    }

    /// An unknown path is the first page's.
    pub(crate) fn from_path(path: &str) -> PageId {
        PAGES.iter().find(|page| page.path == path).map(|page| page.id).unwrap_or_default()
    }

    pub(crate) fn path(self) -> &'static str {
        self.row().map_or("", |page| page.path)
    }

    /// Something is computed for the person before they ask.
    pub(crate) fn answers_by_itself(self) -> bool {
        self.row().is_some_and(|page| page.group != Group::Here)
    }

    pub(crate) fn asks_of_pictures(self) -> bool {
        self.row().is_some_and(|page| page.asks_of_pictures)
    }

    pub(crate) fn row(self) -> Option<&'static Page> {
        PAGES.iter().find(|page| page.id == self)
    }
}
