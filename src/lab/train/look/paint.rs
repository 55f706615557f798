//! Numbers as pixels.

use crate::nn::Normalise;
use crate::protocol::Pixels;

/// Between the light and the dark theme's colours of signed numbers; they show the sheet where they are near zero.
const BELOW: [u8; 3] = [58, 141, 205];
const ABOVE: [u8; 3] = [224, 122, 59];

/// The colour of each pixel, by its index.
fn painted([height, width]: [usize; 2], colour: impl Fn(usize) -> [u8; 4]) -> Pixels {
    let rgba: Vec<u8> = (0..height * width).flat_map(colour).collect();
    Pixels { width: width as u32, height: height as u32, rgba: rgba.into() }
}

/// What the network is given, as bytes again.
pub(super) fn bytes_of(values: &[f32], channels: usize, normalise: &Normalise) -> Vec<u8> {
    let plane = values.len() / channels.max(1);
    values.iter().enumerate().map(|(at, &value)| normalise.byte(at / plane.max(1), value)).collect()
}

/// A filter `[channels, height, width]`: of three channels in colour, grey where it is zero; of others the mean over them,
/// orange above zero and blue below. `largest` is the magnitude that gets the full colour.
pub(super) fn filter(values: &[f32], [channels, height, width]: [usize; 3], largest: f32) -> Pixels {
    let largest = if largest > 0.0 { largest } else { 1.0 };
    painted([height, width], |at| {
        let value = |channel: usize| values[channel * height * width + at] / largest;
        if channels == 3 {
            let byte = |channel: usize| (127.5 + 127.5 * value(channel)).clamp(0.0, 255.0) as u8;
            return [byte(0), byte(1), byte(2), 255];
        }
        let mean = (0..channels).map(value).sum::<f32>() / channels.max(1) as f32;
        let [red, green, blue] = if mean < 0.0 { BELOW } else { ABOVE };
        [red, green, blue, (mean.abs() * 255.0).min(255.0) as u8]
    })
}
