//! A panic of the page is a bug: say so in words, since nothing else on the page moves after it.

use crate::ui::lang;
use leptos::prelude::document;
use std::panic::{self, PanicHookInfo};
use wasm_bindgen::JsValue;

/// From now on a panic shows the banner `fault` of `www/index.html`.
pub(crate) fn install() {
    panic::set_hook(Box::new(show));
}

/// The reactive system may be what failed, so this touches the document alone.
fn show(info: &PanicHookInfo<'_>) {
    let words = info.to_string();
    web_sys::console::error_1(&JsValue::from_str(&words));
    let document = document();
    let put = |id: &str, text: &str| {
        if let Some(element) = document.get_element_by_id(id) {
            element.set_text_content(Some(text));
        }
    };
    put("fault-title", leptos_i18n::td_string!(lang::of_page(), app.fault_title));
    put("fault-advice", leptos_i18n::td_string!(lang::of_page(), app.fault_advice));
    put("fault-words", &words);
    put("fault-reload", leptos_i18n::td_string!(lang::of_page(), app.reload));
    if let Some(banner) = document.get_element_by_id("fault") {
        let _ = banner.remove_attribute("hidden");
    }
}
