//! Pictures in one folder for each class: `…/class/file.png`, and `train/class/…` beside `test/class/…` where parts are given.
//! A picture that cannot be read is left out.
//!
//! The browser decodes while other work goes on, the command decodes at once; so this gives encoded pictures and takes decoded
//! ones back.

use std::borrow::Cow;

use super::bundle::Bundle;
use super::layout::{LabelPlace, places};
use crate::data::{
    DataError, Dataset, Fit, Rgb,
    dataset::{Loaded, MOST_NAMED, Part, ReaderNote, assemble, check_bytes},
    preprocess,
};
use crate::nn::Resizing;
use std::collections::BTreeSet;

/// Encoded pictures and their classes.
#[derive(Debug)]
pub struct Pictures {
    pub name: String,
    /// Folder names, sorted.
    pub classes: Vec<String>,
    bundle: Bundle,
    listed: Vec<Listed>,
    notes: Vec<ReaderNote>,
}

#[derive(Clone, Copy, Debug)]
struct Listed {
    entry: usize,
    label: u32,
    part: Option<Part>,
}

/// One encoded picture.
#[derive(Debug)]
pub struct PictureFile<'a> {
    pub class: &'a str,
    /// With its folders.
    pub name: &'a str,
    pub bytes: Cow<'a, [u8]>,
}

impl Pictures {
    /// `entries` are those of the bundle that are pictures.
    pub(super) fn new(name: String, bundle: Bundle, entries: Vec<usize>) -> Result<Self, DataError> {
        if let [entry] = entries.as_slice() {
            return Err(DataError::OnlyPicture { file: bundle.entries()[*entry].name.clone() });
        }
        let files: Vec<&str> = entries.iter().map(|&entry| bundle.entries()[entry].name.as_str()).collect();
        let mut found = Vec::with_capacity(entries.len());
        let mut classes = BTreeSet::new();
        let (mut unlabelled, mut folder) = (0, String::new());
        for ((&entry, file), place) in entries.iter().zip(&files).zip(places(&files)) {
            match place {
                LabelPlace::Class { class, part } => {
                    classes.insert(class);
                    found.push((entry, class, part));
                }
                LabelPlace::Unlabelled { folder: first } => {
                    if unlabelled == 0 {
                        first.clone_into(&mut folder);
                    }
                    unlabelled += 1;
                }
                LabelPlace::Loose => return Err(DataError::NoClass { file: (*file).to_owned() }),
            }
        }
        let classes: Vec<String> = classes.into_iter().map(str::to_owned).collect();
        if let [class] = classes.as_slice() {
            let (class, examples) = (class.clone(), found.len() as u64);
            return Err(DataError::OneClass { file: name, class, examples });
        }
        let label = |class: &str| classes.partition_point(|known| known.as_str() < class) as u32;
        let listed =
            found.into_iter().map(|(entry, class, part)| Listed { entry, label: label(class), part }).collect();
        let unlabelled = (unlabelled > 0).then_some(ReaderNote::Unlabelled { count: unlabelled, folder });
        let decoded = bundle.legacy().map(|legacy| ReaderNote::Decoded { encoding: legacy.name() });
        Ok(Self { name, classes, listed, notes: decoded.into_iter().chain(unlabelled).collect(), bundle })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.listed.len()
    }

    /// Never: files without pictures are not [`super::Found::Pictures`].
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// A picture to decode, unpacked now; `None` past the end.
    ///
    /// # Errors
    /// A fault of the archive there.
    pub fn read(&self, index: usize) -> Option<Result<PictureFile<'_>, DataError>> {
        let Listed { entry, label, .. } = *self.listed.get(index)?;
        let (class, name) = (&self.classes[label as usize], &self.bundle.entries()[entry].name);
        Some(self.bundle.read(entry).map(|bytes| PictureFile { class, name, bytes }))
    }

    fn file(&self, index: usize) -> String {
        self.bundle.entries()[self.listed[index].entry].name.clone()
    }

    /// All pictures, each unpacked as it is reached.
    pub fn iter(&self) -> impl Iterator<Item = Result<PictureFile<'_>, DataError>> {
        (0..self.len()).map_while(|index| self.read(index))
    }

    /// Takes decoded pictures; with `side` each becomes a square of so many pixels (cropped), without it all must be of one
    /// size.
    ///
    /// # Errors
    /// [`DataError::TooManyBytes`] where all together would be too large, [`DataError::NoPixels`] for a side of 0.
    pub fn gather(&self, side: Option<u32>) -> Result<PictureCollector<'_>, DataError> {
        if side == Some(0) {
            return Err(DataError::NoPixels { width: 0, height: 0 });
        }
        let gather = PictureCollector {
            pictures: self,
            side,
            first: None,
            grey: true,
            pixels: Vec::new(),
            kept: Vec::new(),
            left_out: 0,
            first_left_out: Vec::new(),
        };
        if let Some(side) = side {
            gather.check_total(u64::from(side) * u64::from(side) * 3)?;
        }
        Ok(gather)
    }

    /// Decodes and gathers all.
    ///
    /// # Errors
    /// Those of [`PictureCollector::add`] and [`PictureCollector::finish`]; where too few can be decoded, why the first cannot.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn decode(&self, side: Option<u32>) -> Result<Dataset, DataError> {
        let mut gather = self.gather(side)?;
        let mut refused = None;
        for picture in self.iter() {
            match picture.and_then(|picture| crate::data::decode(picture.name, &picture.bytes)) {
                Ok(picture) => gather.add(&picture)?,
                Err(error) => {
                    gather.leave_out(Some(error.to_string()));
                    refused = refused.or(Some(error));
                }
            }
        }
        gather.finish().map_err(|error| if error.is_too_few() { refused.unwrap_or(error) } else { error })
    }
}

