//! Dialogs over the page, and what brings pictures through them: an address, the webcam.

use super::{Button, Icon, IconButton};
use crate::ui::client::wire;
use crate::ui::{Words, app, live};
use leptos::ev::SubmitEvent;
use leptos::html::{Dialog, Input, Video};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, ImageData, MediaStream, MediaStreamConstraints,
    MediaStreamTrack,
};

#[component]
pub(super) fn Modal(open: RwSignal<bool>, title: Words, children: ChildrenFn) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else {
            return;
        };
        match (open.get(), dialog.open()) {
            // Refused only where it is open already.
            (true, false) => {
                app().parts.later.want();
                drop(dialog.show_modal());
            }
            (false, true) => dialog.close(),
            (true, true) | (false, false) => {}
        }
    });
    view! {
        <dialog node_ref=dialog aria-label=title on:close=move |_| open.set(false)>
            <header>
                <h2>{title}</h2>
                <IconButton
                    icon=Icon::Close
                    label=live::text(|| say!(app.close).to_owned())
                    on_press=move |()| open.set(false)
                />
            </header>
            // Made anew each time, so that nothing of the last time is left, a running camera least of all.
            {live::view(move || open.get().then(|| children()).into_any())}
        </dialog>
    }
}

/// Of a picture.
pub(super) fn address_dialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Modal open title=words!(tray.url_title)>{app().parts.later.show(move |later| (later.address)(open))}</Modal>
    }
}

pub(crate) fn address_form(open: RwSignal<bool>) -> AnyView {
    let take = move |address| {
        app().take_address(address);
        open.set(false);
    };
    view! {
        <AddressForm label=words!(tray.url_label) id="url-input" hint=words!(tray.url_hint) has_focus=true on_address=take>
                <div class="acts">
                    <button type="submit" class="btn main" data-testid="url-add">
                        {words!(tray.url_add)}
                    </button>
                </div>
        </AddressForm>
    }
    .into_any()
}

/// The children send it off. `id` names the field for tests.
#[component]
pub(crate) fn AddressForm(
    #[prop(optional)] class: Option<&'static str>,
    label: Words,
    id: &'static str,
    #[prop(default = "https://")] placeholder: &'static str,
    #[prop(optional)] hint: Option<Words>,
    #[prop(optional)] has_focus: bool,
    #[prop(into)] on_address: Callback<String>,
    children: Children,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get().filter(|_| has_focus) {
            let _ = field.focus();
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            on_address.run(field.value().trim().to_owned());
        }
    };
    view! {
        <form class=class on:submit=submit>
            <label class="field">
                <span>{label}</span>
                <input
                    node_ref=field
                    type="url"
                    required
                    placeholder=placeholder
                    pattern="https?://.+"
                    data-testid=id
                />
            </label>
            {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
            {children()}
        </form>
    }
}

pub(super) fn camera_dialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Modal open title=words!(tray.camera_title)>{app().parts.later.show(move |later| (later.camera)(open))}</Modal>
    }
}

#[derive(Clone)]
enum Camera {
    Waiting,
    Running,
    Refused(String),
}

pub(crate) fn viewfinder(open: RwSignal<bool>) -> AnyView {
    let camera = RwSignal::new(Camera::Waiting);
    let stream = StoredValue::new_local(None::<MediaStream>);
    let gone = StoredValue::new_local(false);
    let video = NodeRef::<Video>::new();
    on_cleanup(move || {
        gone.try_set_value(true);
        stop(stream);
    });
    Effect::new(move |_| {
        let Some(video) = video.get() else {
            return;
        };
        spawn_local(async move {
            match open_camera().await {
                // Closed while the browser was still asking.
                Ok(opened) if gone.try_get_value() != Some(false) => end(&opened),
                Ok(opened) => {
                    video.set_src_object(Some(&opened));
                    stream.set_value(Some(opened));
                    camera.set(Camera::Running);
                }
                Err(refusal) => drop(camera.try_set(Camera::Refused(wire::words(&refusal)))),
            }
        });
    });
    let running = move || matches!(camera.get(), Camera::Running);
    let shoot = move |()| {
        if let Some(image) = video.get_untracked().and_then(|video| frame_of(&video)) {
            let name = camera_name();
            app().take_pixels(name, &image);
            open.set(false);
        }
    };
    view! {
        <div class="viewfinder">
            <video node_ref=video autoplay playsinline prop:muted=true></video>
            {live::view(move || match camera.get() {
                Camera::Waiting => words!(tray.camera_wait).into_any(),
                Camera::Running => ().into_any(),
                Camera::Refused(detail) => {
                    let words = live::text(move || say!(tray.camera_refused, detail = detail));
                    view! { <span role="alert">{words}</span> }.into_any()
                }
            })}
        </div>
        <p class="hint">{words!(tray.camera_hint)}</p>
        <div class="acts">
            <Button id="camera-take" class="btn main" words=words!(tray.camera_take) off=move || !running() on_press=shoot />
        </div>
    }
    .into_any()
}

/// With the time of day, so that several stay apart in the tray.
fn camera_name() -> String {
    let time = js_sys::Date::new_0();
    let name = untrack(|| say!(tray.camera_name));
    format!("{name} {:02}:{:02}:{:02}", time.get_hours(), time.get_minutes(), time.get_seconds())
}

async fn open_camera() -> Result<MediaStream, JsValue> {
    let wanted = MediaStreamConstraints::new();
    wanted.set_video(&JsValue::TRUE);
    let asked = window().navigator().media_devices()?.get_user_media_with_constraints(&wanted)?;
    JsFuture::from(asked).await?.dyn_into()
}

fn frame_of(video: &HtmlVideoElement) -> Option<ImageData> {
    let (width, height) = (video.video_width(), video.video_height());
    if width == 0 || height == 0 {
        return None;
    }
    let canvas = document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
    canvas.set_width(width);
    canvas.set_height(height);
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    context.draw_image_with_html_video_element(video, 0.0, 0.0).ok()?;
    context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height)).ok()
}

fn stop(stream: StoredValue<Option<MediaStream>, LocalStorage>) {
    if let Some(Some(stream)) = stream.try_get_value() {
        end(&stream);
    }
}

fn end(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        if let Ok(track) = track.dyn_into::<MediaStreamTrack>() {
            track.stop();
        }
    }
}
