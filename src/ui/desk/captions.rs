//! Captions of one's own on the desk: what was brought, what is being learnt, and what came of it. It outlives the page.

use super::Desk;
use crate::protocol::{
    BringCaptions, Caption, CaptionNews, Captioned, CaptionsReport, DataFile, Job, LearnCaptions, Learnt, Outcome,
    Progress, Trouble,
};
use crate::ui::client::{Ask, Handle, News};
use crate::ui::folder::Dropped;
use crate::ui::page::astray;
use leptos::prelude::{GetUntracked, LocalStorage, RwSignal, Set, Update, With, WithUntracked};
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use web_sys::Blob;

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
    pub(super) fn new() -> Self {
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
            News::Captioned(heard) => self.news.update(|news| match news {
                Some(before) => {
                    let (mut losses, mut held_out) =
                        (std::mem::take(&mut before.losses), std::mem::take(&mut before.held_out));
                    losses.extend(&heard.losses);
                    held_out.extend(&heard.held_out);
                    *news = Some(CaptionNews { losses, held_out, ..heard });
                }
                None => *news = Some(heard),
            }),
            _ => {}
        }
    }
}

impl Desk {
    /// Pictures and their captions file, or an archive of both.
    pub(crate) fn bring_captions(self, files: Vec<Dropped>) {
        let own = self.own_captions;
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
        let job = Job::Caption(Caption::Bring(BringCaptions { files: named.collect() }));
        let bodies = files.into_iter().map(|dropped| Blob::from(dropped.file)).collect();
        spawn_local(async move {
            match self.try_to_bring(first, Ask::with_bodies(job, bodies)).await {
                Ok(Outcome::Captioned(Captioned::Brought(report))) => {
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
        let own = self.own_captions;
        if own.running.with_untracked(Option::is_some) {
            return;
        }
        own.trouble.set(None);
        own.news.set(None);
        let running = self.client.follow(Job::Caption(Caption::Learn(job)), move |news| own.hear(news));
        own.running.set(Some(running.handle()));
        spawn_local(async move {
            let found = running.outcome().await;
            own.running.set(None);
            own.progress.set(None);
            match found {
                Ok(Outcome::Captioned(Captioned::Learnt(learnt))) => {
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
