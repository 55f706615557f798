//! COCO's JSON (Lin et al. 2014): what its files of boxes and of keypoints have in common.

use super::DataError;
use super::boxes::bad;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct CocoFile<A> {
    pub(super) images: Vec<CocoImage>,
    pub(super) categories: Vec<CocoCategory>,
    pub(super) annotations: Vec<A>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CocoImage {
    pub(super) id: i64,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) file_name: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CocoCategory {
    pub(super) id: i64,
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) keypoints: Vec<String>,
}

impl<A: DeserializeOwned> CocoFile<A> {
    /// `of` is what the annotations are, for the message.
    ///
    /// # Errors
    /// [`DataError::Annotations`]
    pub(super) fn read(file: &str, text: &str, of: &str) -> Result<Self, DataError> {
        serde_json::from_str(text).map_err(|error| bad(file, format!("it is not COCO's JSON of {of}: {error}")))
    }
}

impl<A: Serialize> CocoFile<A> {
    pub(super) fn text(&self) -> String {
        // Finite numbers and texts are never refused.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Of an annotation, by its place in the file, that is of an image or a category with a number that the file does not list.
pub(super) fn unlisted(file: &str, at: usize, what: &str, id: i64) -> DataError {
    bad(file, format!("annotation {at} is of {what} {id}, which it does not list"))
}
