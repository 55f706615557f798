//! Data sets for training: examples of one shape with their classes, in parts for training, validation and test.
//!
//! They come from [`crate::data::procedural`] or [`crate::data::files`], and go to the device as they are: pixels as
//! bytes, each row of whole words. Batches, shuffling and normalising happen there.

mod assemble;
mod note;
mod split;

use std::borrow::Cow;

pub(super) use assemble::{Loaded, assemble};
pub use note::{MOST_NAMED, ReaderNote};
pub use split::{Part, Split};

use super::{DataError, Rgb};
use crate::nn::Normalise;

/// The most bytes of a data set: a tab can hold twice as much.
pub const LIMIT_BYTES: u64 = 1 << 30;

/// Refuses a larger claim before anything is allocated.
pub(super) fn check_bytes(file: &str, bytes: u64) -> Result<(), DataError> {
    if bytes > LIMIT_BYTES {
        return Err(DataError::TooManyBytes { file: file.into(), bytes, limit_bytes: LIMIT_BYTES });
    }
    Ok(())
}

/// Examples of one shape with their classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    pub name: String,
    /// Channels, height, width; a point of the plane is `[2, 1, 1]`.
    pub shape: [usize; 3],
    pub classes: Vec<String>,
    /// One row of `channels · height · width` for each label.
    pub examples: Examples,
    /// Below the number of classes.
    pub labels: Vec<u32>,
    pub split: Split,
    /// What the reader of its files did.
    pub notes: Vec<ReaderNote>,
}

/// The numbers, example after example, channels as planes.
#[derive(Clone, Debug, PartialEq)]
pub enum Examples {
    /// Pixels, 0 to 255.
    Bytes(Vec<u8>),
    /// Coordinates, about -1 to 1.
    Points(Vec<f32>),
}

impl Dataset {
    /// Checks that the parts fit together; faults of files are refused earlier, with the file's name.
    ///
    /// # Errors
    /// [`DataError::NoExamples`], [`DataError::RowBytes`], [`DataError::BadLabel`], [`DataError::OneClass`] where the part
    /// for training has a single class.
    pub fn new(
        name: impl Into<String>,
        shape: [usize; 3],
        classes: Vec<String>,
        examples: Examples,
        labels: Vec<u32>,
        split: Split,
    ) -> Result<Self, DataError> {
        let file = name.into();
        let found = match &examples {
            Examples::Bytes(bytes) => bytes.len(),
            Examples::Points(points) => points.len(),
        };
        let expected = shape.iter().product::<usize>().saturating_mul(labels.len());
        if expected == 0 || split.train.is_empty() {
            return Err(DataError::NoExamples { file });
        }
        if found != expected || split.examples() != labels.len() || !split.is_sound() {
            return Err(DataError::RowBytes { file, examples: labels.len() as u64, expected, found });
        }
        if let Some(example) = labels.iter().position(|&label| label as usize >= classes.len()) {
            return Err(DataError::bad_label(&file, example, i64::from(labels[example]), classes.len()));
        }
        let made = Self { name: file, shape, classes, examples, labels, split, notes: Vec::new() };
        let counts = made.class_counts(Part::Train);
        let mut present = counts.iter().zip(&made.classes).filter(|(count, _)| **count > 0);
        match (present.next(), present.next()) {
            (Some((&examples, class)), None) => Err(DataError::OneClass {
                file: made.name.clone(),
                class: class.clone(),
                examples: u64::from(examples),
            }),
            _ => Ok(made),
        }
    }

    /// The number of examples in all parts.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Never: a set has examples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Numbers in one example.
    pub fn row_len(&self) -> usize {
        self.shape.iter().product()
    }

    /// 32-bit words that one example takes on the device: four pixels in each, or one coordinate.
    pub fn row_words(&self) -> usize {
        match &self.examples {
            Examples::Bytes(_) => self.row_len().div_ceil(4),
            Examples::Points(_) => self.row_len(),
        }
    }

    /// Mean and standard deviation of each channel over the part for training: of `value / 255` for pixels, of the
    /// coordinates themselves for points. Of grey, all three are the same; a channel that never changes has deviation 1.
    pub fn normalise(&self) -> Normalise {
        let plane = self.shape[1] * self.shape[2];
        let mut normalise = Normalise::UNIT;
        for channel in 0..self.shape[0].min(3) {
            let (mean, variance) = match &self.examples {
                Examples::Bytes(bytes) => byte_moments(self.planes(bytes, channel, plane)),
                Examples::Points(points) => point_moments(self.planes(points, channel, plane)),
            };
            normalise.mean[channel] = mean as f32;
            normalise.std[channel] = if variance > 0.0 { variance.sqrt() as f32 } else { 1.0 };
        }
        if self.shape[0] == 1 {
            normalise = Normalise { mean: [normalise.mean[0]; 3], std: [normalise.std[0]; 3] };
        }
        normalise
    }

