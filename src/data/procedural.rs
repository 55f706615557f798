//! Data sets that the program draws from a seed, so that there is something to learn before a person drops a file.
//!
//! Each example is drawn from the seed and its own number: the same bytes on every platform, any part in any order.

mod digits;
mod figure;
mod pen;
mod points;
mod scene;
mod shapes;
mod skeletons;
#[cfg(test)]
mod tests;
mod texture;

pub use figure::{DrawnFigure, FIGURE_JOINTS, FIGURE_SIDE};
pub use scene::{SCENE_SIDE, SceneBox, ShapeScene};
use std::ops::Range;

use super::{
    DataError,
    dataset::{Dataset, Examples, Split, check_bytes},
};

/// One set.
pub struct Set {
    /// As a link and the command name it; `set_<id>` is the key of its title.
    pub id: &'static str,
    /// Its title in English.
    pub title: &'static str,
    pub about: &'static str,
    /// The default number of examples, all parts together.
    pub count: u32,
    /// Channels, height, width.
    pub shape: [usize; 3],
    pub classes: &'static [&'static str],
    draw: Draw,
}

/// One example of a class.
enum Draw {
    Pixels(fn(&Recipe, class: u32, example: u64, pixels: &mut [u8])),
    Point(fn(&Recipe, class: u32, example: u64) -> [f32; 2]),
}

/// All sets, in the order in which they are offered.
pub const SETS: &[Set] = &[
    Set {
        id: "digits",
        title: "Drawn digits",
        about: "0 to 9 as pen strokes in several hands, bent and slanted at random; 28 × 28, white on black, as in MNIST",
        count: 10_000,
        shape: [1, digits::SIDE, digits::SIDE],
        classes: &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        draw: Draw::Pixels(digits::draw),
    },
    Set {
        id: "shapes",
        title: "Coloured shapes",
        about: "ten shapes with textures before textured, cluttered backgrounds; 32 × 32 in colour",
        count: 10_000,
        shape: [3, shapes::SIDE, shapes::SIDE],
        classes: &shapes::CLASSES,
        draw: Draw::Pixels(shapes::draw),
    },
    points("spirals", "Two spirals", "two arms around each other, one turn and a half", &["1", "2"], points::spirals),
    points("spirals3", "Three spirals", "three arms around each other, one turn", &["1", "2", "3"], points::spirals3),
    points("circles", "Circles", "a disc within a ring", &["inside", "outside"], points::circles),
    points("xor", "XOR", "a class for each pair of opposite quarters", &["same sign", "other sign"], points::xor),
    points(
        "gaussians",
        "Two clouds",
        "two normal clouds, which overlap with the noise",
        &["1", "2"],
        points::gaussians,
    ),
];

const fn points(
    id: &'static str,
    title: &'static str,
    about: &'static str,
    classes: &'static [&'static str],
    draw: fn(&Recipe, u32, u64) -> [f32; 2],
) -> Set {
    Set { id, title, about, count: 1_000, shape: [2, 1, 1], classes, draw: Draw::Point(draw) }
}

/// Which part of a set is drawn, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    pub seed: u32,
    /// Examples, all parts together; 0 for the set's own number.
    pub count: u32,
    /// Standard deviation of points around where they belong; pictures do not use it.
    pub noise: f32,
}

impl Default for Recipe {
    fn default() -> Self {
        Self { seed: 1, count: 0, noise: 0.1 }
    }
}

/// `None` where there is no memory for it.
fn blank<T: Clone + Default>(count: usize) -> Option<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).ok()?;
    values.resize(count, T::default());
    Some(values)
}

impl Set {
    /// # Errors
    /// [`DataError::UnknownSet`].
    pub fn find(id: &str) -> Result<&'static Self, DataError> {
        SETS.iter()
            .find(|set| set.id == id)
            .ok_or_else(|| DataError::UnknownSet { set: id.into(), known: Self::known() })
    }

    /// The names of all sets, for the message.
    fn known() -> String {
        SETS.iter().map(|set| set.id).collect::<Vec<_>>().join(", ")
    }

    /// All examples, eight tenths for training, the classes as equal in number as can be in each part.
    ///
    /// # Errors
    /// [`DataError::TooManyBytes`], and [`DataError::OneClass`] where the count is that small.
    pub fn draw(&self, recipe: &Recipe) -> Result<Dataset, DataError> {
        let mut examples = self.blank(recipe)?;
        self.draw_into(recipe, 0..self.count_of(recipe), &mut examples);
        self.dataset(recipe, examples)
    }

    /// Room for [`Self::draw_into`] to draw into, one part after the other where a single call would take too long.
    ///
    /// # Errors
    /// [`DataError::TooManyBytes`] before anything is allocated, and [`DataError::NoMemory`].
    pub fn blank(&self, recipe: &Recipe) -> Result<Examples, DataError> {
        let numbers = u64::from(self.count_of(recipe)) * self.shape.iter().product::<usize>() as u64;
        let bytes = match self.draw {
            Draw::Pixels(_) => numbers,
            Draw::Point(_) => numbers * 4,
        };
        check_bytes(self.title, bytes)?;
        let no_memory = || DataError::NoMemory { file: self.title.into(), bytes };
        Ok(match self.draw {
            Draw::Pixels(_) => Examples::Bytes(blank(numbers as usize).ok_or_else(no_memory)?),
            Draw::Point(_) => Examples::Points(blank(numbers as usize).ok_or_else(no_memory)?),
        })
    }

    /// Draws the examples of these numbers in their places of `examples`, which [`Self::blank`] made.
    pub fn draw_into(&self, recipe: &Recipe, numbers: Range<u32>, examples: &mut Examples) {
        let row = self.shape.iter().product::<usize>();
        for number in numbers {
            let (class, start) = (self.class_of(number), number as usize * row);
            match (&self.draw, &mut *examples) {
                (Draw::Pixels(draw), Examples::Bytes(bytes)) => {
                    draw(recipe, class, u64::from(number), &mut bytes[start..start + row]);
                }
                (Draw::Point(draw), Examples::Points(points)) => {
                    points[start..start + row].copy_from_slice(&draw(recipe, class, u64::from(number)));
                }
                // `blank` made the kind that `draw` fills.
                (Draw::Pixels(_), Examples::Points(_)) | (Draw::Point(_), Examples::Bytes(_)) => {}
            }
        }
    }

    /// The set of examples that [`Self::draw_into`] has drawn.
    ///
    /// # Errors
    /// Those of [`Dataset::new`].
    pub fn dataset(&self, recipe: &Recipe, examples: Examples) -> Result<Dataset, DataError> {
        let count = self.count_of(recipe);
        let classes = self.classes.iter().map(|&class| class.to_owned()).collect();
        let labels = (0..count).map(|number| self.class_of(number)).collect();
        Dataset::new(self.id, self.shape, classes, examples, labels, Split::of_tenths(count as usize))
    }

    /// How many examples the recipe makes.
    pub fn count_of(&self, recipe: &Recipe) -> u32 {
        if recipe.count == 0 { self.count } else { recipe.count }
    }

    /// Classes take turns, so that every part has all of them.
    fn class_of(&self, number: u32) -> u32 {
        number % self.classes.len() as u32
    }
}
