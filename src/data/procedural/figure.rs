//! People as a program draws them: articulated, clothed, sometimes behind something, before a cluttered ground; with the exact places of
//! their joints. They face the viewer, turned by up to a third of a right angle: left and right are the person's own.

use super::shapes::distinct;
use super::texture::{Texture, colour};
use crate::data::maths::{Colour, P, TURN, blended, cos, p, sin, smooth};
use crate::data::random::RandomStream;
use crate::data::shape::{ellipse, polygon, rounded_box, tapered};
use crate::data::{DataError, Rgb};

/// Width and height of a picture in pixels.
pub const FIGURE_SIDE: u32 = 128;
/// Joints of a figure, in the order of the Leeds Sports Pose set (Johnson & Everingham 2010).
pub const FIGURE_JOINTS: usize = 14;

const SIDE: f32 = FIGURE_SIDE as f32;
/// Around the joints, and from there to the edge of the picture, in pixels.
const MARGIN: f32 = 11.0;
/// The longer side of the box around the joints, in pixels.
const EXTENTS: [f32; 2] = [84.0, 105.0];
/// Keeps these streams apart from those of other sets.
const STREAM: u32 = 0xf16e_0000;
const DEGREE: f32 = TURN / 360.0;

const RIGHT_ANKLE: usize = 0;
const RIGHT_HIP: usize = 2;
const LEFT_HIP: usize = 3;
const LEFT_ANKLE: usize = 5;
const RIGHT_WRIST: usize = 6;
const RIGHT_SHOULDER: usize = 8;
const LEFT_SHOULDER: usize = 9;
const LEFT_WRIST: usize = 11;
const NECK: usize = 12;
const HEAD_TOP: usize = 13;

/// A picture of [`FIGURE_SIDE`] × [`FIGURE_SIDE`] pixels with one person.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnFigure {
    pub picture: Rgb,
    /// Right ankle, knee and hip; left hip, knee and ankle; right wrist, elbow and shoulder; left shoulder, elbow and wrist; neck; top of the
    /// head. In pixels from the left upper corner.
    pub joints: [[f32; 2]; FIGURE_JOINTS],
    /// Whether something that is no part of the person covers it.
    pub is_covered: [bool; FIGURE_JOINTS],
}

type Skeleton = [P; FIGURE_JOINTS];

/// From a direction straight down, turned by so many degrees towards the person's `side` (-1 its right, which the viewer has on the left).
fn limb(from: P, side: f32, degrees: f32, length: f32) -> P {
    from + p(side * sin(degrees * DEGREE), cos(degrees * DEGREE)) * length
}

/// A length as it looks where the limb also points to the viewer.
fn foreshortened(random: &mut RandomStream, length: f32) -> f32 {
    let turn = random.unit();
    length * (1.0 - 0.35 * turn * turn)
}

