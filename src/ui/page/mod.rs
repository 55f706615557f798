//! The pages, one row each in [`PAGES`]: the navigation, the address and what is shown follow from it.

mod bring;
mod classify;

/// The page that is there from the beginning.
pub(crate) use bring::bring_pictures;
pub(crate) use classify::{FitSelect, NetworkSelect, Question, checks, classify as first, prepare};

use crate::protocol::{Experiment, ExperimentId};
use crate::ui::{Words, app};
use leptos::prelude::{AnyView, Effect};

pub(crate) trait ExperimentPage: Experiment {
    /// The page's style sheet, beside what such pages share.
    const STYLE: &'static str = "";

    fn view() -> AnyView;

    /// For a page that follows all jobs of its experiment, whoever asks for them: begins to, where it has not begun.
    fn listen() {}
}

/// Calls `begin` when the engine is up and it `is_time`, once: what a page does for a person by itself.
pub(crate) fn begin_once(is_time: impl Fn() -> bool + 'static, begin: impl Fn() + 'static) {
    Effect::new(move |begun: Option<bool>| {
        let begun = begun.unwrap_or(false);
        let is_time = app().is_up() && is_time();
        if is_time && !begun {
            begin();
        }
        begun || is_time
    });
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PageId {
    #[default]
    Classify,
    Experiment(ExperimentId),
}

/// Where a page stands in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageGroup {
    Use,
    Learn,
    Here,
}

/// What a page's first answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageTopic {
    Pictures,
    Nothing,
}

pub(crate) struct Page {
    pub(crate) id: PageId,
    pub(crate) path: &'static str,
    pub(crate) group: PageGroup,
    pub(crate) about: PageTopic,
    /// In the person's language, so call it inside a closure.
    pub(crate) name: Words,
}

macro_rules! pages {
    ($($part:ident => { $($id:ident $name:ident $group:ident $about:ident),* $(,)? })*) => {
        $($(mod $id;)*)*

        /// In the order in which a person meets them, group by group.
        pub(crate) const PAGES: &[Page] = &[
            Page {
                id: PageId::Classify,
                path: "classify",
                group: PageGroup::Use,
                about: PageTopic::Pictures,
                name: || say!(app.classify),
            },
            $($(Page {
                id: PageId::Experiment(ExperimentId::$name),
                path: stringify!($id),
                group: PageGroup::$group,
                about: PageTopic::$about,
                name: || say!(app.$id),
            },)*)*
        ];
    };
}
crate::experiments!(pages);

impl PageGroup {
    pub(crate) const ALL: [PageGroup; 3] = [PageGroup::Use, PageGroup::Learn, PageGroup::Here];

    pub(crate) fn name(self) -> &'static str {
        match self {
            PageGroup::Use => say!(app.group_use),
            PageGroup::Learn => say!(app.group_learn),
            PageGroup::Here => say!(app.group_here),
        }
    }
}

impl PageId {
    /// Begins to fetch its code where that is not here.
    pub(crate) fn prepare(self) {
        app().parts.of(self).iter().for_each(|code| code.want());
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
        self.row().is_some_and(|page| page.group != PageGroup::Here)
    }

    pub(crate) fn asks_of_pictures(self) -> bool {
        self.row().is_some_and(|page| page.about == PageTopic::Pictures)
    }

    pub(crate) fn row(self) -> Option<&'static Page> {
        PAGES.iter().find(|page| page.id == self)
    }
}
