//! The browser's feature `subgroups`, which wgpu 30 does not know there: it is slipped into wgpu's own request.

use js_sys::{Array, Function, Object, Proxy, Reflect, Set};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

const FEATURE: &str = "subgroups";

/// Calls `request`, which asks the browser for a device, and has it ask for subgroups too where the adapter has them.
///
/// wgpu calls `requestDevice` before it first waits: the method stands in for the browser's for that long and no longer.
pub(super) fn asked_for<R>(request: impl FnOnce() -> R) -> R {
    let prototype = Reflect::get(&js_sys::global(), &"GPUAdapter".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .and_then(|prototype| prototype.dyn_into::<Object>());
    let Ok(prototype) = prototype else { return request() };
    let name = JsValue::from("requestDevice");
    let Some(original) = Reflect::get(&prototype, &name).ok().and_then(|method| method.dyn_into::<Function>().ok())
    else {
        return request();
    };
    let apply = |method: Function, adapter: JsValue, arguments: Array| -> Result<JsValue, JsValue> {
        if has_feature(&adapter) {
            // wgpu always gives a descriptor with a list; without one the request goes on as it is.
            let wanted = Reflect::get(&arguments.get(0), &"requiredFeatures".into()).unwrap_or_default();
            if let Some(wanted) = wanted.dyn_ref::<Array>() {
                wanted.push(&FEATURE.into());
            }
        }
        Reflect::apply(&method, &adapter, &arguments)
    };
    let apply = Closure::<dyn Fn(Function, JsValue, Array) -> Result<JsValue, JsValue>>::new(apply);
    let handler = Object::new();
    // On a plain new object and on a prototype of the browser's these cannot be refused.
    _ = Reflect::set(&handler, &"apply".into(), apply.as_ref());
    _ = Reflect::set(&prototype, &name, &Proxy::new(&original, &handler));
    let answer = request();
    _ = Reflect::set(&prototype, &name, &original);
    answer
}

/// Whether the device has them.
pub(super) fn granted(device: &wgpu::Device) -> bool {
    device.as_webgpu().is_some_and(|device| has_feature(device.as_ref()))
}

/// Of an adapter or a device.
fn has_feature(of: &JsValue) -> bool {
    let features = Reflect::get(of, &"features".into()).unwrap_or_default();
    // Set-like: it has the methods of a set without being one.
    !features.is_undefined() && features.unchecked_into::<Set>().has(&FEATURE.into())
}

/// The source as the browser wants it: with a word for the feature before all else. naga knows no such word, and needs none.
pub(super) fn announced(source: &str) -> String {
    let uses = source.contains("quadBroadcast(");
    if uses { format!("enable {FEATURE};\n{source}") } else { source.to_owned() }
}
