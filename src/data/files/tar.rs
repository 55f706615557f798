//! The headers of a tar file (POSIX.1-1988 ustar, with GNU's and pax's long names).

use std::fmt::Arguments;

use super::bundle::{Coding, Member};
use crate::data::DataError;
use crate::data::text::{Legacy, RawName, names_from};

const BLOCK: usize = 512;
/// A long name is not longer than this.
const MOST_NAME_BYTES: usize = 1 << 16;

pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// All files in it, folders, links and the like left out; and the encoding of their names where that is not UTF-8.
///
/// # Errors
/// [`DataError::Truncated`], [`DataError::Unexpected`] where a header's checksum or number is wrong.
pub(super) fn members(file: &str, bytes: &[u8]) -> Result<(Vec<Member>, Option<Legacy>), DataError> {
    let truncated = |needed: usize| DataError::truncated(file, needed as u64, bytes);
    let wrong = |offset, expected: Arguments<'_>, found: &[u8]| {
        DataError::unexpected(file, offset, expected, format_args!("{}", text(found)))
    };
    let mut members = Vec::new();
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut long_name = None;
    let mut at = 0;
    while at < bytes.len() {
        let Some(header) = bytes.get(at..at + BLOCK) else { return Err(truncated(at + BLOCK)) };
        // The end is marked by blocks of zeros.
        if header.iter().all(|&byte| byte == 0) {
            break;
        }
        let sum: u64 = header
            .iter()
            .enumerate()
            .map(|(i, &byte)| u64::from(if (148..156).contains(&i) { b' ' } else { byte }))
            .sum();
        if octal(&header[148..156]) != Some(sum) {
            return Err(wrong(at + 148, format_args!("the header's checksum {sum:o} in octal"), &header[148..156]));
        }
        let Some(size) = number(&header[124..136]) else {
            return Err(wrong(at + 124, format_args!("a size in octal"), &header[124..136]));
        };
        let start = at + BLOCK;
        let end = usize::try_from(size).ok().and_then(|size| start.checked_add(size)).unwrap_or(usize::MAX);
        let Some(content) = bytes.get(start..end) else { return Err(truncated(end)) };
        match header[156] {
            b'L' | b'x' if content.len() > MOST_NAME_BYTES => {
                return Err(wrong(at + 124, format_args!("a shorter name"), &header[124..136]));
            }
            b'L' => long_name = Some(field(content).to_vec()),
            b'x' => long_name = pax_path(content).or(long_name),
            b'0' | 0 | b'7' => {
                let name = long_name.take().unwrap_or_else(|| {
                    let (name, prefix) = (field(&header[..100]), field(&header[345..500]));
                    // GNU's own form has other fields in the prefix's place.
                    let is_whole = prefix.is_empty() || &header[257..263] != b"ustar\0";
                    if is_whole { name.to_vec() } else { [prefix, b"/", name].concat() }
                });
                names.push(name.strip_prefix(b"./").unwrap_or(&name).to_vec());
                let (name, packed) = (String::new(), content.len());
                members.push(Member { name, offset: start, packed, size, packing: Coding::Plain });
            }
            b'g' => {}
            _ => long_name = None,
        }
        at = end.saturating_add((BLOCK - content.len() % BLOCK) % BLOCK);
    }
    let raw: Vec<RawName<'_>> = names.iter().map(|bytes| RawName { bytes, is_utf8: false }).collect();
    let (names, legacy) = names_from(&raw);
    for (member, name) in members.iter_mut().zip(names) {
        member.name = name;
    }
    Ok((members, legacy))
}

/// Up to the first zero.
fn field(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    bytes[..end].trim_ascii()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(field(bytes)).into_owned()
}

fn octal(bytes: &[u8]) -> Option<u64> {
    u64::from_str_radix(&text(bytes), 8).ok()
}

/// Octal, or GNU's form for large numbers: the first bit set, the rest in base 256.
fn number(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [0x80, high @ .., _, _, _, _, _, _, _, _] if high.iter().all(|&byte| byte == 0) => {
            bytes.last_chunk().map(|low| u64::from_be_bytes(*low))
        }
        _ => octal(bytes),
    }
}

/// Of pax's records, `length key=value` and a line's end each, the path.
fn pax_path(mut records: &[u8]) -> Option<Vec<u8>> {
    loop {
        let space = records.iter().position(|&byte| byte == b' ')?;
        let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
        let record = records.get(space + 1..length.checked_sub(1)?)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            return Some(path.to_vec());
        }
        records = &records[length..];
    }
}
