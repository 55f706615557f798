//! YOLO's text (Darknet, Redmon 2013–2016): a file for each picture with a line for each box, `class x y width height`, the middle and the
//! extent as shares of the picture; and a file with a class a line.

use super::{AnnotatedPicture, AnnotatedPictures, bad};
use crate::data::DataError;

/// `names` is the file of classes, `files` are those with boxes, each name with its text, and `pictures` files of pictures with width and
/// height. A picture without a file has no boxes.
///
/// # Errors
/// [`DataError::Annotations`].
pub fn yolo_from(
    (names_file, names): (&str, &str),
    files: &[(String, String)],
    pictures: &[(String, [u32; 2])],
) -> Result<AnnotatedPictures, DataError> {
    let classes: Vec<String> =
        names.lines().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    if classes.is_empty() {
        return Err(bad(names_file, "it names no classes; write one on each line"));
    }
    let mut found = Vec::new();
    for (file, size) in pictures {
        found.push(AnnotatedPicture { file: file.clone(), size: *size, boxes: Vec::new() });
    }
    for (file, text) in files {
        let picture = found.iter_mut().find(|picture| stem(&picture.file) == stem(file));
        let picture = picture.ok_or_else(|| bad(file, "it belongs to none of the pictures: none has its name"))?;
        let [width, height] = picture.size.map(|side| side as f32);
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line_number = at + 1;
            let fields: Vec<Option<f32>> = line.split_whitespace().map(|field| field.parse().ok()).collect();
            let count = fields.len();
            let [Some(class), Some(x), Some(y), Some(across), Some(down)] = fields[..] else {
                return Err(bad(file, format!("line {line_number} has {count} numbers, not a class and four")));
            };
            if class < 0.0 || class.fract() != 0.0 || class as usize >= classes.len() {
                let known = classes.len();
                return Err(bad(
                    file,
                    format!("line {line_number} has the class {class}, and {names_file} names {known}, 0 the first"),
                ));
            }
            let (x, y, half) = (x * width, y * height, [across * width / 2.0, down * height / 2.0]);
            picture.put(file, class as u32, [x - half[0], y - half[1], x + half[0], y + half[1]])?;
        }
    }
    Ok(AnnotatedPictures { classes, pictures: found })
}

/// The file of classes, and names and texts of the others, each called after its picture.
pub fn to_yolo(set: &AnnotatedPictures) -> (String, Vec<(String, String)>) {
    let names = set.classes.iter().map(|name| format!("{name}\n")).collect();
    let one = |picture: &AnnotatedPicture| {
        let [width, height] = picture.size.map(|side| side.max(1) as f32);
        let line = |one: &super::AnnotatedBox| {
            let [left, top, right, bottom] = one.corners;
            let (x, y) = ((left + right) / 2.0 / width, (top + bottom) / 2.0 / height);
            format!("{} {x:.6} {y:.6} {:.6} {:.6}\n", one.class, (right - left) / width, (bottom - top) / height)
        };
        (beside(&picture.file, "txt"), picture.boxes.iter().map(line).collect())
    };
    (names, set.pictures.iter().map(one).collect())
}

/// The name without folders and ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The name of a file of another ending for a picture.
pub(super) fn beside(picture: &str, ending: &str) -> String {
    format!("{}.{ending}", stem(picture))
}
