//! Zip files as a whole: unpacked, and written.

use super::inflate::crc32;
use super::{DataFile, check_bytes, zip};
use crate::data::DataError;
use miniz_oxide::deflate::compress_to_vec;

/// Of deflate: higher ones gain little on pictures.
const LEVEL: u8 = 4;

/// What is in a zip, in its order; none where the file is no zip.
///
/// # Errors
/// [`DataError`] of a damaged one, and of one with more than can be in memory.
pub fn unzipped(file: &DataFile) -> Result<Option<Vec<DataFile>>, DataError> {
    if !zip::is_zip(&file.bytes) {
        return Ok(None);
    }
    let (members, _) = zip::members(&file.name, &file.bytes)?;
    check_bytes(&file.name, members.iter().fold(0, |sum: u64, member| sum.saturating_add(member.size)))?;
    let read = members.into_iter().map(|member| {
        let bytes = member.unpacked(&file.name, &file.bytes)?.into_owned();
        Ok(DataFile { name: member.name, bytes })
    });
    read.collect::<Result<_, DataError>>().map(Some)
}

/// A zip that grows file by file.
#[derive(Default)]
pub struct ZipWriter {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    files: u16,
}

impl ZipWriter {
    /// Adds a file, smaller than 4 GiB together with all before it.
    ///
    /// # Errors
    /// [`DataError::TooManyBytes`] where they are not, or more than 65,535.
    pub fn add(&mut self, name: &str, content: &[u8]) -> Result<(), DataError> {
        let packed = compress_to_vec(content, LEVEL);
        let offset = self.bytes.len();
        let whole = (offset + packed.len() + self.directory.len()) as u64 + 1024 + 2 * name.len() as u64;
        let limit_bytes = u64::from(u32::MAX);
        if whole > limit_bytes || content.len() as u64 > limit_bytes || self.files == u16::MAX {
            return Err(DataError::TooManyBytes { file: name.to_owned(), bytes: whole, limit_bytes });
        }
        // Version 2.0, names in UTF-8, deflated, midnight of 1 January 1980.
        let about = [
            &[20, 0, 0, 8, 8, 0, 0, 0, 33, 0][..],
            &crc32(content).to_le_bytes(),
            &(packed.len() as u32).to_le_bytes(),
            &(content.len() as u32).to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        self.bytes.extend([b"PK\x03\x04", &about[..], name.as_bytes(), &packed].concat());
        let place = (offset as u32).to_le_bytes();
        self.directory.extend([b"PK\x01\x02\x14\x00", &about[..], &[0; 10], &place, name.as_bytes()].concat());
        self.files += 1;
        Ok(())
    }

    /// The file.
    pub fn finish(self) -> Vec<u8> {
        let Self { mut bytes, directory, files } = self;
        let (offset, count) = (bytes.len() as u32, files.to_le_bytes());
        bytes.extend(&directory);
        bytes.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &(directory.len() as u32).to_le_bytes()].concat());
        bytes.extend([&offset.to_le_bytes()[..], &[0, 0]].concat());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_is_read_as_it_was_written() {
        let files = [("a/ä.txt", vec![7_u8; 100_000]), ("empty", Vec::new()), ("b", (0..=255).collect())];
        let mut writer = ZipWriter::default();
        files.iter().for_each(|(name, bytes)| writer.add(name, bytes).unwrap());
        let bytes = writer.finish();
        assert!(bytes.len() < 2000, "{}", bytes.len());
        let file = DataFile { name: "x.zip".to_owned(), bytes };
        let found = unzipped(&file).unwrap().unwrap();
        let plain: Vec<(&str, Vec<u8>)> = found.iter().map(|file| (&*file.name, file.bytes.clone())).collect();
        assert_eq!(plain, files);
        let damaged = DataFile { bytes: file.bytes[..file.bytes.len() - 30].to_vec(), ..file };
        assert!(unzipped(&damaged).is_err());
        assert_eq!(unzipped(&DataFile { name: "x".to_owned(), bytes: b"text".to_vec() }).unwrap(), None);
    }
}
