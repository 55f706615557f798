//! Between protocol types and what `postMessage` carries: packed bytes, and the bodies of files beside them.

use crate::protocol::{Job, Response, pack, unpack};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

pub(super) fn response_from(message: &JsValue) -> Result<Response, String> {
    let packed = message.dyn_ref::<Uint8Array>().ok_or("it is no packed answer")?;
    unpack(&packed.to_vec())
}

/// `{id, job, bodies}`, and the buffers in it that are handed over. The job's own bytes leave it, where there are no `bodies`.
pub(super) fn request(id: u32, mut job: Job, bodies: &[Uint8Array]) -> Result<(JsValue, Array), JsValue> {
    let mut given = bodies.iter().cloned();
    let bodies = job.bodies_mut().into_iter().map(|place| {
        let own = std::mem::take(place);
        given.next().unwrap_or_else(|| Uint8Array::from(own.as_slice()))
    });
    let bodies: Vec<Uint8Array> = bodies.collect();
    let packed = Uint8Array::from(pack(&job).map_err(|error| JsValue::from_str(&error))?.as_slice());
    let transfer = bodies.iter().chain([&packed]).map(Uint8Array::buffer).collect::<Array>();
    let request = Object::new();
    Reflect::set(&request, &"id".into(), &id.into())?;
    Reflect::set(&request, &"job".into(), &packed)?;
    Reflect::set(&request, &"bodies".into(), &bodies.iter().collect::<Array>())?;
    Ok((request.into(), transfer))
}

/// An exception in words: its message where it has one.
pub(crate) fn words(exception: &JsValue) -> String {
    exception
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| exception.as_string())
        .unwrap_or_else(|| format!("{exception:?}"))
}
