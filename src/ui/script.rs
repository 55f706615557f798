//! `window.neocog.run(job, on_news?)`: the engine for people who script the page, and for tests.
//!
//! Takes and gives the protocol's own JSON: `await neocog.run({classify: {picture: 1, network: "resnet18"}})`. Rejects
//! with an `Error` whose message is the English sentence and whose `trouble` is the object. `on_news` hears each `Progress`
//! (it has a `stage`), of a run of training each `Trained` (it has a `state`), and of a race or a deep network its `race` or
//! `depth`.

use crate::part::Fetch;
use crate::protocol::{Job, Trouble};
use crate::ui::client::{Ask, News, wire};
use crate::ui::desk::Desk;
use js_sys::{Error, Function, Object, Promise, Reflect};
use leptos::prelude::window;
use serde::Serialize;
use std::pin::Pin;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

/// Runs a job as a script gave it.
#[derive(Clone, Copy)]
pub struct Script(fn(Desk, JsValue, Option<Function>) -> Answer);

type Answer = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

pub(crate) fn script() -> Script {
    Script(|desk, job, on_news| Box::pin(run(desk, job, on_news)))
}

/// Puts `neocog` on the window. What reads and writes jobs as objects is fetched with the first of them.
pub(crate) fn offer(desk: Desk, script: Fetch<Script>) {
    let run = Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(move |job, on_news: JsValue| {
        let on_news = on_news.dyn_into::<Function>().ok();
        future_to_promise(async move {
            let missing = |missing| JsValue::from(Error::new(&Trouble::from(missing).to_string()));
            let Script(run) = script().await.map_err(missing)?;
            run(desk, job, on_news).await
        })
    });
    let neocog = Object::new();
    // On a plain new object and on the window these cannot be refused.
    let _ = Reflect::set(&neocog, &"run".into(), &run.into_js_value());
    let _ = Reflect::set(&window(), &"neocog".into(), &neocog);
}

async fn run(desk: Desk, job: JsValue, on_news: Option<Function>) -> Result<JsValue, JsValue> {
    let job: Job = serde_wasm_bindgen::from_value(job)
        .map_err(|error| rejection(&Trouble::BadJob { detail: wire::words(&error.into()) }))?;
    // So that the desk hears of what it trains.
    desk.training();
    let report = move |news| {
        let Some(hear) = &on_news else {
            return;
        };
        let news = match news {
            News::Progress(progress) => js_from(&progress),
            News::Trained(trained) => js_from(&trained),
            News::Optimised(news) => js_from(&news),
            News::Distilled(news) => js_from(&news),
            News::Fooled(news) => js_from(&news),
            News::Captioned(news) => js_from(&news),
            News::Timed(news) => js_from(&news),
        };
        if let Ok(news) = news {
            // An exception in the script's own callback is the script's.
            let _ = hear.call1(&JsValue::NULL, &news);
        }
    };
    let outcome = desk
        .client
        .follow(Ask { waits_for_parts: false, ..Ask::from(job) }, report)
        .outcome()
        .await
        .map_err(|trouble| rejection(&trouble))?;
    Ok(js_from(&outcome)?)
}

/// As JSON has it, but bytes as `Uint8Array`.
pub(crate) fn js_from(value: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    const FORM: serde_wasm_bindgen::Serializer =
        serde_wasm_bindgen::Serializer::json_compatible().serialize_bytes_as_arrays(false);
    value.serialize(&FORM)
}

fn rejection(trouble: &Trouble) -> JsValue {
    let error = Error::new(&trouble.to_string());
    if let Ok(trouble) = js_from(trouble) {
        let _ = Reflect::set(&error, &"trouble".into(), &trouble);
    }
    error.into()
}
