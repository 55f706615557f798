//! Pictures of things before a background at three levels of variation, as the stimuli of Majaj, Hong, Solomon & DiCarlo (2015), on which
//! Yamins et al. (2014) compare networks with the ventral stream: where a thing stands, how large it is, how far it is turned, and how busy
//! what is behind it.
//!
//! Basic arithmetic only: the same bytes on every target.

use super::maths::{Colour, P, TURN, blended, clouds, p};
use super::random::RandomStream;
use super::shape::{circle, ellipse, polygon, rounded_box, stroke, without};
use super::{DataError, Rgb};

/// Width and height in pixels.
pub const OBJECT_SIDE: u32 = 64;
/// The eight kinds of things of that paper.
pub const OBJECTS: [&str; 8] = ["animal", "boat", "car", "chair", "face", "fruit", "plane", "table"];
/// Levels of variation: low, medium, high.
pub const VARIATIONS: u32 = 3;

/// Of each level: how far from the middle either way, in half sides; powers of two of the size either way; how far it is turned either way.
const SHIFT: [f32; 3] = [0.0, 0.2, 0.4];
const SIZE: [f32; 3] = [0.0, 0.25, 0.5];
const TURNED: [f32; 3] = [0.0, TURN / 12.0, TURN / 5.0];
/// How much the background differs from grey.
const CLUTTER: [f32; 3] = [0.15, 0.55, 1.0];

#[derive(Clone, Copy)]
enum Tone {
    Body,
    Dark,
    Light,
    Other,
}

type Piece = (fn(P) -> f32, Tone);

const fn at(x: f32, y: f32) -> P {
    p(x, y)
}

