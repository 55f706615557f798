//! Between protocol types and what `postMessage` carries: packed bytes, and the bodies of files beside them.

use crate::protocol::{Request, Response, pack, unpack};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Or the id, as far as it can be read (else 0), and what is wrong.
pub(super) fn request_from(message: &JsValue) -> Result<Request, (u32, String)> {
    let field = |name: &str| Reflect::get(message, &name.into()).unwrap_or_default();
    let id = field("id").as_f64().unwrap_or(0.0) as u32;
    let packed = field("job").dyn_into::<Uint8Array>().map_err(|_| (id, "it has no job".to_owned()))?;
    let mut job = unpack(&packed.to_vec()).map_err(|detail| (id, detail))?;
    if let Ok(bodies) = field("bodies").dyn_into::<Array>() {
        for (place, body) in crate::protocol::Job::bodies_mut(&mut job).into_iter().zip(bodies.iter()) {
            *place = Uint8Array::unchecked_from_js(body).to_vec().into();
        }
    }
    Ok(Request { id, job })
}

/// The message, and the buffers in it that are handed over instead of copied.
pub(super) fn message_from(response: &Response) -> Result<(JsValue, Array), JsValue> {
    let packed = Uint8Array::from(pack(response).map_err(|error| JsValue::from_str(&error))?.as_slice());
    let transfer = Array::of1(&packed.buffer());
    Ok((packed.into(), transfer))
}

/// An exception in words: its message where it has one.
pub(super) fn words(exception: &JsValue) -> String {
    let message = Reflect::get(exception, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| exception.as_string()).unwrap_or_else(|| format!("{exception:?}"))
}
