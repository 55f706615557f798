//! A picture from the webcam. The camera runs only while its dialog is open.

use super::Button;
use super::modal::Modal;
use crate::ui::client::wire;
use crate::ui::{app, live};
use leptos::html::Video;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, ImageData, MediaStream, MediaStreamConstraints,
    MediaStreamTrack,
};

#[component]
pub(super) fn CameraDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Modal open title=words!(tray.camera_title)>
            <Viewfinder open />
        </Modal>
    }
}

#[derive(Clone)]
enum Camera {
    Waiting,
    Running,
    Refused(String),
}

#[component]
fn Viewfinder(open: RwSignal<bool>) -> impl IntoView {
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
