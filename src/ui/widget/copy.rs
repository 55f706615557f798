//! Buttons that put a text on the clipboard: one that is there, or one that is asked for when the button is pressed.

use super::Icon;
use crate::protocol::Trouble;
use crate::ui::{Words, app, live};
use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Blob, BlobPropertyBag, Clipboard};

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
    button(testid, words, refused, hint, move |clipboard| Some(clipboard.write_text(&text())))
}

/// The same for a text that the engine must make first; why it cannot is told as any trouble is.
#[component]
pub(crate) fn CopyLater<F: Future<Output = Result<String, Trouble>> + 'static>(
    testid: &'static str,
    words: Words,
    refused: Words,
    #[prop(optional)] hint: Option<Words>,
    text: impl Fn() -> F + 'static,
) -> impl IntoView {
    button(testid, words, refused, hint, move |clipboard| written_later(clipboard, text()))
}

/// Browsers let a page write for a moment after a press: the promise of a text is given at once.
fn written_later(
    clipboard: &Clipboard,
    text: impl Future<Output = Result<String, Trouble>> + 'static,
) -> Option<Promise> {
    let kind = "text/plain";
    let promise = future_to_promise(async move {
        let text = text.await.map_err(|trouble| {
            let words = JsValue::from(trouble.to_string());
            app().fail(trouble);
            words
        })?;
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        Ok(Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?.into())
    });
    let parts = Object::new();
    Reflect::set(&parts, &kind.into(), &promise).ok()?;
    let items = Reflect::get(&window(), &"ClipboardItem".into()).ok()?.dyn_into::<Function>().ok()?;
    let item = Reflect::construct(&items, &Array::of1(&parts)).ok()?;
    let write = Reflect::get(clipboard, &"write".into()).ok()?.dyn_into::<Function>().ok()?;
    write.call1(clipboard, &Array::of1(&item)).ok()?.dyn_into().ok()
}

fn button(
    testid: &'static str,
    words: Words,
    refused: Words,
    hint: Option<Words>,
    write: impl Fn(&Clipboard) -> Option<Promise> + 'static,
) -> impl IntoView {
    let copied = RwSignal::new(Copied::NotYet);
    let copy = move |_| {
        // Without HTTPS or loopback there is no clipboard to ask.
        let written = Reflect::get(&window().navigator(), &"clipboard".into())
            .ok()
            .filter(|clipboard| !clipboard.is_undefined())
            .and_then(|_| write(&window().navigator().clipboard()));
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
