//! COCO's captions: `{"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}` (Chen et al. 2015). An image
//! may have a `split`, as Karpathy's files do.

use super::{CaptionLine, Captions, part_from};
use crate::data::DataError;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Whole {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Image {
    id: Id,
    file_name: String,
    split: Option<String>,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: Id,
    /// COCO's other annotations have none.
    caption: Option<String>,
}

/// Numbers, and what some programs write for them.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(i64),
    Text(String),
}

pub(super) fn captions_from(file: &str, text: &str) -> Result<Captions, DataError> {
    let bad = |detail: String| DataError::Captions { file: file.to_owned(), detail };
    let whole: Whole =
        serde_json::from_str(text).map_err(|error| bad(format!("it is not COCO's JSON of captions: {error}")))?;
    let mut images = BTreeMap::new();
    for Image { id, file_name, split } in whole.images {
        let part = match split.as_deref().map(|split| (split, part_from(split))) {
            Some((split, None)) => {
                return Err(bad(format!("{file_name} is of the split “{split}”, not of train, val or test")));
            }
            Some((_, part)) => part,
            None => None,
        };
        images.insert(id, (file_name, part));
    }
    let mut found = Captions::default();
    for Annotation { image_id, caption } in whole.annotations {
        let Some(sentence) = caption else { continue };
        match images.get(&image_id) {
            Some((picture, part)) => {
                found.captions.push(CaptionLine { picture: picture.replace('\\', "/"), sentence, part: *part });
            }
            None => found.unnamed += 1,
        }
    }
    Ok(found)
}
