//! Several coloured shapes in one picture, each with the box around it: something to find, of which everything is known.

use super::shapes::{CLASSES, distinct, outline};
use super::texture::{Texture, colour};
use crate::data::maths::{P, TURN, blended, p, smooth};
use crate::data::random::RandomStream;
use crate::data::{DataError, Rgb};

/// Width and height of a scene in pixels.
pub const SCENE_SIDE: u32 = 224;

/// Shapes in a scene.
const LEAST: u32 = 3;
const MOST: u32 = 6;
/// Half the extent of a shape, in pixels.
const RADII: [f32; 2] = [17.0, 44.0];
/// No shape goes further from its centre: the square of the distance, in radii.
const REACH: f32 = 2.4;
/// Of the smaller of two boxes, how much the other one covers at most.
const OVERLAP: f32 = 0.25;
/// A place is looked for so often; then the scene has one shape fewer.
const TRIES: u32 = 60;
/// Keeps these streams apart from those of other sets.
const STREAM: u32 = 0x0b0e_5ce1;

/// A thing in a scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneBox {
    /// Its place in [`ShapeScene::CLASSES`].
    pub class: u32,
    /// Left, top, right and bottom in pixels, from the left upper corner of the picture; of the whole shape, what others cover included.
    pub corners: [f32; 4],
}

/// A picture of [`SCENE_SIDE`] × [`SCENE_SIDE`] pixels, and what is in it, what lies behind first.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeScene {
    /// As it is seen.
    pub picture: Rgb,
    /// Three to six.
    pub things: Vec<SceneBox>,
}

/// A shape before it is drawn.
struct Place {
    class: u32,
    centre: P,
    radius: f32,
    turn: P,
    stretch: f32,
}

impl Place {
    fn new(random: &mut RandomStream) -> Self {
        let side = SCENE_SIDE as f32;
        let radius = random.between(RADII[0], RADII[1]);
        let room = side - 2.0 * radius;
        Self {
            class: random.below(CLASSES.len() as u32),
            centre: p(radius + room * random.unit(), radius + room * random.unit()),
            radius,
            turn: P::at_angle(random.between(-TURN / 12.0, TURN / 12.0), 1.0),
            stretch: random.between(0.85, 1.15),
        }
    }

    /// Of the pixel whose middle is there, the share that the shape covers.
    fn share(&self, at: P) -> f32 {
        let d = (at - self.centre) * (1.0 / self.radius);
        if d.dot(d) > REACH {
            return 0.0;
        }
        let turned = p(d.x * self.turn.x + d.y * self.turn.y, d.y * self.turn.x - d.x * self.turn.y);
        let distance = outline(self.class, p(turned.x / self.stretch, turned.y * self.stretch)) * self.radius;
        smooth(0.75, -0.75, distance)
    }

    /// Along one side, the pixels that it may cover around its centre.
    fn near(&self, centre: f32) -> std::ops::Range<u32> {
        let reach = REACH.sqrt() * self.radius + 1.0;
        (centre - reach).max(0.0) as u32..((centre + reach) as u32 + 1).min(SCENE_SIDE)
    }

    /// Around the pixels that it covers by half at least.
    fn corners(&self) -> [f32; 4] {
        let [mut left, mut top, mut right, mut bottom] = [SCENE_SIDE, SCENE_SIDE, 0, 0];
        let [columns, rows] = [self.centre.x, self.centre.y].map(|at| self.near(at));
        for y in rows {
            for x in columns.clone() {
                if self.share(middle(x, y)) >= 0.5 {
                    (left, top) = (left.min(x), top.min(y));
                    (right, bottom) = (right.max(x + 1), bottom.max(y + 1));
                }
            }
        }
        [left, top, right.max(left), bottom.max(top)].map(|at| at as f32)
    }
}

fn pixels() -> impl Iterator<Item = (u32, u32)> {
    (0..SCENE_SIDE * SCENE_SIDE).map(|at| (at % SCENE_SIDE, at / SCENE_SIDE))
}

