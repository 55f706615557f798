//! Which examples are for training, validation and test.

use std::ops::Range;

use crate::data::random::permutation;

/// The part that an example belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Train,
    Validation,
    Test,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];
}

/// Contiguous, in this order, and together all examples; a part may be empty, but not that for training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub train: Range<usize>,
    pub validation: Range<usize>,
    pub test: Range<usize>,
}

/// One in so many is held out for validation, and one for test, where the source does not say which.
const HELD_OUT: usize = 10;

impl Split {
    /// From the number of examples in each part.
    pub fn of_counts([train, validation, test]: [usize; 3]) -> Self {
        let test_start = train + validation;
        Self { train: 0..train, validation: train..test_start, test: test_start..test_start + test }
    }

    /// The last two tenths of `count` examples that are in no particular order.
    pub fn of_tenths(count: usize) -> Self {
        let held_out = count / HELD_OUT;
        Self::of_counts([count - 2 * held_out, held_out, held_out])
    }

    pub fn range(&self, part: Part) -> Range<usize> {
        match part {
            Part::Train => self.train.clone(),
            Part::Validation => self.validation.clone(),
            Part::Test => self.test.clone(),
        }
    }

    /// Of all parts.
    pub fn examples(&self) -> usize {
        self.train.len() + self.validation.len() + self.test.len()
    }

    /// Whether the ranges are as the type says.
    pub(super) fn is_sound(&self) -> bool {
        *self == Self::of_counts([self.train.len(), self.validation.len(), self.test.len()])
    }
}

/// A tenth of each class for validation and a tenth for test, the rest for training: the order in which to take the examples,
/// shuffled by `seed`, and their parts.
pub(super) fn stratified(labels: &[u32], classes: usize, seed: u32) -> (Vec<u32>, Split) {
    let mut sizes = vec![0_usize; classes];
    for &label in labels {
        sizes[label as usize] += 1;
    }
    // Of a class of fewer than five, nothing is held out.
    let held_out: Vec<usize> = sizes.iter().map(|size| (size + HELD_OUT / 2) / HELD_OUT).collect();
    let mut seen = vec![0_usize; classes];
    let mut parts: [Vec<u32>; 3] = Default::default();
    for index in permutation(labels.len(), seed) {
        let class = labels[index as usize] as usize;
        let part = match seen[class] {
            seen if seen < held_out[class] => Part::Test,
            seen if seen < 2 * held_out[class] => Part::Validation,
            _ => Part::Train,
        };
        seen[class] += 1;
        parts[part as usize].push(index);
    }
    let split = Split::of_counts([parts[0].len(), parts[1].len(), parts[2].len()]);
    (parts.concat(), split)
}

/// Whether neighbours are of one class far more often than chance would have it: such examples are shuffled.
pub(super) fn is_grouped(labels: &[u32]) -> bool {
    let changes = labels.windows(2).filter(|pair| pair[0] != pair[1]).count();
    changes * 4 < labels.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_gives_its_tenth() {
        let labels: Vec<u32> = (0..1000).map(|index| if index < 900 { 0 } else { 1 }).collect();
        let (order, split) = stratified(&labels, 2, 1);
        assert_eq!([split.train.len(), split.validation.len(), split.test.len()], [800, 100, 100]);
        for part in Part::ALL {
            let of_one = order[split.range(part)].iter().filter(|&&index| labels[index as usize] == 1).count();
            assert_eq!(of_one * 10, split.range(part).len());
        }
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1000));
        assert_eq!(stratified(&[0, 1, 0], 2, 1).1, Split::of_counts([3, 0, 0]));
    }

    #[test]
    fn sorted_labels_are_grouped() {
        assert!(is_grouped(&[0, 0, 0, 0, 0, 1, 1, 1, 1, 1]));
        assert!(!is_grouped(&(0..100).map(|index| index * 7 % 10).collect::<Vec<_>>()));
    }
}