/// Decoded pictures on their way to a set.
#[derive(Debug)]
pub struct PictureCollector<'a> {
    pictures: &'a Pictures,
    side: Option<u32>,
    /// Size of the first picture, which the others must have.
    first: Option<(u32, u32)>,
    /// Whether no picture has shown a colour yet.
    grey: bool,
    /// Planes of red, green and blue, picture after picture.
    pixels: Vec<u8>,
    /// Which pictures these are.
    kept: Vec<usize>,
    /// How many pictures were left out, and the first of them.
    left_out: usize,
    first_left_out: Vec<String>,
}

impl PictureCollector<'_> {
    /// The next picture in the order of [`Pictures::iter`].
    ///
    /// # Errors
    /// [`DataError::SizesDiffer`] where no side was given, [`DataError::TooManyBytes`]; [`DataError::RowBytes`] for one picture
    /// too many.
    pub fn add(&mut self, picture: &Rgb) -> Result<(), DataError> {
        let index = self.next();
        let expected = self.pictures.len();
        if index >= expected {
            let (file, examples) = (self.pictures.name.clone(), index as u64);
            return Err(DataError::RowBytes { file, examples, expected, found: expected + 1 });
        }
        let fitted = match self.side {
            Some(side) => &preprocess::fitted(picture, Fit::Crop, [side as usize; 2], Resizing::default())?,
            None => picture,
        };
        let size = (fitted.width(), fitted.height());
        match self.first {
            None => {
                self.check_total(fitted.pixels().len() as u64)?;
                self.first = Some(size);
            }
            Some(first) if first != size => {
                let words = |(width, height): (u32, u32)| format!("{width} × {height}");
                let (file, first_file) = (self.pictures.file(index), self.pictures.file(self.kept[0]));
                let (found, expected) = (words(size), words(first));
                return Err(DataError::SizesDiffer { file, found, first: first_file, expected });
            }
            Some(_) => {}
        }
        self.grey = self.grey && fitted.pixels().chunks_exact(3).all(|pixel| pixel == [pixel[0]; 3]);
        for channel in 0..3 {
            self.pixels.extend(fitted.pixels().iter().skip(channel).step_by(3));
        }
        self.kept.push(index);
        Ok(())
    }

    /// Passes over the next picture, which cannot be read: `why` names it and the reason.
    pub fn leave_out(&mut self, why: Option<String>) {
        let index = self.next();
        if self.first_left_out.len() < MOST_NAMED && index < self.pictures.len() {
            self.first_left_out.push(why.unwrap_or_else(|| self.pictures.file(index)));
        }
        self.left_out += 1;
    }

    fn next(&self) -> usize {
        self.kept.len() + self.left_out
    }

    fn check_total(&self, picture_bytes: u64) -> Result<(), DataError> {
        check_bytes(&self.pictures.name, picture_bytes.saturating_mul(self.pictures.len() as u64))
    }

    /// The set of all pictures added: one channel where none has a colour. A class that has lost all its pictures is none.
    ///
    /// # Errors
    /// [`DataError::NoExamples`] without a picture, and [`DataError::OneClass`].
    pub fn finish(self) -> Result<Dataset, DataError> {
        let Pictures { name, classes, listed, notes, .. } = self.pictures;
        let Some((width, height)) = self.first else { return Err(DataError::NoExamples { file: name.clone() }) };
        let [width, height] = [width as usize, height as usize];
        let (channels, row_bytes) = if self.grey { (1, width * height) } else { (3, 3 * width * height) };
        let shape = [channels, height, width];
        let mut counts = vec![0_u32; classes.len()];
        self.kept.iter().for_each(|&index| counts[listed[index].label as usize] += 1);
        let label = |old: u32| counts[..old as usize].iter().filter(|&&count| count > 0).count() as u32;
        // One part after the other, for `assemble` takes each as a file of its own.
        let mut given: Vec<Loaded> = Vec::new();
        for (&index, row) in self.kept.iter().zip(self.pixels.chunks_exact(3 * width * height)) {
            let Listed { part, label: old, .. } = listed[index];
            let at = given.iter().position(|given| given.part == part).unwrap_or_else(|| {
                given.push(Loaded { file: name.clone(), shape, part, pixels: Vec::new(), labels: Vec::new() });
                given.len() - 1
            });
            given[at].pixels.extend_from_slice(&row[..row_bytes]);
            given[at].labels.push(label(old));
        }
        let classes = classes.iter().zip(&counts).filter(|(_, count)| **count > 0).map(|(class, _)| class.clone());
        let mut notes = notes.clone();
        if self.left_out > 0 {
            notes.push(ReaderNote::LeftOut { count: self.left_out, first: self.first_left_out });
        }
        Ok(Dataset { notes, ..assemble(name.clone(), classes.collect(), given)? })
    }
}