fn middle(x: u32, y: u32) -> P {
    p(x as f32 + 0.5, y as f32 + 0.5)
}

/// The area of what two boxes share over that of the smaller one.
fn covered(a: [f32; 4], b: [f32; 4]) -> f32 {
    let area = |c: [f32; 4]| (c[2] - c[0]).max(0.0) * (c[3] - c[1]).max(0.0);
    let shared = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    shared / area(a).min(area(b)).max(1.0)
}

impl ShapeScene {
    /// What they are called: as those of the set `shapes`.
    pub const CLASSES: [&'static str; CLASSES.len()] = CLASSES;

    /// Scene `number` under `seed`: the same bytes on every target.
    ///
    /// # Errors
    /// None of its own.
    pub fn drawn(seed: u32, number: u64) -> Result<Self, DataError> {
        let mut random = RandomStream::new(seed ^ STREAM, number);
        let random = &mut random;
        let ground_colour = colour(random);
        let ground = Texture::new(random, ground_colour, 0.45);
        let count = LEAST + random.below(MOST - LEAST + 1);
        let mut places: Vec<(Place, SceneBox, Texture)> = Vec::new();
        for _ in 0..count {
            let found = (0..TRIES).find_map(|_| {
                let place = Place::new(random);
                let corners = place.corners();
                let is_free = places.iter().all(|(_, other, _)| covered(other.corners, corners) <= OVERLAP);
                is_free.then_some((place, corners))
            });
            let Some((place, corners)) = found else { continue };
            let surface_colour = distinct(random, ground_colour);
            let thing = SceneBox { class: place.class, corners };
            places.push((place, thing, Texture::new(random, surface_colour, 0.3)));
        }
        let light = p(random.between(-0.15, 0.15), random.between(-0.15, 0.15));
        let grain = random.between(0.0, 0.03);
        let mut bytes = Vec::with_capacity(3 * (SCENE_SIDE * SCENE_SIDE) as usize);
        for (x, y) in pixels() {
            let at = middle(x, y);
            let unit = at * (2.0 / SCENE_SIDE as f32) - p(1.0, 1.0);
            // A texture's scale is that of a picture of one shape; here a picture is several of those wide.
            let mut seen = ground.at(unit * 3.0);
            for (place, _, surface) in &places {
                let inside = place.share(at);
                if inside > 0.0 {
                    seen = blended(seen, surface.at((at - place.centre) * (0.8 / place.radius)), inside);
                }
            }
            let lit = 1.0 + unit.dot(light);
            for value in seen {
                bytes.push(((value * lit + random.normal() * grain).clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
            }
        }
        let things = places.into_iter().map(|(_, thing, _)| thing).collect();
        Ok(Self { picture: Rgb::new(SCENE_SIDE, SCENE_SIDE, bytes)?, things })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_tight_and_inside() {
        let mut seen = [0; CLASSES.len()];
        for number in 0..60 {
            let scene = ShapeScene::drawn(5, number).unwrap();
            assert!((LEAST as usize - 1..=MOST as usize).contains(&scene.things.len()), "{}", scene.things.len());
            for (at, thing) in scene.things.iter().enumerate() {
                seen[thing.class as usize] += 1;
                let [left, top, right, bottom] = thing.corners;
                assert!(left >= 0.0 && top >= 0.0 && right <= 224.0 && bottom <= 224.0, "{thing:?}");
                assert!(right - left > RADII[0] && bottom - top > RADII[0] * 0.5, "{thing:?}");
                for other in &scene.things[..at] {
                    assert!(covered(thing.corners, other.corners) <= OVERLAP, "{thing:?} {other:?}");
                }
            }
        }
        assert!(seen.iter().all(|&count| count > 5), "{seen:?}");
        assert_eq!(ShapeScene::drawn(5, 3).unwrap(), ShapeScene::drawn(5, 3).unwrap());
        assert_ne!(ShapeScene::drawn(5, 3).unwrap(), ShapeScene::drawn(6, 3).unwrap());
    }
}
