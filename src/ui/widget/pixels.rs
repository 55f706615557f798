//! A picture that the engine sent, pixel by pixel; painted anew in its place when it changes.

use crate::protocol::Pixels;
use js_sys::Uint8ClampedArray;
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, ImageData};

/// Without a label it is an ornament of the words beside it. Pixels of no size leave what was painted before.
#[component]
pub(crate) fn PixelsView(
    #[prop(into)] pixels: Signal<Pixels>,
    #[prop(optional, into)] label: Option<String>,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            pixels.with(|pixels| paint(&canvas, pixels));
        }
    });
    let hidden = label.is_none().then_some("true");
    view! { <canvas class="pixels" node_ref=canvas role="img" aria-hidden=hidden aria-label=label></canvas> }
}

fn paint(canvas: &web_sys::HtmlCanvasElement, pixels: &Pixels) {
    let Some(image) = image_of(pixels) else {
        return;
    };
    // Setting a size clears.
    if (canvas.width(), canvas.height()) != (pixels.width, pixels.height) {
        canvas.set_width(pixels.width);
        canvas.set_height(pixels.height);
    }
    let context = canvas.get_context("2d").ok().flatten();
    if let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok()) {
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

/// A copy: `ImageData` would otherwise go on looking into this program's memory. None where the bytes do not fill the size.
fn image_of(pixels: &Pixels) -> Option<ImageData> {
    if pixels.width == 0 {
        return None;
    }
    let rgba = Uint8ClampedArray::from(pixels.rgba.as_slice());
    ImageData::new_with_js_u8_clamped_array(&rgba, pixels.width).ok().filter(|image| image.height() == pixels.height)
}
