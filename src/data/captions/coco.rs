//! COCO's captions: `{"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}` (Chen et al. 2015). An image
//! may have a `split`. Karpathy's files have one, and the sentences in it: `{"images": [{"filename", "split", "sentences": [{"raw"}]}]}`.

use super::{CaptionLine, Captions, part_from};
use crate::data::DataError;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Whole {
    images: Vec<Image>,
    annotations: Option<Vec<Annotation>>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(alias = "imgid")]
    id: Id,
    #[serde(alias = "filename")]
    file_name: String,
    /// Karpathy's: the folder.
    filepath: Option<String>,
    split: Option<String>,
    sentences: Option<Vec<Sentence>>,
}

#[derive(Deserialize)]
struct Sentence {
    raw: String,
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
    let bad = |detail: String| DataError::Annotations { file: file.to_owned(), detail };
    let whole: Whole =
        serde_json::from_str(text).map_err(|error| bad(format!("it is not COCO's JSON of captions: {error}")))?;
    let mut images = BTreeMap::new();
    let mut found = Captions::default();
    let has_sentences = whole.images.iter().any(|image| image.sentences.is_some());
    for Image { id, file_name, filepath, split, sentences } in whole.images {
        let name =
            filepath.map_or_else(|| file_name.clone(), |folder| format!("{folder}/{file_name}")).replace('\\', "/");
        let part = match split.as_deref().map(|split| (split, part_from(split))) {
            Some((split, None)) => {
                return Err(bad(format!("{file_name} is of the split “{split}”, not of train, val or test")));
            }
            Some((_, part)) => part,
            None => None,
        };
        for Sentence { raw } in sentences.unwrap_or_default() {
            found.captions.push(CaptionLine { picture: name.clone(), sentence: raw, part });
        }
        images.insert(id, (name, part));
    }
    if whole.annotations.is_none() && !has_sentences {
        return Err(bad("it is not COCO's JSON of captions: it has neither annotations nor sentences".to_owned()));
    }
    for Annotation { image_id, caption } in whole.annotations.into_iter().flatten() {
        let Some(sentence) = caption else { continue };
        match images.get(&image_id) {
            Some((picture, part)) => {
                found.captions.push(CaptionLine { picture: picture.clone(), sentence, part: *part });
            }
            None => found.unnamed += 1,
        }
    }
    Ok(found)
}
