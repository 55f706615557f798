//! `window.neocog.run(job, on_news?)`: the engine for people who script the page, and for tests.
//!
//! Takes and gives the protocol's own JSON: `await neocog.run({classify: {picture: 1, network: "resnet18"}})`. Rejects
//! with an `Error` whose message is the English sentence and whose `trouble` is the object. `on_news` hears each `Progress`
//! (it has a `stage`), of a run of training each `Trained` (it has a `state`), and of a race or a deep network its `race` or
//! `depth`.

use crate::protocol::Trouble;
use crate::ui::client::{Client, News, wire};
use js_sys::{Error, Function, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

/// Puts `neocog` on the window.
pub(crate) fn offer(client: Client) {
    let run = Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(move |job, on_news: JsValue| {
        let on_news = on_news.dyn_into::<Function>().ok();
        future_to_promise(run(client, job, on_news))
    });
    let neocog = Object::new();
    // On a plain new object and on the window these cannot be refused.
    let _ = Reflect::set(&neocog, &"run".into(), &run.into_js_value());
    let _ = Reflect::set(&window(), &"neocog".into(), &neocog);
}

async fn run(client: Client, job: JsValue, on_news: Option<Function>) -> Result<JsValue, JsValue> {
    let job =
        wire::job_from(job).map_err(|error| rejection(&Trouble::BadJob { detail: wire::words(&error.into()) }))?;
    let report = move |news| {
        let Some(hear) = &on_news else {
            return;
        };
        let news = match news {
            News::Progress(progress) => wire::js_from(&progress),
            News::Trained(trained) => wire::js_from(&trained),
            News::Optimised(news) => wire::js_from(&news),
            News::Distilled(news) => wire::js_from(&news),
            News::Fooled(news) => wire::js_from(&news),
            News::Captioned(news) => wire::js_from(&news),
            News::Timed(news) => wire::js_from(&news),
        };
        if let Ok(news) = news {
            // An exception in the script's own callback is the script's.
            let _ = hear.call1(&JsValue::NULL, &news);
        }
    };
    let outcome = client.follow(job, report).outcome().await.map_err(|trouble| rejection(&trouble))?;
    Ok(wire::js_from(&outcome)?)
}

fn rejection(trouble: &Trouble) -> JsValue {
    let error = Error::new(&trouble.to_string());
    if let Ok(trouble) = wire::js_from(trouble) {
        let _ = Reflect::set(&error, &"trouble".into(), &trouble);
    }
    error.into()
}
