//! NumPy arrays of images and labels, as `.npz` or single `.npy` files, told apart by their names.

use super::{
    bundle::Bundle,
    check_bytes,
    npy::{Array, Dtype, parse, texts},
    part_of, split_path,
};
use crate::data::{
    DataError, Dataset,
    dataset::{Loaded, Part, ReaderNote, assemble},
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

/// The classes of Kuzushiji-MNIST (Clanuwat et al., 2018).
const KMNIST: &str = "おきすつなはまやれを";

/// More classes than this are a mistake: labels are counted, not measured.
const MOST_CLASSES: u32 = 1_000;

/// The indexes of images and labels of a part.
type Pair = (Option<Part>, usize, usize);

/// # Errors
/// Faults of an array, [`DataError::LabelsMissing`] and [`DataError::ImagesMissing`] for half a pair,
/// [`DataError::CountsDiffer`] for one that does not fit together, and those of [`assemble`].
pub(super) fn set(name: String, bundle: &Bundle, entries: &[usize]) -> Result<Dataset, DataError> {
    let file = |index: usize| bundle.entries()[index].name.clone();
    let mut pairs = by_name(bundle, entries)?;
    if pairs.is_empty() {
        pairs = by_shape(bundle, entries)?;
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
    let is_kmnist = pairs.iter().any(|&(_, images, _)| bundle.archive(images).to_ascii_lowercase().contains("kmnist"));
    let mut given = Vec::new();
    let mut total = 0;
    for pair in pairs {
        let made = joined(bundle, pair, range)?;
        total += made.pixels.len() as u64;
        check_bytes(&file(first), total)?;
        given.push(made);
    }
    let most = given.iter().flat_map(|given| given.labels.iter().copied()).max().unwrap_or(0);
    let named = entries.iter().copied().find(|&index| CLASSES.contains(&stem_of(&file(index)).as_str()));
    let classes = match (named, most) {
        (Some(index), _) => names_of(&file(index), &bundle.read(index)?, most as usize + 1)?,
        (None, 9) if is_kmnist => KMNIST.chars().map(String::from).collect(),
        _ => (0..=most).map(|class| class.to_string()).collect(),
    };
    let notes = range.note().into_iter().collect();
    Ok(Dataset { notes, ..assemble(name, classes, given)? })
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

fn by_name(bundle: &Bundle, entries: &[usize]) -> Result<Vec<Pair>, DataError> {
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
    Ok(pairs)
}

/// Of arrays whose names say nothing, images are those of three dimensions and more, and the archives' names tell the part:
/// KMNIST's four files hold an `arr_0` each.
fn by_shape(bundle: &Bundle, entries: &[usize]) -> Result<Vec<Pair>, DataError> {
    let mut parts: Vec<(Option<Part>, [Vec<usize>; 2])> = Vec::new();
    for &index in entries {
        let name = &bundle.entries()[index].name;
        if CLASSES.contains(&stem_of(name).as_str()) {
            continue;
        }
        let part = part_of(split_path(bundle.archive(index)).1).or_else(|| part_of(split_path(name).1));
        let half = usize::from(parse(name, &bundle.read(index)?)?.shape.len() < 3);
        let position = parts.iter().position(|(known, _)| *known == part).unwrap_or(parts.len());
        if position == parts.len() {
            parts.push((part, [Vec::new(), Vec::new()]));
        }
        parts[position].1[half].push(index);
    }
    let pair = |(part, halves): (Option<Part>, [Vec<usize>; 2])| match halves {
        [images, labels] if images.len() == 1 && labels.len() == 1 => Some((part, images[0], labels[0])),
        _ => None,
    };
    // All of them, or it is not known what the rest is.
    Ok(parts.into_iter().map(pair).collect::<Option<Vec<_>>>().unwrap_or_default())
}

fn stem_of(name: &str) -> String {
    let stem = split_path(name).1.to_ascii_lowercase();
    stem.strip_suffix(".npy").map(str::to_owned).unwrap_or(stem)
}

/// The range of an image's values, which become pixels from 0 to 255.
#[derive(Clone, Copy, PartialEq)]
struct Range {
    least: f64,
    greatest: f64,
}

impl Range {
    const BYTE: Self = Self { least: 0.0, greatest: 255.0 };
    /// No set of whole pictures stays as dark as this in bytes.
    const DARK: f64 = 64.0;
    /// Rounding may exceed 1 by so much.
    const ROUNDING: f64 = 1e-3;

    fn of(bundle: &Bundle, pairs: &[Pair]) -> Result<Self, DataError> {
        let (mut least, mut greatest, mut is_float) = (f64::INFINITY, f64::NEG_INFINITY, false);
        for &(_, index, _) in pairs {
            let content = bundle.read(index)?;
            let name = &bundle.entries()[index].name;
            let array = parse(name, &content)?;
            is_float |= array.dtype.is_float();
            for (element, value) in array.values().enumerate() {
                if !value.is_finite() {
                    let expected = format_args!("a number");
                    return Err(DataError::unexpected(name, array.offset(element), expected, format_args!("{value}")));
                }
                (least, greatest) = (least.min(value), greatest.max(value));
            }
        }
        Ok(Self::holding(least, greatest, is_float))
    }

    /// The usual range that holds these: 0…1, -1…1, a few bits, 8 bits with or without sign, 10 to 16 bits. Floats of another
    /// range, standardised ones for example, go from their least to their greatest.
    fn holding(least: f64, greatest: f64, is_float: bool) -> Self {
        let (least, greatest) = match (least, greatest) {
            (0.0.., ..=0.0) => (0.0, 255.0),
            (0.0.., _) if greatest <= 1.0 + Self::ROUNDING => (0.0, greatest.max(1.0)),
            (0.0.., _) if greatest <= Self::DARK => (0.0, greatest),
            (0.0.., ..=255.0) => (0.0, 255.0),
            (0.0.., ..=65_535.0) => (0.0, f64::from((greatest as u32 + 1).next_power_of_two()) - 1.0),
            (0.0.., _) => (0.0, greatest),
            _ if is_float && least >= -1.0 - Self::ROUNDING && greatest <= 1.0 + Self::ROUNDING => {
                (least.min(-1.0), greatest.max(1.0))
            }
            _ if !is_float && least >= -128.0 && greatest <= 127.0 => (-128.0, 127.0),
            other => other,
        };
        Self { least, greatest }
    }

    fn note(self) -> Option<ReaderNote> {
        (self != Self::BYTE).then_some(ReaderNote::Scaled { least: self.least, greatest: self.greatest })
    }

    fn pixel(self, value: f64) -> u8 {
        ((value - self.least) / (self.greatest - self.least) * 255.0 + 0.5) as u8
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
    let pixels = layout.planes(pixels_of(&array, range));
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

fn pixels_of(array: &Array<'_>, range: Range) -> Vec<u8> {
    if array.dtype == Dtype::U8 && range == Range::BYTE {
        return array.bytes.to_vec();
    }
    array.values().map(|value| range.pixel(value)).collect()
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
