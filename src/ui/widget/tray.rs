//! The tray of pictures, above every page, and where pictures come in: dropping anywhere, pasting, the zone beside the tray.

use super::dialogs::{address_dialog, camera_dialog};
use super::{Button, FileButton, Icon, Thumbnail};
use crate::ui::{app, live};
use leptos::ev;
use leptos::html::Li;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};

pub(crate) fn tray() -> impl IntoView {
    view! {
        <section class="tray" aria-label=words!(tray.title)>
            <ul class="thumbs strip" aria-describedby="tray-keys" on:keydown=move |event| steer(&event)>
                <For each=move || app().tray() key=|id| *id let:id>
                    <Thumb picture=id />
                </For>
                // Grey tiles until the gallery is drawn, so that nothing jumps.
                {live::view(move || {
                    (0..app().drawings_to_come())
                        .map(|_| view! { <li class="thumb place" aria-hidden="true"></li> })
                        .collect_view()
                        .into_any()
                })}
            </ul>
            {intake()}
            <p id="tray-keys" class="unseen">
                {words!(tray.keys)}
            </p>
        </section>
    }
}

#[component]
fn Thumb(picture: u32) -> impl IntoView {
    let name = app().item(picture).map(|item| item.name).unwrap_or_default();
    let chosen = move || app().chosen.get() == Some(picture);
    let tile = NodeRef::<Li>::new();
    Effect::new(move |_| {
        // Neighbours that come push it away, and a strip that was hidden begins at its left.
        app().tray();
        if let (true, true, Some(tile)) = (chosen(), app().shows_tray(), tile.get()) {
            request_animation_frame(move || bring_into_sight(&tile));
        }
    });
    let (title, label, removed) = (name.clone(), name.clone(), name.clone());
    view! {
        <li
            class="thumb"
            class:on=live::flag(chosen)
            node_ref=tile
            data-testid="tray-item"
            data-picture=picture.to_string()
            data-name=name
        >
            <button
                type="button"
                class="pick"
                title=title
                aria-label=label
                aria-pressed=live::name(move || Some(if chosen() { "true" } else { "false" }))
                tabindex=live::name(move || Some(if chosen() { "0" } else { "-1" }))
                on:click=move |_| app().choose(picture)
            >
                <Thumbnail picture />
            </button>
            <button
                type="button"
                class="remove"
                tabindex="-1"
                data-testid="tray-remove"
                aria-label=live::text(move || format!("{}: {removed}", say!(tray.remove)))
                on:click=move |_| app().remove(picture)
            >
                <Icon of=Icon::Close />
            </button>
        </li>
    }
}

/// Within its strip, which scrolls from side to side. Not by `scrollIntoView`: that takes the keyboard along.
pub(crate) fn bring_into_sight(element: &Element) {
    let Some(strip) = element.closest(".strip").ok().flatten() else { return };
    let (inner, outer) = (element.get_bounding_client_rect(), strip.get_bounding_client_rect());
    const MARGIN: f64 = 40.0;
    let before = (inner.left() - MARGIN - outer.left()).min(0.0);
    let after = (inner.right() + MARGIN - outer.right()).max(0.0);
    strip.set_scroll_left(strip.scroll_left() + (before + after) as i32);
}

fn steer(event: &KeyboardEvent) {
    let next = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => app().choose_neighbour(1),
        "ArrowLeft" | "ArrowUp" => app().choose_neighbour(-1),
        "Home" => app().choose_neighbour(isize::MIN / 2),
        "End" => app().choose_neighbour(isize::MAX / 2),
        "Delete" | "Backspace" => app().remove_chosen(),
        _ => return,
    };
    event.prevent_default();
    if let Some(picture) = next {
        focus(picture);
    }
}

fn focus(picture: u32) {
    let tile = document().query_selector(&format!(".thumb[data-picture='{picture}'] .pick")).ok().flatten();
    if let Some(tile) = tile.and_then(|tile| tile.dyn_into::<HtmlElement>().ok()) {
        // Refused only where the element is not focusable any more.
        let _ = tile.focus();
    }
}

/// Takes what is dropped or pasted anywhere on the page.
pub(crate) fn listen_everywhere() {
    window_event_listener(ev::dragover, move |event| {
        event.prevent_default();
        if !app().dragging.get_untracked() {
            app().dragging.set(true);
        }
    });
    window_event_listener(ev::dragleave, move |event| {
        // Without a next target the pointer has left the window.
        if event.related_target().is_none() {
            app().dragging.set(false);
        }
    });
    window_event_listener(ev::drop, move |event| take_drop(&event));
    window_event_listener(ev::paste, move |event| {
        let into_field = event
            .target()
            .is_some_and(|target| target.has_type::<HtmlInputElement>() || target.has_type::<HtmlTextAreaElement>());
        if let (false, Some(data)) = (into_field, event.clipboard_data())
            && app().take(&data)
        {
            event.prevent_default();
        }
    });
}

/// A drop that has reached its target; nobody else takes it too.
pub(super) fn take_drop(event: &DragEvent) {
    event.prevent_default();
    event.stop_propagation();
    app().dragging.set(false);
    if let Some(data) = event.data_transfer() {
        app().take(&data);
    }
}

pub(super) fn intake() -> impl IntoView {
    let address = RwSignal::new(false);
    let camera = RwSignal::new(false);
    let dragging = app().dragging;
    view! {
        <div class="drop" data-testid="drop-zone" class:over=dragging on:drop=move |event| take_drop(&event)>
            <span class="drop-words">
                {live::name(move || Some(if dragging.get() { say!(tray.drop_now) } else { say!(tray.drop) }))}
            </span>
            <span class="drop-acts">
                <FileButton
                    id="file-input"
                    label=words!(tray.file)
                    accept=Some("image/*,.safetensors,.onnx,.pth,.pt,.ckpt,.bin,.json,.txt,.data")
                    many=true
                    on_files=move |files| app().take_files(files)
                />
                <Button id="open-url" icon=Icon::Link words=words!(tray.url) on_press=move |()| address.set(true) />
                <Button id="open-camera" icon=Icon::Camera words=words!(tray.camera) on_press=move |()| camera.set(true) />
            </span>
        </div>
        {address_dialog(address)}
        {camera_dialog(camera)}
    }
}
