//! The directory of a zip file (PKWARE's APPNOTE 6.3): what `.npz` and archives of pictures are.
//!
//! Stored and deflated members of one plain file below 4 GB are read; encryption, other methods and zip64 are refused.

use super::bundle::{Member, Packing};
use crate::data::DataError;

const END: [u8; 4] = *b"PK\x05\x06";
const DIRECTORY: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const END_BYTES: usize = 22;
const DIRECTORY_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
/// Behind the end record may be a comment of this many bytes.
const MOST_COMMENT_BYTES: usize = 65_535;

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(&LOCAL) || bytes.starts_with(&END)
}

/// All files in it, folders left out.
///
/// # Errors
/// [`DataError::Truncated`] without an end record, [`DataError::Unexpected`] where the directory is wrong or of a kind that is
/// not read.
pub(super) fn members(file: &str, bytes: &[u8]) -> Result<Vec<Member>, DataError> {
    let reader = Reader { file, bytes };
    let end = reader.end()?;
    let [disk, directory_disk] = [reader.u16(end + 4)?, reader.u16(end + 6)?];
    let count = usize::from(reader.u16(end + 10)?);
    let [size, start] = [reader.u32(end + 12)?, reader.u32(end + 16)?];
    if count == 0xffff || size == u32::MAX || start == u32::MAX {
        return Err(reader.wrong(end, "a zip of less than 4 GB and 65,535 files", "zip64".into()));
    }
    if disk != 0 || directory_disk != 0 {
        return Err(reader.wrong(end, "a zip in one piece", format!("piece {disk}")));
    }
    let mut at = start as usize;
    let mut members = Vec::new();
    for _ in 0..count {
        if at.saturating_add(DIRECTORY_BYTES) > end || reader.magic(at) != Some(DIRECTORY) {
            return Err(reader.wrong(at, "an entry of the zip's directory", "something else".into()));
        }
        let [flags, method] = [reader.u16(at + 8)?, reader.u16(at + 10)?];
        let crc = reader.u32(at + 16)?;
        let [packed, size, local] = [reader.u32(at + 20)?, reader.u32(at + 24)?, reader.u32(at + 42)?];
        let [name_bytes, extra, comment] = [28, 30, 32].map(|field| reader.u16(at + field).map(usize::from));
        let (name_bytes, extra, comment) = (name_bytes?, extra?, comment?);
        let name = reader.bytes.get(at + DIRECTORY_BYTES..at + DIRECTORY_BYTES + name_bytes);
        let name = String::from_utf8_lossy(name.unwrap_or_default()).replace('\\', "/");
        if !name.ends_with('/') {
            if flags & 1 != 0 {
                return Err(reader.wrong(at + 8, "a file without a password", format!("{name}, which has one")));
            }
            if size == u32::MAX || packed == u32::MAX || local == u32::MAX {
                return Err(reader.wrong(at + 20, "a file below 4 GB", format!("zip64 for {name}")));
            }
            let packing = match method {
                0 if packed == size => Packing::Stored { crc },
                8 => Packing::Deflated { crc },
                _ => {
                    let found = format!("method {method}, {packed} bytes for {size}, of {name}");
                    return Err(reader.wrong(at + 10, "method 0 (stored) or 8 (deflated)", found));
                }
            };
            let offset = reader.content(local as usize, packed as usize)?;
            members.push(Member { name, offset, packed: packed as usize, size: u64::from(size), packing });
        }
        at += DIRECTORY_BYTES + name_bytes + extra + comment;
    }
    Ok(members)
}

struct Reader<'a> {
    file: &'a str,
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn wrong(&self, offset: usize, expected: &str, found: String) -> DataError {
        DataError::Unexpected { file: self.file.into(), offset: offset as u64, expected: expected.into(), found }
    }

    fn truncated(&self, needed: usize) -> DataError {
        let found_bytes = self.bytes.len() as u64;
        DataError::Truncated { file: self.file.into(), needed_bytes: needed as u64, found_bytes }
    }

    fn magic(&self, at: usize) -> Option<[u8; 4]> {
        self.bytes.get(at..)?.first_chunk().copied()
    }

    fn u16(&self, at: usize) -> Result<u16, DataError> {
        let found = self.bytes.get(at..).and_then(|rest| rest.first_chunk());
        found.map(|bytes| u16::from_le_bytes(*bytes)).ok_or_else(|| self.truncated(at.saturating_add(2)))
    }

    fn u32(&self, at: usize) -> Result<u32, DataError> {
        self.magic(at).map(u32::from_le_bytes).ok_or_else(|| self.truncated(at.saturating_add(4)))
    }

    /// The end record: the last one whose comment reaches to the end of the file.
    fn end(&self) -> Result<usize, DataError> {
        let Some(last) = self.bytes.len().checked_sub(END_BYTES) else { return Err(self.truncated(END_BYTES)) };
        let first = last.saturating_sub(MOST_COMMENT_BYTES);
        let found = (first..=last).rev().find(|&at| {
            self.magic(at) == Some(END)
                && self.u16(at + 20).is_ok_and(|comment| at + END_BYTES + usize::from(comment) == self.bytes.len())
        });
        // The directory stands at the end: a file that breaks off has none.
        found.ok_or_else(|| self.truncated(self.bytes.len() + END_BYTES))
    }

    /// Where the content begins, behind the file's own header, checked to lie in the file.
    fn content(&self, local: usize, packed: usize) -> Result<usize, DataError> {
        if self.magic(local) != Some(LOCAL) {
            return Err(self.wrong(local, "the header of a packed file", "something else".into()));
        }
        let header = LOCAL_BYTES + usize::from(self.u16(local + 26)?) + usize::from(self.u16(local + 28)?);
        let start = local + header;
        match start.checked_add(packed) {
            Some(end) if end <= self.bytes.len() => Ok(start),
            end => Err(self.truncated(end.unwrap_or(usize::MAX))),
        }
    }
}
