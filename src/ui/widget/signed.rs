//! Values as colours.

use crate::protocol::Pixels;

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
