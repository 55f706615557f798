//! What a machine learns: pictures of pixels that are on or off.

use super::bars_and_stripes;
use crate::data::dataset::{Dataset, Examples, Part};
use crate::lab::dice::Dice;
use crate::lab::train::dataset_of;
use crate::lab::{Host, LabError};
use crate::protocol::{BoltzmannData, DataChoice};

/// More pixels than this make a sweep too slow to watch.
const MOST_PIXELS: usize = 1024;
const DRAWN: u32 = 2000;
/// Of a set for training, so many at most.
const MOST_EXAMPLES: usize = 10_000;
const MOST_VALIDATION: usize = 500;

/// Pixels are 0 or 1.
pub struct BinaryExamples {
    /// Of the set.
    pub name: String,
    pub height: usize,
    pub width: usize,
    pub train: Vec<Vec<u8>>,
    pub validation: Vec<Vec<u8>>,
    /// All patterns are there, each once: what the machine says of each is worth telling.
    pub is_whole: bool,
}

impl BinaryExamples {
    pub fn bars(side: usize) -> Self {
        let train = bars_and_stripes(side);
        let name = format!("bars and stripes of {side} × {side}");
        Self { name, height: side, width: side, train, validation: Vec::new(), is_whole: true }
    }

    /// # Errors
    /// [`LabError::Setup`] where examples are no pictures or too large, or where only one is there, and what reading data can meet.
    pub(in crate::lab) async fn of(data: BoltzmannData, seed: u32, host: &impl Host) -> Result<Self, LabError> {
        match data {
            BoltzmannData::Bars3 => Ok(Self::bars(3)),
            BoltzmannData::Bars4 => Ok(Self::bars(4)),
            BoltzmannData::Digits => {
                let choice = DataChoice { set: "digits".to_owned(), seed, count: DRAWN, ..DataChoice::default() };
                Self::of_set(dataset_of(&choice, None, host).await?.as_ref())
            }
            BoltzmannData::Own => {
                let own = host.examples();
                let own = own.ok_or_else(|| {
                    bad_setup!("no examples were brought; drop a data set on the page first, or choose drawn digits")
                })?;
                Self::of_set(&own)
            }
        }
    }

    /// Pixels of half the brightness or more are on.
    ///
    /// # Errors
    /// [`LabError::Setup`] where they are no pictures, too large, or only one.
    pub fn of_set(set: &Dataset) -> Result<Self, LabError> {
        let of = binary(set)?;
        let [_, height, width] = set.shape;
        let train: Vec<Vec<u8>> = set.split.range(Part::Train).take(MOST_EXAMPLES).map(&of).collect();
        let validation = set.split.range(Part::Validation).take(MOST_VALIDATION).map(&of).collect();
        let count = train.len();
        ensure!(count > 1, "{count} picture is too few to learn a distribution from; bring at least two");
        Ok(Self { name: set.name.clone(), height, width, train, validation, is_whole: false })
    }

    /// Rows of a layer's units, all of which a step learns from.
    pub(in crate::lab::represent) fn rows(train: Vec<Vec<u8>>) -> Self {
        let width = train.first().map_or(0, Vec::len);
        Self { name: String::new(), height: 1, width, train, validation: Vec::new(), is_whole: true }
    }

    pub fn visible(&self) -> usize {
        self.height * self.width
    }

    /// How often each pixel is on, as log-odds; as if one more example had it on, and one off.
    pub fn log_odds(&self) -> Vec<f64> {
        let count = self.train.len() as f64;
        let on = |at: usize| self.train.iter().map(|row| f64::from(row[at])).sum::<f64>();
        let odds = |on: f64| ((on + 1.0) / (count - on + 1.0)).ln();
        (0..self.visible()).map(|at| odds(on(at))).collect()
    }

    pub(super) fn drawn(&self, count: usize, dice: &mut Dice) -> Vec<&Vec<u8>> {
        if self.is_whole && count >= self.train.len() {
            return self.train.iter().collect();
        }
        (0..count).map(|_| &self.train[dice.below(self.train.len())]).collect()
    }
}

/// Gives a picture of a set as pixels of 0 and 1: half the brightness or more is on.
///
/// # Errors
/// [`LabError::Setup`] where they are no pictures, or too large.
pub(in crate::lab::represent) fn binary(set: &Dataset) -> Result<impl Fn(usize) -> Vec<u8>, LabError> {
    let [channels, height, width] = set.shape;
    let Examples::Bytes(bytes) = &set.examples else {
        return Err(bad_setup!("“{}” has points and no pictures; a Boltzmann machine here learns pixels", set.name));
    };
    let (row, plane) = (set.row_len(), height * width);
    ensure!(
        plane <= MOST_PIXELS,
        "pictures of {height} × {width} are {plane} visible units; at most {MOST_PIXELS} can be learnt here, such as 28 × 28"
    );
    Ok(move |at: usize| {
        let picture = &bytes[at * row..(at + 1) * row];
        let bright = |pixel: usize| (0..channels).map(|c| u32::from(picture[c * plane + pixel])).sum::<u32>();
        (0..plane).map(|pixel| u8::from(bright(pixel) >= 128 * channels as u32)).collect()
    })
}
