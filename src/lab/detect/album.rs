//! Pictures with boxes of a person's own: how they come in, change, and go out.

use super::found::DetectInput;
use super::lessons::{BoxedPictures, Lessons, scene_of_task};
use crate::data::Rgb;
use crate::data::boxes::{
    AnnotatedBox, AnnotatedPicture, AnnotatedPictures, annotations_in, is_annotation, to_coco, to_voc, to_yolo,
};
use crate::data::files::{DataFile, ZipWriter, unzipped};
use crate::data::procedural::ShapeScene;
use crate::lab::{Host, LabError, files_from, thumbnail};
use crate::protocol::{AlbumChange, BoxAlbum, BoxFormat, BoxedPicture, Exported, Stage, TrueBox};
use std::cell::RefCell;
use std::rc::Rc;

/// Of what is shown, the longer side in pixels.
const SHOWN: u32 = 640;
/// Of all pictures together.
const KEPT_BYTES: usize = 512 << 20;
/// Of a class's name.
const NAME: usize = 60;

#[derive(Default)]
pub(super) struct BoxShelf {
    classes: Vec<String>,
    pictures: Vec<ShelvedPicture>,
    next: u32,
    /// The same for learning, until something changes.
    lessons: RefCell<Option<Rc<BoxedPictures>>>,
}

struct ShelvedPicture {
    id: u32,
    name: String,
    picture: Rc<Rgb>,
    boxes: Vec<TrueBox>,
}

impl ShelvedPicture {
    fn size(&self) -> [u32; 2] {
        [self.picture.width(), self.picture.height()]
    }
}

impl BoxShelf {
    pub(super) async fn change(&mut self, change: AlbumChange, host: &impl Host) -> Result<BoxAlbum, LabError> {
        let mut told = BoxAlbum::default();
        let mut first_new = self.next;
        match change {
            AlbumChange::Tell => first_new = 0,
            AlbumChange::Files(files) => self.bring(files_from(files, host).await?, &mut told, host).await?,
            AlbumChange::Tray(pictures) => {
                let one = |(id, name): &(u32, String)| Ok((name.clone(), host.picture(*id)?));
                let coming = pictures.iter().map(one).collect::<Result<Vec<_>, LabError>>()?;
                self.check_room(coming.iter().map(|(_, picture)| picture))?;
                coming.into_iter().for_each(|(name, picture)| self.put(name, picture));
            }
            AlbumChange::Scenes { first, count } => self.draw(first, count)?,
            AlbumChange::Boxes { picture, boxes } => {
                let at = self.at(picture)?;
                self.check(&boxes, self.pictures[at].size())?;
                self.pictures[at].boxes = boxes;
            }
            AlbumChange::Copy { from, to } => self.copy(from, to)?,
            AlbumChange::AddClass(name) => {
                let name = self.fresh(&name)?;
                self.classes.push(name);
            }
            AlbumChange::RenameClass { class, name } => {
                let at = self.class_at(class)?;
                if self.classes[at] != name.trim() {
                    self.classes[at] = self.fresh(&name)?;
                }
            }
            AlbumChange::DropClass(class) => {
                self.classes.remove(self.class_at(class)?);
                for picture in &mut self.pictures {
                    picture.boxes.retain(|one| one.class != class);
                    picture.boxes.iter_mut().filter(|one| one.class > class).for_each(|one| one.class -= 1);
                }
            }
            AlbumChange::Remove(pictures) => self.pictures.retain(|one| !pictures.contains(&one.id)),
            AlbumChange::Clear => {
                self.pictures.clear();
                self.classes.clear();
            }
        }
        self.lessons.replace(None);
        let new = self.pictures.iter().filter(|one| one.id >= first_new);
        told.previews =
            new.map(|one| Ok((one.id, thumbnail(&one.picture, SHOWN)?))).collect::<Result<_, LabError>>()?;
        told.classes.clone_from(&self.classes);
        let picture = |one: &ShelvedPicture| BoxedPicture {
            id: one.id,
            name: one.name.clone(),
            size: one.size(),
            boxes: one.boxes.clone(),
        };
        told.pictures = self.pictures.iter().map(picture).collect();
        Ok(told)
    }

    fn at(&self, id: u32) -> Result<usize, LabError> {
        let at = self.pictures.iter().position(|one| one.id == id);
        at.ok_or_else(|| bad_setup!("picture {id} is not among the {} of the album", self.pictures.len()))
    }

    fn class_at(&self, class: u32) -> Result<usize, LabError> {
        let count = self.classes.len();
        ensure!((class as usize) < count, "class {class} is not among the {count}");
        Ok(class as usize)
    }

    /// The name of a new class.
    fn fresh(&self, name: &str) -> Result<String, LabError> {
        let name = name.trim();
        ensure!(!name.is_empty(), "a class without a name cannot be told from others; write one");
        ensure!(name.chars().count() <= NAME, "the name {name} is longer than {NAME} letters; write a shorter one");
        ensure!(
            !self.classes.iter().any(|known| known == name),
            "two classes would be called {name}; write another name"
        );
        Ok(name.to_owned())
    }

