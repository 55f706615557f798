//! The webcam: what it shows, and single frames of it.

use crate::protocol::Pixels;
use crate::ui::client::wire;
use crate::ui::live;
use js_sys::Promise;
use leptos::html::Video;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, ImageData, MediaStream, MediaStreamConstraints, MediaStreamTrack,
};

#[derive(Clone)]
enum CameraState {
    Waiting,
    Running,
    Refused(String),
}

/// Runs as long as its owner lives.
#[derive(Clone, Copy)]
pub(crate) struct Camera {
    state: RwSignal<CameraState>,
    video: NodeRef<Video>,
}

impl Camera {
    /// Asks for it as soon as [`Self::view`] is shown.
    pub(crate) fn open() -> Self {
        let state = RwSignal::new(CameraState::Waiting);
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
                        state.set(CameraState::Running);
                    }
                    Err(refusal) => drop(state.try_set(CameraState::Refused(wire::words(&refusal)))),
                }
            });
        });
        Self { state, video }
    }

    pub(crate) fn is_running(self) -> bool {
        matches!(self.state.get(), CameraState::Running)
    }

    pub(crate) fn view(self) -> AnyView {
        view! {
            <div class="viewfinder">
                <video node_ref=self.video autoplay playsinline prop:muted=true></video>
                {live::view(move || match self.state.get() {
                    CameraState::Waiting => words!(tray.camera_wait).into_any(),
                    CameraState::Running => ().into_any(),
                    CameraState::Refused(detail) => {
                        let words = live::text(move || say!(tray.camera_refused, detail = detail));
                        view! { <span role="alert">{words}</span> }.into_any()
                    }
                })}
            </div>
        }
        .into_any()
    }

    /// The same for the engine.
    pub(crate) fn pixels(self, longest: u32) -> Option<Pixels> {
        let image = self.frame(Some(longest))?;
        Some(Pixels { width: image.width(), height: image.height(), rgba: ByteBuf::from(image.data().0) })
    }

    /// What it shows now, the longer side of at most so many pixels.
    pub(crate) fn frame(self, longest: Option<u32>) -> Option<ImageData> {
        let video = self.video.try_get_untracked().flatten()?;
        let (width, height) = (video.video_width(), video.video_height());
        if width == 0 || height == 0 {
            return None;
        }
        let scale = longest.map_or(1.0, |most| (f64::from(most) / f64::from(width.max(height))).min(1.0));
        let [width, height] = [width, height].map(|side| (f64::from(side) * scale).round().max(1.0));
        let canvas = document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        context.draw_image_with_html_video_element_and_dw_and_dh(&video, 0.0, 0.0, width, height).ok()?;
        context.get_image_data(0.0, 0.0, width, height).ok()
    }
}

/// Between two frames.
pub(crate) async fn pause(millis: i32) {
    let timer = Promise::new(&mut |resolve, _| {
        // It refuses only what is no function.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
    });
    let _ = JsFuture::from(timer).await;
}

async fn open_camera() -> Result<MediaStream, JsValue> {
    let wanted = MediaStreamConstraints::new();
    wanted.set_video(&JsValue::TRUE);
    let asked = window().navigator().media_devices()?.get_user_media_with_constraints(&wanted)?;
    JsFuture::from(asked).await?.dyn_into()
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

/// Longest side of a frame, in pixels.
const FRAME_SIDE: u32 = 480;
/// Between two looks whether the engine is free.
const PAUSE_MILLIS: i32 = 40;

/// As long as whoever asks is shown, hands over frames of the camera, one after another, whenever somebody `wants` one.
pub(crate) fn watch_frames(camera: Camera, wants: impl Fn() -> bool + 'static, see: impl Fn(Pixels) + 'static) {
    let is_here = StoredValue::new(true);
    spawn_local(async move {
        while is_here.try_get_value() == Some(true) {
            if untrack(|| camera.is_running() && wants())
                && let Some(frame) = camera.pixels(FRAME_SIDE)
            {
                see(frame);
            }
            pause(PAUSE_MILLIS).await;
        }
    });
}
