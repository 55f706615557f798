//! Colours: as the system has them, or light or dark by choice, remembered on this device.

use crate::ui::Choice;
use leptos::prelude::{Effect, Get, RwSignal, document, window};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

/// `www/start.js` reads the same key before the page is painted.
const KEY: &str = "neocog-theme";

choices! {
    Theme {
        Auto = ("auto", words!(app.theme_auto)),
        Light = ("light", words!(app.theme_light)),
        Dark = ("dark", words!(app.theme_dark)),
    }
}

impl Theme {
    pub(crate) fn next(self) -> Theme {
        let here = Theme::OFFERED.iter().position(|theme| *theme == self).unwrap_or_default();
        Theme::OFFERED[(here + 1) % Theme::OFFERED.len()]
    }

    pub(crate) fn remembered() -> Theme {
        let name = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(KEY).ok().flatten());
        name.and_then(|name| Theme::from_key(&name)).unwrap_or_default()
    }
}

/// Applies and remembers the theme whenever it changes.
pub(crate) fn apply(theme: RwSignal<Theme>) {
    Effect::new(move |_| {
        let theme = theme.get();
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", theme.key());
        }
        // Storage may be switched off by the person; then the choice lasts for this visit.
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = storage.set_item(KEY, theme.key());
        }
    });
}
