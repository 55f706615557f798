//! The sheet on which the gallery is drawn: layers of shapes with antialiased edges, in sRGB.

use std::ops::Range;

use super::maths::{self, P, p, sharpen, smooth};

pub(super) use super::maths::Colour;

/// Width and height of every picture, in pixels.
pub(super) const SIDE: u32 = 320;
const HALF: f32 = SIDE as f32 / 2.0;

/// From `0xRRGGBB`.
pub(super) fn hex(rgb: u32) -> Colour {
    [16, 8, 0].map(|shift| ((rgb >> shift) & 255) as f32 / 255.0)
}

pub(super) fn blended(a: Colour, b: Colour, t: f32) -> Colour {
    maths::blended(a, b, t.clamp(0.0, 1.0))
}

/// Brighter or darker by a factor.
pub(super) fn lit(colour: Colour, factor: f32) -> Colour {
    colour.map(|channel| channel * factor)
}

pub(super) struct Canvas {
    pixels: Vec<Colour>,
}

impl Canvas {
    pub(super) fn new(paint: impl Fn(P) -> Colour) -> Self {
        let pixels = (0..SIDE * SIDE).map(|index| paint(centre_of(index as usize))).collect();
        Self { pixels }
    }

    /// The square of `reach` around `centre`, for shapes that leave the rest alone: a hundred seeds cost little then.
    pub(super) fn near(&mut self, centre: P, reach: f32) -> Area<'_> {
        let pixels = |from: f32, to: f32| {
            let [from, to] = [from, to].map(|edge| ((edge + 1.0) * HALF).clamp(0.0, SIDE as f32));
            from.floor() as usize..to.ceil() as usize
        };
        let columns = pixels(centre.x - reach, centre.x + reach);
        let rows = pixels(centre.y - reach, centre.y + reach);
        Area { pixels: &mut self.pixels, columns, rows }
    }

    fn whole(&mut self) -> Area<'_> {
        self.near(p(0.0, 0.0), 1.0)
    }

    /// Paints the inside of a shape, given by its signed distance; the edge is one pixel wide.
    pub(super) fn fill(&mut self, distance: impl Fn(P) -> f32, paint: impl Fn(P) -> Colour) {
        self.whole().fill(distance, paint);
    }

    /// As [`Canvas::fill`], but the edge fades over `softness` to both sides.
    pub(super) fn fade(&mut self, distance: impl Fn(P) -> f32, softness: f32, opacity: f32, colour: Colour) {
        self.whole().fade(distance, softness, opacity, colour);
    }

    /// Paints with an opacity for each point.
    pub(super) fn glaze(&mut self, opacity: impl Fn(P) -> f32, paint: impl Fn(P) -> Colour) {
        self.whole().glaze(opacity, paint);
    }

    /// 8-bit RGB, rows from the top.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let byte = |channel: f32| (channel.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        self.pixels.iter().flat_map(|pixel| pixel.map(byte)).collect()
    }
}

/// A part of the canvas.
pub(super) struct Area<'a> {
    pixels: &'a mut [Colour],
    columns: Range<usize>,
    rows: Range<usize>,
}

impl Area<'_> {
    pub(super) fn fill(&mut self, distance: impl Fn(P) -> f32, paint: impl Fn(P) -> Colour) {
        self.glaze(|at| (0.5 - distance(at) * HALF).clamp(0.0, 1.0), paint);
    }

    pub(super) fn fade(&mut self, distance: impl Fn(P) -> f32, softness: f32, opacity: f32, colour: Colour) {
        self.glaze(|at| smooth(softness, -softness, distance(at)) * opacity, |_| colour);
    }

    pub(super) fn glaze(&mut self, opacity: impl Fn(P) -> f32, paint: impl Fn(P) -> Colour) {
        for row in self.rows.clone() {
            for column in self.columns.clone() {
                let index = row * SIDE as usize + column;
                let at = centre_of(index);
                let opacity = opacity(at);
                if opacity > 0.0 {
                    self.pixels[index] = blended(self.pixels[index], paint(at), opacity);
                }
            }
        }
    }
}

fn centre_of(index: usize) -> P {
    let side = SIDE as usize;
    p((index % side) as f32 + 0.5 - HALF, (index / side) as f32 + 0.5 - HALF) * (1.0 / HALF)
}

/// How a round surface takes the light, which comes from the upper left and the front.
#[derive(Clone, Copy)]
pub(super) struct Shine {
    /// Unit vector out of the surface; z towards the eye.
    pub(super) normal: [f32; 3],
    /// 0 in the shadow to 1 in full light.
    pub(super) diffuse: f32,
    /// 0 to 1, the highlight.
    pub(super) gloss: f32,
}

const LIGHT: [f32; 3] = [-0.48, -0.62, 0.62];
/// Half way between the light and the eye.
const HALFWAY: [f32; 3] = [-0.267, -0.344, 0.900];

/// The half of an ellipsoid that faces the eye, at `at`; points outside take the rim's light.
#[inline(never)]
pub(super) fn ellipsoid(at: P, centre: P, radii: P) -> Shine {
    let d = at - centre;
    let (x, y) = (d.x / radii.x, d.y / radii.y);
    let square = x * x + y * y;
    let z = (1.0 - square).max(0.0).sqrt();
    let scale = 1.0 / square.max(1.0).sqrt();
    let normal = [x * scale, y * scale, z];
    let dot = |other: [f32; 3]| normal.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
    Shine { normal, diffuse: dot(LIGHT).max(0.0), gloss: sharpen(dot(HALFWAY), 5) }
}

/// A colour in this light: ambient, diffuse, and `gloss` of white highlight.
#[inline(never)]
pub(super) fn shaded(colour: Colour, shine: Shine, gloss: f32) -> Colour {
    let body = lit(colour, 0.42 + 0.66 * shine.diffuse);
    blended(body, [1.0; 3], shine.gloss * gloss)
}
