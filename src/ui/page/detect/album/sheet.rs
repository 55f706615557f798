//! The picture that boxes are drawn on, by pointer, finger or keys, and the list of its boxes.

use super::super::board::{COLOURS, drawn};
use super::draw::{between, in_the_middle, moved};
use super::state::AlbumState;
use super::{classes, look_at};
use crate::protocol::{AlbumChange, BoxedPicture, TrueBox};
use crate::ui::widget::{Button, Icon, IconButton, PixelsView, Select, arrow, no_pixels, share_at};
use crate::ui::{live, number};
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

pub(super) fn editor(state: AlbumState) -> AnyView {
    view! {
        <div class="detect-board">
            <div>
                {sheet(state)}
                <p class="hint">{words!(detect.own_keys)}</p>
                {acts(state)}
            </div>
            <div class="detect-side">
                <h3>{words!(detect.own_classes)}</h3>
                {classes(state)}
                <h3>{words!(detect.own_boxes)}</h3>
                {list(state)}
            </div>
        </div>
    }
    .into_any()
}

fn acts(state: AlbumState) -> AnyView {
    let copy = move |()| {
        if let (Some(from), Some(to)) = (untrack(|| state.at()), untrack(|| state.next())) {
            state.change(AlbumChange::Copy { from, to });
            state.choose(to);
        }
    };
    let remove = move |()| {
        if let Some(at) = untrack(|| state.at()) {
            state.change(AlbumChange::Remove(vec![at]));
        }
    };
    let next = move |()| untrack(|| state.next()).into_iter().for_each(|to| state.choose(to));
    let is_last = Memo::new(move |_| state.next().is_none());
    view! {
        <div class="row-acts wraps">
            <Button id="boxes-next" words=words!(detect.own_next) off=move || is_last.get() on_press=next />
            <Button id="boxes-copy" words=words!(detect.own_copy) off=move || is_last.get() on_press=copy />
            <Button
                id="boxes-look"
                words=words!(detect.own_look)
                on_press=move |()| untrack(|| state.at()).into_iter().for_each(look_at)
            />
            <Button id="boxes-remove" words=words!(detect.own_remove) on_press=remove />
        </div>
    }
    .into_any()
}

fn element(event: &PointerEvent) -> Option<Element> {
    event.current_target()?.dyn_into::<Element>().ok()
}

fn sheet(state: AlbumState) -> AnyView {
    // Where the pointer went down, and where it is.
    let drag = RwSignal::new(None::<[[f64; 2]; 2]>);
    let size = move || state.picture().map(|picture| picture.size);
    let pixels = move || {
        let at = state.at();
        state.previews.with(|all| at.and_then(|at| all.get(&at).cloned())).unwrap_or_else(no_pixels)
    };
    let down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        let Some(sheet) = element(&event) else { return };
        // Refused only of a pointer that is gone.
        let _ = sheet.set_pointer_capture(event.pointer_id());
        let at = share_at(&sheet, &event);
        drag.set(Some([at, at]));
    };
    let go = move |event: PointerEvent| {
        let Some([from, _]) = drag.get_untracked() else { return };
        if let Some(sheet) = element(&event) {
            drag.set(Some([from, share_at(&sheet, &event)]));
        }
    };
    let up = move |event: PointerEvent| {
        let Some([from, _]) = drag.get_untracked() else { return };
        drag.set(None);
        let (Some(sheet), Some(picture)) = (element(&event), untrack(|| state.picture())) else { return };
        let to = share_at(&sheet, &event);
        match between(from, to, picture.size) {
            Some(corners) => state.add(corners),
            None => state.selected.set(hit(&picture, to)),
        }
    };
    let press = move |event: KeyboardEvent| by_key(state, &event);
    let over = move || {
        let Some(picture) = state.picture() else { return ().into_any() };
        let (names, selected) = (state.album.with(|album| album.classes.clone()), state.selected.get());
        let one = |(at, one): (usize, &TrueBox)| {
            let on = if selected == Some(at) { " on" } else { "" };
            let class = format!("detect-box detect-{}{on}", one.class as usize % COLOURS);
            drawn(one.corners, picture.size, class, names.get(one.class as usize).cloned())
        };
        picture.boxes.iter().enumerate().map(one).collect_view().into_any()
    };
    let draft = move || {
        let drafted = drag.get().zip(size());
        let corners = drafted.and_then(|([from, to], size)| Some((between(from, to, size)?, size)));
        corners.map(|(corners, size)| drawn(corners, size, "detect-draft".to_owned(), None)).into_any()
    };
    view! {
        <div
            class="detect-sheet draws"
            tabindex="0"
            role="application"
            data-testid="boxes-sheet"
            aria-label=live::text(|| say!(detect.own_sheet).to_owned())
            on:pointerdown=down
            on:pointermove=go
            on:pointerup=up
            on:pointercancel=move |_| drag.set(None)
            on:keydown=press
        >
            <PixelsView pixels />
            {live::view(over)}
            {live::view(draft)}
        </div>
    }
    .into_any()
}

