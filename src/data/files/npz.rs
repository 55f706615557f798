//! NumPy arrays of images and labels, as `.npz` or single `.npy` files, told apart by their names.

use super::{
    bundle::Bundle,
    check_bytes,
    npy::{Array, Dtype, parse, texts},
    split_path,
};
use crate::data::{
    DataError,
    dataset::{Loaded, Part},
};

/// Names of images and labels that go together, without `.npy`.
const NAMES: &[(Option<Part>, &str, &str)] = &[
    (Some(Part::Train), "x_train", "y_train"),
    (Some(Part::Validation), "x_val", "y_val"),
    (Some(Part::Validation), "x_valid", "y_valid"),
    (Some(Part::Test), "x_test", "y_test"),
    (Some(Part::Train), "train_images", "train_labels"),
    (Some(Part::Validation), "val_images", "val_labels"),
    (Some(Part::Test), "test_images", "test_labels"),
    (None, "x", "y"),
    (None, "images", "labels"),
    (None, "data", "labels"),
    (None, "arr_0", "arr_1"),
];

/// Of an array of the classes' names, without `.npy`.
const CLASSES: [&str; 3] = ["classes", "class_names", "label_names"];

/// More classes than this are a mistake: labels are counted, not measured.
const MOST_CLASSES: u32 = 1_000;

/// The indexes of images and labels of a part.
type Pair = (Option<Part>, usize, usize);

/// # Errors
/// Faults of an array, [`DataError::LabelsMissing`] and [`DataError::ImagesMissing`] for half a pair,
/// [`DataError::CountsDiffer`] for one that does not fit together.
pub(super) fn given(bundle: &Bundle, entries: &[usize]) -> Result<(Vec<String>, Vec<Loaded>), DataError> {
    let find = |stem: &str| entries.iter().copied().find(|&index| stem_of(&bundle.entries()[index].name) == stem);
    let file = |index: usize| bundle.entries()[index].name.clone();
    let mut pairs = Vec::new();
    for &(part, images, labels) in NAMES {
        match (find(images), find(labels)) {
            (Some(images), Some(labels)) => pairs.push((part, images, labels)),
            (Some(images), None) if part.is_some() => return Err(DataError::LabelsMissing { file: file(images) }),
            (None, Some(labels)) if part.is_some() => return Err(DataError::ImagesMissing { file: file(labels) }),
            _ => {}
        }
    }
    let Some(&(_, first, _)) = pairs.first() else {
        let names: Vec<String> = NAMES.iter().map(|(_, images, labels)| format!("{images}, {labels}")).collect();
        let found: Vec<_> = entries.iter().map(|&index| stem_of(&bundle.entries()[index].name)).collect();
        let (expected, found) = (names.join(" or "), found.join(", "));
        let expected = format_args!("a pair of arrays named {expected}");
        return Err(DataError::unexpected(&file(entries[0]), 0, expected, format_args!("{found}")));
    };
    // One range for all: a single part might not reach the greatest value.
    let range = Range::of(bundle, &pairs)?;
    let mut given = Vec::new();
    let mut total = 0;
    for pair in pairs {
        let made = joined(bundle, pair, range)?;
        total += made.pixels.len() as u64;
        check_bytes(&file(first), total)?;
        given.push(made);
    }
    let most = given.iter().flat_map(|given| given.labels.iter().copied()).max().unwrap_or(0);
    let classes = match CLASSES.into_iter().find_map(find) {
        Some(index) => names_of(&file(index), &bundle.read(index)?, most as usize + 1)?,
        None => (0..=most).map(|class| class.to_string()).collect(),
    };
    Ok((classes, given))
}

/// A name for each class; there may be more than have examples.
fn names_of(file: &str, content: &[u8], least: usize) -> Result<Vec<String>, DataError> {
    let names = texts(file, content)?;
    if names.len() < least {
        let found = format_args!("{}", names.len());
        return Err(DataError::unexpected(file, 0, format_args!("names of at least {least} classes"), found));
    }
    Ok(names)
}

fn stem_of(name: &str) -> String {
    let stem = split_path(name).1.to_ascii_lowercase();
    stem.strip_suffix(".npy").map(str::to_owned).unwrap_or(stem)
}

/// The range of an image's values.
#[derive(Clone, Copy, PartialEq)]
enum Range {
    /// Floats from 0 to 1.
    Unit,
    /// 0 to 255.
    Byte,
}

