//! Captions of pictures, as files give them: Flickr8k's token format, COCO's and Karpathy's JSON, and tables between tabs, commas,
//! semicolons or bars, in UTF-8, UTF-16 or an older encoding.
//!
//! This reads names and sentences; [`crate::data::files::Album`] finds the pictures.

mod coco;
mod lines;
mod words;

use super::DataError;
use super::dataset::Part;
use super::text::{composed, text_from};

pub use words::words;

/// All that is read, for the message.
pub const KNOWN: &str = "Flickr8k's token format (name.jpg#0, a tab, the caption), COCO's and Karpathy's JSON, and tables with \
                         tabs, commas, semicolons or bars (file and caption; or more columns under a first line that names \
                         them)";

/// One sentence about one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptionLine {
    /// As the file names it, `/` between folders.
    pub picture: String,
    pub sentence: String,
    /// Where the file says what the picture is for.
    pub part: Option<Part>,
}

/// The content of a captions file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captions {
    /// In the file's order.
    pub captions: Vec<CaptionLine>,
    /// Of pictures that the file numbers but does not name.
    pub unnamed: usize,
}

/// Reads a captions file; its content tells the format.
///
/// # Errors
/// [`DataError::Empty`], [`DataError::Unexpected`] for bytes that are no text and for lines of another form,
/// [`DataError::Annotations`] for JSON that is neither COCO's nor Karpathy's, [`DataError::NoExamples`] without a caption.
pub fn captions_from(file: &str, bytes: &[u8]) -> Result<Captions, DataError> {
    if bytes.is_empty() {
        return Err(DataError::Empty { file: file.to_owned() });
    }
    let text = text_from(bytes).ok_or_else(|| {
        DataError::unexpected(file, 0, format_args!("text"), format_args!("bytes in no known encoding"))
    })?;
    let mut found = if text.trim_start().starts_with(['{', '[']) {
        coco::captions_from(file, &text)?
    } else {
        Captions { captions: lines::captions_from(file, &text)?, unnamed: 0 }
    };
    if found.captions.is_empty() {
        return Err(DataError::no_examples(file));
    }
    // As the names of the pictures are.
    for caption in &mut found.captions {
        if !caption.picture.is_ascii() {
            caption.picture = composed(&caption.picture).into_owned();
        }
    }
    Ok(found)
}

/// The part that a split's name means, `restval` of COCO's usual split included.
fn part_from(word: &str) -> Option<Part> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "train" | "training" | "restval" => Part::Train,
        "val" | "valid" | "validation" | "dev" => Part::Validation,
        "test" | "testing" => Part::Test,
        _ => return None,
    })
}

/// Selects one in `one_in` of these names, at least one: those with the smallest hashes, so that the names alone decide, in any
/// order.
pub fn one_in(names: &[&str], one_in: usize) -> Vec<bool> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&at| (hash(names[at]), names[at]));
    let mut chosen = vec![false; names.len()];
    order.into_iter().take((names.len() / one_in.max(1)).max(1)).for_each(|at| chosen[at] = true);
    chosen
}

/// FNV-1a (Fowler, Noll and Vo).
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        // Published values.
        assert_eq!(
            [hash(""), hash("a"), hash("foobar")],
            [0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8]
        );
    }

    #[test]
    fn names_alone_decide_who_is_held_out() {
        let names: Vec<String> = (0..100).map(|k| format!("{k}.jpg")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let chosen = one_in(&names, 5);
        assert_eq!(chosen.iter().filter(|&&is| is).count(), 20);
        let back: Vec<&str> = names.iter().rev().copied().collect();
        assert!(one_in(&back, 5).into_iter().rev().eq(chosen));
        assert_eq!(one_in(&["a", "b"], 5).iter().filter(|&&is| is).count(), 1);
    }
}
