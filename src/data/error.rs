//! Errors of files and of given numbers.

use super::foreign::Holds;
use crate::nn::HostError;
use std::fmt::Arguments;

/// One refusal, with the figures that explain it.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{file} is empty")]
    Empty { file: String },
    /// No known signature at the start of the file.
    #[error("{file} is not a picture of a known format")]
    NotAPicture { file: String },
    /// A good file, but of a format that is not read here.
    #[error("{file} is {format}, which is not read here")]
    Foreign { file: String, format: &'static str, holds: Holds },
    #[error("{file} is damaged: {detail}")]
    Damaged { file: String, detail: String },
    #[error("{file} says that it is {width} × {height} pixels, more than {limit_pixels}")]
    TooLarge { file: String, width: u32, height: u32, limit_pixels: u64 },
    /// A buffer that does not hold `width · height` pixels.
    #[error("{width} × {height} pixels need {expected} bytes, not {found}")]
    PixelBytes { width: u32, height: u32, expected: u64, found: u64 },
    #[error("a picture of {width} × {height} pixels has nothing to show")]
    NoPixels { width: u32, height: u32 },
    /// A file that training data were looked for in.
    #[error("{file} is no data set: {known} are read")]
    UnknownFormat { file: String, known: &'static str },
    #[error("{file} breaks off: {needed_bytes} bytes are needed, {found_bytes} are there")]
    Truncated { file: String, needed_bytes: u64, found_bytes: u64 },
    /// A data file that is not what its format wants, first at this byte.
    #[error("{file}, byte {offset}: {expected} was expected, not {found}")]
    Unexpected { file: String, offset: u64, expected: String, found: String },
    #[error("{file} takes {bytes} bytes, more than {limit_bytes}")]
    TooManyBytes { file: String, bytes: u64, limit_bytes: u64 },
    /// Within the limit, but there is not enough memory.
    #[error("{file} needs {bytes} bytes of memory")]
    NoMemory { file: String, bytes: u64 },
    #[error("{file} holds no examples")]
    NoExamples { file: String },
    /// Numbers counted from 0.
    #[error("{file}: example {example} has the label {label}, but there are {classes} classes")]
    BadLabel { file: String, example: u64, label: i64, classes: u64 },
    #[error("{images_file} holds {images} images, {labels_file} {labels} labels")]
    CountsDiffer { images_file: String, images: u64, labels_file: String, labels: u64 },
    #[error("{file} came without its labels")]
    LabelsMissing { file: String },
    #[error("{file} came without its images")]
    ImagesMissing { file: String },
    #[error("images of {file} are {found}, those of {first} {expected}")]
    SizesDiffer { file: String, found: String, first: String, expected: String },
    #[error("all {examples} training examples of {file} are of the class {class}")]
    OneClass { file: String, class: String, examples: u64 },
    /// Nothing can be learnt from one.
    #[error("{file} is one picture alone")]
    OnlyPicture { file: String },
    /// A picture whose class no folder tells.
    #[error("{file} lies in no folder that names its class")]
    NoClass { file: String },
    /// Files of two formats at once.
    #[error("{first} and {second} are of different formats")]
    MixedFormats { first: String, second: String },
    /// Numbers, labels and parts that do not make one set.
    #[error("{file}: {examples} examples need {expected} numbers, not {found}")]
    RowBytes { file: String, examples: u64, expected: usize, found: usize },
    /// A file of captions or of boxes that cannot be used.
    #[error("{file}: {detail}")]
    Annotations { file: String, detail: String },
    #[error("there is no data set {set}; there are {known}")]
    UnknownSet { set: String, known: String },
    #[error("{file} cannot be read: {detail}")]
    Unreadable { file: String, detail: String },
    #[error(transparent)]
    Tensor(#[from] HostError),
}

impl From<candle_core::Error> for DataError {
    fn from(error: candle_core::Error) -> Self {
        HostError::from(error).into()
    }
}

impl DataError {
    /// Nothing, or nothing to tell apart, is left.
    pub fn is_too_few(&self) -> bool {
        matches!(self, Self::NoExamples { .. } | Self::OneClass { .. } | Self::OnlyPicture { .. })
    }
}

/// Readers refuse in dozens of places. Made here once, an error costs the engine's download only a call.
impl DataError {
    /// [`DataError::Unexpected`] at a byte of `file`.
    #[cold]
    #[inline(never)]
    pub(super) fn unexpected(file: &str, offset: usize, expected: Arguments<'_>, found: Arguments<'_>) -> Self {
        let (expected, found) = (expected.to_string(), found.to_string());
        Self::Unexpected { file: file.into(), offset: offset as u64, expected, found }
    }

    /// [`DataError::Truncated`] for a file of these bytes.
    #[cold]
    #[inline(never)]
    pub(super) fn truncated(file: &str, needed_bytes: u64, bytes: &[u8]) -> Self {
        Self::Truncated { file: file.into(), needed_bytes, found_bytes: bytes.len() as u64 }
    }

    /// [`DataError::BadLabel`] of an example.
    #[cold]
    #[inline(never)]
    pub(super) fn bad_label(file: &str, example: usize, label: i64, classes: usize) -> Self {
        Self::BadLabel { file: file.into(), example: example as u64, label, classes: classes as u64 }
    }

    /// [`DataError::NoExamples`].
    #[cold]
    #[inline(never)]
    pub(super) fn no_examples(file: &str) -> Self {
        Self::NoExamples { file: file.into() }
    }
}
