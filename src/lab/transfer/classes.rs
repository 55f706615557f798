//! The pictures that a person has sorted into classes.

use super::LabelledPictures;
use super::project::{Project, ProjectPicture, SavedClass, SavedPicture, saved};
use super::store::KnownPicture;
use crate::data::dataset::Dataset;
use crate::data::files::{DataFile, Found, Pictures, combine};
use crate::data::procedural::{Recipe, Set};
use crate::data::resize::resize;
use crate::data::{DataError, Rgb};
use crate::lab::{Host, LabError, files_from, rgb_from_pixels, thumbnail};
use crate::protocol::{ClassChange, ClassPicture, OwnClass, OwnClasses, Pixels, Stage, TransferTask};
use std::rc::Rc;

/// Of a thumbnail's longer side, in pixels.
const THUMBNAIL: u32 = 72;
/// A picture that is longer is kept in this length: no network here reads more of it.
const KEPT_SIDE: u32 = 448;
/// Of all pictures that are kept.
const KEPT_BYTES: usize = 512 << 20;
/// The file of what is kept for the next visit, and the bytes of its pictures at most.
const KEPT: &str = "fine-tuning-classes.zip";
const MOST_BYTES: usize = 128 << 20;
/// Of a class's name.
const NAME: usize = 60;

#[derive(Default)]
pub(super) struct ClassShelf {
    classes: Vec<ShelfClass>,
    next: u32,
}

struct ShelfClass {
    name: String,
    pictures: Vec<ShelfPicture>,
}

#[derive(Clone)]
struct ShelfPicture {
    id: u32,
    name: String,
    known: KnownPicture,
}

impl ShelfPicture {
    fn saved(&self) -> SavedPicture {
        SavedPicture { name: self.name.clone(), burst: self.known.burst, picture: self.known.picture.clone() }
    }
}

/// A picture on its way into a class.
struct Coming {
    class: String,
    name: String,
    picture: Rgb,
    /// The recording that it is a frame of.
    burst: Option<u32>,
}

impl Coming {
    fn new(class: &str, name: impl Into<String>, picture: Rgb) -> Self {
        Self { class: class.to_owned(), name: name.into(), picture, burst: None }
    }
}

impl ClassShelf {
    pub(super) async fn change(&mut self, change: ClassChange, host: &impl Host) -> Result<OwnClasses, LabError> {
        let first_new = self.next;
        let mut told = OwnClasses::default();
        match change {
            ClassChange::Tell => {
                told.thumbnails = self.thumbnails(0)?;
                told.classes = self.told();
                return Ok(told);
            }
            ClassChange::Files { class, files } => {
                let files = files_from(files, host).await?;
                match (&class, Project::find(&files)?) {
                    (None, Some(project)) => self.open(project, &mut told, host).await?,
                    (Some(class), _) => self.take(of_class(class, &files, &mut told, host).await?)?,
                    (None, None) => self.take(sorted(files, &mut told, host).await?)?,
                }
            }
            ClassChange::Tray { class, pictures } => {
                let one = |&id: &u32| Ok(Coming::new(&class, format!("{id}"), (*host.picture(id)?).clone()));
                self.take(pictures.iter().map(one).collect::<Result<Vec<_>, LabError>>()?)?;
            }
            ClassChange::Frames { class, frames } => {
                // No other picture has this number, and so no other recording.
                let recording = self.next;
                let one = |(at, frame): (usize, &Pixels)| {
                    let coming = Coming::new(&class, format!("{recording} {}", at + 1), rgb_from_pixels(frame)?);
                    Ok(Coming { burst: Some(recording), ..coming })
                };
                self.take(frames.iter().enumerate().map(one).collect::<Result<Vec<_>, LabError>>()?)?;
            }
            ClassChange::Drawn { set, classes, each, seed } => {
                let coming = drawn(&set, &classes, each, seed)?;
                self.classes.clear();
                self.take(coming)?;
            }
            ClassChange::Add { class } => {
                let name = self.fresh(&class)?;
                self.classes.push(ShelfClass { name, pictures: Vec::new() });
            }
            ClassChange::Rename { class, name } => {
                let at = self.at(&class)?;
                if name.trim() != class {
                    self.classes[at].name = self.fresh(&name)?;
                }
            }
            ClassChange::Drop { class } => {
                let at = self.at(&class)?;
                self.classes.remove(at);
            }
            ClassChange::Remove { pictures } => {
                self.classes.iter_mut().for_each(|class| class.pictures.retain(|one| !pictures.contains(&one.id)));
            }
            ClassChange::Move { pictures, class } => {
                let to = self.at(&class)?;
                let mut moved = Vec::new();
                for class in &mut self.classes {
                    moved.extend(class.pictures.extract_if(.., |one| pictures.contains(&one.id)));
                }
                self.classes[to].pictures.extend(moved);
            }
            ClassChange::Clear => self.classes.clear(),
            ClassChange::Stopped => {
                let file = host.kept(KEPT).await.map(|bytes| DataFile { name: KEPT.to_owned(), bytes });
                // One that is damaged is none.
                if let Some(project) = file.and_then(|file| Project::find(&[file]).ok()?) {
                    self.open(project, &mut told, host).await?;
                }
            }
        }
        told.thumbnails = self.thumbnails(first_new)?;
        told.classes = self.told();
        Ok(told)
    }

