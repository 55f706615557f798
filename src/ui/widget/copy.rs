//! A button that copies a text to the clipboard, and says whether that went well.

use super::Icon;
use crate::ui::{Words, live};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

#[derive(Clone, Copy, PartialEq)]
enum Copied {
    NotYet,
    Done,
    Refused,
}

/// `refused` says what to do where there is no clipboard; `testid` names the button for tests.
#[component]
pub(crate) fn CopyButton(
    testid: &'static str,
    words: Words,
    refused: Words,
    #[prop(optional)] hint: Option<Words>,
    text: impl Fn() -> String + 'static,
) -> impl IntoView {
    let copied = RwSignal::new(Copied::NotYet);
    let copy = move |_| {
        // Without HTTPS or loopback there is no clipboard to ask.
        let written = js_sys::Reflect::get(&window().navigator(), &"clipboard".into())
            .ok()
            .filter(|clipboard| !clipboard.is_undefined())
            .map(|_| window().navigator().clipboard().write_text(&text()));
        spawn_local(async move {
            let done = match written {
                Some(written) => JsFuture::from(written).await.is_ok(),
                None => false,
            };
            copied.try_set(if done { Copied::Done } else { Copied::Refused });
            let forget = move || {
                copied.try_set(Copied::NotYet);
            };
            set_timeout(forget, Duration::from_secs(4));
        });
    };
    let shown = move || match copied.get() {
        Copied::NotYet => words(),
        Copied::Done => say!(train.copied),
        Copied::Refused => refused(),
    };
    view! {
        <button type="button" class="btn" data-testid=testid title=live::name(move || hint.map(|hint| hint())) on:click=copy>
            <Icon of=Icon::Copy />
            <span aria-live="polite">{live::name(move || Some(shown()))}</span>
        </button>
    }
}
