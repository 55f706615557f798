//! The directory of a zip file (PKWARE's APPNOTE 6.3): what `.npz` and archives of pictures are.
//!
//! Stored and deflated members of one plain file below 4 GB are read; encryption, other methods and zip64 are refused.

use std::fmt::Arguments;

use super::bundle::{Coding, Member};
use crate::data::DataError;

const END: &[u8] = b"PK\x05\x06";
const DIRECTORY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const END_BYTES: usize = 22;
const DIRECTORY_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
/// Behind the end record may be a comment of this many bytes.
const MOST_COMMENT_BYTES: usize = 65_535;

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL) || bytes.starts_with(END)
}

/// All files in it, folders left out.
///
/// # Errors
/// [`DataError::Truncated`] without an end record, [`DataError::Unexpected`] where the directory is wrong or of a kind that is
/// not read.
pub(super) fn members(file: &str, bytes: &[u8]) -> Result<Vec<Member>, DataError> {
    let reader = Reader { file, bytes };
    let end = reader.end()?;
    let directory = Record { bytes: &bytes[end..] };
    let [disk, directory_disk, count] = [4, 6, 10].map(|field| directory.u16(field));
    let [size, start] = [12, 16].map(|field| directory.u32(field));
    if count == 0xffff || size == u32::MAX as usize || start == u32::MAX as usize {
        return Err(reader.wrong(end, "a zip of less than 4 GB and 65,535 files", format_args!("zip64")));
    }
    if disk != 0 || directory_disk != 0 {
        return Err(reader.wrong(end, "a zip in one piece", format_args!("piece {disk}")));
    }
    let mut at = start;
    let mut members = Vec::new();
    for _ in 0..count {
        let Some(entry) =
            bytes.get(at..end).filter(|entry| entry.len() >= DIRECTORY_BYTES && entry.starts_with(DIRECTORY))
        else {
            return Err(reader.wrong(at, "an entry of the zip's directory", format_args!("something else")));
        };
        let entry = Record { bytes: entry };
        let [flags, method, name_bytes, extra, comment] = [8, 10, 28, 30, 32].map(|field| entry.u16(field));
        let [crc, packed, size, local] = [16, 20, 24, 42].map(|field| entry.u32(field));
        let name = entry.bytes.get(DIRECTORY_BYTES..DIRECTORY_BYTES + name_bytes);
        let name = String::from_utf8_lossy(name.unwrap_or_default()).replace('\\', "/");
        if !name.ends_with('/') {
            if flags & 1 != 0 {
                let found = format_args!("{name}, which has one");
                return Err(reader.wrong(at + 8, "a file without a password", found));
            }
            if [packed, size, local].contains(&(u32::MAX as usize)) {
                return Err(reader.wrong(at + 20, "a file below 4 GB", format_args!("zip64 for {name}")));
            }
            let crc = crc as u32;
            let packing = match method {
                0 if packed == size => Coding::Stored { crc },
                8 => Coding::Deflated { crc },
                _ => {
                    let found = format_args!("method {method}, {packed} bytes for {size}, of {name}");
                    return Err(reader.wrong(at + 10, "method 0 (stored) or 8 (deflated)", found));
                }
            };
            let offset = reader.content(local, packed)?;
            members.push(Member { name, offset, packed, size: size as u64, packing });
        }
        at += DIRECTORY_BYTES + name_bytes + extra + comment;
    }
    Ok(members)
}

/// Fields of one record, whose length was checked.
struct Record<'a> {
    bytes: &'a [u8],
}

impl Record<'_> {
    fn u16(&self, at: usize) -> usize {
        usize::from(u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]]))
    }

    fn u32(&self, at: usize) -> usize {
        self.u16(at) | self.u16(at + 2) << 16
    }
}

struct Reader<'a> {
    file: &'a str,
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn wrong(&self, offset: usize, expected: &str, found: Arguments<'_>) -> DataError {
        DataError::unexpected(self.file, offset, format_args!("{expected}"), found)
    }

    fn truncated(&self, needed: usize) -> DataError {
        DataError::truncated(self.file, needed as u64, self.bytes)
    }

    /// The end record: the last one whose comment reaches to the end of the file.
    fn end(&self) -> Result<usize, DataError> {
        let Some(last) = self.bytes.len().checked_sub(END_BYTES) else { return Err(self.truncated(END_BYTES)) };
        let first = last.saturating_sub(MOST_COMMENT_BYTES);
        let found = (first..=last).rev().find(|&at| {
            let record = Record { bytes: &self.bytes[at..] };
            record.bytes.starts_with(END) && at + END_BYTES + record.u16(20) == self.bytes.len()
        });
        // The directory stands at the end: a file that breaks off has none.
        found.ok_or_else(|| self.truncated(self.bytes.len() + END_BYTES))
    }

    /// Where the content begins, behind the file's own header, checked to lie in the file.
    fn content(&self, local: usize, packed: usize) -> Result<usize, DataError> {
        let header = self.bytes.get(local..).filter(|rest| rest.starts_with(LOCAL) && rest.len() >= LOCAL_BYTES);
        let Some(header) = header.map(|bytes| Record { bytes }) else {
            return Err(self.wrong(local, "the header of a packed file", format_args!("something else")));
        };
        let start = local + LOCAL_BYTES + header.u16(26) + header.u16(28);
        match start.checked_add(packed) {
            Some(end) if end <= self.bytes.len() => Ok(start),
            end => Err(self.truncated(end.unwrap_or(usize::MAX))),
        }
    }
}
