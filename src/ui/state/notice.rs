//! What there is to tell the person, and what is under way beside the question of the page.

use super::AppState;
use crate::protocol::{Progress, Trouble, WeightsLoaded};
use crate::ui::client::Handle;
use leptos::prelude::{Update, set_timeout};
use leptos::task::spawn_local;
use std::cell::Cell;
use std::time::Duration;

/// One message, until it is dismissed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notice {
    pub(crate) key: u32,
    pub(crate) note: Note,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Note {
    Trouble(Trouble),
    Weights(WeightsLoaded),
    Restarted(Trouble),
    Down(Trouble),
    LostPicture {
        name: String,
    },
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

/// What needs no answer goes by itself; the page shows it in other places too.
const GOOD_NEWS: Duration = Duration::from_secs(8);
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
        match trouble {
            Trouble::Cancelled | Trouble::Bug { .. } => {}
            trouble => self.say(Note::Trouble(trouble)),
        }
    }

    pub(super) fn say(self, note: Note) {
        let key = next_key();
        if let Note::Weights(loaded) = &note
            && loaded.warnings.is_empty()
        {
            let notices = self.notices;
            set_timeout(move || notices.update(|notices| notices.retain(|notice| notice.key != key)), GOOD_NEWS);
        }
        self.notices.update(|notices| {
            notices.retain(|notice| notice.note != note);
            notices.push(Notice { key, note });
            let surplus = notices.len().saturating_sub(NOTICES);
            notices.drain(..surplus);
        });
    }
}
