//! Pictures with known boxes, as they lie in a folder.

use crate::command::drive::read;
use crate::command::pictures::picture;
use crate::command::{Failure, Report};
use crate::data::boxes::{AnnotatedBox, AnnotatedPicture, AnnotatedPictures, annotations_in, is_annotation};
use crate::data::decode;
use crate::lab::LabError;
use crate::lab::detect::{BoxedPictures, DetectInput, class_among};
use crate::lab::run::is_held_out;
use crate::protocol::TrueBox;
use std::path::{Path, PathBuf};
use std::rc::Rc;

const PICTURES: [&str; 6] = ["jpg", "jpeg", "png", "webp", "gif", "bmp"];

/// A set whose pictures are not read yet.
pub(super) struct BoxFolder {
    shown: String,
    pictures: PathBuf,
    set: AnnotatedPictures,
}

/// A picture of a set, not read yet, and its boxes.
pub(super) struct AnnotatedFile {
    path: PathBuf,
    size: [u32; 2],
    truth: Vec<TrueBox>,
}

impl AnnotatedFile {
    pub(super) fn input(self) -> Result<DetectInput, Failure> {
        let mut input = DetectInput { picture: Rc::new(picture(&self.path)?), truth: Vec::new() };
        let size = [input.picture.width(), input.picture.height()];
        if size != self.size {
            let [[w, h], [width, height]] = [size, self.size];
            let file = self.path.display();
            let sentence = format!(
                "{file} is {w} × {h} pixels, and its boxes are of a picture of {width} × {height}: they are of other pictures"
            );
            return Err(Failure::Said(sentence));
        }
        input.truth = self.truth;
        Ok(input)
    }
}

impl BoxFolder {
    /// `annotations` is a file or a folder; without a folder of pictures, they lie beside it.
    pub(super) fn open(annotations: &Path, pictures: Option<&Path>) -> Result<Self, Failure> {
        let shown = annotations.display().to_string();
        let beside = if annotations.is_dir() { annotations } else { annotations.parent().unwrap_or(Path::new("")) };
        let pictures = pictures.unwrap_or(beside);
        let paths = match annotations.is_dir() {
            true => listed(annotations, is_annotation)?,
            false if is_annotation(&shown) => vec![annotations.to_owned()],
            false => {
                return Err(Failure::Said(format!(
                    "{shown} is no file of boxes: COCO's JSON, VOC's XML, YOLO's folder and a table (.tsv) are read"
                )));
            }
        };
        if paths.is_empty() {
            let sentence =
                format!("{shown} has neither VOC's .xml files nor YOLO's classes.txt, nor another file of boxes");
            return Err(Failure::Said(sentence));
        }
        let texts = paths.iter().map(|path| Ok((name_of(path), String::from_utf8_lossy(&read(path)?).into_owned())));
        let texts = texts.collect::<Result<Vec<_>, Failure>>()?;
        // YOLO's boxes are shares of their pictures.
        let wants_sizes = paths.iter().any(|path| path.extension().is_some_and(|ending| ending == "txt"));
        let mut sizes = Vec::new();
        let is_picture = |name: &str| {
            name.rsplit_once('.').is_some_and(|(_, ending)| PICTURES.contains(&ending.to_ascii_lowercase().as_str()))
        };
        for picture in if wants_sizes { listed(pictures, is_picture)? } else { Vec::new() } {
            let name = name_of(&picture);
            let decoded = decode(&name, &read(&picture)?).map_err(LabError::from)?;
            sizes.push((name, [decoded.width(), decoded.height()]));
        }
        let set = annotations_in(&texts, &sizes).map_err(LabError::from)?;
        Ok(Self { shown, pictures: pictures.to_owned(), set })
    }

    /// By its whole name, else by that without its own folders, there or in a folder `images`.
    fn path_of(&self, file: &str) -> PathBuf {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let places = [self.pictures.join(file), self.pictures.join(name), self.pictures.join("images").join(name)];
        let found = places.iter().find(|place| place.exists());
        found.unwrap_or(&places[0]).clone()
    }

    fn file(&self, picture: &AnnotatedPicture, class: impl Fn(u32) -> Option<u32>) -> AnnotatedFile {
        let known = |one: &AnnotatedBox| Some(TrueBox { class: class(one.class)?, corners: one.corners });
        let truth = picture.boxes.iter().filter_map(known).collect();
        AnnotatedFile { truth, path: self.path_of(&picture.file), size: picture.size }
    }

    /// With the classes that a detector has; of them all, or those alone that are held out.
    pub(super) fn for_detector(
        &self,
        names: &[[String; 2]],
        held_out: bool,
        report: &mut Report<'_>,
    ) -> Result<Vec<AnnotatedFile>, Failure> {
        let Self { set, shown, .. } = self;
        // Of each class of the set its number among the detector's.
        let known: Vec<Option<u32>> = set.classes.iter().map(|class| class_among(class, names)).collect();
        let others = set.classes.iter().zip(&known).filter(|(_, known)| known.is_none());
        let unknown: Vec<&str> = others.map(|(class, _)| class.as_str()).collect();
        if unknown.len() == set.classes.len() {
            let unknown = unknown.join(", ");
            let sentence = format!("{shown} has none of its classes among those of the detector: it names {unknown}");
            return Err(Failure::Said(sentence));
        }
        if !unknown.is_empty() {
            report.line(&format!("left out, for the detector does not know them: {}", unknown.join(", ")))?;
        }
        let wanted = set.pictures.iter().enumerate().filter(|(at, _)| !held_out || is_held_out(*at));
        Ok(wanted.map(|(_, picture)| self.file(picture, |class| known[class as usize])).collect())
    }

    /// All of it, read, to learn from.
    pub(super) fn read(&self) -> Result<BoxedPictures, Failure> {
        let numbered = (0..).zip(&self.set.pictures);
        let inputs = numbered.map(|(at, picture)| Ok((at, self.file(picture, Some).input()?)));
        let inputs = inputs.collect::<Result<Vec<_>, Failure>>()?;
        Ok(BoxedPictures::new(self.set.classes.clone(), inputs)?)
    }
}

/// The files of a folder that have such names, by their names.
fn listed(folder: &Path, is_it: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| Failure::Said(format!("{} cannot be read: {error}", folder.display())))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file() && is_it(&name_of(path)))
        .collect();
    found.sort();
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
