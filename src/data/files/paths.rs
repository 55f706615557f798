//! For the native command: files and folders of this machine as dropped files.

use std::path::Path;

use super::{DataFile, Found, check_bytes, combine};
use crate::data::text::spelled;
use crate::data::{DataError, Dataset};

/// All files at these paths, folders with all that is in them.
///
/// # Errors
/// [`DataError::Unreadable`] with the system's words, [`DataError::TooManyBytes`] before too much is read.
pub fn read_paths<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<DataFile>, DataError> {
    let mut files = Vec::new();
    let mut total = 0;
    for path in paths {
        let path = path.as_ref();
        let name = path.file_name().map_or_else(|| ".".to_owned(), |name| spelled(name.as_encoded_bytes()));
        read(path, name, &mut total, &mut files)?;
    }
    Ok(files)
}

fn read(path: &Path, name: String, total: &mut u64, files: &mut Vec<DataFile>) -> Result<(), DataError> {
    let unreadable =
        |error: std::io::Error| DataError::Unreadable { file: path.display().to_string(), detail: error.to_string() };
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_dir() {
        *total += about.len();
        check_bytes(&name, *total)?;
        files.push(DataFile { name, bytes: std::fs::read(path).map_err(unreadable)? });
        return Ok(());
    }
    for inside in std::fs::read_dir(path).map_err(unreadable)? {
        let inside = inside.map_err(unreadable)?;
        let within = format!("{name}/{}", spelled(inside.file_name().as_encoded_bytes()));
        read(&inside.path(), within, total, files)?;
    }
    Ok(())
}

/// The set in these files, pictures decoded: to `side` pixels square, or as they are.
///
/// # Errors
/// Those of [`read_paths`], [`combine`] and of decoding.
pub fn dataset_from_paths<P: AsRef<Path>>(paths: &[P], side: Option<u32>) -> Result<Dataset, DataError> {
    match combine(read_paths(paths)?)? {
        Found::Dataset(dataset) => Ok(dataset),
        Found::Pictures(pictures) => pictures.decode(side),
    }
}
