//! How the page looks. Style sheets beside their pages: each lies in the page's part and is in force while the page is shown;
//! the Content-Security-Policy lets no style element in, so a sheet is made here and adopted by the document. Colours: as the
//! system has them, or light or dark by choice, remembered on this device.

use crate::ui::Choice;
use js_sys::Array;
use leptos::prelude::{Effect, Get, RwSignal, StoredValue, WithValue, document, on_cleanup, window};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = CSSStyleSheet)]
    type Sheet;

    #[wasm_bindgen(constructor, catch, js_class = "CSSStyleSheet")]
    fn new() -> Result<Sheet, JsValue>;

    #[wasm_bindgen(method, catch, js_name = replaceSync)]
    fn replace_sync(this: &Sheet, css: &str) -> Result<(), JsValue>;
}

/// What the pages of experiments share: forms, charts, tables of results.
const EXPERIMENT: &str = include_str!("page/style.css");

/// The style of an experiment's page, for as long as its view is there.
pub(crate) fn wear_experiment(own: &str) {
    wear(EXPERIMENT);
    wear(own);
}

/// For as long as the view is there that calls it.
pub(crate) fn wear(css: &str) {
    // Browsers without constructed sheets have no WebGPU either; there the page is plain.
    let Ok(sheet) = Sheet::new() else { return };
    if sheet.replace_sync(css).is_ok() {
        document().adopted_style_sheets().push(&sheet);
    }
    let sheet = StoredValue::new_local(sheet);
    on_cleanup(move || {
        let rest = sheet.try_with_value(|worn| {
            document()
                .adopted_style_sheets()
                .iter()
                .filter(|one| one != AsRef::<JsValue>::as_ref(worn))
                .collect::<Array>()
        });
        rest.iter().for_each(|rest| document().set_adopted_style_sheets(rest));
    });
}

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
