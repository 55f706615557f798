//! Scenes of one or two coloured shapes, drawn by the program, and the sentence that is true of each: "a small red circle left
//! of a blue square". A network can learn such captions within minutes.
//!
//! A tenth of all combinations of size, texture, colour and shape is held out: no scene for training has one, so a caption of
//! it is composed, not remembered.

mod draw;
mod words;

pub use draw::{DOT_RADIUS, LIGHTER, PAPER, PERIOD, SIDE, in_sight, outline, picture};
pub use words::{Sentence, longest, sentence, vocabulary};

use super::random::RandomStream;

/// A property of shapes: its values, and the word that a sentence has for each; none where nothing is said.
macro_rules! property {
    ($name:ident [$count:literal] { $($(#[$meta:meta])* $value:ident: $word:literal),+ }) => {
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $($(#[$meta])* $value),+
        }

        impl $name {
            pub const ALL: [$name; $count] = [$($name::$value),+];

            fn word(self) -> Option<&'static str> {
                let word = match self {
                    $($name::$value => $word),+
                };
                (word != "").then_some(word)
            }
        }
    };
}
property! { Size [3] { Small: "small", #[default] Medium: "", Large: "large" } }
property! { Texture [3] { #[default] Plain: "", Striped: "striped", Dotted: "dotted" } }
property! {
    Colour [6] {
        #[default] Red: "red", Green: "green", Blue: "blue", Yellow: "yellow", Purple: "purple", Black: "black"
    }
}
property! {
    Shape [5] { #[default] Circle: "circle", Square: "square", Triangle: "triangle", Star: "star", Cross: "cross" }
}

impl Size {
    /// Of the circle; other shapes are about as large. In pixels.
    pub fn radius(self) -> f32 {
        match self {
            Size::Small => 5.5,
            Size::Medium => 8.0,
            Size::Large => 10.5,
        }
    }
}

impl Colour {
    /// Red, green, blue from 0 to 1.
    pub fn rgb(self) -> [f32; 3] {
        match self {
            Colour::Red => [0.84, 0.15, 0.16],
            Colour::Green => [0.13, 0.60, 0.25],
            Colour::Blue => [0.13, 0.35, 0.80],
            Colour::Yellow => [0.96, 0.78, 0.10],
            Colour::Purple => [0.55, 0.24, 0.68],
            Colour::Black => [0.12, 0.12, 0.13],
        }
    }
}

/// One of the shapes in a scene.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Thing {
    pub size: Size,
    pub texture: Texture,
    pub colour: Colour,
    pub shape: Shape,
    /// Its middle, x to the right and y down, in pixels.
    pub at: [f32; 2],
}

impl Thing {
    /// Whether this combination is kept from training. Any two of the four properties, and any three, meet in training.
    pub fn is_held_out(&self) -> bool {
        let [size, texture] = [self.size as u32, self.texture as u32];
        let [colour, shape] = [self.colour as u32, self.shape as u32];
        (size + texture + colour + shape).is_multiple_of(5) && (size + colour).is_multiple_of(2)
    }
}

/// The things in a picture, the lowest first; at most [`MOST_THINGS`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    pub things: Vec<Thing>,
}

/// The most things in a scene that has a sentence.
pub const MOST_THINGS: usize = 2;

/// The combinations that a scene may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SceneKind {
    /// None that is held out.
    Training,
    /// At least one that is held out.
    HeldOut,
}

/// One direction outweighs the other by this at least, so that it is clear whether "left of" or "above" is true.
const CLEAR: f32 = 1.3;
/// Pixels between two things, and between a thing and the edge.
pub const GAP: f32 = 1.5;
/// Of a hundred scenes without held-out combinations, how many are empty, and how many have one thing.
const EMPTY: u32 = 2;
const SINGLE: u32 = 33;

impl Scene {
    /// Scene `index` of the stream of a seed.
    pub fn drawn(kind: SceneKind, seed: u32, index: u64) -> Self {
        let mut random = RandomStream::new(seed ^ STREAM, index);
        let random = &mut random;
        let roll = random.below(100);
        let count = match kind {
            SceneKind::Training if roll < EMPTY => 0,
            SceneKind::Training | SceneKind::HeldOut if roll < EMPTY + SINGLE => 1,
            SceneKind::Training | SceneKind::HeldOut => MOST_THINGS,
        };
        let chosen = random.below(count.max(1) as u32) as usize;
        let mut things: Vec<Thing> = (0..count)
            .map(|k| match kind {
                SceneKind::Training => thing(random, |thing| !thing.is_held_out()),
                SceneKind::HeldOut if k == chosen => thing(random, Thing::is_held_out),
                SceneKind::HeldOut => thing(random, |_| true),
            })
            .collect();
        loop {
            for thing in &mut things {
                let room = SIDE as f32 - 2.0 * (thing.size.radius() + GAP);
                thing.at = [0; 2].map(|_| thing.size.radius() + GAP + room * random.unit());
            }
            match things.as_slice() {
                [a, b] if !are_clear(a, b) => {}
                _ => return Self { things },
            }
        }
    }
}

/// Keeps these streams apart from those of other sets.
const STREAM: u32 = 0x5ce0_e5ed;

fn thing(random: &mut RandomStream, is_wanted: impl Fn(&Thing) -> bool) -> Thing {
    loop {
        let (size, texture) = (*random.pick(&Size::ALL), *random.pick(&Texture::ALL));
        let (colour, shape) = (*random.pick(&Colour::ALL), *random.pick(&Shape::ALL));
        let thing = Thing { size, texture, colour, shape, at: [0.0; 2] };
        if is_wanted(&thing) {
            return thing;
        }
    }
}

/// Apart, and in one direction more than in the other.
fn are_clear(a: &Thing, b: &Thing) -> bool {
    let [x, y] = [b.at[0] - a.at[0], b.at[1] - a.at[1]].map(f32::abs);
    let apart = a.size.radius() + b.size.radius() + GAP;
    x * x + y * y >= apart * apart && (x > CLEAR * y || y > CLEAR * x)
}

#[cfg(test)]
mod tests;
