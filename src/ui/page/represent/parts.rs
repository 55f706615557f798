//! Which kind of network the page is about.

use super::settings::{RepresentPart, RepresentSettings};
use crate::ui::widget::Segments;
use crate::ui::{Choice, PageSettings};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

const NAME: &str = "represent-show";

pub(super) fn part_choice(settings: Memo<RepresentSettings>) -> AnyView {
    let chosen = Signal::derive(move || settings.with(|settings| settings.part));
    let choose = |part: RepresentPart| {
        RepresentSettings::change(|settings| settings.part = part);
        // The page is drawn anew: whoever came by the keyboard goes on from the same button.
        set_timeout(move || focus(part), Duration::ZERO);
    };
    view! {
        <div class="represent-parts">
            <Segments name=NAME label=words!(represent.part) chosen on_choose=choose />
        </div>
    }
    .into_any()
}

fn focus(part: RepresentPart) {
    let button = document().query_selector(&format!("[data-testid={NAME}-{}]", part.key())).ok().flatten();
    let button = button.and_then(|button| button.dyn_into::<HtmlElement>().ok());
    // Refused only where it is no element.
    button.iter().for_each(|button| drop(button.focus()));
}
