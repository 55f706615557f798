//! CIFAR-10's binary form (A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009): rows of one label
//! byte and 1,024 bytes each of red, green and blue.

use super::{bundle::Bundle, part_of, split_path};
use crate::data::{DataError, dataset::Loaded, labels::CIFAR10};

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;
const ROW: usize = 1 + PIXELS;

pub(super) fn classes() -> Vec<String> {
    CIFAR10.iter().map(|label| label.en.to_owned()).collect()
}

/// # Errors
/// [`DataError::Truncated`] where the last row is not whole, [`DataError::BadLabel`] beyond 9.
pub(super) fn given(bundle: &Bundle, entry: usize) -> Result<Loaded, DataError> {
    let file = bundle.entries()[entry].name.clone();
    let content = bundle.read(entry)?;
    if content.is_empty() {
        return Err(DataError::no_examples(&file));
    }
    // A label is looked at before the length: a file of another kind is told by either, and the first is quicker to grasp.
    let mut labels = Vec::with_capacity(content.len() / ROW);
    let mut pixels = Vec::with_capacity(content.len() / ROW * PIXELS);
    for (example, row) in content.chunks(ROW).enumerate() {
        if usize::from(row[0]) >= CIFAR10.len() {
            return Err(DataError::bad_label(&file, example, i64::from(row[0]), CIFAR10.len()));
        }
        labels.push(u32::from(row[0]));
        pixels.extend_from_slice(&row[1..]);
    }
    if !content.len().is_multiple_of(ROW) {
        return Err(DataError::truncated(&file, content.len().next_multiple_of(ROW) as u64, &content));
    }
    let part = part_of(split_path(&file).1);
    Ok(Loaded { file, shape: [3, SIDE, SIDE], part, pixels, labels })
}
