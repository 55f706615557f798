//! The webcam: holding a class's button records frames into it, and what was learnt says live what it sees.

use super::predict::rows;
use super::state::TransferState;
use crate::protocol::{ClassChange, Pixels, Transfer, TransferPrediction, Transferred};
use crate::ui::widget::{Button, Camera, pause};
use crate::ui::{Ask, app, live};
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Between two frames that are recorded.
const RECORD_MILLIS: i32 = 150;
/// Of one recording.
const MOST_FRAMES: usize = 100;
/// Longest side of a frame, in pixels.
const SIDE: u32 = 256;
/// Between two frames that the classifier is asked about.
const SEE_MILLIS: i32 = 60;
/// Of the newest answer among all before it.
const WEIGHT: f32 = 0.3;

#[derive(Clone, Copy)]
pub(super) struct Webcam {
    is_on: RwSignal<bool>,
    camera: StoredValue<Option<Camera>, LocalStorage>,
    /// The class that is recorded, and how many frames of it.
    recording: RwSignal<Option<(String, usize)>>,
    /// What was said last, smoothed.
    seen: RwSignal<Option<TransferPrediction>>,
}

impl Webcam {
    pub(super) fn new() -> Self {
        Self {
            is_on: RwSignal::new(false),
            camera: StoredValue::new_local(None),
            recording: RwSignal::new(None),
            seen: RwSignal::new(None),
        }
    }

    fn frame(self) -> Option<Pixels> {
        self.camera.try_get_value().flatten()?.pixels(SIDE)
    }

    fn is_recording(self, class: &str) -> bool {
        self.recording.with(|recording| recording.as_ref().is_some_and(|(of, _)| of == class))
    }
}

pub(super) fn webcam_button(state: TransferState) -> AnyView {
    let webcam = state.webcam;
    let words = move || if webcam.is_on.get() { say!(transfer.webcam_off) } else { say!(transfer.webcam) };
    view! { <Button id="classes-webcam" words on_press=move |()| webcam.is_on.update(|is_on| *is_on = !*is_on) /> }
        .into_any()
}

/// What the camera shows, and what the classifier says of it.
pub(super) fn finder(state: TransferState) -> AnyView {
    let webcam = state.webcam;
    on_cleanup(move || webcam.is_on.set(false));
    live::view(move || webcam.is_on.get().then(|| opened(state)).into_any()).into_any()
}

fn opened(state: TransferState) -> AnyView {
    let webcam = state.webcam;
    let camera = Camera::open();
    webcam.camera.set_value(Some(camera));
    webcam.seen.set(None);
    let is_here = StoredValue::new(true);
    on_cleanup(move || {
        webcam.camera.set_value(None);
        webcam.recording.set(None);
    });
    let asked: Ask<Transfer, TransferPrediction> = ask!(Transfer, Single, Transferred::Seen);
    Effect::new(move |_| {
        if let Some(found) = asked.answer.get() {
            webcam.seen.update(|seen| *seen = Some(smoothed(seen.take(), found)));
        }
    });
    // A stale classifier is of other classes.
    let may_see = move || {
        camera.is_running() && state.learn.is_fresh() && app().is_up() && webcam.recording.with(Option::is_none)
    };
    spawn_local(async move {
        while is_here.try_get_value() == Some(true) {
            if untrack(may_see)
                && !untrack(|| asked.is_on())
                && let Some(frame) = webcam.frame()
            {
                asked.ask(Transfer::See(frame));
            }
            pause(SEE_MILLIS).await;
        }
    });
    view! {
        <div class="webcam" data-testid="webcam">
            {camera.view()}
            <div data-testid="webcam-seen" aria-live="off">
                {live::view(move || match webcam.seen.get().filter(|_| state.learn.is_fresh()) {
                    Some(found) => rows(found),
                    None => view! { <p class="hint">{words!(transfer.webcam_hint)}</p> }.into_any(),
                })}
            </div>
        </div>
    }
    .into_any()
}

/// Each answer counts less the longer ago it was.
fn smoothed(before: Option<TransferPrediction>, found: TransferPrediction) -> TransferPrediction {
    let Some(before) = before.filter(|before| before.classes == found.classes) else { return found };
    let mix = |(old, new): (&f32, &f32)| old + WEIGHT * (new - old);
    let probabilities = before.probabilities.iter().zip(&found.probabilities).map(mix).collect();
    let distance = before.distance + f64::from(WEIGHT) * (found.distance - before.distance);
    TransferPrediction { probabilities, distance, ..found }
}

/// Held with a pointer or the space bar, it records.
pub(super) fn hold(state: TransferState, class: StoredValue<String>) -> AnyView {
    let webcam = state.webcam;
    let begin = move || record(state, class.get_value());
    let end = move || webcam.recording.set(None);
    let down = move |event: PointerEvent| {
        if let Some(button) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) {
            // Else the pointer may leave the button and nobody hears that it is let go.
            let _ = button.set_pointer_capture(event.pointer_id());
        }
        begin();
    };
    let is_held_by = |event: &KeyboardEvent| [" ", "Enter"].contains(&event.key().as_str());
    let key_down = move |event: KeyboardEvent| {
        if is_held_by(&event) {
            event.prevent_default();
            if !event.repeat() {
                begin();
            }
        }
    };
    let key_up = move |event: KeyboardEvent| {
        if is_held_by(&event) {
            end();
        }
    };
    let words = move || {
        let count = webcam.recording.with(|recording| {
            recording.as_ref().filter(|(of, _)| class.with_value(|class| class == of)).map(|(_, count)| *count)
        });
        count.map_or_else(|| say!(transfer.hold).to_owned(), |count| say!(transfer.recording, count = count))
    };
    let button = move || {
        view! {
            <button
                type="button"
                class="btn hold"
                class:on=live::flag(move || class.with_value(|class| webcam.is_recording(class)))
                data-testid="class-hold"
                on:pointerdown=down
                on:pointerup=move |_| end()
                on:pointercancel=move |_| end()
                on:keydown=key_down
                on:keyup=key_up
                on:blur=move |_| end()
            >
                {live::text(words)}
            </button>
        }
    };
    live::view(move || webcam.is_on.get().then(button).into_any()).into_any()
}

fn record(state: TransferState, class: String) {
    let webcam = state.webcam;
    if untrack(|| webcam.recording.with(Option::is_some)) {
        return;
    }
    webcam.recording.set(Some((class.clone(), 0)));
    spawn_local(async move {
        let mut frames = Vec::new();
        while frames.len() < MOST_FRAMES && untrack(|| webcam.is_recording(&class)) {
            frames.extend(webcam.frame());
            let count = frames.len();
            webcam.recording.update(|recording| {
                if let Some((_, of)) = recording {
                    *of = count;
                }
            });
            pause(RECORD_MILLIS).await;
        }
        if untrack(|| webcam.is_recording(&class)) {
            webcam.recording.set(None);
        }
        if !frames.is_empty() {
            state.change(ClassChange::Frames { class, frames });
        }
    });
}
