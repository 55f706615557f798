//! A table with tabs: a line for each box, and the names of the fields on the first one.

use super::{AnnotatedPicture, AnnotatedPictures, bad};
use crate::data::DataError;

const FIELDS: [&str; 8] = ["file", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"];

/// Corners are as they are here, from 0.
///
/// # Errors
/// [`DataError::Annotations`].
pub fn table_from(file: &str, text: &str) -> Result<AnnotatedPictures, DataError> {
    let mut lines = text.lines().enumerate();
    let head = lines.next().map(|(_, line)| line.split('\t').map(str::trim).collect::<Vec<_>>());
    if head.as_deref() != Some(&FIELDS) {
        return Err(bad(file, format!("its first line is not {}, with tabs between", FIELDS.join(", "))));
    }
    let mut found = AnnotatedPictures::default();
    for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let number = at + 1;
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        if fields.len() != FIELDS.len() {
            return Err(bad(file, format!("line {number} has {} fields, not {}", fields.len(), FIELDS.len())));
        }
        let parsed = |at: usize| {
            fields[at].parse::<f32>().map_err(|_| bad(file, format!("line {number}: {} is no number", fields[at])))
        };
        let size = [parsed(1)? as u32, parsed(2)? as u32];
        let corners = [parsed(4)?, parsed(5)?, parsed(6)?, parsed(7)?];
        let class = found.class_of(fields[3]);
        if found.pictures.last().is_none_or(|picture| picture.file != fields[0]) {
            found.pictures.push(AnnotatedPicture { file: fields[0].to_owned(), size, boxes: Vec::new() });
        }
        if let Some(picture) = found.pictures.last_mut() {
            picture.put(file, class, corners)?;
        }
    }
    Ok(found)
}
