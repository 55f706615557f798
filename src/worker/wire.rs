//! Between protocol types and what `postMessage` carries: objects as JSON has them, bytes as `Uint8Array`.

use crate::protocol::{Outcome, Request, Response, Update};
use js_sys::{Array, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

const FORM: serde_wasm_bindgen::Serializer =
    serde_wasm_bindgen::Serializer::json_compatible().serialize_bytes_as_arrays(false);

/// Or the id, as far as it can be read (else 0), and what is wrong.
pub(super) fn request_from(message: JsValue) -> Result<Request, (u32, String)> {
    let id = Reflect::get(&message, &"id".into()).ok().and_then(|id| id.as_f64()).unwrap_or(0.0);
    serde_wasm_bindgen::from_value(message).map_err(|error| (id as u32, words(&error.into())))
}

/// The message, and the buffers in it that are handed over instead of copied.
pub(super) fn message_from(response: &Response) -> Result<(JsValue, Array), serde_wasm_bindgen::Error> {
    let message = response.serialize(&FORM)?;
    let transfer = Array::new();
    if let Update::Done(Outcome::Picture(_)) = response.update {
        let path = ["update", "done", "picture", "preview", "rgba"];
        let found = path.iter().try_fold(message.clone(), |object, name| Reflect::get(&object, &(*name).into()));
        if let Some(bytes) = found.ok().and_then(|found| found.dyn_into::<Uint8Array>().ok()) {
            transfer.push(&bytes.buffer());
        }
    }
    Ok((message, transfer))
}

/// An exception in words: its message where it has one.
pub(super) fn words(exception: &JsValue) -> String {
    let message = Reflect::get(exception, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| exception.as_string()).unwrap_or_else(|| format!("{exception:?}"))
}