    /// In place of all there are, or nothing of it.
    async fn open(&mut self, project: Project, told: &mut OwnClasses, host: &impl Host) -> Result<(), LabError> {
        let (mut coming, mut opened) = (Vec::new(), Self { classes: Vec::new(), next: self.next });
        let mut recordings: Vec<u32> = Vec::new();
        let of = project.classes.iter().map(|class| class.pictures.len()).sum::<usize>() as u64;
        let mut done = 0;
        for class in project.classes {
            let name = opened.fresh(&class.name)?;
            for ProjectPicture { name, burst, bytes } in class.pictures {
                host.step(Stage::Decode, done, of).await?;
                done += 1;
                let picture = decoded(&name, &bytes.unwrap_or_default(), told, host).await?;
                let burst = burst.map(|burst| {
                    let known = recordings.iter().position(|known| *known == burst);
                    let at = known.unwrap_or_else(|| {
                        recordings.push(burst);
                        recordings.len() - 1
                    });
                    // One of the numbers that its pictures have from now on.
                    self.next + at as u32
                });
                coming.extend(picture.map(|picture| Coming { burst, ..Coming::new(&class.name, name, picture) }));
            }
            opened.classes.push(ShelfClass { name, pictures: Vec::new() });
        }
        if of > 0 {
            must_have_some(&coming, told)?;
        }
        opened.take(coming)?;
        *self = opened;
        told.task = project.task;
        Ok(())
    }

    /// All of it as one file.
    pub(super) async fn saved(&self, task: TransferTask, host: &impl Host) -> Result<Vec<u8>, LabError> {
        ensure!(!self.classes.is_empty(), "there is no class yet that could be saved; add one");
        let class = |class: &ShelfClass| SavedClass {
            name: class.name.clone(),
            pictures: class.pictures.iter().map(ShelfPicture::saved).collect(),
        };
        let classes: Vec<SavedClass> = self.classes.iter().map(class).collect();
        saved(&classes, task, host).await
    }

    /// For the next visit, so that what is done with them can go on; too many or too large ones are not kept.
    pub(super) async fn keep(&self, task: &TransferTask, host: &impl Host) -> Result<(), LabError> {
        let pictures = self.classes.iter().flat_map(|class| &class.pictures);
        let bytes: usize = pictures.map(|picture| picture.known.picture.pixels().len()).sum();
        let file = if bytes > MOST_BYTES { Vec::new() } else { self.saved(task.clone(), host).await? };
        let _ = host.keep(KEPT, &file).await;
        Ok(())
    }

    fn told(&self) -> Vec<OwnClass> {
        let told = |class: &ShelfClass| OwnClass {
            name: class.name.clone(),
            pictures: class.pictures.iter().map(|picture| picture.id).collect(),
        };
        self.classes.iter().map(told).collect()
    }

