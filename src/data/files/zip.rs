//! The directory of a zip file (PKWARE's APPNOTE 6.3): what `.npz` and archives of pictures are.
//!
//! Stored and deflated members of one plain file are read, zip64 too; encryption and other methods are refused.

use std::fmt::Arguments;

use super::bundle::{Coding, Member};
use super::inflate::crc32;
use crate::data::DataError;
use crate::data::text::{Legacy, RawName, names_from, spelled};

const END: &[u8] = b"PK\x05\x06";
const DIRECTORY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const WIDE_END: &[u8] = b"PK\x06\x06";
const WIDE_LOCATOR: &[u8] = b"PK\x06\x07";
const END_BYTES: usize = 22;
const WIDE_LOCATOR_BYTES: usize = 20;
const WIDE_END_BYTES: usize = 56;
const DIRECTORY_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
/// Behind the end record may be a comment of this many bytes.
const MOST_COMMENT_BYTES: usize = 65_535;

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL) || bytes.starts_with(END)
}

/// All files in it, folders left out, and the encoding of their names where that is not UTF-8.
///
/// # Errors
/// [`DataError::Truncated`] without an end record, [`DataError::Unexpected`] where the directory is wrong or of a kind that is
/// not read.
pub(in crate::data) fn members(file: &str, bytes: &[u8]) -> Result<(Vec<Member>, Option<Legacy>), DataError> {
    let reader = Reader { file, bytes };
    let end = reader.end()?;
    let Directory { mut at, count, end } = reader.directory(end)?;
    let mut members = Vec::new();
    let mut names: Vec<RawName<'_>> = Vec::new();
    let mut walked = 0_u64;
    // The end record counts to 65,535; programs that pack more without zip64 let it wrap, so the directory itself is walked.
    while let Some(entry) =
        bytes.get(at..end).filter(|entry| entry.len() >= DIRECTORY_BYTES && entry.starts_with(DIRECTORY))
    {
        let entry = Record { bytes: entry };
        let [flags, method, name_bytes, extra, comment] = [8, 10, 28, 30, 32].map(|field| entry.u16(field));
        let crc = entry.u32(16) as u32;
        let name = entry.bytes.get(DIRECTORY_BYTES..DIRECTORY_BYTES + name_bytes).unwrap_or_default();
        let fields =
            entry.bytes.get(DIRECTORY_BYTES + name_bytes..).and_then(|rest| rest.get(..extra)).unwrap_or_default();
        let [size, packed, local] = wide(&entry, fields);
        if !name.ends_with(b"/") && !name.ends_with(b"\\") {
            let spelled = || spelled(name);
            if flags & 1 != 0 {
                let found = format_args!("{}, which has one", spelled());
                return Err(reader.wrong(at + 8, "a file without a password", found));
            }
            let packing = match method {
                0 if packed == size => Coding::Stored { crc },
                8 => Coding::Deflated { crc },
                _ => {
                    let found = format_args!("method {method}, {packed} bytes for {size}, of {}", spelled());
                    return Err(reader.wrong(at + 10, "method 0 (stored) or 8 (deflated)", found));
                }
            };
            let offset = reader.content(local, packed)?;
            members.push(Member { name: String::new(), offset, packed: packed as usize, size, packing });
            let unicode = unicode_path(name, fields);
            names
                .push(RawName { bytes: unicode.unwrap_or(name), is_utf8: flags & (1 << 11) != 0 || unicode.is_some() });
        }
        walked += 1;
        at += DIRECTORY_BYTES + name_bytes + extra + comment;
    }
    if walked != count && walked % (1 << 16) != count {
        return Err(reader.wrong(at, "an entry of the zip's directory", format_args!("something else")));
    }
    let (names, legacy) = names_from(&names);
    for (member, name) in members.iter_mut().zip(names) {
        member.name = name.replace('\\', "/");
    }
    Ok((members, legacy))
}