    /// One channel of every example for training.
    fn planes<'a, T>(
        &self,
        values: &'a [T],
        channel: usize,
        plane: usize,
    ) -> impl Iterator<Item = &'a [T]> + use<'a, T> {
        let row = self.row_len();
        values[..self.split.train.end * row].chunks_exact(row).map(move |row| &row[channel * plane..][..plane])
    }

    /// How many examples each class has in a part.
    pub fn class_counts(&self, part: Part) -> Vec<u32> {
        let mut counts = vec![0; self.classes.len()];
        for &label in &self.labels[self.split.range(part)] {
            counts[label as usize] += 1;
        }
        counts
    }

    /// An example to look at; `None` for points and past the end.
    pub fn picture(&self, example: usize) -> Option<Rgb> {
        let Examples::Bytes(bytes) = &self.examples else { return None };
        let [channels, height, width] = self.shape;
        let row = bytes.get(example.checked_mul(self.row_len())?..)?.get(..self.row_len())?;
        let plane = height * width;
        // Grey is its own red, green and blue.
        let at = |pixel: usize, channel: usize| row[(channel % channels) * plane + pixel];
        let pixels = (0..plane).flat_map(|pixel| [0, 1, 2].map(|channel| at(pixel, channel))).collect();
        Rgb::new(width as u32, height as u32, pixels).ok()
    }

    /// Little-endian words, [`Self::row_words`] for each example: pixels with the row's end filled up with zeros, or the bits
    /// of coordinates.
    pub fn bytes_as_words(&self) -> Vec<u32> {
        match &self.examples {
            Examples::Bytes(_) => {
                let word = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                self.padded_bytes().chunks_exact(4).map(word).collect()
            }
            Examples::Points(points) => points.iter().map(|value| value.to_bits()).collect(),
        }
    }

    /// The bytes of [`Self::bytes_as_words`]; where rows are of whole words already, they are not copied.
    pub fn padded_bytes(&self) -> Cow<'_, [u8]> {
        let (row, padded) = (self.row_len(), self.row_words() * 4);
        match &self.examples {
            Examples::Bytes(bytes) if row == padded => Cow::Borrowed(bytes),
            Examples::Bytes(bytes) => {
                let mut words = vec![0; self.len() * padded];
                for (to, from) in words.chunks_exact_mut(padded).zip(bytes.chunks_exact(row)) {
                    to[..row].copy_from_slice(from);
                }
                Cow::Owned(words)
            }
            Examples::Points(points) => points.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }
}

/// Mean and variance of `value / 255`, from exact sums.
fn byte_moments<'a>(planes: impl Iterator<Item = &'a [u8]>) -> (f64, f64) {
    let (mut count, mut sum, mut squares) = (0_u64, 0_u64, 0_u64);
    for plane in planes {
        count += plane.len() as u64;
        for &value in plane {
            let value = u64::from(value);
            (sum, squares) = (sum + value, squares + value * value);
        }
    }
    let count = count as f64;
    let mean = sum as f64 / count;
    (mean / 255.0, (squares as f64 / count - mean * mean).max(0.0) / (255.0 * 255.0))
}

fn point_moments<'a>(planes: impl Iterator<Item = &'a [f32]>) -> (f64, f64) {
    let (mut count, mut sum, mut squares) = (0_u64, 0.0, 0.0);
    for &value in planes.flatten() {
        let value = f64::from(value);
        count += 1;
        (sum, squares) = (sum + value, squares + value * value);
    }
    let mean = sum / count as f64;
    (mean, (squares / count as f64 - mean * mean).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(shape: [usize; 3], bytes: Vec<u8>, labels: Vec<u32>) -> Result<Dataset, DataError> {
        let split = Split::of_counts([labels.len(), 0, 0]);
        Dataset::new("set", shape, vec!["a".into(), "b".into()], Examples::Bytes(bytes), labels, split)
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        assert!(set([1, 1, 2], vec![0; 4], vec![0, 1]).is_ok());
        assert!(matches!(
            set([1, 1, 2], vec![0; 5], vec![0, 1]),
            Err(DataError::RowBytes { expected: 4, found: 5, .. })
        ));
        assert!(matches!(set([1, 1, 2], vec![], vec![]), Err(DataError::NoExamples { .. })));
        assert!(matches!(set([1, 0, 2], vec![], vec![0, 1]), Err(DataError::NoExamples { .. })));
        let bad = set([1, 1, 2], vec![0; 4], vec![0, 2]);
        assert!(matches!(bad, Err(DataError::BadLabel { example: 1, label: 2, classes: 2, .. })));
        assert!(matches!(set([1, 1, 2], vec![0; 4], vec![1, 1]), Err(DataError::OneClass { examples: 2, .. })));
    }

    #[test]
    fn rows_are_padded_to_words() {
        let made = set([3, 1, 2], (1..=12).collect(), vec![0, 1]).unwrap();
        assert_eq!((made.row_len(), made.row_words()), (6, 2));
        assert_eq!(made.bytes_as_words(), [0x0403_0201, 0x0605, 0x0a09_0807, 0x0c0b]);
        assert_eq!(*made.padded_bytes(), [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0]);
        assert_eq!(made.picture(1).unwrap().pixels(), [7, 9, 11, 8, 10, 12]);
        assert_eq!(made.picture(2), None);
        let whole = set([1, 2, 2], (1..=8).collect(), vec![0, 1]).unwrap();
        assert!(matches!(whole.padded_bytes(), Cow::Borrowed(_)));
        assert_eq!(whole.picture(0).unwrap().pixels(), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    }

    #[test]
    fn moments_are_those_of_the_part_for_training() {
        let mut made = set([2, 1, 2], vec![0, 255, 9, 9, 255, 0, 9, 9, 77, 78, 79, 80], vec![0, 1, 0]).unwrap();
        made.split = Split::of_counts([2, 0, 1]);
        let normalise = made.normalise();
        assert_eq!((normalise.mean[0], normalise.std[0]), (0.5, 0.5));
        assert_eq!((normalise.mean[1], normalise.std[1]), (9.0 / 255.0, 1.0));
        assert_eq!(made.class_counts(Part::Train), [1, 1]);
        assert_eq!(made.class_counts(Part::Test), [1, 0]);
    }
}
