//! The strongest places of a channel: they are kept as pictures come, so that any number of pictures takes the same memory.

use crate::lab::linear::unit;
use crate::protocol::Excite;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Strong {
    pub(super) value: f32,
    /// Its number among the pictures.
    pub(super) picture: u32,
    /// Row by row in the layer.
    pub(super) place: u32,
}

/// The strongest first; of equal ones, the picture that came first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Strongest(Vec<Strong>);

impl Strongest {
    /// Of a picture that comes after all before. True where it is the strongest of all now.
    pub(super) fn add(&mut self, new: Strong) -> bool {
        let at = self.0.partition_point(|known| known.value >= new.value);
        if at < Excite::PLACES {
            self.0.truncate(Excite::PLACES - 1);
            self.0.insert(at, new);
        }
        at == 0
    }

    pub(super) fn all(&self) -> &[Strong] {
        &self.0
    }

    pub(super) fn value(&self) -> f32 {
        self.0.first().map_or(0.0, |first| first.value)
    }
}

/// The strongest of a channel's values, the first of equal ones, and its place; a value that is no number is none.
pub(super) fn peak(values: impl Iterator<Item = f32>) -> Option<(u32, f32)> {
    let numbers = values.enumerate().filter(|(_, value)| !value.is_nan());
    let most = numbers.reduce(|most, other| if other.1 > most.1 { other } else { most });
    most.map(|(at, value)| (at as u32, value))
}

/// How many of those that are kept of numbers as they come, some of them equal, are other ones than the first of all of them sorted.
pub(in crate::lab::look) fn misplaced() -> usize {
    const NUMBERS: u32 = 2000;
    let drawn = |at: u32| (unit(at) * 512.0).floor();
    let all = (0..NUMBERS).map(|picture| Strong { value: drawn(picture), picture, place: 0 });
    let mut kept = Strongest::default();
    all.clone().for_each(|strong| _ = kept.add(strong));
    let mut sorted: Vec<Strong> = all.collect();
    sorted.sort_by(|a, b| b.value.total_cmp(&a.value).then(a.picture.cmp(&b.picture)));
    let is_other = |at: &usize| kept.0.get(*at) != sorted.get(*at);
    (0..Excite::PLACES).filter(is_other).count() + kept.0.len().abs_diff(Excite::PLACES)
}
