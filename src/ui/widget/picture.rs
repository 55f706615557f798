//! Pictures: of the tray, pixels that the engine sent, values as colours.

use crate::protocol::Pixels;
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

/// `part` is what a centre crop keeps of the shorter side.
#[component]
pub(crate) fn Framed(picture: u32, part: Option<f64>) -> impl IntoView {
    let item = app().item(picture);
    item.map(|TrayItem { name, width, height, .. }| {
        let frame = part.map(|part| {
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

#[component]
pub(crate) fn Enlarged(pixels: Pixels) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let (width, height) = (pixels.width, pixels.height);
    Effect::new(move |_| {
        canvas.get().iter().for_each(|canvas| paint(canvas, &pixels));
    });
    view! {
        <div class="enlarged" data-testid="seen">
            <canvas node_ref=canvas aria-hidden="true"></canvas>
            <span>{live::view(move || show!(classify.seen_input, width = width, height = height))}</span>
        </div>
    }
}

fn draw(canvas: &HtmlCanvasElement, image: &ImageData) {
    // Setting a size clears.
    if (canvas.width(), canvas.height()) != (image.width(), image.height()) {
        canvas.set_width(image.width());
        canvas.set_height(image.height());
    }
    let context = canvas.get_context("2d").ok().flatten();
    if let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok()) {
        // Fails only where the canvas has lost its memory; it is drawn again when the picture is chosen again.
        let _ = context.put_image_data(image, 0.0, 0.0);
    }
}

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

fn paint(canvas: &HtmlCanvasElement, pixels: &Pixels) {
    image_of(pixels).iter().for_each(|image| draw(canvas, image));
}

/// A copy: `ImageData` would otherwise go on looking into this program's memory. None where the bytes do not fill the size.
fn image_of(pixels: &Pixels) -> Option<ImageData> {
    if pixels.width == 0 {
        return None;
    }
    let rgba = Uint8ClampedArray::from(pixels.rgba.as_slice());
    ImageData::new_with_js_u8_clamped_array(&rgba, pixels.width).ok().filter(|image| image.height() == pixels.height)
}

/// Between the light and the dark theme's `--neg` and `--pos`.
pub(crate) const BLUE: [u8; 3] = [58, 141, 205];
pub(crate) const ORANGE: [u8; 3] = [224, 122, 59];

/// Values from -1 to 1, `width` in a row: blue below zero, orange above, with an alpha of `most` at either end.
pub(crate) fn signed(width: u32, most: f32, values: impl Iterator<Item = f32>) -> Pixels {
    let pixel = |value: f32| {
        let [red, green, blue] = if value < 0.0 { BLUE } else { ORANGE };
        let strength = if value.is_finite() { value.abs().min(1.0) } else { 0.0 };
        [red, green, blue, (strength * most).round() as u8]
    };
    painted(width, values.map(pixel))
}

/// RGBA, `width` in a row.
pub(crate) fn painted(width: u32, pixels: impl Iterator<Item = [u8; 4]>) -> Pixels {
    let rgba: Vec<u8> = pixels.flatten().collect();
    let height = (rgba.len() as u32 / 4).checked_div(width).unwrap_or_default();
    Pixels { width, height, rgba: rgba.into() }
}

/// Before there is anything to show.
pub(crate) fn no_pixels() -> Pixels {
    painted(0, std::iter::empty())
}