/// From the back to the front, each within -0.8 to 0.8.
fn pieces(object: usize) -> &'static [Piece] {
    const ANIMAL: &[Piece] = &[
        (|o| stroke(o, at(-0.38, 0.1), at(-0.42, 0.6), 0.08), Tone::Dark),
        (|o| stroke(o, at(0.3, 0.1), at(0.34, 0.6), 0.08), Tone::Dark),
        (|o| stroke(o, at(-0.24, 0.15), at(-0.22, 0.62), 0.08), Tone::Body),
        (|o| stroke(o, at(0.16, 0.15), at(0.16, 0.62), 0.08), Tone::Body),
        (|o| stroke(o, at(-0.5, -0.05), at(-0.75, -0.4), 0.05), Tone::Body),
        (|o| ellipse(o, at(-0.05, 0.05), at(0.5, 0.26)), Tone::Body),
        (|o| polygon(o, &[at(0.36, -0.38), at(0.4, -0.7), at(0.54, -0.42)]), Tone::Dark),
        (|o| circle(o, at(0.5, -0.26), 0.24), Tone::Body),
        (|o| ellipse(o, at(0.68, -0.18), at(0.14, 0.1)), Tone::Light),
        (|o| circle(o, at(0.52, -0.32), 0.05), Tone::Dark),
    ];
    const BOAT: &[Piece] = &[
        (|o| stroke(o, at(0.0, 0.3), at(0.0, -0.75), 0.035), Tone::Dark),
        (|o| polygon(o, &[at(0.06, -0.7), at(0.06, 0.15), at(0.6, 0.15)]), Tone::Light),
        (|o| polygon(o, &[at(-0.06, -0.5), at(-0.06, 0.15), at(-0.48, 0.15)]), Tone::Other),
        (|o| polygon(o, &[at(-0.75, 0.26), at(0.78, 0.26), at(0.5, 0.62), at(-0.5, 0.62)]), Tone::Body),
        (|o| stroke(o, at(-0.68, 0.34), at(0.68, 0.34), 0.03), Tone::Light),
    ];
    const CAR: &[Piece] = &[
        (|o| polygon(o, &[at(-0.45, 0.0), at(-0.28, -0.38), at(0.22, -0.38), at(0.46, 0.0)]), Tone::Body),
        (|o| polygon(o, &[at(-0.33, -0.02), at(-0.2, -0.3), at(-0.04, -0.3), at(-0.04, -0.02)]), Tone::Light),
        (|o| polygon(o, &[at(0.04, -0.02), at(0.04, -0.3), at(0.17, -0.3), at(0.34, -0.02)]), Tone::Light),
        (|o| rounded_box(o, at(0.0, 0.16), at(0.76, 0.2), 0.1), Tone::Body),
        (|o| circle(o, at(-0.42, 0.36), 0.19), Tone::Dark),
        (|o| circle(o, at(0.42, 0.36), 0.19), Tone::Dark),
        (|o| circle(o, at(-0.42, 0.36), 0.08), Tone::Light),
        (|o| circle(o, at(0.42, 0.36), 0.08), Tone::Light),
        (|o| circle(o, at(0.68, 0.1), 0.06), Tone::Other),
    ];
    const CHAIR: &[Piece] = &[
        (|o| stroke(o, at(-0.32, 0.05), at(-0.36, 0.72), 0.055), Tone::Dark),
        (|o| stroke(o, at(0.36, 0.05), at(0.4, 0.72), 0.055), Tone::Dark),
        (|o| rounded_box(o, at(-0.33, -0.35), at(0.07, 0.4), 0.04), Tone::Body),
        (|o| stroke(o, at(-0.3, -0.68), at(0.05, -0.58), 0.05), Tone::Body),
        (|o| stroke(o, at(-0.3, -0.38), at(0.05, -0.3), 0.05), Tone::Body),
        (|o| polygon(o, &[at(-0.4, 0.0), at(0.36, 0.0), at(0.46, 0.16), at(-0.4, 0.16)]), Tone::Other),
    ];
    const FACE: &[Piece] = &[
        (|o| ellipse(o, at(0.0, -0.08), at(0.58, 0.7)), Tone::Dark),
        (|o| ellipse(o, at(0.0, 0.06), at(0.48, 0.62)), Tone::Light),
        (|o| ellipse(o, at(-0.19, -0.05), at(0.1, 0.06)), Tone::Dark),
        (|o| ellipse(o, at(0.19, -0.05), at(0.1, 0.06)), Tone::Dark),
        (|o| stroke(o, at(-0.29, -0.19), at(-0.1, -0.2), 0.025), Tone::Dark),
        (|o| stroke(o, at(0.29, -0.19), at(0.1, -0.2), 0.025), Tone::Dark),
        (|o| stroke(o, at(0.0, 0.0), at(0.03, 0.18), 0.03), Tone::Other),
        (|o| ellipse(o, at(0.0, 0.38), at(0.19, 0.06)), Tone::Body),
    ];
    const FRUIT: &[Piece] = &[
        (|o| stroke(o, at(0.0, -0.3), at(0.08, -0.72), 0.045), Tone::Dark),
        (|o| ellipse(o, at(0.28, -0.58), at(0.24, 0.1)), Tone::Other),
        (|o| circle(o, at(-0.16, 0.1), 0.46), Tone::Body),
        (|o| circle(o, at(0.16, 0.1), 0.46), Tone::Body),
        (|o| ellipse(o, at(-0.28, -0.1), at(0.1, 0.14)), Tone::Light),
    ];
    const PLANE: &[Piece] = &[
        (|o| polygon(o, &[at(-0.66, -0.04), at(-0.78, -0.42), at(-0.6, -0.42), at(-0.4, -0.04)]), Tone::Other),
        (|o| polygon(o, &[at(0.08, -0.08), at(-0.22, -0.5), at(-0.08, -0.5), at(0.34, -0.08)]), Tone::Dark),
        (|o| ellipse(o, at(0.0, 0.0), at(0.8, 0.17)), Tone::Body),
        (|o| polygon(o, &[at(0.12, 0.06), at(-0.34, 0.66), at(-0.14, 0.66), at(0.4, 0.06)]), Tone::Dark),
        (|o| ellipse(o, at(0.6, -0.05), at(0.1, 0.05)), Tone::Light),
        (|o| stroke(o, at(-0.4, -0.04), at(0.36, -0.04), 0.025), Tone::Light),
    ];
    const TABLE: &[Piece] = &[
        (|o| stroke(o, at(-0.5, -0.1), at(-0.5, 0.6), 0.06), Tone::Dark),
        (|o| stroke(o, at(0.5, -0.1), at(0.5, 0.6), 0.06), Tone::Dark),
        (|o| stroke(o, at(-0.28, -0.2), at(-0.28, 0.36), 0.05), Tone::Dark),
        (|o| stroke(o, at(0.28, -0.2), at(0.28, 0.36), 0.05), Tone::Dark),
        (|o| polygon(o, &[at(-0.5, -0.34), at(0.5, -0.34), at(0.74, -0.04), at(-0.74, -0.04)]), Tone::Body),
        (|o| without(rounded_box(o, at(0.0, -0.01), at(0.74, 0.05), 0.02), o.y + 0.03), Tone::Other),
    ];
    const ALL: [&[Piece]; OBJECTS.len()] = [ANIMAL, BOAT, CAR, CHAIR, FACE, FRUIT, PLANE, TABLE];
    ALL[object % OBJECTS.len()]
}