/// Size, packed size and offset of an entry, from its zip64 field where they are beyond 32 bits.
fn wide(entry: &Record<'_>, fields: &[u8]) -> [u64; 3] {
    let mut values = field_of(fields, 1).unwrap_or_default().as_chunks::<8>().0.iter();
    [24, 20, 42].map(|field| match entry.u32(field) as u32 {
        u32::MAX => values.next().map_or(u64::from(u32::MAX), |value| u64::from_le_bytes(*value)),
        value => u64::from(value),
    })
}

/// The name in UTF-8 that Info-ZIP puts beside one in an old encoding.
fn unicode_path<'a>(name: &[u8], fields: &'a [u8]) -> Option<&'a [u8]> {
    let [1, a, b, c, d, path @ ..] = field_of(fields, 0x7075)? else { return None };
    let is_of_this = crc32(name) == u32::from_le_bytes([*a, *b, *c, *d]);
    (is_of_this && std::str::from_utf8(path).is_ok()).then_some(path)
}

/// One of the extra fields: each has two bytes of number, two of length.
fn field_of(mut fields: &[u8], wanted: u16) -> Option<&[u8]> {
    while let [a, b, c, d, rest @ ..] = fields {
        let (field, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([*c, *d])))?;
        if u16::from_le_bytes([*a, *b]) == wanted {
            return Some(field);
        }
        fields = rest;
    }
    None
}

/// Where the directory is, and how many entries the end record tells.
struct Directory {
    at: usize,
    count: u64,
    end: usize,
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

    fn u64(&self, at: usize) -> u64 {
        self.u32(at) as u64 | (self.u32(at + 4) as u64) << 32
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

    /// By the end record at `end`, or the one of zip64 before it.
    fn directory(&self, end: usize) -> Result<Directory, DataError> {
        let record = Record { bytes: &self.bytes[end..] };
        let [disk, directory_disk, count] = [4, 6, 10].map(|field| record.u16(field));
        let locator = end.checked_sub(WIDE_LOCATOR_BYTES).and_then(|at| self.bytes.get(at..));
        let locator = locator.filter(|bytes| bytes.starts_with(WIDE_LOCATOR)).map(|bytes| Record { bytes });
        if let Some(locator) = locator {
            let at = usize::try_from(locator.u64(8)).unwrap_or(usize::MAX);
            let wide =
                self.bytes.get(at..).filter(|bytes| bytes.starts_with(WIDE_END) && bytes.len() >= WIDE_END_BYTES);
            let Some(wide) = wide.map(|bytes| Record { bytes }) else {
                return Err(self.wrong(at, "the end record of zip64", format_args!("something else")));
            };
            let start = usize::try_from(wide.u64(48)).unwrap_or(usize::MAX);
            return Ok(Directory { at: start, count: wide.u64(32), end: at });
        }
        if disk != 0 || directory_disk != 0 {
            return Err(self.wrong(end, "a zip in one piece", format_args!("piece {disk}")));
        }
        Ok(Directory { at: record.u32(16), count: count as u64, end })
    }

    /// Where the content begins, behind the file's own header, checked to lie in the file.
    fn content(&self, local: u64, packed: u64) -> Result<usize, DataError> {
        let at = usize::try_from(local).unwrap_or(usize::MAX);
        let header = self.bytes.get(at..).filter(|rest| rest.starts_with(LOCAL) && rest.len() >= LOCAL_BYTES);
        let Some(header) = header.map(|bytes| Record { bytes }) else {
            return Err(self.wrong(at, "the header of a packed file", format_args!("something else")));
        };
        let start = at + LOCAL_BYTES + header.u16(26) + header.u16(28);
        match usize::try_from(packed).ok().and_then(|packed| start.checked_add(packed)) {
            Some(end) if end <= self.bytes.len() => Ok(start),
            end => Err(self.truncated(end.unwrap_or(usize::MAX))),
        }
    }
}
