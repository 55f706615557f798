//! A picture that the engine sent, pixel by pixel.

use crate::protocol::Pixels;
use js_sys::Uint8ClampedArray;
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, ImageData};

#[component]
pub(crate) fn PixelsView(pixels: Pixels, #[prop(optional, into)] label: Option<String>) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else {
            return;
        };
        canvas.set_width(pixels.width);
        canvas.set_height(pixels.height);
        let context = canvas.get_context("2d").ok().flatten();
        let context = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
        if let (Some(context), Some(image)) = (context, image_of(&pixels)) {
            let _ = context.put_image_data(&image, 0.0, 0.0);
        }
    });
    let hidden = label.is_none().then_some("true");
    view! { <canvas class="pixels" node_ref=canvas role="img" aria-hidden=hidden aria-label=label></canvas> }
}

/// A copy: `ImageData` would otherwise go on looking into this program's memory. None where the bytes do not fill the size.
fn image_of(pixels: &Pixels) -> Option<ImageData> {
    let rgba = Uint8ClampedArray::from(pixels.rgba.as_slice());
    ImageData::new_with_js_u8_clamped_array(&rgba, pixels.width).ok().filter(|image| image.height() == pixels.height)
}
