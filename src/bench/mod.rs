//! `window.bench`: the engine as one of the peers that a harness measures side by side, and steps per second of three networks
//! for people. The page's script (`www/measure.js`) calls it too.
//!
//! `bench.run(workload, options)` resolves to `{ ms, output }`: milliseconds of one operation, and what the harness checks.
//! `options.phase` is `first` (from nothing to the first result), `check` (training: losses of the first steps, then the norm of
//! each parameter's change), or `measure` (`options.iters` repetitions). `options.backend` is `gpu` or `cpu`; without it the
//! page's address decides (`bench.html?backend=cpu`), and without that it is the GPU.

mod device;
mod error;
mod inputs;
mod network;
mod once;
mod step;
mod train;

use crate::lab::speed::Training;
use device::{Backend, device};
use error::BenchError;
use inputs::{BenchPhase, Options};
use js_sys::{Error, Float64Array, Object, Promise, Reflect};
use once::Once;
use std::cell::RefCell;
use std::rc::Rc;
use step::Steps;
use train::PresetRun;
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

/// A workload made ready.
enum Workload {
    Once(Once),
    Steps(Box<Steps>),
    Run(Box<PresetRun>),
}

/// The last workload that was asked for, on its backend.
type Last = Rc<RefCell<Option<(String, Backend, Workload)>>>;

/// Puts `bench` on the window.
pub fn open() {
    let last = Last::default();
    let run = Closure::<dyn Fn(String, JsValue) -> Promise>::new(move |id: String, options: JsValue| {
        let last = last.clone();
        future_to_promise(async move {
            let answer = run(&last, &id, options).await;
            answer.map_err(|error| Error::new(&error.to_string()).into())
        })
    });
    let bench = Object::new();
    // On a plain new object and on the window these cannot be refused.
    let _ = Reflect::set(&bench, &"name".into(), &"neocog".into());
    let _ = Reflect::set(&bench, &"run".into(), &run.into_js_value());
    let _ = Reflect::set(&js_sys::global(), &"bench".into(), &bench);
}

async fn run(last: &Last, id: &str, options: JsValue) -> Result<JsValue, BenchError> {
    let options: Options =
        serde_wasm_bindgen::from_value(options).map_err(|error| BenchError::Options { detail: error.to_string() })?;
    let backend = options.backend.unwrap_or_else(device::of_address);
    // Taken out: nothing is borrowed while this waits.
    let ready = last.borrow_mut().take().filter(|(name, on, _)| name == id && *on == backend);
    let mut workload = match ready {
        Some((.., workload)) => workload,
        None => make(id, &options, backend).await?,
    };
    let (iters, start) = (options.iters.max(1), now());
    let output = match (options.phase, &mut workload) {
        (BenchPhase::Measure, Workload::Once(once)) => once.measure(iters).await?,
        (BenchPhase::First | BenchPhase::Check, Workload::Once(once)) => once.output().await?,
        (BenchPhase::Measure, Workload::Steps(steps)) => steps.measure(iters).await?,
        (BenchPhase::First, Workload::Steps(steps)) => steps.first().await?,
        (BenchPhase::Check, Workload::Steps(steps)) => steps.check().await?,
        (BenchPhase::Measure, Workload::Run(run)) => run.advance(iters).await?,
        (BenchPhase::First | BenchPhase::Check, Workload::Run(run)) => run.advance(1).await?,
    };
    let times = if options.phase == BenchPhase::Measure { iters * options.spec.chain.unwrap_or(1) } else { 1 };
    let millis = (now() - start) / f64::from(times);
    *last.borrow_mut() = Some((id.to_owned(), backend, workload));
    let answer = Object::new();
    let _ = Reflect::set(&answer, &"ms".into(), &Float64Array::from([millis].as_slice()));
    let _ = Reflect::set(&answer, &"output".into(), &Float64Array::from(output.as_slice()));
    Ok(answer.into())
}

async fn make(id: &str, options: &Options, backend: Backend) -> Result<Workload, BenchError> {
    if let Some(row) = Training::find(id) {
        return Ok(Workload::Run(Box::new(PresetRun::new(row, &device(backend).await?).await?)));
    }
    // The device begins while the harness's tensors arrive.
    let device = Box::pin(device(backend));
    Ok(match options.spec.kind.as_str() {
        "train" => Workload::Steps(Box::new(Steps::new(id, options, device).await?)),
        kind => Workload::Once(Once::new(kind, id, options, device).await?),
    })
}

fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}
