//! A picture of the tray, drawn from the pixels that the engine sent.

use crate::protocol::{Fit, Pixels};
use crate::ui::state::TrayItem;
use crate::ui::{app, live, number};
use js_sys::Uint8ClampedArray;
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

#[component]
pub(crate) fn Thumbnail(picture: u32) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        if let (Some(canvas), Some(item)) = (canvas.get(), app().item(picture)) {
            draw(&canvas, &item.preview);
        }
    });
    view! { <canvas node_ref=canvas aria-hidden="true"></canvas> }
}

fn percent(part: f64) -> String {
    format!("{}%", number::fixed(part, 2))
}

/// A large picture, with a frame around what the network sees.
#[component]
pub(crate) fn Framed(picture: u32, fit: Fit, input: [usize; 3]) -> impl IntoView {
    let item = app().item(picture);
    item.map(|TrayItem { name, width, height, .. }| {
        let frame = frame_of(fit, input).map(|part| {
            let side = f64::from(width.min(height)) * part;
            let (across, down) = (100.0 * side / f64::from(width), 100.0 * side / f64::from(height));
            view! {
                <span
                    class="frame"
                    style:left=percent(50.0 - across / 2.0)
                    style:top=percent(50.0 - down / 2.0)
                    style:width=percent(across)
                    style:height=percent(down)
                ></span>
            }
        });
        view! {
            <div
                class="framed"
                role="img"
                aria-label=name
                style=("--ratio", number::fixed(f64::from(width) / f64::from(height.max(1)), 4))
            >
                <Thumbnail picture />
                {frame}
            </div>
        }
    })
}

/// Which part of the shorter side the centre crop keeps: 224 of 256, or all of it for inputs of 32 at most. Others have no
/// margin that is known here.
fn frame_of(fit: Fit, [channels, height, width]: [usize; 3]) -> Option<f64> {
    match (fit, channels, height, width) {
        (Fit::Crop, _, 224, 224) => Some(224.0 / 256.0),
        (Fit::Crop, 3, ..=32, ..=32) if height == width => Some(1.0),
        (Fit::Crop | Fit::Squash, ..) => None,
    }
}

/// A few pixels, each large enough to be counted.
#[component]
pub(crate) fn Enlarged(pixels: Pixels) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let (width, height) = (pixels.width, pixels.height);
    Effect::new(move |_| {
        // A copy, as for the tray.
        let rgba = Uint8ClampedArray::from(pixels.rgba.as_slice());
        if let (Some(canvas), Ok(image)) = (canvas.get(), ImageData::new_with_js_u8_clamped_array(&rgba, width)) {
            draw(&canvas, &image);
        }
    });
    view! {
        <div class="enlarged" data-testid="seen">
            <canvas node_ref=canvas aria-hidden="true"></canvas>
            <span>{live::view(move || show!(classify.seen_input, width = width.to_string(), height = height.to_string()))}</span>
        </div>
    }
}

fn draw(canvas: &HtmlCanvasElement, image: &ImageData) {
    canvas.set_width(image.width());
    canvas.set_height(image.height());
    let context = canvas.get_context("2d").ok().flatten();
    if let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok()) {
        // Fails only where the canvas has lost its memory; it is drawn again when the picture is chosen again.
        let _ = context.put_image_data(image, 0.0, 0.0);
    }
}
