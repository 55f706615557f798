//! Pictures that an autoencoder learns, and those with which it is looked at.

use crate::data::Rgb;
use crate::data::dataset::{Dataset, Examples, Part};
use crate::lab::train::dataset_of;
use crate::lab::{Host, LabError};
use crate::protocol::{CodeData, CodeExamples, DataChoice};
use std::ops::Range;
use std::rc::Rc;

/// Drawn of a set to be learnt, all parts together.
pub(super) const DRAWN: u32 = 5000;
/// Pictures that are looked at.
pub(super) const LOOKED_AT: usize = 400;
/// Rows of which components are computed: a tab has little memory.
const MOST_ROWS: usize = if cfg!(target_arch = "wasm32") { 5000 } else { 60_000 };

pub(in crate::lab) async fn pictures_of(
    data: CodeData,
    seed: u32,
    count: u32,
    host: &impl Host,
) -> Result<Rc<Dataset>, LabError> {
    let set = match data {
        CodeData::Digits => "digits",
        CodeData::Shapes => "shapes",
        CodeData::Own => {
            let own = host.examples();
            let own = own.ok_or_else(|| {
                bad_setup!("no examples were brought; drop a data set on the page first, or choose drawn digits")
            })?;
            check_pictures(&own)?;
            return Ok(own);
        }
    };
    let choice = DataChoice { set: set.to_owned(), seed, count, ..DataChoice::default() };
    dataset_of(&choice, None, host).await
}

/// # Errors
/// [`LabError::Setup`] where they are no pictures, or only one.
pub(super) fn check_pictures(set: &Dataset) -> Result<(), LabError> {
    let Examples::Bytes(_) = &set.examples else {
        return Err(bad_setup!("“{}” has points and no pictures; an autoencoder here learns pictures", set.name));
    };
    let count = set.split.range(Part::Train).len();
    ensure!(count > 1, "{count} picture is too few for an autoencoder to learn from; bring at least two");
    Ok(())
}

/// Those that are not learnt from, where there are any.
pub(super) fn looked_at(set: &Dataset) -> Range<usize> {
    let parts = [Part::Validation, Part::Test, Part::Train].map(|part| set.split.range(part));
    let part = parts.into_iter().find(|part| part.len() > 1).unwrap_or(0..set.len());
    part.start..part.end.min(part.start + LOOKED_AT)
}

/// The bytes of these examples.
pub(super) fn bytes_of(set: &Dataset, examples: Range<usize>) -> &[u8] {
    let row = set.row_len();
    match &set.examples {
        Examples::Bytes(bytes) => &bytes[examples.start * row..examples.end * row],
        Examples::Points(_) => &[],
    }
}

/// Rows of numbers in 0…1 of pictures for training: all, or evenly some of very many.
pub(super) fn rows_of(set: &Dataset) -> Vec<f32> {
    let part = set.split.range(Part::Train);
    let every = part.len().div_ceil(MOST_ROWS).max(1);
    part.step_by(every).flat_map(|at| bytes_of(set, at..at + 1)).map(|&byte| f32::from(byte) / 255.0).collect()
}

/// Each number in the mean of the pictures for training, in 0…1.
pub(super) fn mean_of(set: &Dataset) -> Vec<f32> {
    let (part, row) = (set.split.range(Part::Train), set.row_len());
    let mut sums = vec![0_u64; row];
    for picture in bytes_of(set, part.clone()).chunks_exact(row) {
        sums.iter_mut().zip(picture).for_each(|(sum, &byte)| *sum += u64::from(byte));
    }
    let count = 255.0 * part.len().max(1) as f64;
    sums.into_iter().map(|sum| (sum as f64 / count) as f32).collect()
}

/// An example as a picture.
pub(in crate::lab) fn picture_of(set: &Dataset, at: usize) -> Result<Rgb, LabError> {
    set.picture(at).ok_or_else(|| bad_setup!("“{}” has points and no pictures", set.name))
}

/// These of a set.
pub(in crate::lab) fn told_examples(set: &Dataset, places: impl Iterator<Item = usize> + Clone) -> CodeExamples {
    CodeExamples {
        set: set.name.clone(),
        shape: set.shape.map(|side| side as u32),
        classes: set.classes.clone(),
        labels: places.clone().map(|at| set.labels[at]).collect(),
        pixels: places.flat_map(|at| bytes_of(set, at..at + 1)).copied().collect::<Vec<u8>>().into(),
        learnt_from: set.split.range(Part::Train).len() as u32,
    }
}
