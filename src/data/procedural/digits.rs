//! Digits as a pen writes them: white on black, 28 × 28, in MNIST's frame (20 × 20, the mass in the middle).

use super::{
    Recipe,
    pen::{Elastic, Sheet, curve},
    skeletons::{DIGITS, Style},
};
use crate::data::{
    maths::{P, p, sin},
    random::RandomStream,
};

/// Width and height in pixels.
pub(super) const SIDE: usize = 28;
/// The longer side of a digit, pen included.
const BOX: f32 = 20.0;

pub(super) fn draw(recipe: &Recipe, class: u32, example: u64, pixels: &mut [u8]) {
    let mut random = RandomStream::new(recipe.seed, example);
    let style = *random.pick(DIGITS[class as usize]);
    let pen = Pen::drawn(&mut random);
    let mut strokes = written(style, &mut random);
    framed(&mut strokes, pen.radius + pen.softness / 2.0, &mut random);

    let mut ink = [0.0; SIDE * SIDE];
    let mut sheet = Sheet { side: SIDE, ink: &mut ink };
    for stroke in &strokes {
        for (index, pair) in stroke.windows(2).enumerate() {
            let radii = [index, index + 1].map(|at| pen.radius_at(at as f32));
            sheet.line([pair[0], pair[1]], radii, pen.softness);
        }
    }
    for (pixel, ink) in pixels.iter_mut().zip(ink) {
        *pixel = (ink * pen.white + 0.5) as u8;
    }
}

/// The hand's pen: its width, how it wavers along the stroke, how sharp its edge is.
struct Pen {
    radius: f32,
    waver: f32,
    phase: f32,
    pace: f32,
    softness: f32,
    white: f32,
}

impl Pen {
    fn drawn(random: &mut RandomStream) -> Self {
        Self {
            radius: (1.3 + 0.34 * random.normal()).clamp(0.7, 2.2),
            waver: random.between(0.0, 0.28),
            phase: random.between(0.0, 6.0),
            pace: random.between(0.05, 0.3),
            softness: random.between(1.0, 1.7),
            white: random.between(240.0, 255.0),
        }
    }

    fn radius_at(&self, along: f32) -> f32 {
        self.radius * (1.0 + self.waver * sin(self.phase + along * self.pace))
    }
}

/// The style's strokes with each point a little off, bent, turned, slanted and stretched; in no particular place or size.
fn written(style: Style, random: &mut RandomStream) -> Vec<Vec<P>> {
    let carelessness = random.between(0.01, 0.045);
    let bend = random.between(0.0, 0.24);
    let bending = Elastic::new(|| p(random.normal(), random.normal()) * bend);
    let turn = 0.1 * random.normal();
    let slant = 0.2 * random.normal() + 0.12;
    let stretch = (1.0 + 0.2 * random.normal()).clamp(0.5, 1.5);
    let mut strokes = Vec::with_capacity(style.len());
    for stroke in style {
        let mut points: Vec<P> = Vec::with_capacity(stroke.len());
        let mut last = None;
        for &(x, y) in *stroke {
            // A corner's two points stay one.
            let at = match (last, points.last()) {
                (Some(same), Some(&at)) if same == (x, y) => at,
                _ => p(f32::from(x), f32::from(y)) * 0.01 + p(random.normal(), random.normal()) * carelessness,
            };
            last = Some((x, y));
            points.push(at);
        }
        let mut line = Vec::with_capacity(points.len() * 5);
        curve(&points, &mut line);
        for at in &mut line {
            let bent = *at + bending.at(*at);
            // A digit is about 0.8 as wide as high.
            let centred = p((bent.x - 0.5) * 0.8 * stretch, bent.y - 0.5);
            *at = p(centred.x - slant * centred.y, centred.y).turned(turn);
        }
        strokes.push(line);
    }
    strokes
}

/// Scaled so that the ink's longer side is [`BOX`], give or take a pixel, and its mass in the middle.
fn framed(strokes: &mut [Vec<P>], margin: f32, random: &mut RandomStream) {
    let points = || strokes.iter().flatten();
    let extent = |of: fn(&P) -> f32| {
        let (low, high) = points().map(of).fold((f32::MAX, f32::MIN), |(low, high), at| (low.min(at), high.max(at)));
        high - low
    };
    let longer = extent(|at| at.x).max(extent(|at| at.y)).max(1e-3);
    let wanted = BOX - 2.0 * margin + random.between(-1.0, 0.6);
    let scale = wanted / longer;
    // The mass of a line is its length.
    let (mut mass, mut moment) = (1e-6, p(0.0, 0.0));
    for pair in strokes.iter().flat_map(|stroke| stroke.windows(2)) {
        let length = (pair[1] - pair[0]).length();
        mass += length;
        moment = moment + (pair[0] + pair[1]) * (0.5 * length);
    }
    let centre = moment * (1.0 / mass);
    let half = SIDE as f32 / 2.0;
    let middle = p(half + 0.4 * random.normal(), half + 0.4 * random.normal());
    for at in strokes.iter_mut().flatten() {
        *at = (*at - centre) * scale + middle;
    }
}
