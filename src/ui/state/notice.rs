//! What there is to tell the person, and what is under way beside the question of the page.

use super::AppState;
use crate::protocol::{Progress, Trouble, TroubleKind, WeightsLoaded};
use crate::ui::client::Handle;
use leptos::prelude::{Update, WithUntracked, document, set_timeout};
use leptos::task::spawn_local;
use std::cell::Cell;
use std::time::Duration;

/// One message, until it is dismissed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notice {
    pub(crate) key: u32,
    pub(crate) note: Note,
    /// How often it was said.
    pub(crate) count: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Note {
    Trouble(Trouble),
    Weights(Box<WeightsLoaded>),
    Restarted(Trouble),
    Down(Trouble),
    LostPicture {
        name: String,
    },
    /// A link names a picture that the program does not draw.
    NoDrawing {
        name: String,
    },
    /// What was dropped is not what the page works on: what it needs, in the person's language.
    Needs(String),
    /// Something came in well.
    Done(String),
    /// Of the engine; what waits for it is sent again, or ended with this note.
    PartMissing,
}

/// A picture or a file of weights on its way in.
#[derive(Clone)]
pub(crate) struct IncomingFile {
    pub(crate) key: u32,
    pub(crate) title: String,
    pub(crate) progress: Option<Progress>,
    pub(crate) handle: Handle,
}

thread_local! {
    static LAST_KEY: Cell<u32> = const { Cell::new(0) };
}

pub(super) fn next_key() -> u32 {
    LAST_KEY.with(|last| {
        last.set(last.get() + 1);
        last.get()
    })
}

impl Note {
    /// It goes by itself after this long: the page shows good news in other places too, and a failure has been read.
    fn lifetime(&self) -> Option<Duration> {
        match self {
            Note::Weights(loaded) if loaded.warnings.is_empty() => Some(Duration::from_secs(8)),
            Note::Done(_) => Some(Duration::from_secs(8)),
            Note::Restarted(_) | Note::Down(_) | Note::PartMissing => None,
            Note::Weights(_)
            | Note::Trouble(_)
            | Note::LostPicture { .. }
            | Note::NoDrawing { .. }
            | Note::Needs(_) => Some(Duration::from_secs(30)),
        }
    }
}

/// More than this nobody reads; the oldest go.
const NOTICES: usize = 6;

impl AppState {
    pub(crate) fn dismiss(self, key: u32) {
        let mut ends_waiting = false;
        self.notices.update(|notices| {
            ends_waiting = notices.iter().any(|notice| notice.key == key && notice.note == Note::PartMissing);
            notices.retain(|notice| notice.key != key);
        });
        if ends_waiting {
            self.client.give_parts_up();
        }
    }

    /// Lets the engine try again to fetch the part that was missing.
    pub(crate) fn fetch_again(self) {
        self.notices.update(|notices| notices.retain(|notice| notice.note != Note::PartMissing));
        self.client.try_again();
    }

    /// Does it, and tells where it fails.
    pub(crate) fn try_to<T>(self, what: impl Future<Output = Result<T, Trouble>> + 'static) {
        spawn_local(async move { what.await.err().into_iter().for_each(|trouble| self.fail(trouble)) });
    }

    /// Tells of a failure; a job that the person stopped has not failed, and a fault of the engine is told once.
    pub(crate) fn fail(self, trouble: Trouble) {
        match trouble.kind() {
            TroubleKind::Cancelled | TroubleKind::Bug => {}
            _ => self.say(Note::Trouble(trouble)),
        }
    }

    pub(crate) fn say(self, note: Note) {
        let key = next_key();
        if let Some(lifetime) = note.lifetime() {
            self.expire(key, lifetime);
        }
        self.notices.update(|notices| {
            let said = notices.iter().position(|notice| notice.note == note).map(|at| notices.remove(at).count);
            notices.push(Notice { key, note, count: said.unwrap_or(0) + 1 });
            let surplus = notices.len().saturating_sub(NOTICES);
            notices.drain(..surplus);
        });
    }

    /// Not while somebody points at it or has the keyboard in it.
    fn expire(self, key: u32, after: Duration) {
        let end = move || {
            let is_read = document().query_selector(".messages:is(:hover, :focus-within)").ok().flatten().is_some();
            match is_read {
                true => self.expire(key, after),
                false => self.notices.update(|notices| notices.retain(|notice| notice.key != key)),
            }
        };
        set_timeout(end, after);
    }

    /// Takes away what concerns an earlier attempt: all that was said before this key and goes by itself.
    pub(crate) fn forget_notices(self, before: u32) {
        self.notices.update(|notices| {
            notices.retain(|notice| notice.key >= before || notice.note.lifetime().is_none());
        });
    }

    pub(crate) fn dismiss_all(self) {
        self.forget_removed();
        let keys = self.notices.with_untracked(|all| all.iter().map(|notice| notice.key).collect::<Vec<_>>());
        keys.into_iter().for_each(|key| self.dismiss(key));
    }
}
