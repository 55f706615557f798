//! Drawing a box: where the pointer went down and where it is, in pixels of the picture.

use crate::protocol::BoxCorners;

/// A box that is shorter than this share of the picture's side was a click.
const LEAST: f32 = 0.015;
/// A key moves by this share of the picture.
const STEP: f32 = 0.01;

/// Corners between two places, which are shares of the picture; none of a click.
pub(super) fn between(from: [f64; 2], to: [f64; 2], size: [u32; 2]) -> Option<BoxCorners> {
    let inside = |share: f64| share.clamp(0.0, 1.0) as f32;
    let [a, b] = [from, to].map(|at| at.map(inside));
    let [low, high] = [[a[0].min(b[0]), a[1].min(b[1])], [a[0].max(b[0]), a[1].max(b[1])]];
    let [width, height] = size.map(|side| side as f32);
    let is_box = (0..2).all(|at| high[at] - low[at] >= LEAST);
    is_box.then(|| [low[0] * width, low[1] * height, high[0] * width, high[1] * height].map(f32::round))
}

/// A box in the middle, for who draws by keys.
pub(super) fn in_the_middle([width, height]: [u32; 2]) -> BoxCorners {
    let [width, height] = [width as f32, height as f32];
    [width * 0.35, height * 0.35, width * 0.65, height * 0.65].map(f32::round)
}

/// The box a step further; with `grows`, its right lower corner alone. It stays in the picture, and keeps a pixel.
pub(super) fn moved(corners: BoxCorners, [right, down]: [f64; 2], grows: bool, size: [u32; 2]) -> BoxCorners {
    let one = |at: usize, by: f64| {
        let side = size[at] as f32;
        let step = (STEP * side).round().max(1.0) * by as f32;
        let (low, high) = (corners[at], corners[at + 2]);
        match grows {
            true => [low, (high + step).clamp(low + 1.0, side.max(low + 1.0))],
            false => {
                let step = step.clamp(-low, side - high);
                [low + step, high + step]
            }
        }
    };
    let ([left, end], [top, bottom]) = (one(0, right), one(1, down));
    [left, top, end, bottom]
}
