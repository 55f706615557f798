//! COCO's detection: `{"images": […], "categories": […], "annotations": [{"image_id", "category_id", "bbox": [x, y, width, height]}]}`
//! (Lin et al. 2014). A crowd (`iscrowd`) is no thing.

use super::{AnnotatedPicture, AnnotatedPictures, bad};
use crate::data::DataError;
use crate::data::coco::{CocoCategory, CocoFile, CocoImage, unlisted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    let CocoFile { images, categories, annotations } = CocoFile::<Annotation>::read(file, text, "boxes")?;
    let classes: BTreeMap<i64, u32> = categories.iter().zip(0..).map(|(category, at)| (category.id, at)).collect();
    let places: BTreeMap<i64, usize> = images.iter().enumerate().map(|(at, image)| (image.id, at)).collect();
    let picture = |image: CocoImage| AnnotatedPicture {
        file: image.file_name,
        size: [image.width, image.height],
        boxes: Vec::new(),
    };
    let mut found = AnnotatedPictures {
        classes: categories.into_iter().map(|category| category.name).collect(),
        pictures: images.into_iter().map(picture).collect(),
    };
    for (at, annotation) in annotations.into_iter().enumerate() {
        let Annotation { image_id, category_id, bbox, iscrowd, .. } = annotation;
        let (Some(category), Some([left, top, width, height])) = (category_id, bbox) else {
            return Err(bad(file, "its annotations are no boxes but captions or something else"));
        };
        let place = *places.get(&image_id).ok_or_else(|| unlisted(file, at, "image", image_id))?;
        let class = *classes.get(&category).ok_or_else(|| unlisted(file, at, "category", category))?;
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
        CocoImage { id: numbered(at), width, height, file_name: picture.file.clone() }
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
    let whole = CocoFile {
        images: set.pictures.iter().enumerate().map(image).collect(),
        categories: set
            .classes
            .iter()
            .enumerate()
            .map(|(at, name)| CocoCategory { id: numbered(at), name: name.clone(), keypoints: Vec::new() })
            .collect(),
        annotations: annotations.collect(),
    };
    whole.text()
}
