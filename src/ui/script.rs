//! `window.neocog.run(job, on_news?)`: the engine for people who script the page, and for tests.
//!
//! Takes and gives the protocol's own JSON: `await neocog.run({classify: {picture: 1, network: "resnet18"}})`. Rejects
//! with an `Error` whose message is the English sentence and whose `trouble` is the object. `on_news` hears each `Progress`
//! (it has a `stage`) and the news of the experiment. Experiments are spelt as [`Spelling`] says.

use crate::protocol::{
    self, Content, Experiment, ExperimentId, ExperimentJob, Job, Outcome, Sealed, Spelling, Trouble, trouble,
};
use crate::ui::client::{News, Submission, wire};
use crate::ui::{PageId, app};
use js_sys::{Error, Function, Object, Promise, Reflect};
use leptos::prelude::window;
use serde::Serialize;
use std::pin::Pin;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

/// Runs a job as a script gave it.
#[derive(Clone, Copy)]
pub struct Script(fn(JsValue, Option<Function>) -> Answer);

type Answer = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

pub(crate) fn script() -> Script {
    Script(|job, on_news| Box::pin(run(job, on_news)))
}

/// Puts `neocog` on the window. What reads and writes jobs as objects is fetched with the first of them.
pub(crate) fn offer() {
    let script = app().parts.script;
    let run = Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(move |job, on_news: JsValue| {
        let on_news = on_news.dyn_into::<Function>().ok();
        future_to_promise(async move {
            let missing = |_| JsValue::from(Error::new(say!(trouble.part_missing)));
            let Script(run) = script().await.map_err(missing)?;
            run(job, on_news).await
        })
    });
    let neocog = Object::new();
    // On a plain new object and on the window these cannot be refused.
    let _ = Reflect::set(&neocog, &"run".into(), &run.into_js_value());
    let _ = Reflect::set(&window(), &"neocog".into(), &neocog);
}

/// How one experiment's jobs, news and answers become objects and the reverse.
struct Codec {
    experiment: ExperimentId,
    spelling: Spelling,
    job: fn(JsValue) -> Read<ExperimentJob>,
    steer: fn(JsValue) -> Read<ExperimentJob>,
    news: fn(Sealed) -> Result<JsValue, JsValue>,
    answer: fn(Sealed) -> Result<JsValue, JsValue>,
}

type Read<T> = Result<T, serde_wasm_bindgen::Error>;

const fn codec<E: Experiment>() -> Codec {
    Codec {
        experiment: E::ID,
        spelling: E::SPELLING,
        job: |job| Ok(ExperimentJob::new::<E>(serde_wasm_bindgen::from_value(job)?)),
        steer: |steer| Ok(ExperimentJob::steering::<E>(serde_wasm_bindgen::from_value(steer)?)),
        news: |news| object_from::<E::News>(news),
        answer: |answer| object_from::<E::Answer>(answer),
    }
}

fn object_from<T: Content>(sealed: Sealed) -> Result<JsValue, JsValue> {
    let content: T = sealed.open().map_err(|trouble| rejection(&trouble))?;
    Ok(js_from(&content)?)
}

macro_rules! codecs {
    ($($part:ident => { $($id:ident $name:ident $group:ident $about:ident),* $(,)? })*) => {
        static CODECS: &[Codec] = &[$($(codec::<protocol::$name>(),)*)*];
    };
}
crate::experiments!(codecs);

/// A job as a script spells it, and whose it is.
fn job_from(job: JsValue) -> Read<(Job, Option<&'static Codec>)> {
    // A job is its name, or an object with its name as the only key.
    let key = match job.as_string() {
        Some(name) => Some(name),
        None => job.dyn_ref::<Object>().and_then(|job| Object::keys(job).get(0).as_string()),
    };
    let is_key = |name: &str| key.as_deref() == Some(name);
    let within = || Reflect::get(&job, &key.as_deref().unwrap_or_default().into()).unwrap_or_default();
    for codec in CODECS {
        if codec.spelling.steer.is_some_and(is_key) {
            return Ok((Job::Steer((codec.steer)(within())?), None));
        }
        if codec.spelling.jobs.iter().any(|name| is_key(name)) {
            let content = if codec.spelling.jobs.len() == 1 { within() } else { job };
            return Ok((Job::Experiment((codec.job)(content)?), Some(codec)));
        }
    }
    Ok((serde_wasm_bindgen::from_value(job)?, None))
}

async fn run(job: JsValue, on_news: Option<Function>) -> Result<JsValue, JsValue> {
    let (job, codec) =
        job_from(job).map_err(|error| rejection(&trouble::BadJob { detail: wire::words(&error.into()) }.into()))?;
    // The experiment's own page may follow it.
    if let Some(page) = codec.and_then(|codec| app().parts.of(PageId::Experiment(codec.experiment))) {
        let view = page.fetched().await.map_err(|missing| rejection(&missing.into()))?;
        (view.listen)();
    }
    let report = move |news| {
        let Some(hear) = &on_news else {
            return;
        };
        let news = match (news, codec) {
            (News::Progress(progress), _) => js_from(&progress).map_err(JsValue::from),
            (News::Experiment(news), Some(codec)) => (codec.news)(news),
            (News::Experiment(_), None) => return,
        };
        if let Ok(news) = news {
            // An exception in the script's own callback is the script's.
            let _ = hear.call1(&JsValue::NULL, &news);
        }
    };
    let outcome = app()
        .client
        .follow(Submission { waits_for_parts: false, ..Submission::from(job) }, report)
        .outcome()
        .await
        .map_err(|trouble| rejection(&trouble))?;
    match (outcome, codec) {
        (Outcome::Experiment(answer), Some(codec)) => {
            let answer = (codec.answer)(answer)?;
            let Some(key) = codec.spelling.answer else { return Ok(answer) };
            let around = Object::new();
            Reflect::set(&around, &key.into(), &answer)?;
            Ok(around.into())
        }
        (outcome, _) => Ok(js_from(&outcome)?),
    }
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
