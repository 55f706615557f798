//! Values around zero as colours: blue below, orange above, transparent at nothing.

use crate::protocol::Pixels;

/// Between the light and the dark theme's `--neg` and `--pos`.
const BLUE: [u8; 3] = [58, 141, 205];
const ORANGE: [u8; 3] = [224, 122, 59];

/// Bytes with 0 at 128, `width` in a row.
pub(super) fn painted(values: &[u8], width: u32) -> Pixels {
    let pixel = |value: &u8| {
        let [red, green, blue] = if *value < 128 { BLUE } else { ORANGE };
        [red, green, blue, value.abs_diff(128).saturating_mul(2)]
    };
    let height = (values.len() as u32).checked_div(width).unwrap_or_default();
    Pixels { width, height, rgba: values.iter().flat_map(pixel).collect::<Vec<u8>>().into() }
}