impl Range {
    /// Floats that never exceed 1 are from 0 to 1; everything else is from 0 to 255.
    fn of(bundle: &Bundle, pairs: &[Pair]) -> Result<Self, DataError> {
        let mut range = Self::Unit;
        for &(_, index, _) in pairs {
            let content = bundle.read(index)?;
            let array = parse(&bundle.entries()[index].name, &content)?;
            if !array.dtype.is_float() || array.values().any(|value| value > 1.0) {
                range = Self::Byte;
            }
        }
        Ok(range)
    }
}

fn joined(bundle: &Bundle, (part, images, labels): Pair, range: Range) -> Result<Loaded, DataError> {
    let name = |index: usize| bundle.entries()[index].name.clone();
    let (images_file, labels_file) = (name(images), name(labels));
    let labels = labels_of(&labels_file, &parse(&labels_file, &bundle.read(labels)?)?)?;
    let content = bundle.read(images)?;
    let array = parse(&images_file, &content)?;
    let layout = Layout::of(&images_file, &array.shape)?;
    let count = array.shape[0];
    if count != labels.len() {
        let (images, labels) = (count as u64, labels.len() as u64);
        return Err(DataError::CountsDiffer { images_file, images, labels_file, labels });
    }
    let pixels = layout.planes(pixels_of(&images_file, &array, range)?);
    Ok(Loaded { file: images_file, shape: layout.shape, part, pixels, labels })
}

fn labels_of(file: &str, array: &Array<'_>) -> Result<Vec<u32>, DataError> {
    if !matches!(array.shape.as_slice(), [_] | [_, 1]) {
        let found = format_args!("an array of shape {:?}", array.shape);
        return Err(DataError::unexpected(file, 0, format_args!("one label for each image"), found));
    }
    let mut labels = Vec::with_capacity(array.shape[0]);
    for (example, value) in array.values().enumerate() {
        if value != value.floor() || !value.is_finite() {
            let expected = format_args!("a whole number as label");
            return Err(DataError::unexpected(file, array.offset(example), expected, format_args!("{value}")));
        }
        if !(0.0..f64::from(MOST_CLASSES)).contains(&value) {
            return Err(DataError::bad_label(file, example, value as i64, MOST_CLASSES as usize));
        }
        labels.push(value as u32);
    }
    Ok(labels)
}

fn pixels_of(file: &str, array: &Array<'_>, range: Range) -> Result<Vec<u8>, DataError> {
    if array.dtype == Dtype::U8 && range == Range::Byte {
        return Ok(array.bytes.to_vec());
    }
    let (most, scale) = match range {
        Range::Unit => (1.0, 255.0),
        Range::Byte => (255.0, 1.0),
    };
    let mut pixels = Vec::with_capacity(array.shape.iter().product());
    for (element, value) in array.values().enumerate() {
        if !(0.0..=most).contains(&value) {
            let expected = format_args!("a number from 0 to {most}");
            return Err(DataError::unexpected(file, array.offset(element), expected, format_args!("{value}")));
        }
        pixels.push((value * scale + 0.5) as u8);
    }
    Ok(pixels)
}

/// How an array of images is laid out.
struct Layout {
    /// Channels, height, width.
    shape: [usize; 3],
    channels_last: bool,
}

impl Layout {
    fn of(file: &str, shape: &[usize]) -> Result<Self, DataError> {
        match *shape {
            [_, height, width] => Ok(Self { shape: [1, height, width], channels_last: false }),
            [_, height, width, channels @ (1 | 3)] => {
                Ok(Self { shape: [channels, height, width], channels_last: channels == 3 })
            }
            [_, channels @ (1 | 3), height, width] => {
                Ok(Self { shape: [channels, height, width], channels_last: false })
            }
            _ => {
                let expected = "[N, height, width], [N, height, width, 1 or 3] or [N, 1 or 3, height, width]";
                let expected = format_args!("images as {expected}");
                Err(DataError::unexpected(file, 0, expected, format_args!("{shape:?}")))
            }
        }
    }

    fn planes(&self, pixels: Vec<u8>) -> Vec<u8> {
        let [channels, height, width] = self.shape;
        if !self.channels_last {
            return pixels;
        }
        let plane = height * width;
        let mut planes = vec![0; pixels.len()];
        for (to, from) in planes.chunks_exact_mut(plane * channels).zip(pixels.chunks_exact(plane * channels)) {
            for (pixel, values) in from.chunks_exact(channels).enumerate() {
                for (channel, &value) in values.iter().enumerate() {
                    to[channel * plane + pixel] = value;
                }
            }
        }
        planes
    }
}
