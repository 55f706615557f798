//! A whole project as one file: a zip with a folder of pictures for each class, which any program unpacks, and beside them what this one
//! knows of them. Projects of Teachable Machine are read too.

use crate::data::files::{DataFile, ZipWriter, unzipped};
use crate::data::{Rgb, png};
use crate::lab::{Host, LabError};
use crate::protocol::{Stage, TransferTask};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;

const ABOUT: &str = "neocog-project.json";
const VERSION: u32 = 1;
/// Of a project of Teachable Machine: it says what kind it is of. The published program has no description of its files; what it is known
/// by are files that it wrote and its makers' word that a project is a zip with its labels as JSON.
const MANIFESTS: [&str; 2] = ["manifest.json", "project.json"];
/// There, between the name of a class and its number; and what a class's own download ends with.
const NUMBERED: &str = "-!-";
const SAMPLES: &str = "-samples";

/// What lies beside the pictures.
#[derive(Serialize, Deserialize)]
struct About {
    version: u32,
    classes: Vec<AboutClass>,
    task: Option<TransferTask>,
}

#[derive(Serialize, Deserialize)]
struct AboutClass {
    name: String,
    pictures: Vec<AboutPicture>,
}

#[derive(Serialize, Deserialize)]
struct AboutPicture {
    file: String,
    /// As the person knows it.
    name: String,
    /// The recording that it is a frame of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    burst: Option<u32>,
}

/// A project as it was read; its pictures are still to be decoded.
pub(super) struct Project {
    pub(super) classes: Vec<ProjectClass>,
    pub(super) task: Option<TransferTask>,
}

pub(super) struct ProjectClass {
    pub(super) name: String,
    pub(super) pictures: Vec<ProjectPicture>,
}

pub(super) struct ProjectPicture {
    pub(super) name: String,
    pub(super) burst: Option<u32>,
    /// None where the file lacks it.
    pub(super) bytes: Option<Vec<u8>>,
}

/// One class of what is saved.
pub(super) struct SavedClass {
    pub(super) name: String,
    pub(super) pictures: Vec<SavedPicture>,
}

pub(super) struct SavedPicture {
    pub(super) name: String,
    pub(super) burst: Option<u32>,
    pub(super) picture: Rc<Rgb>,
}

/// The project as a file.
///
/// # Errors
/// [`LabError::Data`] of more than a zip holds, [`LabError::Cancelled`].
pub(super) async fn saved(classes: &[SavedClass], task: TransferTask, host: &impl Host) -> Result<Vec<u8>, LabError> {
    let (mut zip, mut about) = (ZipWriter::default(), Vec::new());
    let of = classes.iter().map(|class| class.pictures.len()).sum::<usize>() as u64;
    let mut done = 0;
    for (number, class) in classes.iter().enumerate() {
        let folder = folder_of(number, &class.name);
        let mut pictures = Vec::new();
        for (at, SavedPicture { name, burst, picture }) in class.pictures.iter().enumerate() {
            host.step(Stage::Store, done, of).await?;
            done += 1;
            let file = format!("{folder}/{at:04}.png");
            zip.add(&file, &png::encode(picture))?;
            pictures.push(AboutPicture { file, name: name.clone(), burst: *burst });
        }
        about.push(AboutClass { name: class.name.clone(), pictures });
    }
    let about = About { version: VERSION, classes: about, task: Some(task) };
    let about = serde_json::to_string(&about).map_err(|error| bad_setup!("{error}"))?;
    zip.add(ABOUT, about.as_bytes())?;
    Ok(zip.finish())
}

/// A name that a folder can have in every system, and no other class's folder has.
fn folder_of(number: usize, class: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || " -_".contains(c) { c } else { '_' };
    format!("{:02} {}", number + 1, class.chars().map(plain).collect::<String>().trim())
}

