//! The webcam, live: each frame through the detector that is chosen.

use super::state::DetectState;
use crate::protocol::{Detect, Detected, DetectedPicture, LiveFrame};
use crate::ui::widget::{Camera, pause, trouble_box};
use crate::ui::{Ask, app};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Longest side of a frame, in pixels.
const SIDE: u32 = 480;
/// Between two looks whether the engine is free.
const PAUSE_MILLIS: i32 = 40;

/// As long as it is shown, it asks about frames.
pub(super) fn live_camera(state: DetectState) -> AnyView {
    let camera = Camera::open();
    let is_here = StoredValue::new(true);
    let asked: Ask<Detect, Box<DetectedPicture>> = ask!(Detect, Single, Detected::Found);
    Effect::new(move |_| {
        if let Some(found) = asked.answer.get() {
            state.show(*found);
        }
    });
    spawn_local(async move {
        while is_here.try_get_value() == Some(true) {
            let may_see = untrack(|| camera.is_running() && app().is_up() && !asked.is_on());
            if may_see
                && let Some(task) = untrack(|| state.live_task())
                && let Some(frame) = camera.pixels(SIDE)
            {
                asked.ask(Detect::See(LiveFrame { task, frame }));
            }
            pause(PAUSE_MILLIS).await;
        }
    });
    view! {
        <div class="detect-live" data-testid="detect-live">{camera.view()}</div>
        {trouble_box(move || asked.trouble())}
    }
    .into_any()
}