/// Joints in units of the trunk, which is about 1 long, around the middle of the hips.
fn skeleton(random: &mut RandomStream) -> Skeleton {
    let mut at = [p(0.0, 0.0); FIGURE_JOINTS];
    let lean = random.between(-15.0, 15.0) * DEGREE;
    let turn = cos(random.between(-30.0, 30.0) * DEGREE);
    let trunk = p(sin(lean), -cos(lean)) * random.between(0.92, 1.0);
    let across =
        |degrees: f32, half: f32| p(cos(degrees * DEGREE + lean), sin(degrees * DEGREE + lean)) * (half * turn);
    let hips = across(random.between(-6.0, 6.0), random.between(0.16, 0.2));
    let shoulders = across(random.between(-7.0, 7.0), random.between(0.27, 0.33));
    at[NECK] = trunk;
    let nod = lean + random.between(-15.0, 15.0) * DEGREE;
    at[HEAD_TOP] = trunk + p(sin(nod), -cos(nod)) * random.between(0.46, 0.54);
    let girdle = trunk * 0.93;
    let tilt = lean / DEGREE;
    for (side, hip, shoulder) in [(-1.0, RIGHT_HIP, RIGHT_SHOULDER), (1.0, LEFT_HIP, LEFT_SHOULDER)] {
        at[hip] = hips * side;
        at[shoulder] = girdle + shoulders * side;
        // Towards the ends of a limb the numbers go down on the right side and up on the left one.
        let next = |joint: usize, by: usize| if side < 0.0 { joint - by } else { joint + by };
        let raised = match random.below(3) {
            0 => random.between(5.0, 50.0),
            1 => random.between(40.0, 110.0),
            _ => random.between(100.0, 160.0),
        };
        // A trunk that leans takes the arms along.
        let raised = raised - side * 0.7 * tilt;
        let bend = if random.unit() < 0.6 { random.between(-10.0, 25.0) } else { random.between(25.0, 100.0) };
        at[next(shoulder, 1)] = limb(at[shoulder], side, raised, foreshortened(random, 0.56));
        at[next(shoulder, 2)] = limb(at[next(shoulder, 1)], side, raised + bend, foreshortened(random, 0.5));
        let spread = random.between(-2.0, 20.0) + if random.unit() < 0.3 { random.between(0.0, 35.0) } else { 0.0 };
        let bend = if random.unit() < 0.6 { random.between(-8.0, 10.0) } else { random.between(-60.0, 10.0) };
        at[next(hip, 1)] = limb(at[hip], side, spread, foreshortened(random, 0.78));
        at[next(hip, 2)] = limb(at[next(hip, 1)], side, spread + bend, foreshortened(random, 0.74));
    }
    at
}

/// Left, top, right, bottom.
fn bounds(points: &[P]) -> [f32; 4] {
    points.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |[l, t, r, b], point| {
        [l.min(point.x), t.min(point.y), r.max(point.x), b.max(point.y)]
    })
}

/// An outline in pixels, for the surface that fills it.
enum Outline {
    Tapered {
        from: P,
        to: P,
        radii: [f32; 2],
    },
    /// Corners rounded off to the outside by so much.
    Polygon {
        corners: Vec<P>,
        round: f32,
    },
    Ellipse {
        centre: P,
        radii: P,
    },
    Box {
        centre: P,
        half: P,
    },
}

impl Outline {
    fn distance(&self, at: P) -> f32 {
        match self {
            Self::Tapered { from, to, radii } => tapered(at, *from, *to, radii[0], radii[1]),
            Self::Polygon { corners, round } => polygon(at, corners) - round,
            Self::Ellipse { centre, radii } => ellipse(at, *centre, *radii),
            Self::Box { centre, half } => rounded_box(at, *centre, *half, 2.0),
        }
    }

    fn bounds(&self) -> [f32; 4] {
        let around = |points: &[P], reach: f32| {
            let [left, top, right, bottom] = bounds(points);
            [left - reach, top - reach, right + reach, bottom + reach]
        };
        match self {
            Self::Tapered { from, to, radii } => around(&[*from, *to], radii[0].max(radii[1])),
            Self::Polygon { corners, round } => around(corners, *round),
            Self::Ellipse { centre, radii } => around(&[*centre - *radii, *centre + *radii], 0.0),
            Self::Box { centre, half } => around(&[*centre - *half, *centre + *half], 0.0),
        }
    }
}

/// Something painted over what is there already.
struct Piece<'a> {
    outline: Outline,
    surface: &'a Texture,
    /// How fine its pattern is.
    scale: f32,
    /// How much darker it is at its edges: a limb before a trunk of the same cloth stands out.
    shade: f32,
}

struct Sheet {
    pixels: Vec<Colour>,
}

fn middle(x: u32, y: u32) -> P {
    p(x as f32 + 0.5, y as f32 + 0.5)
}

