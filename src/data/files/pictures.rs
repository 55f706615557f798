//! Pictures in one folder for each class: `…/class/file.png`, and `train/class/…` beside `test/class/…` where parts are given.
//!
//! The browser decodes while other work goes on, the command decodes at once; so this gives encoded pictures and takes decoded
//! ones back.

use std::borrow::Cow;

use super::{bundle::Bundle, part_of, split_path};
use crate::data::{
    DataError, Dataset, Fit, Rgb,
    dataset::{Loaded, Part, assemble, check_bytes},
    preprocess,
};

/// Encoded pictures and their classes.
#[derive(Debug)]
pub struct Pictures {
    pub name: String,
    /// Folder names, sorted.
    pub classes: Vec<String>,
    bundle: Bundle,
    listed: Vec<Listed>,
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
        let mut found = Vec::with_capacity(entries.len());
        let mut classes: Vec<String> = Vec::new();
        for entry in entries {
            let file = &bundle.entries()[entry].name;
            let (folders, _) = split_path(file);
            let (above, class) = split_path(folders);
            if class.is_empty() {
                return Err(DataError::NoClass { file: file.clone() });
            }
            if let Err(at) = classes.binary_search_by(|known| known.as_str().cmp(class)) {
                classes.insert(at, class.to_owned());
            }
            found.push((entry, part_of(split_path(above).1)));
        }
        if let [class] = classes.as_slice() {
            let (class, examples) = (class.clone(), found.len() as u64);
            return Err(DataError::OneClass { file: name, class, examples });
        }
        let mut listed = Vec::with_capacity(found.len());
        for (entry, part) in found {
            let class = split_path(split_path(&bundle.entries()[entry].name).0).1;
            let label = classes.partition_point(|known| known.as_str() < class) as u32;
            listed.push(Listed { entry, label, part });
        }
        Ok(Self { name, classes, bundle, listed })
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
        let gather =
            PictureCollector { pictures: self, side, first: None, grey: true, pixels: Vec::new(), labels: Vec::new() };
        if let Some(side) = side {
            gather.check_total(u64::from(side) * u64::from(side) * 3)?;
        }
        Ok(gather)
    }

    /// Decodes and gathers all.
    ///
    /// # Errors
    /// Those of [`crate::data::decode`], [`PictureCollector::add`] and [`PictureCollector::finish`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn decode(&self, side: Option<u32>) -> Result<Dataset, DataError> {
        let mut gather = self.gather(side)?;
        for picture in self.iter() {
            let picture = picture?;
            gather.add(&crate::data::decode(picture.name, &picture.bytes)?)?;
        }
        gather.finish()
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
    labels: Vec<u32>,
}

impl PictureCollector<'_> {
    /// The next picture in the order of [`Pictures::iter`].
    ///
    /// # Errors
    /// [`DataError::SizesDiffer`] where no side was given, [`DataError::TooManyBytes`]; [`DataError::RowBytes`] for one picture
    /// too many.
    pub fn add(&mut self, picture: &Rgb) -> Result<(), DataError> {
        let Some(listed) = self.pictures.listed.get(self.labels.len()) else {
            let (examples, expected) = (self.labels.len() as u64, self.pictures.len());
            return Err(DataError::RowBytes {
                file: self.pictures.name.clone(),
                examples,
                expected,
                found: expected + 1,
            });
        };
        let fitted = match self.side {
            Some(side) => &preprocess::fitted(picture, Fit::Crop, [side as usize; 2])?,
            None => picture,
        };
        let size = (fitted.width(), fitted.height());
        match self.first {
            None => {
                self.check_total(fitted.pixels().len() as u64)?;
                self.first = Some(size);
            }
            Some(first) if first != size => {
                let file = |at: usize| self.pictures.bundle.entries()[self.pictures.listed[at].entry].name.clone();
                let words = |(width, height): (u32, u32)| format!("{width} × {height}");
                let (file, first_file) = (file(self.labels.len()), file(0));
                let (found, expected) = (words(size), words(first));
                return Err(DataError::SizesDiffer { file, found, first: first_file, expected });
            }
            Some(_) => {}
        }
        self.grey = self.grey && fitted.pixels().chunks_exact(3).all(|pixel| pixel == [pixel[0]; 3]);
        for channel in 0..3 {
            self.pixels.extend(fitted.pixels().iter().skip(channel).step_by(3));
        }
        self.labels.push(listed.label);
        Ok(())
    }

    fn check_total(&self, picture_bytes: u64) -> Result<(), DataError> {
        check_bytes(&self.pictures.name, picture_bytes.saturating_mul(self.pictures.len() as u64))
    }

    /// The set of all pictures added: one channel where none has a colour.
    ///
    /// # Errors
    /// [`DataError::NoExamples`] without a picture, and [`DataError::OneClass`].
    pub fn finish(self) -> Result<Dataset, DataError> {
        let name = self.pictures.name.clone();
        let Some((width, height)) = self.first else { return Err(DataError::NoExamples { file: name }) };
        let [width, height] = [width as usize, height as usize];
        let (channels, kept) = if self.grey { (1, width * height) } else { (3, 3 * width * height) };
        let shape = [channels, height, width];
        // One part after the other, for `assemble` takes each as a file of its own.
        let mut given: Vec<Loaded> = Vec::new();
        for (index, row) in self.pixels.chunks_exact(3 * width * height).enumerate() {
            let part = self.pictures.listed[index].part;
            let at = given.iter().position(|given| given.part == part).unwrap_or_else(|| {
                given.push(Loaded { file: name.clone(), shape, part, pixels: Vec::new(), labels: Vec::new() });
                given.len() - 1
            });
            given[at].pixels.extend_from_slice(&row[..kept]);
            given[at].labels.push(self.labels[index]);
        }
        assemble(name, self.pictures.classes.clone(), given)
    }
}
