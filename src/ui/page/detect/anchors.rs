//! Anchors of a region proposal network at the pointer: nine boxes around a place, and how sure it is that each has a thing in it.

use super::board::drawn;
use super::state::DetectState;
use crate::protocol::{AnchorMap, AnchorReason, BoxCorners, DetectedPicture};
use crate::ui::{live, number};
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

/// A box at a place: how sure the network is, and what the box is an example of where that is known.
struct AnchorHere {
    corners: BoxCorners,
    sure: f32,
    taught: Option<(AnchorReason, f32)>,
}

fn at(map: &AnchorMap, [column, row]: [u32; 2], [width, height]: [u32; 2]) -> Vec<AnchorHere> {
    let [columns, rows] = map.places;
    let (column, row) = (column.min(columns.saturating_sub(1)), row.min(rows.saturating_sub(1)));
    let [right, down] = [column as f32 * width as f32 / columns as f32, row as f32 * height as f32 / rows as f32];
    let one = |(k, corners): (usize, &BoxCorners)| {
        let place = k * (columns * rows) as usize + (row * columns + column) as usize;
        let sure = map.objectness.get(place).copied().unwrap_or(0.0);
        let corners = [corners[0] + right, corners[1] + down, corners[2] + right, corners[3] + down];
        AnchorHere { corners, sure, taught: map.taught.get(place).copied() }
    };
    map.boxes.iter().enumerate().map(one).collect()
}

/// Where the network is surest, until somebody points.
fn place_of(state: DetectState, map: &AnchorMap) -> [u32; 2] {
    let best = || {
        let best = map.objectness.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let [columns, rows] = map.places.map(|count| count.max(1) as usize);
        let place = best.map_or(0, |(at, _)| at % (columns * rows));
        [(place % columns) as u32, (place / columns) as u32]
    };
    state.place.get().unwrap_or_else(best)
}

pub(super) fn anchor_boxes(state: DetectState, found: &DetectedPicture) -> AnyView {
    let Some(map) = &found.anchors else { return ().into_any() };
    let size = [found.width, found.height];
    let all = at(map, place_of(state, map), size);
    let best = all.iter().map(|one| one.sure).fold(0.0, f32::max);
    let one = |AnchorHere { corners, sure, taught }: AnchorHere| {
        let is_best = sure == best;
        let learns = matches!(taught, Some((AnchorReason::Covers | AnchorReason::Best, _)));
        let class = match (is_best, learns) {
            (true, _) => "detect-anchor best",
            (false, true) => "detect-anchor learns",
            (false, false) => "detect-anchor",
        };
        drawn(corners, size, class.to_owned(), is_best.then(|| number::fixed(f64::from(sure), 2)))
    };
    all.into_iter().map(one).collect_view().into_any()
}

/// What the boxes of a place are examples of: the one that overlaps a thing most, and how many are of each kind.
fn reasons(all: &[AnchorHere]) -> Option<String> {
    let (reason, overlap) = all.iter().filter_map(|one| one.taught).max_by(|a, b| a.1.total_cmp(&b.1))?;
    let overlap = number::fixed(f64::from(overlap), 2);
    let count = |wanted: &[AnchorReason]| {
        all.iter().filter(|one| one.taught.is_some_and(|(reason, _)| wanted.contains(&reason))).count()
    };
    let why = match reason {
        AnchorReason::Covers => say!(detect.anchor_covers, overlap = overlap),
        AnchorReason::Best => say!(detect.anchor_best, overlap = overlap),
        AnchorReason::Background => say!(detect.anchor_background, overlap = overlap),
        AnchorReason::Between => say!(detect.anchor_between, overlap = overlap),
        AnchorReason::Outside => say!(detect.anchor_outside, overlap = overlap),
    };
    let counts = say!(
        detect.anchor_counts,
        things = count(&[AnchorReason::Covers, AnchorReason::Best]),
        background = count(&[AnchorReason::Background]),
        neither = count(&[AnchorReason::Between, AnchorReason::Outside])
    );
    Some(format!("{why} {counts}"))
}

/// Which place it is, and what the network thinks there.
pub(super) fn anchor_words(state: DetectState) -> AnyView {
    let words = move || {
        let is_shown = state.settings.with(|settings| settings.shows_anchors());
        state.found.with(|found| {
            let found = found.as_ref().filter(|_| is_shown)?;
            let map = found.anchors.as_ref()?;
            let [column, row] = place_of(state, map);
            let all = at(map, [column, row], [found.width, found.height]);
            let counts = reasons(&all);
            let AnchorHere { corners, sure, .. } = all.into_iter().max_by(|a, b| a.sure.total_cmp(&b.sure))?;
            let [width, height] = [corners[2] - corners[0], corners[3] - corners[1]];
            let places = map.places.map(|count| count.to_string()).join(" × ");
            let told = say!(
                detect.anchor_at,
                places = places,
                column = column + 1,
                row = row + 1,
                width = number::fixed(f64::from(width), 0),
                height = number::fixed(f64::from(height), 0),
                sure = number::fixed(f64::from(sure), 2)
            );
            Some([Some(told), counts].into_iter().flatten().collect::<Vec<_>>().join(" "))
        })
    };
    view! {
        <p class="hint" data-testid="detect-anchor">
            {live::maybe(words)}
        </p>
    }
    .into_any()
}

/// Takes the pointer, a finger and the arrow keys to a place.
pub(super) fn with_pointer(state: DetectState, is_on: Memo<bool>) -> AnyView {
    let places = move || state.found.with_untracked(|found| Some(found.as_ref()?.anchors.as_ref()?.places));
    let point = move |event: PointerEvent| {
        let Some(target) = event.current_target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else {
            return;
        };
        let Some(places) = places() else { return };
        let frame = target.get_bounding_client_rect();
        let share = [
            (f64::from(event.client_x()) - frame.left()) / frame.width().max(1.0),
            (f64::from(event.client_y()) - frame.top()) / frame.height().max(1.0),
        ];
        let place =
            [0, 1].map(|side| ((share[side] * f64::from(places[side])) as u32).min(places[side].saturating_sub(1)));
        if state.place.get_untracked() != Some(place) {
            state.place.set(Some(place));
        }
    };
    let press = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" => [-1, 0],
            "ArrowRight" => [1, 0],
            "ArrowUp" => [0, -1],
            "ArrowDown" => [0, 1],
            _ => return,
        };
        event.prevent_default();
        let now = state.found.with_untracked(|found| {
            let map = found.as_ref()?.anchors.as_ref()?;
            Some((untrack(|| place_of(state, map)), map.places))
        });
        let Some((now, places)) = now else { return };
        let moved = [0, 1].map(|side| now[side].saturating_add_signed(step[side]).min(places[side].saturating_sub(1)));
        state.place.set(Some(moved));
    };
    live::view(move || {
        is_on
            .get()
            .then(|| {
                view! {
                    <div
                        class="detect-pointer"
                        tabindex="0"
                        role="application"
                        data-testid="detect-pointer"
                        aria-label=live::text(|| say!(detect.anchors_label).to_owned())
                        on:pointermove=point
                        on:pointerdown=point
                        on:keydown=press
                    ></div>
                }
            })
            .into_any()
    })
    .into_any()
}