fn toned(random: &mut RandomStream) -> [Colour; 4] {
    let mut hue = || [0.0; 3].map(|_: f32| random.between(0.2, 0.9));
    let (body, other) = (hue(), hue());
    [body, body.map(|c| 0.35 * c), blended(body, [1.0; 3], 0.7), other]
}

/// Number `number` of pictures of a kind of thing, at a level of variation from 0 to 2.
///
/// # Errors
/// None but those of [`Rgb::new`].
pub fn object_picture(object: usize, level: usize, seed: u32, number: u32) -> Result<Rgb, DataError> {
    let level = level.min(VARIATIONS as usize - 1);
    let key = (u64::from(number) * 8 + object as u64 % 8) * 4 + level as u64;
    let mut random = RandomStream::new(seed, key);
    let tones = toned(&mut random);
    let mut either = |most: f32| random.between(-most, most);
    let middle = p(either(SHIFT[level]), either(SHIFT[level]));
    let (size, turn) = (0.95 * (1.0 + either(SIZE[level]) * 0.8), either(TURNED[level]));
    // No two things of a kind are of the same build.
    let build = p(1.0 + either(0.12), 1.0 + either(0.12));
    let place = p(either(90.0), either(90.0));
    let grain = 2.0 + level as f32 * (1.5 + either(0.5));
    let behind = [0.0; 2].map(|_: f32| [0.0; 3].map(|_: f32| 0.5 + either(0.45) * CLUTTER[level]));
    let side = OBJECT_SIDE as usize;
    let half = side as f32 / 2.0;
    let mut bytes = Vec::with_capacity(3 * side * side);
    for pixel in 0..side * side {
        let here = p((pixel % side) as f32 + 0.5 - half, (pixel / side) as f32 + 0.5 - half) * (1.0 / half);
        let noise = clouds(here * grain + place, 1 + 2 * level as u32);
        let mut colour = blended(behind[0], behind[1], ((noise - 0.5) * (1.0 + level as f32) + 0.5).clamp(0.0, 1.0));
        let turned = (here - middle).turned(-turn) * (1.0 / size);
        let local = p(turned.x / build.x, turned.y / build.y);
        for (distance, tone) in pieces(object) {
            let cover = (0.5 - distance(local) * size * half).clamp(0.0, 1.0);
            if cover > 0.0 {
                let light = 0.85 - 0.25 * local.y;
                colour = blended(colour, tones[*tone as usize].map(|c| c * light), cover);
            }
        }
        bytes.extend(colour.map(|channel| (channel.clamp(0.0, 1.0) * 255.0 + 0.5) as u8));
    }
    Rgb::new(OBJECT_SIDE, OBJECT_SIDE, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variation_rises_from_level_to_level() {
        // How far two pictures of one thing are apart, in the mean.
        let apart = |level: usize| -> f64 {
            let mut sum = 0.0;
            for object in 0..OBJECTS.len() {
                let two = [0, 1].map(|number| object_picture(object, level, 1, number).unwrap());
                let square = |(a, b): (&u8, &u8)| (f64::from(*a) - f64::from(*b)).powi(2);
                sum += two[0].pixels().iter().zip(two[1].pixels()).map(square).sum::<f64>();
            }
            sum
        };
        let levels = [0, 1, 2].map(apart);
        assert!(levels[0] < levels[1] && levels[1] < levels[2], "{levels:?}");
        assert_eq!(object_picture(3, 2, 7, 5).unwrap(), object_picture(3, 2, 7, 5).unwrap());
        assert_ne!(object_picture(3, 2, 7, 5).unwrap(), object_picture(3, 2, 8, 5).unwrap());
    }
}
