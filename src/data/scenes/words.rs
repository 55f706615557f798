//! The sentence that is true of a scene, and the words that sentences are made of.

use super::{Colour, Scene, Shape, Size, Texture, Thing};

/// Words as the vocabulary has them.
pub type Sentence = Vec<&'static str>;

const EMPTY: &str = "nothing";
const OTHERS: [&str; 7] = [EMPTY, "a", "left", "right", "of", "above", "below"];

/// Every word that a sentence can have.
pub fn vocabulary() -> Vec<&'static str> {
    let sizes = Size::ALL.map(Size::word).into_iter();
    let properties = sizes.chain(Texture::ALL.map(Texture::word)).chain(Colour::ALL.map(Colour::word));
    OTHERS.into_iter().chain(properties.chain(Shape::ALL.map(Shape::word)).flatten()).collect()
}

/// Words of the longest sentence: two things of five words each, and "left of" between them.
pub fn longest() -> usize {
    12
}

fn named(thing: &Thing) -> impl Iterator<Item = &'static str> {
    let properties = [thing.size.word(), thing.texture.word(), thing.colour.word(), thing.shape.word()];
    ["a"].into_iter().chain(properties.into_iter().flatten())
}

/// Of two things the smaller one is told first, and where it is from the larger; of two equally large ones the left one,
/// or, where they rather lie one over the other, the upper one. `None` where there are more than two things.
pub fn sentence(scene: &Scene) -> Option<Sentence> {
    match scene.things.as_slice() {
        [] => Some(vec![EMPTY]),
        [thing] => Some(named(thing).collect()),
        [a, b] => Some(of_two(a, b)),
        _ => None,
    }
}

fn of_two(a: &Thing, b: &Thing) -> Sentence {
    let is_beside = (b.at[0] - a.at[0]).abs() > (b.at[1] - a.at[1]).abs();
    let axis = usize::from(!is_beside);
    let is_first = match (a.size as u32).cmp(&(b.size as u32)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => a.at[axis] <= b.at[axis],
    };
    let (first, second) = if is_first { (a, b) } else { (b, a) };
    let is_before = first.at[axis] <= second.at[axis];
    let relation: &[&str] = match (is_beside, is_before) {
        (true, true) => &["left", "of"],
        (true, false) => &["right", "of"],
        (false, true) => &["above"],
        (false, false) => &["below"],
    };
    named(first).chain(relation.iter().copied()).chain(named(second)).collect()
}