    fn check(&self, boxes: &[TrueBox], [width, height]: [u32; 2]) -> Result<(), LabError> {
        for TrueBox { class, corners } in boxes {
            self.class_at(*class)?;
            let [left, top, right, bottom] = *corners;
            let is_inside = left >= 0.0 && top >= 0.0 && right <= width as f32 && bottom <= height as f32;
            ensure!(
                is_inside && left < right && top < bottom,
                "the box {left} {top} {right} {bottom} is empty or reaches beyond the picture of {width} × {height} pixels; draw it inside"
            );
        }
        Ok(())
    }

    fn check_room<'a>(&'a self, coming: impl ExactSizeIterator<Item = &'a Rc<Rgb>>) -> Result<(), LabError> {
        let (count, most) = (self.pictures.len() + coming.len(), AlbumChange::PICTURES);
        ensure!(count <= most, "the album would have {count} pictures, and has room for {most}; take some out first");
        let own = self.pictures.iter().map(|one| &one.picture);
        let bytes: usize = own.chain(coming).map(|picture| picture.pixels().len()).sum();
        let [bytes, most] = [bytes, KEPT_BYTES].map(|bytes| bytes >> 20);
        ensure!(
            bytes <= most,
            "the pictures would take {bytes} MiB, and there is room for {most}; bring fewer or smaller ones"
        );
        Ok(())
    }

    fn put(&mut self, name: String, picture: Rc<Rgb>) {
        self.pictures.push(ShelvedPicture { id: self.next, name, picture, boxes: Vec::new() });
        self.next += 1;
    }

    fn draw(&mut self, first: u32, count: u32) -> Result<(), LabError> {
        ensure!((1..=100).contains(&count), "{count} scenes are not drawn at once; choose 1 to 100");
        let numbers = first..first.saturating_add(count);
        let scenes =
            numbers.map(|number| Ok((number, scene_of_task(number)?))).collect::<Result<Vec<_>, LabError>>()?;
        self.check_room(scenes.iter().map(|(_, scene)| &scene.picture))?;
        let own: Vec<u32> = ShapeScene::CLASSES.iter().map(|name| self.class_called(name)).collect();
        for (number, DetectInput { picture, truth }) in scenes {
            self.put(format!("scene-{number}.png"), picture);
            let boxes = truth.into_iter().map(|thing| TrueBox { class: own[thing.class as usize], ..thing });
            if let Some(last) = self.pictures.last_mut() {
                last.boxes = boxes.collect();
            }
        }
        Ok(())
    }

    /// The number of a class, which is made where there is none of this name.
    fn class_called(&mut self, name: &str) -> u32 {
        let at = self.classes.iter().position(|known| known == name).unwrap_or_else(|| {
            self.classes.push(name.to_owned());
            self.classes.len() - 1
        });
        at as u32
    }

    fn copy(&mut self, from: u32, to: u32) -> Result<(), LabError> {
        let (from, to) = (self.at(from)?, self.at(to)?);
        let [[width, height], [wide, high]] = [from, to].map(|at| self.pictures[at].size());
        ensure!(
            [width, height] == [wide, high],
            "boxes of a picture of {width} × {height} pixels do not fit one of {wide} × {high}"
        );
        let new: Vec<TrueBox> =
            self.pictures[from].boxes.iter().filter(|one| !self.pictures[to].boxes.contains(one)).copied().collect();
        self.pictures[to].boxes.extend(new);
        Ok(())
    }

    /// Pictures, and boxes of these and of those that are there.
    async fn bring(&mut self, files: Vec<DataFile>, told: &mut BoxAlbum, host: &impl Host) -> Result<(), LabError> {
        let mut members = Vec::new();
        for file in files {
            match unzipped(&file)? {
                Some(inside) => members.extend(inside),
                None => members.push(file),
            }
        }
        let (boxes, pictures): (Vec<DataFile>, Vec<DataFile>) =
            members.into_iter().partition(|file| is_annotation(&file.name));
        let mut coming: Vec<(String, Rc<Rgb>)> = Vec::new();
        let of = pictures.len() as u64;
        for (done, DataFile { name, bytes }) in pictures.into_iter().enumerate() {
            host.step(Stage::Decode, done as u64, of).await?;
            match host.decoded(&name, &bytes).await {
                Ok(picture) => coming.push((name, Rc::new(picture))),
                Err(LabError::Cancelled) => return Err(LabError::Cancelled),
                Err(error) => {
                    told.left_out += 1;
                    if told.left_out == 1 {
                        told.first_left_out = error.to_string();
                    }
                }
            }
        }
        self.check_room(coming.iter().map(|(_, picture)| picture))?;
        let texts: Vec<(String, String)> =
            boxes.into_iter().map(|file| (file.name, String::from_utf8_lossy(&file.bytes).into_owned())).collect();
        let own = self.pictures.iter().map(|one| (one.name.clone(), one.size()));
        let new = coming.iter().map(|(name, picture)| (name.clone(), [picture.width(), picture.height()]));
        let found = match texts.is_empty() {
            true => AnnotatedPictures::default(),
            false => annotations_in(&texts, &own.chain(new).collect::<Vec<_>>())?,
        };
        let places = self.places(&found, &coming)?;
        coming.into_iter().for_each(|(name, picture)| self.put(name, picture));
        let classes: Vec<u32> = found.classes.iter().map(|name| self.class_called(name.trim())).collect();
        for (picture, place) in found.pictures.iter().zip(places) {
            match place {
                Some(at) => {
                    let one = |one: &AnnotatedBox| TrueBox { class: classes[one.class as usize], corners: one.corners };
                    self.pictures[at].boxes = picture.boxes.iter().map(one).collect();
                }
                None => told.absent += 1,
            }
        }
        Ok(())
    }

    /// Of each picture of a file of boxes its place among those that are there and those that come.
    fn places(&self, found: &AnnotatedPictures, coming: &[(String, Rc<Rgb>)]) -> Result<Vec<Option<usize>>, LabError> {
        let own = self.pictures.iter().map(|one| (one.name.as_str(), one.size()));
        let new = coming.iter().map(|(name, picture)| (name.as_str(), [picture.width(), picture.height()]));
        let all: Vec<(&str, [u32; 2])> = own.chain(new).collect();
        let mut places = Vec::new();
        for picture in &found.pictures {
            // The one that came last, where several have this name.
            let at = all.iter().rposition(|(name, _)| base(name) == base(&picture.file));
            if let Some((name, [w, h])) = at.map(|at| all[at]) {
                let [width, height] = picture.size;
                ensure!(
                    [w, h] == [width, height],
                    "{name} is {w} × {h} pixels, and its boxes are of a picture of {width} × {height}: they are of other pictures"
                );
            }
            places.push(at);
        }
        let count = places.len();
        let is_any = count == 0 || places.iter().any(Option::is_some);
        let first = found.pictures.first().map_or("", |picture| &picture.file);
        ensure!(
            is_any,
            "the boxes are of {count} pictures, of which none is here: {first} is the first; bring the pictures too"
        );
        Ok(places)
    }

    fn annotated(&self) -> AnnotatedPictures {
        let picture = |one: &ShelvedPicture| AnnotatedPicture {
            file: base(&one.name).to_owned(),
            size: one.size(),
            boxes: one.boxes.iter().map(|one| AnnotatedBox { class: one.class, corners: one.corners }).collect(),
        };
        AnnotatedPictures { classes: self.classes.clone(), pictures: self.pictures.iter().map(picture).collect() }
    }

    pub(super) fn written(&self, format: BoxFormat) -> Result<Exported, LabError> {
        ensure!(!self.pictures.is_empty(), "there is no picture with boxes to write; draw some first");
        let set = self.annotated();
        let zipped = |name: &str, files: Vec<(String, String)>| {
            let mut zip = ZipWriter::default();
            for (name, text) in files {
                zip.add(&name, text.as_bytes())?;
            }
            Ok::<_, LabError>(Exported { name: name.to_owned(), bytes: zip.finish().into() })
        };
        match format {
            BoxFormat::Coco => {
                Ok(Exported { name: "boxes-coco.json".to_owned(), bytes: to_coco(&set).into_bytes().into() })
            }
            BoxFormat::Voc => zipped("boxes-voc.zip", to_voc(&set)),
            BoxFormat::Yolo => {
                let (names, mut files) = to_yolo(&set);
                files.push(("classes.txt".to_owned(), names));
                zipped("boxes-yolo.zip", files)
            }
        }
    }

    /// For learning and measuring.
    pub(super) fn lessons(&self) -> Result<Rc<BoxedPictures>, LabError> {
        if let Some(known) = self.lessons.borrow().clone() {
            return Ok(known);
        }
        let input =
            |one: &ShelvedPicture| (one.id, DetectInput { picture: one.picture.clone(), truth: one.boxes.clone() });
        let made = Rc::new(BoxedPictures::new(self.classes.clone(), self.pictures.iter().map(input).collect())?);
        self.lessons.replace(Some(made.clone()));
        Ok(made)
    }

    pub(super) fn lessons_of(&self, own: bool) -> Result<Lessons, LabError> {
        if own { Ok(Lessons::Own(self.lessons()?)) } else { Ok(Lessons::Scenes) }
    }

    pub(super) fn input(&self, id: u32) -> Result<DetectInput, LabError> {
        let one = &self.pictures[self.at(id)?];
        Ok(DetectInput { picture: one.picture.clone(), truth: Vec::new() })
    }
}

/// A file's name without its folders.
fn base(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}
