//! The tray: every picture that the person may ask about.

use super::AppState;
use crate::protocol::{Job, Picture};
use js_sys::Uint8ClampedArray;
use leptos::prelude::{Get, GetUntracked, Set, Update, With, WithUntracked, window};
use leptos::task::spawn_local;
use web_sys::ImageData;

#[derive(Clone)]
pub(crate) struct TrayItem {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// It looks written: a network for digits is the one to ask.
    pub(crate) is_ink: bool,
    /// As the networks see it, smaller where it is large.
    pub(crate) preview: ImageData,
}

impl AppState {
    pub(crate) fn tray(self) -> Vec<u32> {
        self.tray.with(|tray| tray.iter().map(|item| item.id).collect())
    }

    /// Does not follow changes: an item never changes while it hangs.
    pub(crate) fn item(self, picture: u32) -> Option<TrayItem> {
        self.tray.with_untracked(|tray| tray.iter().find(|item| item.id == picture).cloned())
    }

    pub(crate) fn chosen_item(self) -> Option<TrayItem> {
        let chosen = self.chosen.get()?;
        self.tray.with(|tray| tray.iter().find(|item| item.id == chosen).cloned())
    }

    /// Chooses the neighbour that many places on; stops at both ends.
    pub(crate) fn choose_neighbour(self, steps: isize) -> Option<u32> {
        let chosen = self.chosen.get_untracked()?;
        let next = self.tray.with_untracked(|tray| {
            let here = tray.iter().position(|item| item.id == chosen)?;
            let there = here.saturating_add_signed(steps).min(tray.len() - 1);
            Some(tray[there].id)
        })?;
        self.choose(next);
        Some(next)
    }

    /// Takes a picture away; it can come back until the next one goes.
    pub(crate) fn remove(self, picture: u32) {
        self.forget_removed();
        self.removed.set(self.take_out(picture));
    }

    /// Removes the chosen picture; its neighbour is chosen next.
    pub(crate) fn remove_chosen(self) -> Option<u32> {
        self.remove(self.chosen.get_untracked()?);
        self.chosen.get_untracked()
    }

    pub(crate) fn removed_name(self) -> Option<String> {
        self.removed.with(|removed| removed.as_ref().map(|(_, item)| item.name.clone()))
    }

    pub(crate) fn undo_remove(self) {
        let mut back = None;
        self.removed.update(|removed| back = removed.take());
        if let Some((place, item)) = back {
            let id = item.id;
            self.tray.update(|tray| tray.insert(place.min(tray.len()), item));
            self.choose(id);
        }
    }

    /// The picture cannot come back any more, and the engine may forget it too.
    pub(crate) fn forget_removed(self) {
        let mut gone = None;
        self.removed.update(|removed| gone = removed.take());
        if let Some((_, item)) = gone {
            let running = self.client.follow(Job::RemovePicture(item.id), |_| {});
            // Where the engine has forgotten it already, there is nothing to say.
            spawn_local(async move { drop(running.outcome().await) });
        }
    }

    /// A new picture; what a person brings is what they ask about next, drawings wait for their turn.
    pub(super) fn add_picture(self, picture: Picture) {
        let Picture { id, name, width, height, is_ink, preview } = picture;
        // A copy: `ImageData` would otherwise go on looking into this program's memory.
        let rgba = Uint8ClampedArray::from(preview.rgba.as_slice());
        // The engine's previews have the size that they say; a wrong one would be its bug, and shows as no picture.
        let Ok(preview) = ImageData::new_with_js_u8_clamped_array(&rgba, preview.width) else {
            return;
        };
        let wanted = self.route.with_untracked(|route| route.drawing.clone());
        let (is_drawing, wanted_is_coming) = self.station.with_untracked(|station| {
            let has = |name: &String| station.as_ref().is_some_and(|station| station.gallery.contains(name));
            (has(&name), wanted.as_ref().is_some_and(has))
        });
        if !is_drawing {
            note_own(true);
        }
        let is_next =
            !is_drawing || wanted.as_ref() == Some(&name) || self.chosen.get_untracked().is_none() && !wanted_is_coming;
        let place = self.place_for(&name);
        self.tray.update(|tray| {
            tray.insert(place.min(tray.len()), TrayItem { id, name, width, height, is_ink, preview });
        });
        if is_next {
            self.choose(id);
        }
    }

    /// Drawings hang in the order of the gallery, whichever came first; what a person brings hangs at the end.
    fn place_for(self, name: &String) -> usize {
        let rank = |name: &String| {
            self.station.with_untracked(|station| station.as_ref()?.gallery.iter().position(|known| known == name))
        };
        self.tray.with_untracked(|tray| {
            let later =
                rank(name).and_then(|here| tray.iter().position(|item| rank(&item.name).is_none_or(|r| r > here)));
            later.unwrap_or(tray.len())
        })
    }

    pub(crate) fn choose(self, picture: u32) {
        self.chosen.set(Some(picture));
        let name = self.tray.with_untracked(|tray| tray.iter().find(|item| item.id == picture).map(|i| i.name.clone()));
        let drawing = name.filter(|name| {
            self.station.with_untracked(|station| station.as_ref().is_some_and(|s| s.gallery.contains(name)))
        });
        if self.route.with_untracked(|route| route.drawing != drawing) {
            self.route.update(|route| route.drawing = drawing);
        }
    }

    /// Out of the tray without a way back.
    pub(super) fn forget(self, picture: u32) {
        self.take_out(picture);
        self.removed.update(|removed| {
            if removed.as_ref().is_some_and(|(_, item)| item.id == picture) {
                *removed = None;
            }
        });
    }

    fn take_out(self, picture: u32) -> Option<(usize, TrayItem)> {
        let place = self.tray.with_untracked(|tray| tray.iter().position(|item| item.id == picture))?;
        let mut taken = None;
        self.tray.update(|tray| taken = Some(tray.remove(place)));
        if self.chosen.get_untracked() == Some(picture) {
            let next = self.tray.with_untracked(|tray| tray.get(place).or_else(|| tray.last()).map(|item| item.id));
            match next {
                Some(next) => self.choose(next),
                None => self.chosen.set(None),
            }
        }
        taken.map(|item| (place, item))
    }
}

const KEY: &str = "neocog-own-pictures";

/// Whether pictures of the person are here, as far as a reload of this tab goes: they are not kept, and that is said then.
pub(super) fn had_own() -> bool {
    storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).is_some()
}

pub(super) fn note_own(are_here: bool) {
    if let Some(storage) = storage() {
        let _ = if are_here { storage.set_item(KEY, "1") } else { storage.remove_item(KEY) };
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}
