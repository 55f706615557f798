//! Where pictures come in: dropping anywhere, pasting, and the zone beside the tray.

use super::dialogs::AddressDialog;
use super::dialogs::CameraDialog;
use super::{Button, FileButton, Icon};
use crate::ui::{app, live};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, HtmlInputElement, HtmlTextAreaElement};

/// Takes what is dropped or pasted anywhere on the page.
pub(crate) fn listen_everywhere() {
    window_event_listener(ev::dragover, move |event| {
        event.prevent_default();
        if !app().dragging().get_untracked() {
            app().dragging().set(true);
        }
    });
    window_event_listener(ev::dragleave, move |event| {
        // Without a next target the pointer has left the window.
        if event.related_target().is_none() {
            app().dragging().set(false);
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
    app().dragging().set(false);
    if let Some(data) = event.data_transfer() {
        app().take(&data);
    }
}

#[component]
pub(super) fn Intake() -> impl IntoView {
    let address = RwSignal::new(false);
    let camera = RwSignal::new(false);
    let dragging = app().dragging();
    view! {
        <div class="drop" data-testid="drop-zone" class:over=dragging on:drop=move |event| take_drop(&event)>
            <span class="drop-words">
                {live::name(move || Some(if dragging.get() { say!(tray.drop_now) } else { say!(tray.drop) }))}
            </span>
            <span class="drop-acts">
                <FileButton
                    id="file-input"
                    label=words!(tray.file)
                    accept=Some("image/*,.safetensors")
                    many=true
                    on_files=move |files| app().take_files(files)
                />
                <Button id="open-url" icon=Icon::Link words=words!(tray.url) on_press=move |()| address.set(true) />
                <Button id="open-camera" icon=Icon::Camera words=words!(tray.camera) on_press=move |()| camera.set(true) />
            </span>
        </div>
        <AddressDialog open=address />
        <CameraDialog open=camera />
    }
}
