//! Colours: as the system has them, or light or dark by choice, remembered on this device.

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

impl Theme {
    pub(crate) const ALL: [Theme; 3] = [Theme::Auto, Theme::Light, Theme::Dark];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The next one of the switch.
    pub(crate) fn next(self) -> Theme {
        match self {
            Theme::Auto => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Auto,
        }
    }

    pub(crate) fn remembered() -> Theme {
        let name = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(KEY).ok().flatten());
        Theme::ALL.into_iter().find(|theme| Some(theme.name()) == name.as_deref()).unwrap_or_default()
    }
}

/// Applies and remembers the theme whenever it changes.
pub(crate) fn apply(theme: RwSignal<Theme>) {
    Effect::new(move |_| {
        let theme = theme.get();
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", theme.name());
        }
        // Storage may be switched off by the person; then the choice lasts for this visit.
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = storage.set_item(KEY, theme.name());
        }
    });
}
