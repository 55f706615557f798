//! Pictures with boxes of a person's own: drawn in the page, or brought with a file of boxes.

use super::TrueBox;
use crate::protocol::{DataFile, Pixels};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What is done to the album. Whatever is refused, nothing of it is lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlbumChange {
    /// Nothing: all is told, with all thumbnails.
    Tell,
    /// Pictures, and files of boxes: COCO's JSON, PASCAL VOC's XML, YOLO's text files with `classes.txt`, a table with tabs. Boxes go to
    /// the pictures of their names, those that are there already among them.
    Files(Vec<DataFile>),
    /// Pictures of the tray, with their names.
    Tray(Vec<(u32, String)>),
    /// Drawn scenes with their boxes: this one and those behind it.
    Scenes {
        first: u32,
        count: u32,
    },
    /// In place of all boxes of a picture.
    Boxes {
        picture: u32,
        boxes: Vec<TrueBox>,
    },
    /// The boxes of one picture for another one too, as for the next frame of a recording; those of the other one stay.
    Copy {
        from: u32,
        to: u32,
    },
    AddClass(String),
    RenameClass {
        class: u32,
        name: String,
    },
    /// With its boxes.
    DropClass(u32),
    Remove(Vec<u32>),
    Clear,
}

impl AlbumChange {
    /// Pictures that are kept.
    pub const PICTURES: usize = 2000;

    pub(super) fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            AlbumChange::Files(files) => files.iter_mut().map(|file| &mut file.bytes).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            AlbumChange::Tray(pictures) => pictures.iter_mut().map(|(picture, _)| picture).collect(),
            _ => Vec::new(),
        }
    }
}

/// The album as it is now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxAlbum {
    pub classes: Vec<String>,
    pub pictures: Vec<BoxedPicture>,
    /// Of the pictures that are new: their numbers, and as they are shown, at most 640 pixels on the longer side.
    pub previews: Vec<(u32, Pixels)>,
    /// Files that cannot be read, and the first of them with the reason.
    pub left_out: u32,
    pub first_left_out: String,
    /// Pictures that a file of boxes names and that are not here.
    pub absent: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxedPicture {
    /// None is ever another's.
    pub id: u32,
    pub name: String,
    /// Width and height in pixels, in which its boxes are.
    pub size: [u32; 2],
    pub boxes: Vec<TrueBox>,
}

choices! {
    /// How boxes are written.
    pub enum BoxFormat {
        /// One JSON file.
        Coco,
        /// An archive of an XML file for each picture.
        Voc,
        /// An archive of a text file for each picture, and `classes.txt`.
        Yolo,
    }
}
