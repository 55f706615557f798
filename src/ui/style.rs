//! Style sheets beside their pages: each lies in the page's part and is in force while the page is shown. The page's
//! Content-Security-Policy lets no style element in, so a sheet is made here and adopted by the document.

use js_sys::Array;
use leptos::prelude::{StoredValue, WithValue, document, on_cleanup};
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
