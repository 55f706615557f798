//! The whole plane: which class is said where, the three pictures, and the part that is looked at.

use super::{SliceState, class_name, class_of};
use crate::protocol::SliceMap;
use crate::ui::page::depth::settings::DepthSettings;
use crate::ui::widget::{Thumbnail, arrow, share_at};
use crate::ui::{PageSettings, live, number};
use leptos::html::Div;
use leptos::prelude::*;
use std::fmt::Write;
use web_sys::{KeyboardEvent, MouseEvent, PointerEvent};

/// From the plane to percent from the left and from above.
fn percent(map: &SliceMap, [x, y]: [f64; 2]) -> [f64; 2] {
    let [left, lower, right, upper] = map.square;
    [100.0 * (x - left) / (right - left), 100.0 * (upper - y) / (upper - lower)]
}

/// A path for each class.
fn squares(map: &SliceMap) -> Vec<String> {
    let mut paths = vec![String::new(); map.classes.len()];
    let side = map.side as usize;
    for (at, (class, _)) in map.squares.iter().enumerate() {
        if let Some(path) = paths.get_mut(*class as usize) {
            // Writing to a string cannot fail.
            _ = write!(path, "M{} {}h1v1h-1z", at % side, at / side);
        }
    }
    paths
}

fn middle(map: &SliceMap) -> [f64; 2] {
    let [left, lower, right, upper] = map.window;
    [(left + right) / 2.0, (lower + upper) / 2.0]
}

pub(super) fn plane(state: SliceState) -> AnyView {
    let node = NodeRef::<Div>::new();
    let at = RwSignal::new(None::<[f64; 2]>);
    let place = move |shares: [f64; 2]| {
        state.map.with_untracked(|map| {
            let [left, lower, right, upper] = map.as_ref()?.square;
            Some([left + (right - left) * shares[0], upper - (upper - lower) * shares[1]])
        })
    };
    let go = move |to: Option<[f64; 2]>| {
        if let Some(to) = to {
            // As the address has it.
            let short = to.map(|number| (number * 1e4).round() / 1e4);
            DepthSettings::change(|settings| settings.middle = Some(short));
            state.again();
        }
    };
    let press = move |event: MouseEvent| {
        if let Some(node) = node.get_untracked() {
            go(place(share_at(&node, &event)));
        }
    };
    let point = move |event: PointerEvent| {
        if let Some(node) = node.get_untracked() {
            at.set(place(share_at(&node, &event)));
        }
    };
    let key = move |event: KeyboardEvent| {
        let here = untrack(|| at.get().or_else(|| state.map.with(|map| map.as_ref().map(middle))));
        if event.key() == "Enter" {
            go(here);
        } else if let (Some(arrow), Some(here)) = (arrow(&event), here) {
            at.set(Some([here[0] + 0.05 * arrow[0], here[1] - 0.05 * arrow[1]]));
        }
    };
    let filled = move || {
        let paths = state.map.with(|map| map.as_ref().map(squares)).unwrap_or_default();
        let one = |(class, path)| view! { <path class=class_of(class as u32) d=path></path> };
        paths.into_iter().enumerate().map(one).collect_view().into_any()
    };
    let view_box = move || {
        let side = state.map.with(|map| map.as_ref().map_or(1, |map| map.side));
        format!("0 0 {side} {side}")
    };
    let corner = move |which: usize| {
        let place = Memo::new(move |_| {
            state.map.with(|map| map.as_ref().map(|map| percent(map, map.corners[which].map(f64::from))))
        });
        let of = move |axis: usize| {
            let at = place.get().map_or(0.0, |place| place[axis]);
            format!("{}%", number::fixed(at, 2))
        };
        let picture = Memo::new(move |_| state.picture(which));
        view! {
            <span class="depth-slice-corner" style:left=move || of(0) style:top=move || of(1)>
                {live::view(move || picture.get().map(|picture| view! { <Thumbnail picture /> }).into_any())}
            </span>
        }
    };
    let mark = move |axis: usize| {
        let of = state.map.with(|map| map.as_ref().map(|map| percent(map, middle(map))[axis])).unwrap_or_default();
        format!("{}%", number::fixed(of, 2))
    };
    let cursor = move |axis: usize| {
        let at = at.get().and_then(|at| state.map.with(|map| map.as_ref().map(|map| percent(map, at)[axis])));
        format!("{}%", number::fixed(at.unwrap_or(-10.0), 2))
    };
    let said = move || {
        let told = state.map.with(|map| {
            let map = map.as_ref()?;
            let [across, down] = percent(map, at.get()?).map(|part| part / 100.0 * f64::from(map.side));
            let inside = |place: f64| place >= 0.0 && place < f64::from(map.side);
            let at = (inside(across) && inside(down)).then_some(down as usize * map.side as usize + across as usize)?;
            let (class, probability) = map.squares.get(at)?;
            Some(say!(depth.slice_square, class = class_name(map, *class), probability = number::percent(*probability)))
        });
        told.unwrap_or_else(|| say!(depth.slice_press).to_owned())
    };
    view! {
        <figure>
            <figcaption>{words!(depth.slice_plane)}</figcaption>
            <div
                class="depth-sheet depth-slice-plane"
                node_ref=node
                role="application"
                tabindex="0"
                data-testid="depth-plane"
                data-squares=live::text(move || state.map.with(|map| map.as_ref().map_or(0, |map| map.squares.len())).to_string())
                aria-label=live::text(|| say!(depth.slice_plane_label).to_owned())
                on:click=press
                on:pointermove=point
                on:pointerleave=move |_| at.set(None)
                on:keydown=key
            >
                <svg viewBox=view_box aria-hidden="true" shape-rendering="crispEdges">{live::view(filled)}</svg>
                {[0, 1, 2].map(corner).collect_view()}
                <span class="depth-slice-mark" style:left=move || mark(0) style:top=move || mark(1)></span>
                <span class="depth-slice-cursor" style:left=move || cursor(0) style:top=move || cursor(1)></span>
            </div>
            <p class="hint depth-pointed-words" data-testid="depth-slice-said">{live::text(said)}</p>
        </figure>
    }
    .into_any()
}
