//! Data sets from files that a person drops or names: each reader checks sizes before it allocates, and refuses with the
//! file, the place and what was expected there.
//!
//! Files come as names and bytes, never as paths, so that the page and the command read the same way. A name may have
//! folders; they and the name tell what a file is for (`train`, `t10k`, `val`, …) and of which class a picture is.

mod album;
mod bundle;
mod cifar;
mod idx;
mod inflate;
mod layout;
mod npy;
mod npz;
mod numbers;
mod packed;
mod pictures;
mod tar;
mod zip;

#[cfg(not(target_arch = "wasm32"))]
mod paths;

use std::borrow::Cow;

use super::{
    DataError,
    dataset::{Dataset, Part, assemble, check_bytes},
    foreign::{Holds, foreign},
    probe,
};
use bundle::Bundle;
pub(super) use bundle::Member;
pub(super) use zip::members as zip_members;

pub use album::{Album, AlbumPicture, LEAST_PICTURES, Notes};
pub use npy::npy_from;
pub use numbers::{NumberArray, numbers_from};
pub use packed::{ZipWriter, unzipped};
#[cfg(not(target_arch = "wasm32"))]
pub use paths::{dataset_from_paths, read_paths};
pub use pictures::{PictureCollector, PictureFile, Pictures};

/// A file as it was dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// With its folders, `/` between them.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The content of dropped files.
#[derive(Debug)]
pub enum Found {
    Dataset(Dataset),
    /// Pictures by class, which are still to be decoded.
    Pictures(Pictures),
}

/// All formats that are read, for the message.
pub const KNOWN: &str = "IDX (MNIST's format, .gz too), CIFAR-10 or CIFAR-100 binary, .npz or .npy arrays, and pictures in one folder \
                         for each class; the last also in a .zip, .tar or .tar.gz";

/// The kind of a file, by its name and, where that says little, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Idx,
    Cifar,
    Npy,
    Picture,
    /// A readme and the like.
    Beside,
}

