//! Captions of one's own: what was brought, what is being learnt, and what came of it. It stays when the page is left.

use super::super::teach::appended;
use crate::protocol::{
    BringCaptions, Caption, CaptionNews, Captioned, CaptionsReport, Experiment, LearnCaptions, Learnt, Trouble,
    TroubleKind,
};
use crate::ui::client::{job_of, opened, unexpected};
use crate::ui::folder::{self, Dropped};
use crate::ui::state::{Incoming, Note};
use crate::ui::{AppState, Ask};
use leptos::prelude::{RwSignal, Set, Update, WithUntracked};
use leptos::task::spawn_local;

/// More are not read: a folder chosen by mistake.
const FILES: usize = 100_000;

#[derive(Clone, Copy)]
pub(crate) struct OwnCaptions {
    pub(crate) brought: RwSignal<Option<CaptionsReport>>,
    pub(crate) news: RwSignal<Option<CaptionNews>>,
    pub(crate) learnt: RwSignal<Option<Learnt>>,
    /// Of what was brought; that of learning is its own.
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    pub(crate) ask: Ask<Caption, Box<Learnt>>,
}

impl OwnCaptions {
    fn new() -> Self {
        Self {
            brought: RwSignal::new(None),
            news: RwSignal::new(None),
            learnt: RwSignal::new(None),
            trouble: RwSignal::new(None),
            ask: ask!(Caption, Single, Captioned::Learnt),
        }
    }
}

impl AppState {
    pub(crate) fn own_captions(self) -> OwnCaptions {
        self.page_state(OwnCaptions::new, |_| {})
    }

    /// What was dropped on the Caption page. Loose pictures and weights go where they always go; a folder, an archive or a
    /// captions file is to be learnt.
    pub(crate) fn take_captions(self, incoming: &Incoming) -> bool {
        if incoming.files.is_empty() {
            return false;
        }
        let dropped = folder::dropped(incoming);
        spawn_local(async move {
            let dropped = dropped.await;
            let is_loose =
                |dropped: &Dropped| dropped.is_loose_picture() || dropped.is_weights() && !dropped.name.contains('/');
            if dropped.iter().all(is_loose) {
                let photograph = dropped.iter().find(|dropped| dropped.is_loose_picture());
                if let (Some(photograph), true) =
                    (photograph, self.own_captions().learnt.with_untracked(Option::is_none))
                {
                    self.say(Note::Needs(say!(caption.needs_captions, name = photograph.name)));
                }
                self.take_files(dropped.into_iter().map(|dropped| dropped.file).collect());
            } else {
                self.bring_captions(dropped);
            }
        });
        true
    }

    /// Pictures and their captions file, or an archive of both.
    pub(crate) fn bring_captions(self, files: Vec<Dropped>) {
        let own = self.own_captions();
        spawn_local(async move {
            let bring = |files| job_of(Caption::Bring(BringCaptions { files }));
            let found = match folder::bring(&files, FILES, bring) {
                Ok((title, ask)) => self.try_to_bring(title, ask).await.and_then(opened),
                Err(trouble) => Err(trouble),
            };
            match found {
                Ok(Captioned::Brought(report)) => {
                    own.trouble.set(None);
                    own.brought.set(Some(report));
                }
                Ok(_) => own.trouble.set(Some(unexpected(Caption::ID.name()))),
                Err(trouble) if trouble.is(TroubleKind::Cancelled) => {}
                // What was brought before is still there.
                Err(trouble) => own.trouble.set(Some(trouble)),
            }
        });
    }

    /// Trains on what was brought; what was learnt before stays until there is something new.
    pub(crate) fn learn_captions(self, job: LearnCaptions) {
        let own = self.own_captions();
        own.trouble.set(None);
        own.news.set(None);
        own.ask.start(
            Caption::Learn(job),
            move |heard| own.news.update(|news| *news = Some(appended(news.take(), heard))),
            move |learnt| {
                own.news.set(Some(learnt.news.clone()));
                own.learnt.set(Some(*learnt));
            },
        );
    }
}
