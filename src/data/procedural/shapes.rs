//! Coloured shapes before a background: 32 × 32, ten classes. Place, size, turn, colours, textures, clutter and light vary;
//! only the outline tells the class.

use super::{
    Recipe,
    texture::{Texture, brightness, colour},
};
use crate::data::{
    maths::{Colour, P, TURN, blended, p, smooth},
    random::RandomStream,
    shape::{blend, circle, polygon, rounded_box, stroke, without},
};

/// Width and height in pixels.
pub(super) const SIDE: usize = 32;
/// A pixel's size where the picture goes from -1 to 1.
const PIXEL: f32 = 2.0 / SIDE as f32;

pub(super) const CLASSES: [&str; 10] =
    ["circle", "square", "triangle", "star", "cross", "ring", "crescent", "heart", "arrow", "half disc"];

/// Signed distance to the outline of class `class`, of a size of about 1, standing upright around the origin.
pub(super) fn outline(class: u32, at: P) -> f32 {
    let origin = p(0.0, 0.0);
    match class {
        0 => circle(at, origin, 0.9),
        1 => rounded_box(at, origin, p(0.8, 0.8), 0.05),
        2 => polygon(at, &[p(0.0, -0.95), p(0.95, 0.7), p(-0.95, 0.7)]),
        3 => polygon(at, &STAR),
        4 => rounded_box(at, origin, p(0.95, 0.3), 0.03).min(rounded_box(at, origin, p(0.3, 0.95), 0.03)),
        5 => (at.length() - 0.72).abs() - 0.2,
        6 => without(circle(at, p(0.1, 0.0), 0.92), circle(at, p(0.52, 0.0), 0.74)),
        7 => heart(at),
        8 => polygon(at, &ARROW),
        _ => circle(at, p(0.0, 0.4), 0.95).max(at.y - 0.4),
    }
}

/// The outer and inner corners of a five-pointed star, as their sines and cosines are.
const STAR: [P; 10] = [
    p(0.0, -1.0),
    p(0.2469, -0.3398),
    p(0.9511, -0.3090),
    p(0.3994, 0.1298),
    p(0.5878, 0.8090),
    p(0.0, 0.42),
    p(-0.5878, 0.8090),
    p(-0.3994, 0.1298),
    p(-0.9511, -0.3090),
    p(-0.2469, -0.3398),
];

const ARROW: [P; 7] =
    [p(0.0, -1.0), p(0.8, -0.1), p(0.3, -0.1), p(0.3, 0.95), p(-0.3, 0.95), p(-0.3, -0.1), p(-0.8, -0.1)];

fn heart(at: P) -> f32 {
    let at = p(at.x.abs(), at.y);
    let lobe = circle(at, p(0.43, -0.35), 0.47);
    let body = polygon(at, &[p(-0.1, -0.4), p(0.1, -0.4), p(0.8, -0.05), p(0.0, 0.95), p(-0.4, 0.4)]);
    blend(lobe, body, 0.05)
}

pub(super) fn draw(recipe: &Recipe, class: u32, example: u64, pixels: &mut [u8]) {
    let mut random = RandomStream::new(recipe.seed, example);
    let random = &mut random;
    let ground_colour = colour(random);
    let ground = Texture::new(random, ground_colour, 0.55);
    let surface_colour = distinct(random, ground_colour);
    let surface = Texture::new(random, surface_colour, 0.35);
    let clutter: Vec<Speck> = (0..random.below(5)).map(|_| Speck::new(random, surface_colour)).collect();
    let place = Place::new(random);
    let light = p(random.between(-0.18, 0.18), random.between(-0.18, 0.18));
    let grain = random.between(0.0, 0.04);

    for index in 0..SIDE * SIDE {
        let at = p((index % SIDE) as f32 + 0.5, (index / SIDE) as f32 + 0.5) * PIXEL - p(1.0, 1.0);
        let mut seen = ground.at(at);
        for speck in &clutter {
            seen = blended(seen, speck.colour, speck.share(at));
        }
        let inside = place.share(class, at);
        if inside > 0.0 {
            seen = blended(seen, surface.at(at), inside);
        }
        let lit = 1.0 + at.dot(light);
        for (channel, value) in seen.into_iter().enumerate() {
            let value = (value * lit + random.normal() * grain).clamp(0.0, 1.0);
            pixels[channel * SIDE * SIDE + index] = (value * 255.0 + 0.5) as u8;
        }
    }
}

