//! Captions of one's own on the desk: what was brought, what is being learnt, and what came of it. It outlives the page.

use super::Desk;
use crate::protocol::{
    BringCaptions, Caption, CaptionNews, Captioned, CaptionsReport, DataFile, Job, LearnCaptions, Learnt, Outcome,
    Progress, Trouble,
};
use crate::ui::client::{Ask, Handle, News};
use crate::ui::folder::{self, Dropped};
use crate::ui::page::astray;
use leptos::prelude::{GetUntracked, LocalStorage, RwSignal, Set, Update, With, WithUntracked};
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use web_sys::{Blob, DataTransfer};

/// The engine's own limit for files that are brought together.
const LIMIT_BYTES: u64 = 1 << 30;
/// More are not read: a folder chosen by mistake.
const FILES: usize = 100_000;

#[derive(Clone, Copy)]
pub(crate) struct OwnCaptions {
    pub(crate) brought: RwSignal<Option<CaptionsReport>>,
    pub(crate) news: RwSignal<Option<CaptionNews>>,
    pub(crate) progress: RwSignal<Option<Progress>>,
    pub(crate) learnt: RwSignal<Option<Learnt>>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    running: RwSignal<Option<Handle>, LocalStorage>,
}

impl OwnCaptions {
    fn new() -> Self {
        Self {
            brought: RwSignal::new(None),
            news: RwSignal::new(None),
            progress: RwSignal::new(None),
            learnt: RwSignal::new(None),
            trouble: RwSignal::new(None),
            running: RwSignal::new_local(None),
        }
    }

    pub(crate) fn is_on(self) -> bool {
        self.running.with(Option::is_some)
    }

    /// It ends within one step.
    pub(crate) fn stop(self) {
        self.running.get_untracked().iter().for_each(|handle| handle.cancel());
    }

    fn hear(self, news: News) {
        match news {
            // Stages of a single step are over before anybody reads of them.
            News::Progress(progress) if progress.of > 1 => self.progress.set(Some(progress)),
            News::Captioned(heard) => self.heard(heard.open().ok()),
            _ => {}
        }
    }

    fn heard(self, heard: Option<CaptionNews>) {
        if let Some(heard) = heard {
            self.news.update(|news| match news {
                Some(before) => {
                    let (mut losses, mut held_out) =
                        (std::mem::take(&mut before.losses), std::mem::take(&mut before.held_out));
                    losses.extend(&heard.losses);
                    held_out.extend(&heard.held_out);
                    *news = Some(CaptionNews { losses, held_out, ..heard });
                }
                None => *news = Some(heard),
            });
        }
    }
}

impl Desk {
    pub(crate) fn own_captions(self) -> OwnCaptions {
        self.own_captions.get_or_make(OwnCaptions::new, |_| {})
    }

    /// What was dropped on the Caption page. Loose pictures and weights go where they always go; a folder, an archive or a
    /// captions file is to be learnt.
    pub(crate) fn take_captions(self, data: &DataTransfer) -> bool {
        if !folder::has_files(data) {
            return false;
        }
        let dropped = folder::dropped(data);
        spawn_local(async move {
            let dropped = dropped.await;
            let is_loose = |dropped: &Dropped| {
                let is_known = dropped.file.type_().starts_with("image/") || dropped.name.ends_with(".safetensors");
                is_known && !dropped.name.contains('/')
            };
            if dropped.iter().all(is_loose) {
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
        let bytes = files.iter().map(|dropped| dropped.file.size() as u64).sum();
        let first = files.first().map(|dropped| dropped.name.clone()).unwrap_or_default();
        if bytes > LIMIT_BYTES {
            return own.trouble.set(Some(Trouble::TooLarge { file: first, bytes, limit_bytes: LIMIT_BYTES }));
        }
        if files.len() > FILES {
            let detail = say!(train.too_many_files, count = files.len(), limit = FILES);
            return own.trouble.set(Some(Trouble::BadSetup { detail }));
        }
        let named = files.iter().map(|dropped| DataFile { name: dropped.name.clone(), bytes: ByteBuf::new() });
        let job = Job::Caption(Caption::Bring(BringCaptions { files: named.collect() }).into());
        let bodies = files.into_iter().map(|dropped| Blob::from(dropped.file)).collect();
        spawn_local(async move {
            match self.try_to_bring(first, Ask::with_bodies(job, bodies)).await.and_then(captioned_from) {
                Ok(Captioned::Brought(report)) => {
                    own.trouble.set(None);
                    own.brought.set(Some(report));
                }
                Ok(_) => own.trouble.set(Some(astray("Caption"))),
                Err(Trouble::Cancelled) => {}
                // What was brought before is still there.
                Err(trouble) => own.trouble.set(Some(trouble)),
            }
        });
    }

    /// Trains on what was brought; what was learnt before stays until there is something new.
    pub(crate) fn learn_captions(self, job: LearnCaptions) {
        let own = self.own_captions();
        if own.running.with_untracked(Option::is_some) {
            return;
        }
        own.trouble.set(None);
        own.news.set(None);
        let running = self.client.follow(Job::Caption(Caption::Learn(job).into()), move |news| own.hear(news));
        own.running.set(Some(running.handle()));
        spawn_local(async move {
            let found = running.outcome().await;
            own.running.set(None);
            own.progress.set(None);
            match found.and_then(captioned_from) {
                Ok(Captioned::Learnt(learnt)) => {
                    own.news.set(Some(learnt.news.clone()));
                    own.learnt.set(Some(*learnt));
                }
                Ok(_) => own.trouble.set(Some(astray("Caption"))),
                Err(Trouble::Cancelled) => {}
                Err(trouble) => own.trouble.set(Some(trouble)),
            }
        });
    }
}

fn captioned_from(outcome: Outcome) -> Result<Captioned, Trouble> {
    match outcome {
        Outcome::Captioned(found) => found.open(),
        _ => Err(astray("Caption")),
    }
}
