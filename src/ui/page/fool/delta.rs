//! The perturbation as a picture: zero is white, more is orange, less is blue, the mean over the channels.

use crate::protocol::{Attacked, Pixels};

const MORE: [f32; 3] = [194.0, 87.0, 26.0];
const LESS: [f32; 3] = [23.0, 105.0, 170.0];
const ZERO: f32 = 255.0;

/// What is changed by `1 / gain` or more has the full colour.
pub(super) fn pixels(attacked: &Attacked, gain: u32) -> Pixels {
    let [channels, height, width] = attacked.shape;
    let plane = height * width;
    let value = |at: usize| {
        let bytes = attacked.delta.get(4 * at..4 * at + 4);
        bytes.map_or(0.0, |b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    };
    let mut rgba = Vec::with_capacity(plane * 4);
    for at in 0..plane {
        let mean = (0..channels).map(|channel| value(channel * plane + at)).sum::<f32>() / channels.max(1) as f32;
        let part = (mean * gain as f32).clamp(-1.0, 1.0);
        let full = if part > 0.0 { MORE } else { LESS };
        rgba.extend(full.map(|full| (ZERO + (full - ZERO) * part.abs()).round() as u8));
        rgba.push(255);
    }
    Pixels { width: width as u32, height: height as u32, rgba: rgba.into() }
}
