//! Numbers as pixels.

use crate::nn::Normalise;
use crate::protocol::Pixels;
use serde_bytes::ByteBuf;

/// Between the light and the dark theme's colours of signed numbers; they show the sheet where they are near zero.
const BELOW: [u8; 3] = [58, 141, 205];
const ABOVE: [u8; 3] = [224, 122, 59];

/// Bytes of an example, channels as planes: grey, or red, green and blue; of any other number of channels, their mean.
pub(in crate::lab) fn picture(bytes: &[u8], [channels, height, width]: [usize; 3]) -> Pixels {
    let plane = height * width;
    let mut rgba = Vec::with_capacity(plane * 4);
    for at in 0..plane {
        let value = |channel: usize| bytes[channel * plane + at];
        match channels {
            3 => rgba.extend([value(0), value(1), value(2), 255]),
            _ => {
                let sum: u32 = (0..channels).map(|channel| u32::from(value(channel))).sum();
                let mean = (sum / channels.max(1) as u32) as u8;
                rgba.extend([mean, mean, mean, 255]);
            }
        }
    }
    Pixels { width: width as u32, height: height as u32, rgba: ByteBuf::from(rgba) }
}

/// What the network is given, as bytes again.
pub(super) fn bytes_of(values: &[f32], channels: usize, normalise: &Normalise) -> Vec<u8> {
    let plane = values.len() / channels.max(1);
    let byte = |(at, value): (usize, &f32)| {
        let channel = (at / plane.max(1)).min(2);
        (((value * normalise.std[channel] + normalise.mean[channel]) * 255.0).round()).clamp(0.0, 255.0) as u8
    };
    values.iter().enumerate().map(byte).collect()
}

/// A filter `[channels, height, width]`: of three channels in colour, grey where it is zero; of others the mean over them,
/// orange above zero and blue below. `largest` is the magnitude that gets the full colour.
pub(super) fn filter(values: &[f32], [channels, height, width]: [usize; 3], largest: f32) -> Pixels {
    let plane = height * width;
    let largest = if largest > 0.0 { largest } else { 1.0 };
    let mut rgba = Vec::with_capacity(plane * 4);
    for at in 0..plane {
        let value = |channel: usize| values[channel * plane + at] / largest;
        if channels == 3 {
            rgba.extend([0, 1, 2].map(|channel| (127.5 + 127.5 * value(channel)).clamp(0.0, 255.0) as u8));
            rgba.push(255);
        } else {
            let mean = (0..channels).map(value).sum::<f32>() / channels.max(1) as f32;
            rgba.extend(if mean < 0.0 { BELOW } else { ABOVE });
            rgba.push((mean.abs() * 255.0).min(255.0) as u8);
        }
    }
    Pixels { width: width as u32, height: height as u32, rgba: ByteBuf::from(rgba) }
}
