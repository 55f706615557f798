//! IDX, MNIST's format (Y. LeCun, "The MNIST database"): a file of images and one of labels.
//!
//! Two zero bytes, the type (8 for bytes), the number of dimensions, each dimension as 32 bits with the high byte first, and
//! the values.

use std::borrow::Cow;

use super::{bundle::Bundle, part_of, split_path};
use crate::data::{
    DataError, Dataset,
    dataset::{LIMIT_BYTES, Loaded, Part, ReaderNote, assemble},
};

const IMAGES: [u8; 4] = [0, 0, 8, 3];
const LABELS: [u8; 4] = [0, 0, 8, 1];

/// The classes of Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017). Its files have MNIST's names.
const FASHION: [&str; 10] =
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

/// The classes of EMNIST by class (Cohen et al., 2017); by letter they are those of the capitals, counted from 1.
const EMNIST: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The small letters that the merged and the balanced set keep, for they do not look like their capitals.
const EMNIST_MERGED: &str = "abdefghnqrt";

/// Any type and number of dimensions: other types than bytes get their own error.
pub(super) fn is_idx(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, 8 | 9 | 11 | 12 | 13 | 14, 1..=8, ..])
}

/// The values of a file with the magic number `magic`, and its dimensions.
struct Idx<'a> {
    dims: Vec<usize>,
    values: &'a [u8],
}

fn parse<'a>(file: &str, bytes: &'a [u8]) -> Result<Idx<'a>, DataError> {
    let truncated =
        |needed_bytes: u64| DataError::Truncated { file: file.into(), needed_bytes, found_bytes: bytes.len() as u64 };
    let magic: [u8; 4] = bytes.first_chunk().copied().ok_or_else(|| truncated(8))?;
    if magic != IMAGES && magic != LABELS {
        let expected = format_args!("0x00000803 (bytes, three dimensions: images) or 0x00000801 (one: labels)");
        let found = format_args!("{:#010x}", u32::from_be_bytes(magic));
        return Err(DataError::unexpected(file, 0, expected, found));
    }
    let header = 4 + 4 * usize::from(magic[3]);
    let sizes = bytes.get(4..header).ok_or_else(|| truncated(header as u64))?;
    let dims: Vec<u32> = sizes.chunks_exact(4).map(|d| u32::from_be_bytes([d[0], d[1], d[2], d[3]])).collect();
    let product = dims.iter().try_fold(1_u64, |product, &dim| product.checked_mul(u64::from(dim)));
    let Some(needed) = product.filter(|&values| values <= LIMIT_BYTES).map(|values| values + header as u64) else {
        let expected = format_args!("dimensions of at most {LIMIT_BYTES} bytes together");
        return Err(DataError::unexpected(file, 4, expected, format_args!("{dims:?}")));
    };
    if needed > bytes.len() as u64 {
        return Err(truncated(needed));
    }
    if needed < bytes.len() as u64 {
        let expected = format_args!("the end, for its header says {dims:?}");
        let found = format_args!("{} bytes more", bytes.len() as u64 - needed);
        return Err(DataError::unexpected(file, needed as usize, expected, found));
    }
    if needed == header as u64 {
        return Err(DataError::no_examples(file));
    }
    Ok(Idx { dims: dims.into_iter().map(|dim| dim as usize).collect(), values: &bytes[header..] })
}

