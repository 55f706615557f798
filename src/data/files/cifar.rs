//! CIFAR-10's and CIFAR-100's binary forms (A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009): rows of
//! one label byte, or of a coarse and a fine one, and 1,024 bytes each of red, green and blue.

use super::{bundle::Bundle, part_of, split_path};
use crate::data::{
    DataError,
    dataset::Loaded,
    labels::{CIFAR10, cifar100},
};

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;

/// Which of the two a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Ten,
    Hundred,
}

impl Form {
    /// By what rows the bytes make whole; by the name where that is neither.
    fn of(file: &str, content: &[u8]) -> Self {
        let is_whole = |form: &Self| content.len().is_multiple_of(form.row());
        let published = ["train.bin", "test.bin"].contains(&split_path(file).1);
        let likelier = if published { [Self::Hundred, Self::Ten] } else { [Self::Ten, Self::Hundred] };
        likelier.into_iter().find(is_whole).unwrap_or(likelier[0])
    }

    /// The last label byte is the one that counts.
    fn label_bytes(self) -> usize {
        match self {
            Self::Ten => 1,
            Self::Hundred => 2,
        }
    }

    fn row(self) -> usize {
        self.label_bytes() + PIXELS
    }

    fn classes(self) -> Vec<String> {
        match self {
            Self::Ten => CIFAR10.iter().map(|label| label.en.to_owned()).collect(),
            Self::Hundred => cifar100().iter().map(|label| label.en.to_owned()).collect(),
        }
    }
}

/// # Errors
/// [`DataError::Truncated`] where the last row is not whole, [`DataError::BadLabel`] for a class that is none,
/// [`DataError::MixedFormats`] for both forms at once.
pub(super) fn given(bundle: &Bundle, entries: &[usize]) -> Result<(Vec<String>, Vec<Loaded>), DataError> {
    let mut forms = Vec::new();
    let mut given = Vec::new();
    for &entry in entries {
        let content = bundle.read(entry)?;
        let file = bundle.entries()[entry].name.clone();
        let form = Form::of(&file, &content);
        if let Some((first, _)) = forms.first().filter(|(_, other)| *other != form) {
            return Err(DataError::MixedFormats { first: String::clone(first), second: file });
        }
        given.push(loaded(&file, &content, form)?);
        forms.push((file, form));
    }
    let classes = forms.first().map(|(_, form)| form.classes()).unwrap_or_default();
    Ok((classes, given))
}

fn loaded(file: &str, content: &[u8], form: Form) -> Result<Loaded, DataError> {
    if content.is_empty() {
        return Err(DataError::no_examples(file));
    }
    let (row_bytes, classes) = (form.row(), form.classes().len());
    // A label is looked at before the length: a file of another kind is told by either, and the first is quicker to grasp.
    let mut labels = Vec::with_capacity(content.len() / row_bytes);
    let mut pixels = Vec::with_capacity(content.len() / row_bytes * PIXELS);
    for (example, row) in content.chunks(row_bytes).enumerate() {
        let (bytes, rest) = row.split_at(form.label_bytes().min(row.len()));
        let label = bytes.last().copied().unwrap_or_default();
        if usize::from(label) >= classes {
            return Err(DataError::bad_label(file, example, i64::from(label), classes));
        }
        labels.push(u32::from(label));
        pixels.extend_from_slice(rest);
    }
    if !content.len().is_multiple_of(row_bytes) {
        return Err(DataError::truncated(file, content.len().next_multiple_of(row_bytes) as u64, content));
    }
    let part = part_of(split_path(file).1);
    Ok(Loaded { file: file.to_owned(), shape: [3, SIDE, SIDE], part, pixels, labels })
}
