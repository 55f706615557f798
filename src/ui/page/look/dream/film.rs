//! The frames of a film, played over and over while more of them come.

use crate::protocol::Pixels;
use crate::ui::live;
use crate::ui::widget::Button;
use leptos::prelude::*;
use std::time::Duration;

/// Between two frames: as in the file that is saved.
const FRAME: Duration = Duration::from_millis(83);

#[derive(Clone, Copy)]
pub(super) struct FilmPlayer {
    frames: RwSignal<Vec<Pixels>>,
    at: RwSignal<usize>,
    is_paused: RwSignal<bool>,
}

impl FilmPlayer {
    /// Still, where the person wants no movement.
    pub(super) fn new() -> Self {
        let still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
        let is_paused = RwSignal::new(still.is_some_and(|query| query.matches()));
        let player = Self { frames: RwSignal::new(Vec::new()), at: RwSignal::new(0), is_paused };
        let clock = set_interval_with_handle(move || player.turn(), FRAME).ok();
        on_cleanup(move || clock.iter().for_each(IntervalHandle::clear));
        player
    }

    fn turn(self) {
        let count = self.frames.try_with_untracked(Vec::len).unwrap_or_default();
        if count > 1 && !self.is_paused.get_untracked() {
            self.at.update(|at| *at = (*at + 1) % count);
        }
    }

    pub(super) fn clear(self) {
        self.put(Vec::new());
    }

    pub(super) fn put(self, frames: Vec<Pixels>) {
        self.frames.try_set(frames);
        self.at.try_set(0);
    }

    pub(super) fn add(self, more: Vec<Pixels>) {
        if !more.is_empty() {
            self.frames.try_update(|frames| frames.extend(more));
        }
    }

    pub(super) fn count(self) -> usize {
        self.frames.with(Vec::len)
    }

    /// The one that is seen now; none of a still.
    pub(super) fn frame(self) -> Option<Pixels> {
        self.frames.with(|frames| if frames.len() > 1 { frames.get(self.at.get()).cloned() } else { None })
    }

    /// Movement that does not end can be stopped.
    pub(super) fn button(self) -> AnyView {
        let is_film = Memo::new(move |_| self.count() > 1);
        let button = move || {
            view! {
                <Button
                    id="dream-play"
                    words=move || if self.is_paused.get() { say!(look.dream_play) } else { say!(look.dream_pause) }
                    on_press=move |()| self.is_paused.update(|is_paused| *is_paused = !*is_paused)
                />
            }
        };
        live::view(move || is_film.get().then(button).into_any()).into_any()
    }
}