/// Pairs images with labels by the part that their names tell.
///
/// # Errors
/// Faults of a file, [`DataError::LabelsMissing`] and [`DataError::ImagesMissing`] for half a pair,
/// [`DataError::CountsDiffer`] for one that does not fit together, and those of [`assemble`].
pub(super) fn set(set_name: String, bundle: &Bundle, entries: &[usize]) -> Result<Dataset, DataError> {
    let file = |index: usize| bundle.entries()[index].name.as_str();
    // For each part, the files of images and of labels.
    let mut pairs: Vec<(Option<Part>, [Option<usize>; 2])> = Vec::new();
    let mut notes = Vec::new();
    for &index in entries {
        let name = file(index);
        let part = part_of(split_path(name).1);
        let content = bundle.read(index)?;
        let (half, kind) = if parse(name, &content)?.dims.len() == 3 { (0, "images") } else { (1, "labels") };
        let position = pairs.iter().position(|(known, _)| *known == part).unwrap_or(pairs.len());
        if position == pairs.len() {
            pairs.push((part, [None; 2]));
        }
        let place = &mut pairs[position].1[half];
        match *place {
            None => *place = Some(index),
            // torchvision leaves each file packed and unpacked.
            Some(other) if bundle.read(other)? == content => notes.push(ReaderNote::Repeated { file: name.to_owned() }),
            Some(other) => {
                let expected = format_args!("one file of {kind} for each part");
                return Err(DataError::unexpected(name, 0, expected, format_args!("another besides {}", file(other))));
            }
        }
    }
    let mut given = Vec::new();
    for (part, pair) in pairs {
        given.push(match pair {
            [Some(images), Some(labels)] => joined(part, bundle, images, labels)?,
            [Some(images), None] => return Err(DataError::LabelsMissing { file: file(images).into() }),
            [None, Some(labels)] => return Err(DataError::ImagesMissing { file: file(labels).into() }),
            [None, None] => continue,
        });
    }
    let is_called = |name: &str| {
        set_name.to_ascii_lowercase().contains(name)
            || entries.iter().any(|&index| file(index).to_ascii_lowercase().contains(name))
    };
    let is_emnist = is_called("emnist");
    if is_emnist {
        given.iter_mut().for_each(turn);
        notes.push(ReaderNote::Turned);
    }
    let classes = named(&mut given, is_emnist, is_called("fashion"));
    Ok(Dataset { notes, ..assemble(set_name, classes, given)? })
}

/// The classes' names; labels that begin at 1 are counted from 0 from now on.
fn named(given: &mut [Loaded], is_emnist: bool, is_fashion: bool) -> Vec<String> {
    let labels = || given.iter().flat_map(|given| given.labels.iter().copied());
    let (least, most) = (labels().min().unwrap_or(0).min(1), labels().max().unwrap_or(0));
    given.iter_mut().flat_map(|given| &mut given.labels).for_each(|label| *label -= least);
    let count = (most - least + 1) as usize;
    let letters = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
    match count {
        26 if is_emnist && least == 1 => letters(&EMNIST[10..36]),
        11..=47 if is_emnist => letters(&[&EMNIST[..36], EMNIST_MERGED].concat()),
        48..=62 if is_emnist => letters(EMNIST),
        ..=10 if is_fashion && least == 0 => FASHION.map(String::from).to_vec(),
        _ => (least..=most).map(|class| class.to_string()).collect(),
    }
}

/// EMNIST's files have rows and columns exchanged.
fn turn(given: &mut Loaded) {
    let [_, height, width] = given.shape;
    for image in given.pixels.chunks_exact_mut(height * width) {
        let lying = image.to_vec();
        for (at, pixel) in image.iter_mut().enumerate() {
            *pixel = lying[at % height * width + at / height];
        }
    }
    given.shape = [1, width, height];
}

fn joined(part: Option<Part>, bundle: &Bundle, images: usize, labels: usize) -> Result<Loaded, DataError> {
    let name = |index: usize| bundle.entries()[index].name.clone();
    let (images_file, labels_file) = (name(images), name(labels));
    let label_bytes = bundle.read(labels)?;
    let labels: Vec<u32> = parse(&labels_file, &label_bytes)?.values.iter().map(|&label| u32::from(label)).collect();
    let content = bundle.read(images)?;
    let parsed = parse(&images_file, &content)?;
    let (count, height, width) = (parsed.dims[0], parsed.dims[1], parsed.dims[2]);
    if count != labels.len() {
        let (images, labels) = (count as u64, labels.len() as u64);
        return Err(DataError::CountsDiffer { images_file, images, labels_file, labels });
    }
    let header = content.len() - parsed.values.len();
    let pixels = match content {
        // Unpacked bytes are kept, without their header.
        Cow::Owned(mut bytes) => {
            bytes.drain(..header);
            bytes
        }
        Cow::Borrowed(bytes) => bytes[header..].to_vec(),
    };
    Ok(Loaded { file: images_file, shape: [1, height, width], part, pixels, labels })
}
