//! Elements: where a pointer is on one, where keys lead, how wide it is.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, KeyboardEvent, MouseEvent, ResizeObserver};

/// Shares of the element's width from the left, and of its height from the top.
pub(crate) fn share_at(element: &Element, event: &MouseEvent) -> [f64; 2] {
    let bounds = element.get_bounding_client_rect();
    let share = |at: i32, from: f64, of: f64| (f64::from(at) - from) / of.max(1.0);
    [share(event.client_x(), bounds.left(), bounds.width()), share(event.client_y(), bounds.top(), bounds.height())]
}

/// Right and down, as an arrow key says.
pub(crate) fn arrow(event: &KeyboardEvent) -> Option<[f64; 2]> {
    let arrow = match event.key().as_str() {
        "ArrowRight" => [1.0, 0.0],
        "ArrowLeft" => [-1.0, 0.0],
        "ArrowUp" => [0.0, -1.0],
        "ArrowDown" => [0.0, 1.0],
        _ => return None,
    };
    event.prevent_default();
    Some(arrow)
}

/// The next of `count` in a row, from `here` on.
pub(crate) fn along(event: &KeyboardEvent, here: Option<usize>, count: usize) -> Option<usize> {
    let last = count.saturating_sub(1);
    let next = match event.key().as_str() {
        "ArrowRight" => here.map_or(0, |at| (at + 1).min(last)),
        "ArrowLeft" => here.map_or(last, |at| at.saturating_sub(1)),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    event.prevent_default();
    Some(next)
}

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
