//! PASCAL VOC's annotations (Everingham et al. 2010): an XML file for each picture. Pixels are counted from 1, and `xmax` and `ymax` are in the
//! box. Of XML only what such files have is read: elements, text with entities, comments.

use super::{AnnotatedPicture, AnnotatedPictures, bad};
use crate::data::DataError;

/// `files` are names and texts.
///
/// # Errors
/// [`DataError::Annotations`].
pub fn voc_from(files: &[(String, String)]) -> Result<AnnotatedPictures, DataError> {
    let mut found = AnnotatedPictures::default();
    for (file, text) in files {
        let text = without_comments(text);
        let annotation = inner(&text, "annotation")
            .ok_or_else(|| bad(file, "it is not a VOC annotation: it has no element <annotation>"))?;
        let size = inner(annotation, "size").map(|size| ["width", "height"].map(|side| number(size, side)));
        let Some([Some(width), Some(height)]) = size else {
            return Err(bad(file, "it does not say how wide and high its picture is, in <size>"));
        };
        let stem = file.rsplit(['/', '\\']).next().unwrap_or(file).trim_end_matches(".xml");
        let name = inner(annotation, "filename").map(plain).filter(|name| !name.is_empty());
        let mut picture = AnnotatedPicture {
            file: name.unwrap_or_else(|| format!("{stem}.jpg")),
            size: [width as u32, height as u32],
            boxes: Vec::new(),
        };
        for object in all(annotation, "object") {
            // Heads and hands of a person are no things of their own.
            let object = without(object, "part");
            let name = inner(&object, "name").map(plain).filter(|name| !name.is_empty());
            let name = name.ok_or_else(|| bad(file, "an object has no name"))?;
            let of = |side: &str| inner(&object, "bndbox").and_then(|of| number(of, side));
            let [Some(left), Some(top), Some(right), Some(bottom)] = ["xmin", "ymin", "xmax", "ymax"].map(of) else {
                return Err(bad(file, format!("the object {name} has no box of four numbers, <bndbox>")));
            };
            let class = found.class_of(&name);
            picture.put(file, class, [left - 1.0, top - 1.0, right, bottom])?;
        }
        found.pictures.push(picture);
    }
    Ok(found)
}

/// Names and texts of files, each called after its picture. Corners are rounded to whole pixels, of which there is one at least.
pub fn to_voc(set: &AnnotatedPictures) -> Vec<(String, String)> {
    let one = |picture: &AnnotatedPicture| {
        let [width, height] = picture.size;
        let mut text = format!(
            "<annotation>\n\t<filename>{}</filename>\n\t<size>\n\t\t<width>{width}</width>\n\t\t<height>{height}</height>\n\t\t\
             <depth>3</depth>\n\t</size>\n",
            escaped(&picture.file)
        );
        for one in &picture.boxes {
            let [left, top, right, bottom] = one.corners.map(f32::round);
            let name = set.classes.get(one.class as usize).map_or("", String::as_str);
            text += &format!(
                "\t<object>\n\t\t<name>{}</name>\n\t\t<difficult>0</difficult>\n\t\t<bndbox>\n\t\t\t<xmin>{}</xmin>\n\t\t\t\
                 <ymin>{}</ymin>\n\t\t\t<xmax>{}</xmax>\n\t\t\t<ymax>{}</ymax>\n\t\t</bndbox>\n\t</object>\n",
                escaped(name),
                left + 1.0,
                top + 1.0,
                right.max(left + 1.0),
                bottom.max(top + 1.0)
            );
        }
        (super::yolo::beside(&picture.file, "xml"), text + "</annotation>\n")
    };
    set.pictures.iter().map(one).collect()
}

/// What is within the next element of this name, and what comes behind it.
fn next<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = text.find(&open)? + open.len();
    let end = start + text[start..].find(&close)?;
    Some((&text[start..end], &text[end + close.len()..]))
}

fn inner<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    next(text, name).map(|(inner, _)| inner)
}

fn all<'a>(mut text: &'a str, name: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    while let Some((inner, rest)) = next(text, name) {
        found.push(inner);
        text = rest;
    }
    found
}

fn without(text: &str, name: &str) -> String {
    let mut left = text.to_owned();
    while let Some((inner, rest)) = next(&left, name) {
        let start = left.len() - rest.len() - inner.len() - 2 * name.len() - "<></>".len();
        left = format!("{}{rest}", &left[..start]);
    }
    left
}

fn without_comments(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        left += before;
        rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
    }
    left + rest
}

fn number(text: &str, name: &str) -> Option<f32> {
    inner(text, name)?.trim().parse().ok().filter(|number: &f32| number.is_finite())
}

const ENTITIES: [(&str, &str); 5] = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];

fn plain(text: &str) -> String {
    ENTITIES.iter().fold(text.trim().to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

fn escaped(text: &str) -> String {
    ENTITIES.iter().rev().fold(text.to_owned(), |text, (entity, letter)| text.replace(letter, entity))
}
