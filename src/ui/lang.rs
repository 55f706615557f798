//! The languages of the page. Texts are `locales/<language>.json`, one key set, checked when the crate is compiled.

use crate::ui::Choice;
use leptos::prelude::*;
use std::fmt::Display;

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

/// A text in the present language, with values in its places where it has some: `say!(stage.of, done = a, of = b)`.
/// Reactive: call it inside a closure of a view. `tests/tidy/texts.rs` holds the names of the values against the texts.
macro_rules! say {
    ($($key:ident).+) => { leptos_i18n::td_string!($crate::ui::lang::spoken(), $($key).+) };
    ($($key:ident).+, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::ui::lang::fill(say!($($key).+), &[$((stringify!($name), &$value)),+])
    };
}

/// The same with each value set as a figure, as a view.
macro_rules! show {
    ($($key:ident).+, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::ui::lang::figured(say!($($key).+), &[$((stringify!($name), &$value)),+])
    };
}

/// A text that follows the language. A plain function pointer: hundreds of closures would each have their own copy of
/// the code that shows them.
macro_rules! words {
    ($($key:ident).+) => { (|| say!($($key).+)) as $crate::ui::lang::Words };
}

/// The choices among an enum's variants, in the order in which they are offered: each with its name in the address and its text.
macro_rules! choices {
    ($($(#[$doc:meta])* $type:ident { $($variant:ident = $row:expr),+ $(,)? })+) => {$(
        $(#[$doc])*
        impl $crate::ui::choice::Choice for $type {
            const OFFERED: &'static [Self] = &[$($type::$variant),+];

            fn row(self) -> (&'static str, $crate::ui::lang::Words) {
                match self {
                    $($type::$variant => $row,)+
                }
            }
        }
    )+};
}

pub(crate) type Words = fn() -> &'static str;

/// Puts each value in the place that is named `{name}`.
pub(crate) fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    for part in parts(text) {
        match part {
            TextPiece::Text(text) => filled.push_str(text),
            TextPiece::Place(name) => {
                if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
                    filled.push_str(&value.to_string());
                }
            }
        }
    }
    filled
}

/// The same with each value set as a figure.
pub(crate) fn figured(text: &str, values: &[(&str, &dyn Display)]) -> AnyView {
    let piece = |piece| match piece {
        TextPiece::Text(text) => text.to_owned().into_any(),
        TextPiece::Place(name) => {
            let value = values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
            view! { <b class="figure">{value}</b> }.into_any()
        }
    };
    parts(text).map(piece).collect_view().into_any()
}

pub(crate) enum TextPiece<'text> {
    Text(&'text str),
    /// The name of a value.
    Place(&'text str),
}

pub(crate) fn parts(text: &str) -> impl Iterator<Item = TextPiece<'_>> {
    text.split('{').enumerate().flat_map(|(count, piece)| {
        // What follows the first brace begins with a name.
        let (name, rest) = if count == 0 {
            (None, piece)
        } else {
            piece.split_once('}').map_or((None, piece), |(name, rest)| (Some(name), rest))
        };
        name.map(TextPiece::Place).into_iter().chain([TextPiece::Text(rest)])
    })
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
    Locale::from_key(tag.split('-').next()?)
}

choices! {
    /// By their tags, each as it calls itself.
    Locale {
        en = ("en", || "English"),
        ja = ("ja", || "日本語"),
    }
}

/// Keeps `<html lang>` true, for screen readers and for the choice of glyphs.
pub(crate) fn mark_document() {
    Effect::new(|_| {
        let tag = spoken().key();
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