/// Makes one set of files that were dropped together: the two or four of MNIST, the batches of CIFAR-10, the files of CIFAR-100, an `.npz`, pictures in
/// folders; or an archive of these. The order in which they come does not matter.
///
/// # Errors
/// One for each thing that can be wrong with them. Of pictures a faulty file is left out; nothing of another faulty file is used.
pub fn combine(files: Vec<DataFile>) -> Result<Found, DataError> {
    let name = name_of(&files);
    let bundle = Bundle::open(files)?;
    let mut listed: Vec<(usize, Kind)> = Vec::new();
    let (mut unknown, mut refused) = (None, None);
    for (index, entry) in bundle.entries().iter().enumerate() {
        match kind_of(&entry.name, || bundle.read(index)) {
            Ok(Some(Kind::Beside)) => {}
            Ok(Some(kind)) => listed.push((index, kind)),
            Ok(None) => unknown = unknown.or(Some(index)),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    let file_of = |index: usize| bundle.entries()[index].name.clone();
    let are_pictures = listed.first().is_some_and(|(_, kind)| *kind == Kind::Picture);
    if let Some(error) = refused.filter(|_| !are_pictures) {
        return Err(error);
    }
    let Some(&(first, kind)) = listed.first() else {
        return Err(unknown
            .map_or_else(|| DataError::UnknownFormat { file: name, known: KNOWN }, |index| not_data(&bundle, index)));
    };
    if let Some(&(other, _)) = listed.iter().find(|&&(_, other)| other != kind) {
        return Err(DataError::MixedFormats { first: file_of(first), second: file_of(other) });
    }
    let entries: Vec<usize> = listed.into_iter().map(|(index, _)| index).collect();
    match kind {
        Kind::Idx => idx::set(name, &bundle, &entries).map(Found::Dataset),
        Kind::Cifar => {
            let (classes, given) = cifar::given(&bundle, &entries)?;
            assemble(name, classes, given).map(Found::Dataset)
        }
        Kind::Npy => npz::set(name, &bundle, &entries).map(Found::Dataset),
        Kind::Picture => Pictures::new(name, bundle, entries).map(Found::Pictures),
        Kind::Beside => Err(DataError::NoExamples { file: name }),
    }
}

/// The refusal of a file that holds no examples, with its format where that is known.
fn not_data(bundle: &Bundle, index: usize) -> DataError {
    let file = bundle.entries()[index].name.clone();
    let content = match bundle.read(index) {
        Ok(content) => content,
        Err(error) => return error,
    };
    match foreign(&file, &content) {
        Some((format, holds @ Holds::Network)) => DataError::Foreign { file, format, holds },
        Some((format, _)) => DataError::UnknownFormat { file: format!("{file} ({format})"), known: KNOWN },
        None => DataError::UnknownFormat { file, known: KNOWN },
    }
}

/// The folder that all lie in, or the single file without its endings, or the first of several.
fn name_of(files: &[DataFile]) -> String {
    let folder = |file: &DataFile| file.name.split_once('/').map(|(folder, _)| folder.to_owned());
    match files {
        [file] => {
            let (_, stem) = split_path(&file.name);
            let known = [".gz", ".tgz", ".tar", ".zip", ".npz", ".npy", ".bin"];
            known.iter().fold(stem, |stem, ending| stem.strip_suffix(ending).unwrap_or(stem)).to_owned()
        }
        [first, rest @ ..] => match folder(first) {
            Some(shared) if rest.iter().all(|file| folder(file).as_ref() == Some(&shared)) => shared,
            _ => format!("{} and {} more", first.name, rest.len()),
        },
        [] => "nothing".to_owned(),
    }
}

/// Folders and file name.
fn split_path(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// `None` where neither name nor content are known. `read` is asked only where the name says too little.
fn kind_of<'a>(name: &str, read: impl FnOnce() -> Result<Cow<'a, [u8]>, DataError>) -> Result<Option<Kind>, DataError> {
    const PICTURES: [&str; 16] = [
        "png", "jpg", "jpeg", "jfif", "gif", "webp", "bmp", "avif", "heic", "heif", "tif", "tiff", "ico", "jxl", "jp2",
        "svg",
    ];
    const BESIDE: [&str; 11] = ["txt", "md", "html", "htm", "json", "csv", "tsv", "xml", "py", "pdf", "ini"];
    let (_, stem) = split_path(name);
    let stem = stem.strip_suffix(".gz").unwrap_or(stem).to_ascii_lowercase();
    let ending = stem.rsplit_once('.').map_or("", |(_, ending)| ending);
    if PICTURES.contains(&ending) {
        return Ok(Some(Kind::Picture));
    }
    if BESIDE.contains(&ending) || ["readme", "license", "licence", "makefile"].contains(&stem.as_str()) {
        return Ok(Some(Kind::Beside));
    }
    if ending == "npy" {
        return Ok(Some(Kind::Npy));
    }
    let content = read()?;
    if content.is_empty() {
        return Err(DataError::Empty { file: name.to_owned() });
    }
    if idx::is_idx(&content) {
        return Ok(Some(Kind::Idx));
    }
    if content.starts_with(npy::MAGIC) {
        return Ok(Some(Kind::Npy));
    }
    if ending == "bin" {
        return Ok(Some(Kind::Cifar));
    }
    // A picture by its content, under any name.
    Ok(probe::probe(name, &content).is_ok().then_some(Kind::Picture))
}

/// The part that a file or folder is for, by the words of its name; a word ends where letters and digits do.
fn part_of(name: &str) -> Option<Part> {
    let lower = name.to_ascii_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_ascii_alphanumeric());
    let said = words.find_map(|word| match word {
        "train" | "training" => Some(Part::Train),
        "val" | "valid" | "validation" => Some(Part::Validation),
        "test" | "testing" | "t10k" => Some(Part::Test),
        _ => None,
    });
    // CIFAR-10's own name for the training set.
    said.or_else(|| lower.starts_with("data_batch").then_some(Part::Train))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_parts() {
        let cases = [
            ("train-images-idx3-ubyte", Some(Part::Train)),
            ("t10k-labels-idx1-ubyte.gz", Some(Part::Test)),
            ("emnist-letters-test-images-idx3-ubyte", Some(Part::Test)),
            ("data_batch_3.bin", Some(Part::Train)),
            ("test_batch.bin", Some(Part::Test)),
            ("x_val.npy", Some(Part::Validation)),
            ("images.idx", None),
            ("contest.bin", None),
            ("data.bin", None),
        ];
        for (name, part) in cases {
            assert_eq!(part_of(name), part, "{name}");
        }
    }

    #[test]
    fn sets_are_named_by_their_folder_or_file() {
        let file = |name: &str| DataFile { name: name.into(), bytes: vec![] };
        assert_eq!(name_of(&[file("mnist/a"), file("mnist/b")]), "mnist");
        assert_eq!(name_of(&[file("a"), file("b")]), "a and 1 more");
        assert_eq!(name_of(&[file("down/cifar-10-binary.tar.gz")]), "cifar-10-binary");
    }

    #[test]
    fn what_is_not_data_is_refused_with_what_is() {
        let refused = |files: &[(&str, &[u8])]| {
            let files = files.iter().map(|(name, bytes)| DataFile { name: (*name).into(), bytes: bytes.to_vec() });
            combine(files.collect()).unwrap_err()
        };
        let error = refused(&[("weights.onnx", b"anything")]);
        assert!(matches!(&error, DataError::UnknownFormat { file, .. } if file == "weights.onnx (TXT)"), "{error}");
        let network = refused(&[("weights.onnx", b"\x08\x07\x12\x07pytorch")]);
        assert!(matches!(&network, DataError::Foreign { format: "ONNX", .. }), "{network}");
        assert!(matches!(refused(&[]), DataError::UnknownFormat { .. }));
        assert!(matches!(refused(&[("readme.txt", b"hello")]), DataError::UnknownFormat { .. }));
        assert!(matches!(refused(&[("a.bin", b"")]), DataError::Empty { .. }));
        let mixed = refused(&[("a/x.png", b"p"), ("b.npy", b"n")]);
        assert!(matches!(&mixed, DataError::MixedFormats { first, .. } if first == "a/x.png"), "{mixed}");
    }
}
