//! The classes of a person's own: pictures come in, go out, and change their class.

use super::TransferTask;
use crate::protocol::{DataFile, Pixels};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What is done to the classes. Whatever is refused, nothing of them is lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassChange {
    /// Nothing: they are told, with all thumbnails.
    Tell,
    /// Pictures in a folder for each class, an archive of these, or a data set; or, with a class, pictures of that class. A project, this
    /// program's or Teachable Machine's, takes the place of all there are.
    Files {
        class: Option<String>,
        files: Vec<DataFile>,
    },
    /// Pictures of the tray, for a class, which is made where it is not there.
    Tray {
        class: String,
        pictures: Vec<u32>,
    },
    /// Frames of one recording, for a class, which is made where it is not there. All frames of a recording are on one side of every split.
    Frames {
        class: String,
        frames: Vec<Pixels>,
    },
    /// In place of all there are: these classes of a set that the program draws, each with so many pictures.
    Drawn {
        set: String,
        classes: Vec<String>,
        each: u32,
        seed: u32,
    },
    /// A class without a picture.
    Add {
        class: String,
    },
    Rename {
        class: String,
        name: String,
    },
    /// With its pictures.
    Drop {
        class: String,
    },
    Remove {
        pictures: Vec<u32>,
    },
    Move {
        pictures: Vec<u32>,
        class: String,
    },
    Clear,
    /// In place of all there are: those of a run of fine-tuning that was stopped, closed or lost, by an earlier visit too, with what it
    /// was set to. Without such a run nothing is changed, and no class is told.
    Stopped,
}

impl ClassChange {
    /// Pictures that are kept, of all classes together.
    pub const PICTURES: usize = 5000;

    pub(super) fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            ClassChange::Files { files, .. } => files.iter_mut().map(|file| &mut file.bytes).collect(),
            ClassChange::Frames { frames, .. } => frames.iter_mut().map(|frame| &mut frame.rgba).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            ClassChange::Tray { pictures, .. } => pictures.iter_mut().collect(),
            _ => Vec::new(),
        }
    }
}

/// The classes as they are now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnClasses {
    pub classes: Vec<OwnClass>,
    /// Of the pictures that are new.
    pub thumbnails: Vec<ClassPicture>,
    /// Files that cannot be read, and the first of them with the reason.
    pub left_out: u32,
    pub first_left_out: String,
    /// Pictures of a data set that were not taken: there is no room for all.
    pub beyond: u32,
    /// What a project that was opened is set to.
    pub task: Option<TransferTask>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnClass {
    pub name: String,
    /// Numbers of its pictures: none is ever another's.
    pub pictures: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassPicture {
    pub id: u32,
    /// Of its file.
    pub name: String,
    pub thumbnail: Pixels,
}
