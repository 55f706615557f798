//! The width that an element has, followed as it changes.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::ResizeObserver;

/// In CSS pixels; zero until the element stands.
pub(crate) fn follow_width(frame: NodeRef<Div>) -> RwSignal<f64> {
    let width = RwSignal::new(0.0);
    let measure = move || {
        if let Some(frame) = frame.get_untracked() {
            let found = f64::from(frame.client_width());
            if width.get_untracked() != found {
                width.set(found);
            }
        }
    };
    let heard = Closure::<dyn Fn()>::new(measure);
    // Refused only where the browser has no such observer; then the first width stays.
    let observer = ResizeObserver::new(heard.as_ref().unchecked_ref()).ok();
    let kept = StoredValue::new_local((observer, heard));
    Effect::new(move |_| {
        if let Some(frame) = frame.get() {
            measure();
            kept.with_value(|(observer, _)| observer.iter().for_each(|observer| observer.observe(&frame)));
        }
    });
    on_cleanup(move || {
        let _ = kept.try_with_value(|(observer, _)| observer.iter().for_each(ResizeObserver::disconnect));
    });
    width
}