impl Sheet {
    fn paint(&mut self, piece: &Piece<'_>) {
        let [left, top, right, bottom] = piece.outline.bounds();
        let span = |from: f32, to: f32| (from - 1.0).clamp(0.0, SIDE) as u32..(to + 2.0).clamp(0.0, SIDE) as u32;
        for y in span(top, bottom) {
            for x in span(left, right) {
                let at = middle(x, y);
                let distance = piece.outline.distance(at);
                let share = smooth(0.7, -0.7, distance);
                if share > 0.0 {
                    let unit = (at - p(SIDE / 2.0, SIDE / 2.0)) * (piece.scale / SIDE);
                    let light = 1.0 - piece.shade * smooth(-3.2, 0.0, distance);
                    let seen = piece.surface.at(unit).map(|channel| channel * light);
                    let pixel = &mut self.pixels[(y * FIGURE_SIDE + x) as usize];
                    *pixel = blended(*pixel, seen, share);
                }
            }
        }
    }
}

/// From light to dark.
const SKIN: [Colour; 5] =
    [[0.96, 0.80, 0.69], [0.88, 0.67, 0.53], [0.74, 0.52, 0.38], [0.53, 0.35, 0.24], [0.36, 0.23, 0.16]];
const HAIR: [Colour; 5] =
    [[0.10, 0.08, 0.07], [0.25, 0.16, 0.10], [0.48, 0.30, 0.16], [0.82, 0.66, 0.36], [0.6, 0.6, 0.6]];

/// What a person wears.
struct Clothes {
    skin: Texture,
    hair: Texture,
    dark: Texture,
    shirt: Texture,
    trousers: Texture,
    shoes: Texture,
    /// To the wrists, to the ankles.
    is_long: [bool; 2],
    /// Of all limbs, thick or thin.
    build: f32,
}

impl Clothes {
    fn new(random: &mut RandomStream, skin: Colour, ground: Colour) -> Self {
        let plain = |base: Colour, random: &mut RandomStream| Texture::new(random, base, 0.06);
        let shirt = distinct(random, ground);
        let trousers = distinct(random, ground);
        let hair = *random.pick(&HAIR);
        let shoes = distinct(random, ground);
        Self {
            skin: plain(skin, random),
            hair: plain(hair, random),
            dark: plain([0.08, 0.07, 0.09], random),
            shirt: Texture::new(random, shirt, 0.45),
            trousers: Texture::new(random, trousers, 0.3),
            shoes: plain(shoes, random),
            is_long: [random.unit() < 0.5, random.unit() < 0.7],
            build: random.between(1.1, 1.4),
        }
    }

