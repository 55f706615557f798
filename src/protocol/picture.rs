//! Pictures: how they come in, and what the page shows of them.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Decode a picture; it stays in the worker under the id of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddPicture {
    /// File name or other title, for the tray and for messages.
    pub name: String,
    pub source: PictureSource,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureSource {
    /// An encoded file: PNG, JPEG, WebP, GIF (first frame), BMP, and what else the browser decodes.
    Bytes(ByteBuf),
    /// Fetched by the worker.
    Url(String),
    /// A picture that the program draws, by its name in [`super::EngineStatus::gallery`].
    Gallery(String),
    /// Raw pixels, of a webcam for example.
    Pixels(Pixels),
}

/// RGBA, 8 bit, rows from the top, `width · height · 4` bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub rgba: ByteBuf,
}

/// A decoded picture: upright, alpha composed over white.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    pub id: u32,
    pub name: String,
    pub width: u32,
    pub height: u32,
    /// It looks like something written or drawn in one ink: a network for digits is the one to ask.
    pub is_ink: bool,
    /// At most 640 pixels on the longer side, as the networks see it.
    pub preview: Pixels,
}