impl Project {
    /// None where the files are no project.
    ///
    /// # Errors
    /// [`LabError::Data`] of a damaged zip, [`LabError::Setup`] of a project that is not one of pictures, or of a later version.
    pub(super) fn find(files: &[DataFile]) -> Result<Option<Self>, LabError> {
        let [file] = files else { return Ok(None) };
        let Some(members) = unzipped(file)? else { return Ok(None) };
        let text = |name: &str| members.iter().find(|member| member.name == name).map(|member| member.bytes.clone());
        if let Some(about) = text(ABOUT) {
            return Self::own(&file.name, &about, members).map(Some);
        }
        // Whoever has unpacked a project and packed it again has a folder around it.
        let is_manifest = |member: &&DataFile| MANIFESTS.contains(&last_part(&member.name));
        let manifests = members.iter().filter(is_manifest);
        match manifests.filter_map(|member| serde_json::from_slice::<Manifest>(&member.bytes).ok()).next() {
            Some(Manifest { kind }) => Self::teachable(&file.name, &kind, members),
            None => Ok(None),
        }
    }

    fn own(file: &str, about: &[u8], members: Vec<DataFile>) -> Result<Self, LabError> {
        let said: serde_json::Value = serde_json::from_slice(about)
            .map_err(|error| bad_setup!("{file} is damaged: what it says of its classes cannot be read ({error})"))?;
        let version = said.get("version").and_then(serde_json::Value::as_u64).unwrap_or_default();
        ensure!(
            version == u64::from(VERSION),
            "{file} is a project of version {version}, and version {VERSION} is read here; open it with the program that saved it"
        );
        let About { classes, task, .. } = serde_json::from_value(said)
            .map_err(|error| bad_setup!("{file} is damaged: what it says of its classes cannot be read ({error})"))?;
        let mut all: BTreeMap<String, Vec<u8>> = members.into_iter().map(|file| (file.name, file.bytes)).collect();
        let mut picture = |AboutPicture { file, name, burst }: AboutPicture| {
            let bytes = all.remove(&file);
            ProjectPicture { name, burst, bytes }
        };
        let class = |AboutClass { name, pictures }: AboutClass| ProjectClass {
            name,
            pictures: pictures.into_iter().map(&mut picture).collect(),
        };
        Ok(Self { classes: classes.into_iter().map(class).collect(), task })
    }

    /// Each class is a zip within, or a folder: its name, [`NUMBERED`], its number.
    fn teachable(file: &str, kind: &str, members: Vec<DataFile>) -> Result<Option<Self>, LabError> {
        let mut classes: Vec<(u32, ProjectClass)> = Vec::new();
        for member in members {
            let packed = unzipped(&member)?;
            let (path, rest) = match member.name.split_once(NUMBERED) {
                Some(parts) => parts,
                None if packed.is_some() => (member.name.strip_suffix(".zip").unwrap_or(&member.name), ""),
                None => continue,
            };
            ensure!(
                kind == "image",
                "{file} is a project of Teachable Machine for {kind}, and only those for images hold pictures; choose one of these"
            );
            let name = last_part(path.strip_suffix(SAMPLES).unwrap_or(path));
            let number = rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|number| number.parse().ok());
            let inside = match packed {
                Some(inside) => inside,
                None => vec![DataFile { name: rest.to_owned(), bytes: member.bytes }],
            };
            let are_data = |picture: &DataFile| picture.name.ends_with(".json");
            let pictures = inside.into_iter().filter(|picture| !are_data(picture)).map(|picture| ProjectPicture {
                name: picture.name,
                burst: None,
                bytes: Some(picture.bytes),
            });
            match classes.iter_mut().find(|(_, class)| class.name == name) {
                Some((_, class)) => class.pictures.extend(pictures),
                None => {
                    let class = ProjectClass { name: name.to_owned(), pictures: pictures.collect() };
                    classes.push((number.unwrap_or(u32::MAX), class));
                }
            }
        }
        classes.sort_by_key(|(number, _)| *number);
        let classes: Vec<ProjectClass> = classes.into_iter().map(|(_, class)| class).collect();
        Ok((!classes.is_empty()).then_some(Self { classes, task: None }))
    }
}

/// Of a path within a zip.
fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "type")]
    kind: String,
}
