//! The languages of the page. Texts are `locales/<language>.json`, one key set, checked when the crate is compiled.

use leptos::prelude::{ArcRwSignal, Effect, Get, Set, document, window};

#[expect(
    deprecated,
    reason = "its successor is a build script that brings ICU's data source and a web client into every native build"
)]
mod texts {
    leptos_i18n::load_locales!();
}

pub(crate) use texts::i18n::Locale;

thread_local! {
    static SPOKEN: ArcRwSignal<Locale> = ArcRwSignal::new(of_browser());
}

/// A text in the present language, as a string. Reactive: call it inside a closure of a view.
macro_rules! say {
    ($($key:tt)*) => { leptos_i18n::td_string!($crate::ui::lang::spoken(), $($key)*) };
}

/// A text with values in it, as a view that follows the language: `tell!(stage.of, done = a, of = b)`.
macro_rules! tell {
    ($($key:tt)*) => { leptos_i18n::td!($crate::ui::lang::spoken(), $($key)*) };
}

/// The present language; whoever reads it is told when it changes.
pub(crate) fn spoken() -> Locale {
    SPOKEN.with(|locale| locale.get())
}

pub(crate) fn speak(locale: Locale) {
    SPOKEN.with(|spoken| spoken.set(locale));
}

/// The first language of the browser that the page has.
pub(crate) fn of_browser() -> Locale {
    window()
        .navigator()
        .languages()
        .iter()
        .filter_map(|tag| tag.as_string())
        .find_map(|tag| from_tag(&tag))
        .unwrap_or_default()
}

/// `ja-JP` is Japanese, `en-GB` English.
pub(crate) fn from_tag(tag: &str) -> Option<Locale> {
    match tag.split('-').next()? {
        "en" => Some(Locale::en),
        "ja" => Some(Locale::ja),
        _ => None,
    }
}

pub(crate) fn tag_of(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "en",
        Locale::ja => "ja",
    }
}

/// How the language calls itself.
pub(crate) fn own_name(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "English",
        Locale::ja => "日本語",
    }
}

/// Keeps `<html lang>` true, for screen readers and for the choice of glyphs.
pub(crate) fn mark_document() {
    Effect::new(|_| {
        let tag = tag_of(spoken());
        if let Some(root) = document().document_element() {
            // Setting an attribute of an existing element with a valid name cannot fail.
            let _ = root.set_attribute("lang", tag);
        }
    });
}

/// The language that the document is marked with; needs no signal, so it works in a panic too.
pub(crate) fn of_page() -> Locale {
    document()
        .document_element()
        .and_then(|root| root.get_attribute("lang"))
        .and_then(|tag| from_tag(&tag))
        .unwrap_or_default()
}
