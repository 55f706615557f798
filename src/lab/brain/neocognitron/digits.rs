//! The pictures from which a neocognitron grows, and those on which it is tried.

use super::planes::CellPlanes;
use crate::data::dataset::{Dataset, Examples, Part};
use crate::lab::train::dataset_of;
use crate::lab::{Host, LabError};
use crate::protocol::{DataChoice, NeocognitronData};

/// Sides in pixels that its areas are made for.
const SIDES: [usize; 2] = [16, 40];
const MOST_CLASSES: usize = 62;
/// Held out, at most.
const HELD: usize = 400;
/// Drawn digits at least: a tenth of them is held out.
const DRAWN: u32 = 4000;

/// Each picture as cells, 0 to 1, with its class.
pub struct DigitPictures {
    pub train: Vec<(CellPlanes, u32)>,
    pub held: Vec<(CellPlanes, u32)>,
    pub classes: Vec<String>,
    pub side: usize,
}

impl DigitPictures {
    /// `count` for growing, and others.
    ///
    /// # Errors
    /// [`LabError::Setup`] where they are no pictures of a size that is possible, or too few.
    pub(in crate::lab) async fn of(
        data: NeocognitronData,
        count: u32,
        seed: u32,
        host: &impl Host,
    ) -> Result<Self, LabError> {
        match data {
            NeocognitronData::Digits => {
                // Eight tenths of a drawn set are for training.
                let choice = DataChoice { seed, count: DRAWN.max(count.div_ceil(8) * 10), ..DataChoice::default() };
                Self::of_set(dataset_of(&choice, None, host).await?.as_ref(), count)
            }
            NeocognitronData::Own => {
                let own = host.examples();
                let own = own.ok_or_else(|| {
                    bad_setup!("no examples were brought; drop a data set on the page first, or choose drawn digits")
                })?;
                Self::of_set(&own, count)
            }
        }
    }

    /// # Errors
    /// As [`Self::of`].
    pub fn of_set(set: &Dataset, count: u32) -> Result<Self, LabError> {
        let [channels, height, width] = set.shape;
        let name = &set.name;
        let Examples::Bytes(bytes) = &set.examples else {
            return Err(bad_setup!("“{name}” has points and no pictures; a neocognitron looks at pictures"));
        };
        let (side, [least, most], kinds) = (height.max(width), SIDES, set.classes.len());
        ensure!(
            (least..=most).contains(&side),
            "the pictures of “{name}” are {height} × {width}; the cells here look at {least} to {most} pixels a side, such as MNIST's 28 × 28"
        );
        ensure!(kinds <= MOST_CLASSES, "“{name}” has {kinds} classes; at most {MOST_CLASSES} can be told apart here");
        let (row, plane) = (set.row_len(), height * width);
        let of = |at: usize| {
            let mut picture = CellPlanes::new(1, side);
            let pixels = &bytes[at * row..(at + 1) * row];
            for pixel in 0..plane {
                let sum: u32 = (0..channels).map(|channel| u32::from(pixels[channel * plane + pixel])).sum();
                let (top, left) = ((side - height) / 2, (side - width) / 2);
                let to = (top + pixel / width) * side + left + pixel % width;
                picture.values[to] = sum as f32 / (255 * channels) as f32;
            }
            (picture, set.labels[at])
        };
        let part = if set.split.range(Part::Test).is_empty() { Part::Validation } else { Part::Test };
        let (train, held) = (set.split.range(Part::Train), set.split.range(part));
        let (there, other) = (train.len(), held.len());
        ensure!(
            there >= 2 * kinds && other > 0,
            "“{name}” has {there} pictures for growing and {other} others of {kinds} classes; bring at least two of each class, and some to be held out"
        );
        Ok(Self {
            train: train.take(count as usize).map(of).collect(),
            held: held.take(HELD).map(of).collect(),
            classes: set.classes.clone(),
            side,
        })
    }
}
