//! The webcam, live: each frame through the detector that is chosen.

use super::state::DetectState;
use crate::protocol::{Detect, Detected, DetectedPicture, LiveFrame};
use crate::ui::widget::{Camera, trouble_box, watch_frames};
use crate::ui::{Ask, app};
use leptos::prelude::*;

/// As long as it is shown, it asks about frames.
pub(super) fn live_camera(state: DetectState) -> AnyView {
    let camera = Camera::open();
    let asked: Ask<Detect, Box<DetectedPicture>> = ask!(Detect, Single, Detected::Found);
    Effect::new(move |_| {
        if let Some(found) = asked.answer.get() {
            state.show(*found);
        }
    });
    let wants = move || app().is_up() && !asked.is_on() && state.live_task().is_some();
    watch_frames(camera, wants, move |frame| {
        if let Some(task) = untrack(|| state.live_task()) {
            asked.ask(Detect::See(LiveFrame { task, frame }));
        }
    });
    view! {
        <div class="detect-live" data-testid="detect-live">{camera.view()}</div>
        {trouble_box(move || asked.trouble())}
    }
    .into_any()
}
