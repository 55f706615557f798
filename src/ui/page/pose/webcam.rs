//! The webcam, live: each frame through the network that is chosen, its joints calmed.

use super::settings::PoseSettings;
use super::state::PoseState;
use crate::protocol::{FoundPose, LivePose, Pose, Posed};
use crate::ui::widget::{Camera, Slider, trouble_box, watch_frames};
use crate::ui::{Ask, PageSettings, app, live, number};
use leptos::prelude::*;

/// As long as it is shown, it asks about frames.
pub(super) fn live_camera(state: PoseState) -> AnyView {
    let camera = Camera::open();
    let asked: Ask<Pose, Box<FoundPose>> = ask!(Pose, Single, Posed::Found);
    Effect::new(move |_| {
        if let Some(found) = asked.answer.get() {
            state.show(*found, None);
        }
    });
    let wants = move || app().is_up() && !asked.is_on() && state.live_task().is_some();
    watch_frames(camera, wants, move |frame| {
        if let Some(task) = untrack(|| state.live_task()) {
            let smoothing = state.settings.with_untracked(|settings| settings.smoothing);
            asked.ask(Pose::See(LivePose { task, frame, at_ms: js_sys::Date::now(), smoothing }));
        }
    });
    let value = Signal::derive(move || state.settings.with(|settings| settings.smoothing));
    let told = Signal::derive(move || number::fixed(value.get(), 2));
    view! {
        <div class="pose-live" data-testid="pose-live">{camera.view()}</div>
        <label class="field pose-smoothing">
            <span>{words!(pose.smoothing)} " " <span class="figure">{live::text(move || told.get())}</span></span>
            <Slider
                id="pose-smoothing"
                span=[0.0, 1.0]
                step=0.05
                value
                told
                on_slide=move |value: f64| PoseSettings::change(|settings| settings.smoothing = value)
            />
        </label>
        <p class="hint">{words!(pose.smoothing_hint)}</p>
        {trouble_box(move || asked.trouble())}
    }
    .into_any()
}
