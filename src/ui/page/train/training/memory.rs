//! Whether the person had paused when the tab went away: a kept run that was under way goes on by itself, a paused one waits.

use leptos::prelude::window;

const KEY: &str = "neocog-train-paused";

pub(super) fn was_paused() -> bool {
    storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).is_some()
}

/// Where storage is switched off by the person, every kept run goes on.
pub(super) fn note_paused(is_paused: bool) {
    if let Some(storage) = storage() {
        let _ = match is_paused {
            true => storage.set_item(KEY, "1"),
            false => storage.remove_item(KEY),
        };
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
