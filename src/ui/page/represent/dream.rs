//! Chains that go on: the buttons that drive them, and what each is at.

use crate::protocol::Pixels;
use crate::ui::live;
use crate::ui::widget::{Button, Icon, PixelsView};
use leptos::prelude::*;

/// Ids of the buttons: go on and pause, one sweep, toss.
pub(super) type DreamIds = [&'static str; 3];

pub(super) fn dream_acts(
    [play, step, toss]: DreamIds,
    is_playing: RwSignal<bool>,
    one_sweep: impl Fn() + Copy + Send + Sync + 'static,
    toss_again: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    view! {
        <div class="row-acts wraps">
            <Button
                id=play
                icon=move || Some(if is_playing.get() { Icon::Pause } else { Icon::Play })
                words=move || if is_playing.get() { say!(train.pause) } else { say!(optimise.play) }
                state=move || Some(if is_playing.get() { "running" } else { "idle" })
                on_press=move |()| is_playing.update(|playing| *playing = !*playing)
            />
            <Button id=step words=words!(represent.one_sweep) on_press=move |()| one_sweep() />
            <Button id=toss words=words!(represent.toss) on_press=move |()| toss_again() />
        </div>
    }
    .into_any()
}

/// So many pictures, small, after so many sweeps.
pub(super) fn dream_tiles(
    id: &'static str,
    count: usize,
    picture: impl Fn(usize) -> Pixels + Copy + Send + Sync + 'static,
    sweeps: impl Fn() -> u64 + Copy + Send + Sync + 'static,
) -> AnyView {
    let tile = |at: usize| {
        let pixels = Signal::derive(move || picture(at));
        view! { <li><PixelsView pixels /></li> }
    };
    view! {
        <ul class="dream-tiles" data-testid=id data-sweeps=live::text(move || sweeps().to_string()) role="img" aria-label=words!(represent.tiles_label)>
            {(0..count).map(tile).collect_view()}
        </ul>
    }
    .into_any()
}
