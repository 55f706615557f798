//! A map as a picture: its colours over the grey of what the network sees.

use crate::data::Rgb;
use crate::lab::LabError;
use crate::protocol::{EvidenceMap, Pixels};

const BLUE: [f32; 3] = [58.0, 141.0, 205.0];
const ORANGE: [f32; 3] = [224.0, 122.0, 59.0];
/// Of the strongest colours.
const OPACITY: f32 = 0.75;

/// Orange where a place speaks for the class, blue where it speaks against it, in the size of the network's input.
pub(super) fn overlay(map: &EvidenceMap) -> Result<Rgb, LabError> {
    let (Pixels { width, height, rgba }, most) = (&map.seen, map.largest().max(f32::MIN_POSITIVE));
    let pixel = |(seen, value): (&[u8], f32)| {
        let grey = seen[..3].iter().map(|&byte| f32::from(byte)).sum::<f32>() / 3.0;
        let (share, colour) = (OPACITY * (value / most).abs(), if value < 0.0 { BLUE } else { ORANGE });
        colour.map(|colour| (grey + share * (colour - grey)).round() as u8)
    };
    let pixels = rgba.chunks_exact(4).zip(map.at_pixels(true)).flat_map(pixel).collect();
    Ok(Rgb::new(*width, *height, pixels)?)
}