/// The smallest box around a place.
fn hit(picture: &BoxedPicture, share: [f64; 2]) -> Option<usize> {
    let [x, y] = [0, 1].map(|at| share[at] as f32 * picture.size[at] as f32);
    let area = |one: &TrueBox| (one.corners[2] - one.corners[0]) * (one.corners[3] - one.corners[1]);
    let around = picture.boxes.iter().enumerate().filter(|(_, one)| {
        let [left, top, right, bottom] = one.corners;
        (left..right).contains(&x) && (top..bottom).contains(&y)
    });
    around.min_by(|a, b| area(a.1).total_cmp(&area(b.1))).map(|(at, _)| at)
}

/// N makes a box, arrows move it, with Shift they make it larger or smaller, Delete takes it away, Page Up and Page Down choose another.
fn by_key(state: AlbumState, event: &KeyboardEvent) {
    let Some(picture) = untrack(|| state.picture()) else { return };
    let (mut boxes, selected) = (picture.boxes.clone(), state.selected.get_untracked());
    let here = selected.filter(|at| *at < boxes.len());
    match (event.key().as_str(), here) {
        ("n" | "N", _) if !event.ctrl_key() && !event.meta_key() => state.add(in_the_middle(picture.size)),
        ("Delete" | "Backspace", Some(at)) => {
            boxes.remove(at);
            state.selected.set((!boxes.is_empty()).then(|| at.min(boxes.len() - 1)));
            state.set_boxes(boxes);
        }
        ("PageDown", _) if !boxes.is_empty() => state.selected.set(Some(here.map_or(0, |at| (at + 1) % boxes.len()))),
        ("PageUp", _) if !boxes.is_empty() => {
            state.selected.set(Some(here.map_or(0, |at| (at + boxes.len() - 1) % boxes.len())));
        }
        (_, Some(at)) => {
            let Some(way) = arrow(event) else { return };
            boxes[at].corners = moved(boxes[at].corners, way, event.shift_key(), picture.size);
            state.set_boxes(boxes);
        }
        _ => return,
    }
    event.prevent_default();
}

fn list(state: AlbumState) -> AnyView {
    let options = Signal::derive(move || {
        state
            .album
            .with(|album| album.classes.iter().enumerate().map(|(at, name)| (at.to_string(), name.clone())).collect())
    });
    let one = move |(at, one): (usize, TrueBox)| {
        let place = one.corners.map(|at| number::count(at.max(0.0).round() as u64)).join(" · ");
        let change = move |chosen: String| {
            let (Some(picture), Ok(class)) = (untrack(|| state.picture()), chosen.parse()) else { return };
            let mut boxes = picture.boxes;
            boxes[at].class = class;
            state.set_boxes(boxes);
        };
        let remove = move |()| {
            let Some(mut picture) = untrack(|| state.picture()) else { return };
            picture.boxes.remove(at);
            state.selected.set(None);
            state.set_boxes(picture.boxes);
        };
        view! {
            <li
                class="boxed-row"
                data-testid="boxed-row"
                data-corners=one.corners.map(|at| at.to_string()).join(",")
                on:pointerenter=move |_| state.selected.set(Some(at))
            >
                <Select
                    id="boxed-of"
                    label=words!(detect.class)
                    options
                    chosen=one.class.to_string()
                    on_choose=change
                />
                <span class="figure hint">{place}</span>
                <IconButton
                    id="boxed-remove"
                    icon=Icon::Close
                    label=live::text(|| say!(detect.own_remove_box).to_owned())
                    on_press=remove
                />
            </li>
        }
    };
    let rows = move || {
        let boxes = state.picture().map(|picture| picture.boxes).unwrap_or_default();
        if boxes.is_empty() {
            return view! { <p class="detect-empty">{words!(detect.own_none)}</p> }.into_any();
        }
        let rows = boxes.into_iter().enumerate().map(one).collect_view();
        view! { <ul class="boxed-rows">{rows}</ul> }.into_any()
    };
    live::view(rows).into_any()
}