/// A colour that stands out from `ground`: the first of a few draws that does, or black or white.
pub(super) fn distinct(random: &mut RandomStream, ground: Colour) -> Colour {
    for _ in 0..8 {
        let drawn = colour(random);
        let apart: f32 = drawn.iter().zip(ground).map(|(a, b)| (a - b).abs()).sum();
        if apart > 0.7 && (brightness(drawn) - brightness(ground)).abs() > 0.15 {
            return drawn;
        }
    }
    if brightness(ground) > 0.5 { [0.08; 3] } else { [0.94; 3] }
}

/// Where the shape is, and how it lies there.
struct Place {
    centre: P,
    size: f32,
    turn: P,
    stretch: f32,
}

impl Place {
    fn new(random: &mut RandomStream) -> Self {
        let size = random.between(0.42, 0.78);
        let room = 0.92 - size;
        Self {
            centre: p(random.between(-room, room), random.between(-room, room)),
            size,
            // Within a twelfth of a turn either way: a square must not become a diamond.
            turn: P::at_angle(random.between(-TURN / 12.0, TURN / 12.0), 1.0),
            stretch: random.between(0.88, 1.12),
        }
    }

    /// Of the pixel at `at`, the share that the shape covers.
    fn share(&self, class: u32, at: P) -> f32 {
        let d = (at - self.centre) * (1.0 / self.size);
        if d.dot(d) > 2.2 {
            return 0.0;
        }
        let turned = p(d.x * self.turn.x + d.y * self.turn.y, d.y * self.turn.x - d.x * self.turn.y);
        let distance = outline(class, p(turned.x / self.stretch, turned.y * self.stretch)) * self.size;
        smooth(PIXEL * 0.75, -PIXEL * 0.75, distance)
    }
}

/// A short line or a small spot in the background.
struct Speck {
    from: P,
    to: P,
    radius: f32,
    colour: Colour,
}

impl Speck {
    fn new(random: &mut RandomStream, surface: Colour) -> Self {
        let from = p(random.between(-1.0, 1.0), random.between(-1.0, 1.0));
        let to = from + P::at_angle(random.between(-3.1, 3.1), random.between(0.01, 0.7));
        let any = colour(random);
        Self { from, to, radius: random.between(0.04, 0.12), colour: blended(any, surface, random.unit() * 0.5) }
    }

    fn share(&self, at: P) -> f32 {
        smooth(PIXEL * 0.75, -PIXEL * 0.75, stroke(at, self.from, self.to, self.radius))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_differ() {
        let inside = |class: u32| -> Vec<bool> {
            let place = |index: usize| p((index % 40) as f32, (index / 40) as f32) * 0.05 - p(0.975, 0.975);
            (0..1600).map(|index| outline(class, place(index)) < 0.0).collect()
        };
        let shapes: Vec<Vec<bool>> = (0..CLASSES.len() as u32).map(inside).collect();
        for (a, one) in shapes.iter().enumerate() {
            let covered = one.iter().filter(|&&inside| inside).count();
            assert!((200..1500).contains(&covered), "{} covers {covered}", CLASSES[a]);
            for (b, other) in shapes.iter().enumerate().skip(a + 1) {
                let differing = one.iter().zip(other).filter(|(a, b)| a != b).count();
                assert!(differing > 160, "{} and {} differ in {differing}", CLASSES[a], CLASSES[b]);
            }
        }
    }

    #[test]
    fn colours_stand_out() {
        for example in 0..500 {
            let mut random = RandomStream::new(1, example);
            let ground = colour(&mut random);
            let surface = distinct(&mut random, ground);
            assert!((brightness(ground) - brightness(surface)).abs() > 0.15, "{ground:?} {surface:?}");
        }
    }
}