    /// From what is far to what is near. `unit` is the length of the trunk in pixels, `behind` which arms are behind it.
    fn pieces(&self, at: &Skeleton, unit: f32, behind: [bool; 2]) -> Vec<Piece<'_>> {
        let thick = unit * self.build;
        let piece = |outline, surface| Piece { outline, surface, scale: 5.0, shade: 0.45 };
        let line = |from: P, to: P, radii: [f32; 2], surface| {
            piece(Outline::Tapered { from, to, radii: radii.map(|radius| radius * thick) }, surface)
        };
        let mut pieces = Vec::new();
        let arm = |joints: [usize; 3]| {
            let [shoulder, elbow, wrist] = joints.map(|joint| at[joint]);
            let cloth = if self.is_long[0] { &self.shirt } else { &self.skin };
            let hand = wrist + (wrist - elbow) * (0.07 * unit / (wrist - elbow).length().max(1e-3));
            vec![
                line(shoulder, elbow, [0.105, 0.085], &self.shirt),
                line(elbow, wrist, [0.08, 0.06], cloth),
                line(wrist, hand, [0.07, 0.06], &self.skin),
            ]
        };
        let arms = [[RIGHT_SHOULDER, 7, RIGHT_WRIST], [LEFT_SHOULDER, 10, LEFT_WRIST]];
        for (joints, _) in arms.iter().zip(behind).filter(|(_, behind)| *behind) {
            pieces.extend(arm(*joints));
        }
        for [hip, knee, ankle] in [[RIGHT_HIP, 1, RIGHT_ANKLE], [LEFT_HIP, 4, LEFT_ANKLE]] {
            let cloth = if self.is_long[1] { &self.trousers } else { &self.skin };
            let toe = at[ankle] + p(if hip == RIGHT_HIP { -0.09 } else { 0.09 }, 0.06) * unit;
            pieces.push(line(at[hip], at[knee], [0.15, 0.105], &self.trousers));
            pieces.push(line(at[knee], at[ankle], [0.1, 0.07], cloth));
            pieces.push(line(at[ankle] + p(0.0, 0.03) * unit, toe, [0.075, 0.06], &self.shoes));
        }
        let waist = at[NECK] * 0.25 + (at[RIGHT_HIP] + at[LEFT_HIP]) * 0.375;
        let side = |shoulder: usize, hip: usize| at[hip] * 0.8 + at[shoulder] * 0.2;
        pieces.push(piece(
            Outline::Polygon {
                corners: vec![
                    at[RIGHT_HIP],
                    at[LEFT_HIP],
                    side(LEFT_SHOULDER, LEFT_HIP),
                    side(RIGHT_SHOULDER, RIGHT_HIP),
                ],
                round: 0.1 * thick,
            },
            &self.trousers,
        ));
        pieces.push(line(at[NECK], at[NECK] + (at[HEAD_TOP] - at[NECK]) * 0.4, [0.075, 0.075], &self.skin));
        pieces.push(piece(
            Outline::Polygon {
                corners: vec![
                    at[RIGHT_SHOULDER],
                    at[NECK],
                    at[LEFT_SHOULDER],
                    side(LEFT_SHOULDER, LEFT_HIP),
                    waist,
                    side(RIGHT_SHOULDER, RIGHT_HIP),
                ],
                round: 0.085 * thick,
            },
            &self.shirt,
        ));
        pieces.extend(self.head(at, unit));
        for (joints, _) in arms.iter().zip(behind).filter(|(_, behind)| !behind) {
            pieces.extend(arm(*joints));
        }
        pieces
    }

    /// A face, with its hair behind and its eyes before it.
    fn head(&self, at: &Skeleton, unit: f32) -> Vec<Piece<'_>> {
        let (neck, up) = (at[NECK], at[HEAD_TOP] - at[NECK]);
        let across = p(-up.y, up.x) * (1.0 / up.length().max(1e-3));
        let round = |along: f32, aside: f32, radius: f32, surface| Piece {
            outline: Outline::Ellipse {
                centre: neck + up * along + across * (aside * unit),
                radii: p(radius * unit, radius * unit),
            },
            surface,
            scale: 5.0,
            shade: 0.2,
        };
        vec![
            round(0.68, 0.0, 0.175, &self.hair),
            round(0.56, 0.0, 0.155, &self.skin),
            round(0.62, -0.06, 0.028, &self.dark),
            round(0.62, 0.06, 0.028, &self.dark),
        ]
    }
}

/// Something that lies about.
fn clutter(random: &mut RandomStream, within: [f32; 4], sizes: [f32; 2]) -> Outline {
    let [left, top, right, bottom] = within;
    let centre = p(random.between(left, right), random.between(top, bottom));
    let size = |random: &mut RandomStream| random.between(sizes[0], sizes[1]);
    let half = p(size(random), size(random));
    if random.unit() < 0.5 { Outline::Ellipse { centre, radii: half } } else { Outline::Box { centre, half } }
}

