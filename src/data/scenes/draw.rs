//! A scene as pixels, and the outlines of its shapes.

use super::super::maths::{P, p, smooth};
use super::super::random::RandomStream;
use super::super::shape::{circle, polygon};
use super::{Scene, Shape, Texture, Thing};

/// Width and height of a picture, in pixels.
pub const SIDE: usize = 48;

/// The background without variations: red, green, blue.
pub const PAPER: [f32; 3] = [0.93, 0.92, 0.90];
/// From one stripe or row of dots to the next, in pixels.
pub const PERIOD: f32 = 4.0;
/// In pixels.
pub const DOT_RADIUS: f32 = 1.15;
/// How far stripes and dots go towards white.
pub const LIGHTER: f32 = 0.8;

const SQUARE: [[f32; 2]; 4] = [[-0.96, -0.96], [0.96, -0.96], [0.96, 0.96], [-0.96, 0.96]];
const TRIANGLE: [[f32; 2]; 3] = [[0.0, -1.15], [1.1, 0.85], [-1.1, 0.85]];
const CROSS: [[f32; 2]; 12] = [
    [-0.36, -1.0],
    [0.36, -1.0],
    [0.36, -0.36],
    [1.0, -0.36],
    [1.0, 0.36],
    [0.36, 0.36],
    [0.36, 1.0],
    [-0.36, 1.0],
    [-0.36, 0.36],
    [-1.0, 0.36],
    [-1.0, -0.36],
    [-0.36, -0.36],
];
/// Five points: sines and cosines of fifths of a turn, by 1.2 and by 0.52.
const STAR: [[f32; 2]; 10] = [
    [0.0, -1.2],
    [0.3056, -0.4207],
    [1.1413, -0.3708],
    [0.4946, 0.1607],
    [0.7053, 0.9708],
    [0.0, 0.52],
    [-0.7053, 0.9708],
    [-0.4946, 0.1607],
    [-1.1413, -0.3708],
    [-0.3056, -0.4207],
];

/// Corners around the middle for a radius of 1, y down; none for the circle, whose radius is 1.
pub fn outline(shape: Shape) -> &'static [[f32; 2]] {
    match shape {
        Shape::Circle => &[],
        Shape::Square => &SQUARE,
        Shape::Triangle => &TRIANGLE,
        Shape::Star => &STAR,
        Shape::Cross => &CROSS,
    }
}

/// The differences between two drawings of one scene: paper, light, tint, exact size, a small turn, grain.
struct Hand {
    paper: [f32; 3],
    grain: f32,
    /// Of each thing: what is added to its colour, the factor of its size, the sine of its turn.
    things: Vec<([f32; 3], f32, f32)>,
}

impl Hand {
    fn new(random: &mut RandomStream, things: usize) -> Self {
        let light = random.between(-0.06, 0.05);
        let paper = PAPER.map(|channel| channel + light + random.between(-0.02, 0.02));
        let grain = random.between(0.0, 0.03);
        let thing = |_| {
            let tint = [0; 3].map(|_| random.between(-0.05, 0.05));
            (tint, random.between(0.95, 1.05), random.between(-0.12, 0.12))
        };
        Self { paper, grain, things: (0..things).map(thing).collect() }
    }

    fn steady(things: usize) -> Self {
        Self { paper: PAPER, grain: 0.0, things: vec![([0.0; 3], 1.0, 0.0); things] }
    }
}

/// `SIDE · SIDE · 3` bytes, a plane for each of red, green and blue. With a `hand` (a seed and a number) no two drawings are
/// the same; without, the drawing is exact.
pub fn picture(scene: &Scene, hand: Option<(u32, u64)>) -> Vec<u8> {
    let mut random = hand.map(|(seed, index)| RandomStream::new(seed ^ 0x0bad_1d3a, index));
    let hand = match &mut random {
        Some(random) => Hand::new(random, scene.things.len()),
        None => Hand::steady(scene.things.len()),
    };
    let mut pixels = vec![hand.paper; SIDE * SIDE];
    for (thing, &(tint, scale, turn)) in scene.things.iter().zip(&hand.things) {
        paint(&mut pixels, thing, tint, thing.size.radius() * scale, turn);
    }
    if let Some(random) = &mut random {
        for pixel in &mut pixels {
            let grain = (random.unit() - 0.5) * 2.0 * hand.grain;
            *pixel = pixel.map(|channel| channel + grain);
        }
    }
    let byte = |channel: f32| (channel.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    (0..3).flat_map(|channel| pixels.iter().map(move |pixel| byte(pixel[channel]))).collect()
}

/// Of a thing's pixels; of one of which less shows, nobody says that it is there.
const IN_SIGHT: f32 = 0.1;

/// The things that a person sees: not those that others cover.
pub fn in_sight(scene: &Scene) -> Scene {
    let differing = |one: &[Thing], other: &[Thing]| {
        let [one, other] = [one, other].map(|things| picture(&Scene { things: things.to_vec() }, None));
        (0..SIDE * SIDE).filter(|at| (0..3).any(|c| one[c * SIDE * SIDE + at] != other[c * SIDE * SIDE + at])).count()
    };
    let shows = |at: usize| {
        let without = [&scene.things[..at], &scene.things[at + 1..]].concat();
        let (shown, whole) = (differing(&scene.things, &without), differing(&scene.things[at..=at], &[]));
        shown as f32 >= IN_SIGHT * whole as f32
    };
    Scene { things: (0..scene.things.len()).filter(|at| shows(*at)).map(|at| scene.things[at]).collect() }
}

fn paint(pixels: &mut [[f32; 3]], thing: &Thing, tint: [f32; 3], radius: f32, sine: f32) {
    let cosine = (1.0 - sine * sine).sqrt();
    let corners: Vec<P> = outline(thing.shape).iter().map(|&[x, y]| p(x, y) * radius).collect();
    let colour: [f32; 3] = std::array::from_fn(|channel| thing.colour.rgb()[channel] + tint[channel]);
    let reach = radius * 1.25 + 1.0;
    let span = |at: f32| {
        let [from, to] = [at - reach, at + reach].map(|edge| edge.clamp(0.0, SIDE as f32) as usize);
        from..to.min(SIDE - 1) + 1
    };
    for y in span(thing.at[1]) {
        for x in span(thing.at[0]) {
            let d = p(x as f32 + 0.5 - thing.at[0], y as f32 + 0.5 - thing.at[1]);
            let at = p(d.x * cosine + d.y * sine, d.y * cosine - d.x * sine);
            let distance = if corners.is_empty() { circle(at, p(0.0, 0.0), radius) } else { polygon(at, &corners) };
            let share = smooth(0.7, -0.7, distance);
            if share > 0.0 {
                let light = LIGHTER * lit(thing.texture, at);
                let pixel = &mut pixels[y * SIDE + x];
                for (channel, value) in pixel.iter_mut().enumerate() {
                    let surface = colour[channel] + (1.0 - colour[channel]) * light;
                    *value += (surface - *value) * share;
                }
            }
        }
    }
}

/// How much of a stripe or dot covers the place, from the thing's middle.
fn lit(texture: Texture, at: P) -> f32 {
    // The distance to the middle of the nearest stripe.
    let nearest = |v: f32| {
        let turns = v / PERIOD;
        (turns - turns.round()).abs() * PERIOD
    };
    match texture {
        Texture::Plain => 0.0,
        Texture::Striped => smooth(0.5, -0.5, nearest(at.y) - PERIOD / 4.0),
        Texture::Dotted => smooth(0.5, -0.5, p(nearest(at.x), nearest(at.y)).length() - DOT_RADIUS),
    }
}
