//! Pictures with captions: a captions file and the pictures that it names.
//!
//! As [`super::Pictures`], this gives encoded pictures: the browser decodes while other work goes on.

use super::bundle::Bundle;
use super::{DataFile, Kind, PictureFile, kind_of, name_of, split_path};
use crate::data::DataError;
use crate::data::captions::{Captions, KNOWN, captions_from, one_in, words};
use crate::data::dataset::Part;
use std::collections::{BTreeMap, BTreeSet, btree_map};

/// Encoded pictures and their captions.
#[derive(Debug)]
pub struct Album {
    pub name: String,
    pub captions_file: String,
    pub notes: Notes,
    bundle: Bundle,
    pictures: Vec<AlbumPicture>,
}

/// A picture and its sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlbumPicture {
    /// As the captions file names it.
    pub name: String,
    /// Words as [`words`] gives them, each sentence once, none empty.
    pub sentences: Vec<Vec<String>>,
    /// For training or for validation.
    pub part: Part,
    entry: usize,
}

/// Pictures and captions of the files that are not used; the rest is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Pictures that the captions file names.
    pub named: usize,
    /// Of them, those that are not there, and the first of these.
    pub missing: usize,
    pub first_missing: String,
    /// Pictures without a caption.
    pub uncaptioned: usize,
    /// Captions without a word.
    pub empty: usize,
    /// Captions that repeat another caption of the same picture.
    pub repeated: usize,
    /// Captions of pictures that the file numbers but does not name.
    pub unnamed: usize,
    /// Pictures of the file's own test part.
    pub left_out: usize,
}

/// With fewer nothing can be learnt, held out and measured.
pub const LEAST_PICTURES: usize = 10;

/// One picture in so many is for validation, where the captions file does not say which.
const VALIDATION: usize = 5;

impl Album {
    /// `files` are pictures, or archives of them; the captions file is among them unless it is given.
    ///
    /// # Errors
    /// Faults of archives and captions files; [`DataError::Annotations`] where there is no captions file, where fewer
    /// than [`LEAST_PICTURES`] of its pictures are there, and where a name fits several.
    pub fn open(files: Vec<DataFile>, captions: Option<&DataFile>) -> Result<Self, DataError> {
        let name = name_of(&files);
        let bundle = Bundle::open(files)?;
        let mut shelf = Shelf::default();
        let mut texts = Vec::new();
        for (index, entry) in bundle.entries().iter().enumerate() {
            match kind_of(&entry.name, || bundle.read(index))? {
                Some(Kind::Picture) => shelf.add(&entry.name, index),
                Some(Kind::Beside) if captions.is_none() && may_caption(&entry.name) => texts.push(index),
                _ => {}
            }
        }
        let (captions_file, found) = match captions {
            Some(file) => (file.name.clone(), captions_from(&file.name, &file.bytes)?),
            None => chosen(&name, &bundle, &texts, &shelf)?,
        };
        let (pictures, notes) = shelf.hung(&captions_file, found)?;
        let pictures = parted(&captions_file, pictures)?;
        let left_out = notes.named - notes.missing - pictures.len();
        Ok(Self { name, captions_file, notes: Notes { left_out, ..notes }, bundle, pictures })
    }

    /// In the order of their names.
    pub fn pictures(&self) -> &[AlbumPicture] {
        &self.pictures
    }

    /// A picture to decode, unpacked now; `None` past the end.
    ///
    /// # Errors
    /// A fault of the archive there.
    pub fn read(&self, index: usize) -> Option<Result<PictureFile<'_>, DataError>> {
        let AlbumPicture { entry, .. } = *self.pictures.get(index)?;
        let name = &self.bundle.entries()[entry].name;
        Some(self.bundle.read(entry).map(|bytes| PictureFile { class: "", name, bytes }))
    }
}

/// Whether a file beside pictures may be one of captions, by its ending.
fn may_caption(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    [".txt", ".tsv", ".json", ".csv"].iter().any(|ending| plain.ends_with(ending))
}

/// The captions file that names the most of the pictures.
fn chosen(name: &str, bundle: &Bundle, texts: &[usize], shelf: &Shelf) -> Result<(String, Captions), DataError> {
    let mut best: Option<(usize, String, Captions)> = None;
    let mut refused: Option<(usize, DataError)> = None;
    for &index in texts {
        let file = bundle.entries()[index].name.clone();
        let bytes = bundle.read(index)?;
        match captions_from(&file, &bytes) {
            Ok(found) => {
                let fits =
                    found.captions.iter().filter(|caption| shelf.find(&caption.picture).next().is_some()).count();
                if best.as_ref().is_none_or(|(most, ..)| fits > *most) {
                    best = Some((fits, file, found));
                }
            }
            // A readme is not a captions file either; of several files the longest was probably meant.
            Err(error) if refused.as_ref().is_none_or(|(longest, _)| bytes.len() > *longest) => {
                refused = Some((bytes.len(), error));
            }
            Err(_) => {}
        }
    }
    let none = || DataError::Annotations {
        file: name.to_owned(),
        detail: format!("no file of captions is there; {KNOWN} are read"),
    };
    match (best, refused) {
        (Some((_, file, found)), _) => Ok((file, found)),
        (None, Some((_, error))) => Err(error),
        (None, None) => Err(none()),
    }
}

