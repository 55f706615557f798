//! COCO's detection: `{"images": […], "categories": […], "annotations": [{"image_id", "category_id", "bbox": [x, y, width, height]}]}`
//! (Lin et al. 2014). A crowd (`iscrowd`) is no thing.

use super::{AnnotatedPicture, AnnotatedPictures, bad};
use crate::data::DataError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
struct Whole {
    images: Vec<Image>,
    categories: Vec<Category>,
    annotations: Vec<Annotation>,
}

#[derive(Serialize, Deserialize)]
struct Image {
    id: i64,
    width: u32,
    height: u32,
    file_name: String,
}

#[derive(Serialize, Deserialize)]
struct Category {
    id: i64,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Annotation {
    #[serde(default)]
    id: i64,
    image_id: i64,
    category_id: Option<i64>,
    /// Left, top, width, height.
    bbox: Option<[f32; 4]>,
    #[serde(default)]
    area: f32,
    #[serde(default)]
    iscrowd: u8,
}

/// # Errors
/// [`DataError::Annotations`].
pub fn coco_from(file: &str, text: &str) -> Result<AnnotatedPictures, DataError> {
    let Whole { images, categories, annotations } =
        serde_json::from_str(text).map_err(|error| bad(file, format!("it is not COCO's JSON of boxes: {error}")))?;
    let classes: BTreeMap<i64, u32> = categories.iter().zip(0..).map(|(category, at)| (category.id, at)).collect();
    let places: BTreeMap<i64, usize> = images.iter().enumerate().map(|(at, image)| (image.id, at)).collect();
    let picture =
        |image: Image| AnnotatedPicture { file: image.file_name, size: [image.width, image.height], boxes: Vec::new() };
    let mut found = AnnotatedPictures {
        classes: categories.into_iter().map(|category| category.name).collect(),
        pictures: images.into_iter().map(picture).collect(),
    };
    for (at, annotation) in annotations.into_iter().enumerate() {
        let Annotation { image_id, category_id, bbox, iscrowd, .. } = annotation;
        let (Some(category), Some([left, top, width, height])) = (category_id, bbox) else {
            return Err(bad(file, "its annotations are no boxes but captions or something else"));
        };
        let place = places.get(&image_id).copied();
        let place = place
            .ok_or_else(|| bad(file, format!("annotation {at} is of image {image_id}, which it does not list")))?;
        let class = classes.get(&category).copied();
        let class = class
            .ok_or_else(|| bad(file, format!("annotation {at} is of category {category}, which it does not list")))?;
        if iscrowd == 0 {
            found.pictures[place].put(file, class, [left, top, left + width, top + height])?;
        }
    }
    Ok(found)
}

/// Numbers of images, categories and annotations from 1 on.
pub fn to_coco(set: &AnnotatedPictures) -> String {
    let numbered = |at: usize| at as i64 + 1;
    let image = |(at, picture): (usize, &AnnotatedPicture)| {
        let [width, height] = picture.size;
        Image { id: numbered(at), width, height, file_name: picture.file.clone() }
    };
    let boxes =
        set.pictures.iter().enumerate().flat_map(|(at, picture)| picture.boxes.iter().map(move |one| (at, one)));
    let annotations = boxes.enumerate().map(|(number, (at, one))| {
        let [left, top, right, bottom] = one.corners;
        let [width, height] = [right - left, bottom - top];
        Annotation {
            id: numbered(number),
            image_id: numbered(at),
            category_id: Some(i64::from(one.class) + 1),
            bbox: Some([left, top, width, height]),
            area: width * height,
            iscrowd: 0,
        }
    });
    let whole = Whole {
        images: set.pictures.iter().enumerate().map(image).collect(),
        categories: set
            .classes
            .iter()
            .enumerate()
            .map(|(at, name)| Category { id: numbered(at), name: name.clone() })
            .collect(),
        annotations: annotations.collect(),
    };
    // Finite numbers and texts are never refused.
    serde_json::to_string(&whole).unwrap_or_default()
}