impl DrawnFigure {
    /// Figure `number` under `seed`: the same bytes on every target.
    ///
    /// # Errors
    /// None of its own.
    pub fn drawn(seed: u32, number: u64) -> Result<Self, DataError> {
        let mut random = RandomStream::new(seed ^ STREAM, number);
        let random = &mut random;
        let body = skeleton(random);
        let [left, top, right, bottom] = bounds(&body);
        let unit = random.between(EXTENTS[0], EXTENTS[1]) / (right - left).max(bottom - top);
        let shift = |from: f32, to: f32, random: &mut RandomStream| {
            let room = SIDE - 2.0 * MARGIN - (to - from) * unit;
            MARGIN + room.max(0.0) * random.unit() - from * unit
        };
        let shift = p(shift(left, right, random), shift(top, bottom, random));
        let at: Skeleton = body.map(|joint| joint * unit + shift);

        let skin = *random.pick(&SKIN);
        let ground_colour = distinct(random, skin);
        let ground = Texture::new(random, ground_colour, 0.15);
        let mut sheet = Sheet { pixels: Vec::with_capacity((FIGURE_SIDE * FIGURE_SIDE) as usize) };
        for y in 0..FIGURE_SIDE {
            for x in 0..FIGURE_SIDE {
                sheet.pixels.push(ground.at(middle(x, y) * (5.0 / SIDE) - p(2.5, 2.5)));
            }
        }
        for _ in 0..random.below(4) {
            let base = blended(ground_colour, colour(random), 0.5);
            let surface = Texture::new(random, base, 0.2);
            let outline = clutter(random, [0.0, 0.0, SIDE, SIDE], [6.0, 24.0]);
            sheet.paint(&Piece { outline, surface: &surface, scale: 5.0, shade: 0.2 });
        }
        let clothes = Clothes::new(random, skin, ground_colour);
        let behind = [random.unit() < 0.1, random.unit() < 0.1];
        for piece in clothes.pieces(&at, unit, behind) {
            sheet.paint(&piece);
        }
        let mut is_covered = [false; FIGURE_JOINTS];
        if random.unit() < 0.25 {
            let base = colour(random);
            let surface = Texture::new(random, base, 0.3);
            let outline = clutter(random, bounds(&at), [4.0, 9.0]);
            is_covered = at.map(|joint| outline.distance(joint) < 0.0);
            sheet.paint(&Piece { outline, surface: &surface, scale: 5.0, shade: 0.2 });
        }
        let light = p(random.between(-0.12, 0.12), random.between(-0.12, 0.12));
        let grain = random.between(0.0, 0.02);
        let mut bytes = Vec::with_capacity(3 * sheet.pixels.len());
        for (place, seen) in sheet.pixels.iter().enumerate() {
            let unit = middle(place as u32 % FIGURE_SIDE, place as u32 / FIGURE_SIDE) * (2.0 / SIDE) - p(1.0, 1.0);
            let lit = 1.0 + unit.dot(light);
            for value in seen {
                bytes.push(((value * lit + random.normal() * grain).clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
            }
        }
        let joints = at.map(|joint| [joint.x, joint.y]);
        Ok(Self { picture: Rgb::new(FIGURE_SIDE, FIGURE_SIDE, bytes)?, joints, is_covered })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joints_are_inside_and_vary() {
        let (mut covered, mut heights) = (0, Vec::new());
        for number in 0..200 {
            let figure = DrawnFigure::drawn(3, number).unwrap();
            for [x, y] in figure.joints {
                assert!(
                    x >= MARGIN - 1e-3 && y >= MARGIN - 1e-3 && x <= SIDE - MARGIN + 1e-3 && y <= SIDE - MARGIN + 1e-3
                );
            }
            covered += figure.is_covered.iter().filter(|is| **is).count();
            heights.push(figure.joints[RIGHT_ANKLE][1] - figure.joints[HEAD_TOP][1]);
            // They face the viewer: the person's right is on the left.
            assert!(figure.joints[RIGHT_SHOULDER][0] < figure.joints[LEFT_SHOULDER][0]);
        }
        assert!(covered > 10, "{covered}");
        let spread = heights.iter().copied().fold(0.0, f32::max) - heights.iter().copied().fold(1e9, f32::min);
        assert!(spread > 25.0, "{spread}");
        assert_eq!(DrawnFigure::drawn(3, 7).unwrap(), DrawnFigure::drawn(3, 7).unwrap());
        assert_ne!(DrawnFigure::drawn(3, 7).unwrap(), DrawnFigure::drawn(4, 7).unwrap());
    }
}