/// The pictures that are there, by their names without folders.
#[derive(Default)]
struct Shelf {
    by_name: BTreeMap<String, Vec<(String, usize)>>,
    count: usize,
}

impl Shelf {
    fn add(&mut self, path: &str, entry: usize) {
        self.by_name.entry(split_path(path).1.to_owned()).or_default().push((path.to_owned(), entry));
        self.count += 1;
    }

    /// Those that end as `name` does with its folders; where none does, those of that name in any folder.
    fn find<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, usize)> {
        let all = self.by_name.get(split_path(name).1).map(Vec::as_slice).unwrap_or_default();
        let ends =
            move |path: &str| path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('/'));
        let closer = all.iter().any(|(path, _)| ends(path));
        all.iter().filter(move |(path, _)| !closer || ends(path)).map(|(path, entry)| (path.as_str(), *entry))
    }

    /// Each picture with its sentences and, for now, the part that the file gives it.
    fn hung(&self, file: &str, found: Captions) -> Result<(Vec<Hung>, Notes), DataError> {
        let mut notes = Notes { unnamed: found.unnamed, ..Notes::default() };
        let mut pictures: BTreeMap<usize, Hung> = BTreeMap::new();
        let mut missing = BTreeSet::new();
        for caption in found.captions {
            let [first, second] = {
                let mut fitting = self.find(&caption.picture);
                [fitting.next(), fitting.next()]
            };
            let Some((path, entry)) = first else {
                if notes.first_missing.is_empty() {
                    notes.first_missing.clone_from(&caption.picture);
                }
                missing.insert(caption.picture.clone());
                continue;
            };
            if let Some((other, _)) = second {
                let detail = format!("{} may be {path} or {other}; name its folder too", caption.picture);
                return Err(DataError::Annotations { file: file.to_owned(), detail });
            }
            let hung = match pictures.entry(entry) {
                btree_map::Entry::Occupied(known) => known.into_mut(),
                btree_map::Entry::Vacant(new) => {
                    new.insert(Hung { name: caption.picture.clone(), sentences: Vec::new(), part: caption.part, entry })
                }
            };
            let said = words(&caption.sentence);
            if said.is_empty() {
                notes.empty += 1;
            } else if hung.sentences.contains(&said) {
                notes.repeated += 1;
            } else {
                hung.sentences.push(said);
            }
        }
        notes.missing = missing.len();
        notes.uncaptioned = self.count - pictures.len();
        let mut hung: Vec<Hung> = pictures.into_values().collect();
        notes.named = notes.missing + hung.len();
        let before = hung.len();
        hung.retain(|picture| !picture.sentences.is_empty());
        notes.uncaptioned += before - hung.len();
        notes.named -= before - hung.len();
        if hung.len() < LEAST_PICTURES {
            let detail = match notes.missing {
                0 => format!("{} pictures have captions; at least {LEAST_PICTURES} are needed", hung.len()),
                missing => format!(
                    "{missing} of the {} pictures that it names are not there (the first is {}); at least \
                     {LEAST_PICTURES} are needed",
                    notes.named, notes.first_missing
                ),
            };
            return Err(DataError::Annotations { file: file.to_owned(), detail });
        }
        hung.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((hung, notes))
    }
}

struct Hung {
    name: String,
    sentences: Vec<Vec<String>>,
    part: Option<Part>,
    entry: usize,
}

/// For training and for validation: as the file says, where it says both; its test part stands in for a validation part that
/// it lacks, and is left out otherwise. Else by names.
fn parted(file: &str, pictures: Vec<Hung>) -> Result<Vec<AlbumPicture>, DataError> {
    let has = |part: Part| pictures.iter().any(|picture| picture.part == Some(part));
    let measured = if has(Part::Validation) { Part::Validation } else { Part::Test };
    let parts: Vec<Option<Part>> = if has(measured) {
        let part = |picture: &Hung| match picture.part {
            Some(part) if part == measured => Some(Part::Validation),
            None | Some(Part::Train) => Some(Part::Train),
            Some(_) => None,
        };
        pictures.iter().map(part).collect()
    } else {
        let names: Vec<&str> = pictures.iter().map(|picture| picture.name.as_str()).collect();
        let part = |is_held_out| Some(if is_held_out { Part::Validation } else { Part::Train });
        one_in(&names, VALIDATION).into_iter().map(part).collect()
    };
    let trained = parts.iter().filter(|part| **part == Some(Part::Train)).count();
    if trained < LEAST_PICTURES / 2 {
        let detail = format!("{trained} pictures are for training; at least {} are needed", LEAST_PICTURES / 2);
        return Err(DataError::Annotations { file: file.to_owned(), detail });
    }
    let kept = pictures.into_iter().zip(parts).filter_map(|(Hung { name, sentences, entry, .. }, part)| {
        part.map(|part| AlbumPicture { name, sentences, part, entry })
    });
    Ok(kept.collect())
}