    /// Of the pictures from this number on.
    fn thumbnails(&self, from: u32) -> Result<Vec<ClassPicture>, LabError> {
        let new = self.classes.iter().flat_map(|class| &class.pictures).filter(|picture| picture.id >= from);
        let one = |picture: &ShelfPicture| {
            let (id, name) = (picture.id, picture.name.clone());
            Ok(ClassPicture { id, name, thumbnail: thumbnail(&picture.known.picture, THUMBNAIL)? })
        };
        new.map(one).collect()
    }

    /// What there is to learn, and the numbers of the pictures.
    pub(super) fn subject(&self) -> Result<(LabelledPictures, Vec<u32>), LabError> {
        let (mut ids, mut labels, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
        for (label, class) in self.classes.iter().enumerate() {
            for picture in &class.pictures {
                ids.push(picture.id);
                labels.push(label as u32);
                pictures.push(picture.known.clone());
            }
        }
        let classes = self.classes.iter().map(|class| class.name.clone()).collect();
        Ok((LabelledPictures::of(classes, labels, pictures)?, ids))
    }

    fn at(&self, class: &str) -> Result<usize, LabError> {
        let found = self.classes.iter().position(|known| known.name == class);
        found.ok_or_else(|| bad_setup!("there is no class {class}"))
    }

    /// A name that no class has.
    fn fresh(&self, name: &str) -> Result<String, LabError> {
        let name = name.trim();
        ensure!(!name.is_empty(), "a class needs a name");
        ensure!(
            name.chars().count() <= NAME,
            "a class's name of {} letters is too long; choose at most {NAME}",
            name.chars().count()
        );
        let is_new = self.classes.iter().all(|known| known.name != name);
        ensure!(is_new, "two classes cannot both be called {name}; choose another name");
        Ok(name.to_owned())
    }

    /// All of them, or none.
    fn take(&mut self, coming: Vec<Coming>) -> Result<(), LabError> {
        let here: usize = self.classes.iter().map(|class| class.pictures.len()).sum();
        let (count, most) = (here + coming.len(), ClassChange::PICTURES);
        ensure!(count <= most, "{count} pictures are more than the {most} that can be kept; bring fewer");
        let kept = self.classes.iter().flat_map(|class| &class.pictures);
        let mut bytes: usize = kept.map(|picture| picture.known.picture.pixels().len()).sum();
        let mut new = Vec::new();
        for Coming { class, name, picture, burst } in coming {
            let picture = kept_size(picture)?;
            bytes += picture.pixels().len();
            ensure!(
                bytes <= KEPT_BYTES,
                "{count} pictures are more than {} MiB together, for which there is no room; bring fewer or smaller ones",
                KEPT_BYTES >> 20
            );
            new.push((class, name, KnownPicture { burst, ..KnownPicture::new(Rc::new(picture))? }));
        }
        for (class, name, known) in new {
            let at = match self.at(&class) {
                Ok(at) => at,
                Err(_) => {
                    let name = self.fresh(&class)?;
                    self.classes.push(ShelfClass { name, pictures: Vec::new() });
                    self.classes.len() - 1
                }
            };
            let id = self.next;
            self.next += 1;
            self.classes[at].pictures.push(ShelfPicture { id, name, known });
        }
        Ok(())
    }
}

fn kept_size(picture: Rgb) -> Result<Rgb, LabError> {
    let (width, height) = (picture.width(), picture.height());
    let longer = width.max(height);
    if longer <= KEPT_SIDE {
        return Ok(picture);
    }
    let scaled = |side: u32| (u64::from(side) * u64::from(KEPT_SIDE)).div_ceil(u64::from(longer)).max(1) as u32;
    Ok(resize(&picture, scaled(width), scaled(height))?)
}

/// All files as pictures of this class, whatever folder they are in; those that are none are left out.
async fn of_class(
    class: &str,
    files: &[DataFile],
    told: &mut OwnClasses,
    host: &impl Host,
) -> Result<Vec<Coming>, LabError> {
    let mut coming = Vec::new();
    for (at, file) in files.iter().enumerate() {
        host.step(Stage::Decode, at as u64, files.len() as u64).await?;
        let picture = decoded(&file.name, &file.bytes, told, host).await?;
        coming.extend(picture.map(|picture| Coming::new(class, &file.name, picture)));
    }
    must_have_some(&coming, told)?;
    Ok(coming)
}

/// By folders, or by the labels of a data set.
async fn sorted(files: Vec<DataFile>, told: &mut OwnClasses, host: &impl Host) -> Result<Vec<Coming>, LabError> {
    let found = match combine(files) {
        Err(DataError::NoClass { file } | DataError::OnlyPicture { file }) => {
            return Err(bad_setup!(
                "{file} lies in no folder that names its class; put the pictures of each class into a folder of its own, or add them to a class"
            ));
        }
        found => found?,
    };
    let pictures: Pictures = match found {
        Found::Dataset(data) => return of_set(&data, told),
        Found::Pictures(pictures) => pictures,
    };
    let mut coming = Vec::new();
    for at in 0..pictures.len() {
        host.step(Stage::Decode, at as u64, pictures.len() as u64).await?;
        let Some(file) = pictures.read(at) else { break };
        let file = file?;
        let picture = decoded(file.name, &file.bytes, told, host).await?;
        coming.extend(picture.map(|picture| Coming::new(file.class, file.name, picture)));
    }
    must_have_some(&coming, told)?;
    Ok(coming)
}

fn must_have_some(coming: &[Coming], told: &OwnClasses) -> Result<(), LabError> {
    let OwnClasses { left_out, first_left_out, .. } = told;
    ensure!(!coming.is_empty(), "none of {left_out} files is a picture that can be read: {first_left_out}");
    Ok(())
}

async fn decoded(name: &str, bytes: &[u8], told: &mut OwnClasses, host: &impl Host) -> Result<Option<Rgb>, LabError> {
    match host.decoded(name, bytes).await {
        Ok(picture) => Ok(Some(picture)),
        Err(LabError::Cancelled) => Err(LabError::Cancelled),
        Err(error) => {
            told.left_out += 1;
            if told.first_left_out.is_empty() {
                told.first_left_out = crate::protocol::Trouble::from(error).to_string();
            }
            Ok(None)
        }
    }
}

/// As many of each class as there is room for.
fn of_set(data: &Dataset, told: &mut OwnClasses) -> Result<Vec<Coming>, LabError> {
    let most = (ClassChange::PICTURES / data.classes.len().max(1)).max(1);
    let mut counts = vec![0; data.classes.len()];
    let mut coming = Vec::new();
    for (at, &label) in data.labels.iter().enumerate() {
        if counts[label as usize] == most {
            told.beyond += 1;
            continue;
        }
        let picture = data.picture(at);
        let picture = picture.ok_or_else(|| bad_setup!("{} has points and no pictures", data.name))?;
        counts[label as usize] += 1;
        coming.push(Coming::new(&data.classes[label as usize], format!("{} {at}", data.name), picture));
    }
    Ok(coming)
}

fn drawn(set: &str, classes: &[String], each: u32, seed: u32) -> Result<Vec<Coming>, LabError> {
    let set = Set::find(set)?;
    let (of, count) = (set.classes.len() as u32, classes.len() as u32);
    let most = ClassChange::PICTURES as u32 / count.max(1);
    ensure!(count > 1, "{count} classes of {} cannot be told apart; choose at least two", set.id);
    if let Some(other) = classes.iter().find(|class| !set.classes.contains(&class.as_str())) {
        return Err(bad_setup!("{} has no class {other}; it has {}", set.id, set.classes.join(", ")));
    }
    ensure!((2..=most).contains(&each), "{each} pictures of each class cannot be drawn; choose 2 to {most}");
    // Classes come in turn, and some in the parts for validation and test, which make no difference here.
    let data = set.draw(&Recipe { seed, count: of * each, ..Recipe::default() })?;
    ensure!(data.picture(0).is_some(), "{} has points and no pictures; choose one with pictures", set.id);
    let mut coming = Vec::new();
    for class in classes {
        let is_its = |(_, label): &(usize, &u32)| data.classes[**label as usize] == *class;
        let its = data.labels.iter().enumerate().filter(is_its).take(each as usize);
        coming
            .extend(its.filter_map(|(at, _)| Some(Coming::new(class, format!("{} {at}", set.id), data.picture(at)?))));
    }
    Ok(coming)
}
