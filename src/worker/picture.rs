//! From what a person gave to a decoded picture. The browser decodes; sizes are checked before it does.

use super::context::JobContext;
use super::download::{download, name_of};
use super::parts::Draw;
use super::wire::words;
use crate::data::{DataError, Rgb, gallery, ink, orientation, probe};
use crate::lab::{LabError, thumbnail};
use crate::part::Fetch;
use crate::protocol::{AddPicture, Picture, PictureSource, Stage, Trouble, trouble};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, ColorSpaceConversion, ImageBitmap, ImageBitmapOptions, ImageOrientation, OffscreenCanvas,
    OffscreenCanvasRenderingContext2d, PremultiplyAlpha,
};

/// A picture file at an address.
const LIMIT_BYTES: u64 = 64 << 20;
/// Longer side of what the page shows.
const PREVIEW_SIDE: u32 = 640;
/// Side of the canvas through which pixels are read: four megabytes at a time, whatever the picture's size.
const TILE_SIDE: u32 = 1024;

/// The picture and its name.
pub(super) async fn rgb_from(
    job: AddPicture,
    rest_of_gallery: Fetch<Draw>,
    context: &JobContext,
) -> Result<(String, Rgb), Trouble> {
    let AddPicture { mut name, source } = job;
    let rgb = match source {
        PictureSource::Bytes(bytes) => decoded(&name, &bytes, context).await?,
        PictureSource::Url(url) => {
            if name.is_empty() {
                name = name_of(&url);
            }
            let bytes = download(&url, LIMIT_BYTES, context).await?.bytes;
            decoded(&name, &bytes, context).await?
        }
        PictureSource::Gallery(title) => match gallery::draw_first(&title) {
            Some(first) => first,
            None => {
                let Draw(draw) = context.or_cancelled(rest_of_gallery()).await??;
                draw(&title).ok_or_else(|| trouble::BadJob {
                    detail: format!("the gallery has no {title}; it has {}", gallery::names().join(", ")),
                })?
            }
        },
        PictureSource::Pixels(pixels) => {
            probe::check_pixels(&name, pixels.width, pixels.height).map_err(trouble)?;
            Rgb::from_rgba_over_white(pixels.width, pixels.height, &pixels.rgba).map_err(trouble)?
        }
    };
    Ok((name, rgb))
}

/// What the page gets to show.
pub(super) fn report(id: u32, name: String, picture: &Rgb) -> Result<Picture, Trouble> {
    let (width, height, is_ink) = (picture.width(), picture.height(), ink::is_ink(picture));
    Ok(Picture { id, name, width, height, is_ink, preview: thumbnail(picture, PREVIEW_SIDE)? })
}

fn trouble(error: DataError) -> Trouble {
    LabError::from(error).into()
}

pub(super) async fn decoded(name: &str, bytes: &[u8], context: &JobContext) -> Result<Rgb, Trouble> {
    let format = probe::probe(name, bytes).map_err(trouble)?.format;
    context.step(Stage::Decode).await?;
    let damaged = |error: JsValue| match format.is_read_everywhere() {
        true => trouble::DamagedPicture { file: name.to_owned(), detail: words(&error) }.into(),
        // Most browsers do not read it, however good it is.
        false => trouble(format.foreign(name)),
    };
    let taken_out = orientation::taken_out(format, bytes);
    let plain = taken_out.as_ref().map_or(bytes, |(plain, _)| plain.as_slice());
    let bitmap = context.or_cancelled(bitmap_from(plain)).await?.map_err(damaged)?;
    let pixels = match probe::check_pixels(name, bitmap.width(), bitmap.height()) {
        Ok(()) => pixels_of(&bitmap).map_err(damaged),
        Err(error) => Err(trouble(error)),
    };
    let (width, height) = (bitmap.width(), bitmap.height());
    // Its memory is freed now, not when it is collected.
    bitmap.close();
    let picture = Rgb::new(width, height, pixels?).map_err(trouble)?;
    Ok(match taken_out {
        Some((_, orientation)) => picture.turned(orientation),
        None => picture,
    })
}

/// Upright by its EXIF orientation. Colours stay as the file has them: so do the pictures that networks were trained on.
async fn bitmap_from(bytes: &[u8]) -> Result<ImageBitmap, JsValue> {
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))?;
    let options = ImageBitmapOptions::new();
    options.set_image_orientation(ImageOrientation::FromImage);
    options.set_color_space_conversion(ColorSpaceConversion::None);
    options.set_premultiply_alpha(PremultiplyAlpha::Default);
    let made = super::scope().create_image_bitmap_with_blob_and_image_bitmap_options(&blob, &options)?;
    Ok(JsFuture::from(made).await?.unchecked_into())
}

/// RGB over white, read tile by tile: a canvas has limits that pictures need not keep.
fn pixels_of(bitmap: &ImageBitmap) -> Result<Vec<u8>, JsValue> {
    let (width, height) = (bitmap.width(), bitmap.height());
    let (tile_width, tile_height) = (width.min(TILE_SIDE), height.min(TILE_SIDE));
    let canvas = OffscreenCanvas::new(tile_width, tile_height)?;
    let options = Object::new();
    Reflect::set(&options, &"willReadFrequently".into(), &true.into())?;
    Reflect::set(&options, &"alpha".into(), &false.into())?;
    let context = canvas.get_context_with_context_options("2d", &options)?;
    let context: OffscreenCanvasRenderingContext2d =
        context.ok_or_else(|| JsValue::from_str("there is no 2D canvas"))?.unchecked_into();
    context.set_image_smoothing_enabled(false);
    context.set_fill_style_str("#ffffff");
    let row_bytes = width as usize * 3;
    let mut pixels = vec![0; row_bytes * height as usize];
    for top in (0..height).step_by(TILE_SIDE as usize) {
        for left in (0..width).step_by(TILE_SIDE as usize) {
            context.fill_rect(0.0, 0.0, f64::from(tile_width), f64::from(tile_height));
            context.draw_image_with_image_bitmap(bitmap, -f64::from(left), -f64::from(top))?;
            let (columns, rows) = (TILE_SIDE.min(width - left), TILE_SIDE.min(height - top));
            let tile = context.get_image_data(0.0, 0.0, f64::from(columns), f64::from(rows))?.data();
            for (row, rgba) in tile.chunks_exact(columns as usize * 4).enumerate() {
                let start = (top as usize + row) * row_bytes + left as usize * 3;
                let rgb = &mut pixels[start..start + columns as usize * 3];
                for (rgb, rgba) in rgb.chunks_exact_mut(3).zip(rgba.chunks_exact(4)) {
                    rgb.copy_from_slice(&rgba[..3]);
                }
            }
        }
    }
    Ok(pixels)
}
