//! Deflate and gzip, with the size known and checked before memory is taken (RFC 1951, RFC 1952).

use std::fmt::Arguments;

use miniz_oxide::inflate::core::{
    DecompressorOxide, decompress,
    inflate_flags::{TINFL_FLAG_IGNORE_ADLER32 as RAW, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF as WHOLE},
};

use super::check_bytes;
use crate::data::DataError;

/// Deflate writes at most 258 bytes for two bits: a claim of more is false.
const MOST_RATIO: u64 = 1_032;
/// Two bytes of magic, method, flags, time, extra flags, system.
const GZIP_HEADER_BYTES: usize = 10;
/// Checksum and size.
const GZIP_TRAILER_BYTES: usize = 8;

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The `size` bytes that `packed` unpacks to; `offset` is where it lies in `file`.
///
/// # Errors
/// [`DataError::TooManyBytes`], [`DataError::NoMemory`], [`DataError::Unexpected`] where it does not unpack to just that.
pub(super) fn inflate(file: &str, packed: &[u8], offset: usize, size: u64) -> Result<Vec<u8>, DataError> {
    check_bytes(file, size)?;
    let wrong = |at: usize, found: Arguments<'_>| {
        DataError::unexpected(file, offset + at, format_args!("packed data of {size} bytes"), found)
    };
    if size > (packed.len() as u64).saturating_mul(MOST_RATIO) {
        return Err(wrong(0, format_args!("{} bytes, which cannot hold that many", packed.len())));
    }
    let mut unpacked = Vec::new();
    let Ok(room) = usize::try_from(size) else {
        return Err(wrong(0, format_args!("more than this machine can address")));
    };
    if unpacked.try_reserve_exact(room).is_err() {
        return Err(DataError::NoMemory { file: file.into(), bytes: size });
    }
    unpacked.resize(room, 0);
    let mut state = Box::<DecompressorOxide>::default();
    let (status, read, written) = decompress(&mut state, packed, &mut unpacked, 0, WHOLE | RAW);
    use miniz_oxide::inflate::TINFLStatus as S;
    match status {
        S::Done if written == room && read == packed.len() => Ok(unpacked),
        S::Done if written == room => Err(wrong(read, format_args!("an end {} bytes early", packed.len() - read))),
        S::Done => Err(wrong(read, format_args!("an end after {written}"))),
        S::HasMoreOutput => Err(wrong(read, format_args!("more"))),
        S::NeedsMoreInput | S::FailedCannotMakeProgress => {
            Err(DataError::truncated(file, packed.len() as u64 + 1, packed))
        }
        S::BadParam | S::Failed | S::Adler32Mismatch => Err(wrong(read, format_args!("a code that is none"))),
        _ => Err(wrong(read, format_args!("an error"))),
    }
}

/// Unpacks a gzip file: all its members, one behind the other, up to the zeros that fill some files up.
///
/// # Errors
/// [`DataError::TooManyBytes`], [`DataError::NoMemory`], [`DataError::Truncated`], and [`DataError::Unexpected`] where a header, a
/// checksum or a size is wrong.
pub(super) fn gunzip(file: &str, bytes: &[u8]) -> Result<Vec<u8>, DataError> {
    let mut unpacked = Vec::new();
    let mut at = 0;
    while at == 0 || is_gzip(&bytes[at..]) {
        at = member(file, bytes, at, &mut unpacked)?;
    }
    match bytes[at..].iter().position(|&byte| byte != 0) {
        None => Ok(unpacked),
        Some(place) => Err(DataError::unexpected(
            file,
            at + place,
            format_args!("the end of the gzip file, zeros or another member"),
            format_args!("{:#04x}", bytes[at + place]),
        )),
    }
}

/// Unpacks the member at `at` behind what is there; returns where it ends.
fn member(file: &str, bytes: &[u8], at: usize, unpacked: &mut Vec<u8>) -> Result<usize, DataError> {
    let member = &bytes[at..];
    let Some(start) = gzip_header(member).filter(|start| member.len() - start >= GZIP_TRAILER_BYTES) else {
        let needed = at + (GZIP_HEADER_BYTES + GZIP_TRAILER_BYTES).max(member.len() + 1);
        return Err(DataError::truncated(file, needed as u64, bytes));
    };
    let wrong =
        |offset, expected: Arguments<'_>, found: Arguments<'_>| DataError::unexpected(file, offset, expected, found);
    if member[2] != 8 || member[3] & 0xe0 != 0 {
        return Err(wrong(
            at + 2,
            format_args!("gzip's method 8 (deflate)"),
            format_args!("method {}, flags {:#x}", member[2], member[3]),
        ));
    }
    let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let first = unpacked.len();
    let end = at + start + grow(file, &bytes[at + start..], at + start, unpacked, word(bytes.len() - 4))?;
    let trailer = bytes.get(end..end + GZIP_TRAILER_BYTES);
    let Some(_) = trailer else { return Err(DataError::truncated(file, (end + GZIP_TRAILER_BYTES) as u64, bytes)) };
    let (size, claimed) = ((unpacked.len() - first) as u32, word(end + 4));
    if size != claimed {
        return Err(wrong(
            end + 4,
            format_args!("the size {size}"),
            format_args!("{claimed} (as in a file that breaks off)"),
        ));
    }
    let (expected, found) = (word(end), crc32(&unpacked[first..]));
    if found != expected {
        return Err(wrong(
            end,
            format_args!("the checksum {found:#010x} of what was unpacked"),
            format_args!("{expected:#010x}"),
        ));
    }
    Ok(end + GZIP_TRAILER_BYTES)
}

/// Unpacks behind what is there, to whatever size it has; `likely` is the size that the file's end claims. Returns how many bytes
/// it read.
fn grow(file: &str, packed: &[u8], offset: usize, unpacked: &mut Vec<u8>, likely: u32) -> Result<usize, DataError> {
    use miniz_oxide::inflate::TINFLStatus as S;
    let first = unpacked.len();
    let most = (packed.len() as u64).saturating_mul(MOST_RATIO);
    let mut room = u64::from(likely).clamp(1, most.max(1));
    let mut state = Box::<DecompressorOxide>::default();
    let (mut read, mut written) = (0, first);
    loop {
        check_bytes(file, first as u64 + room)?;
        let whole = first + room as usize;
        if unpacked.try_reserve_exact(whole - unpacked.len()).is_err() {
            return Err(DataError::NoMemory { file: file.into(), bytes: whole as u64 });
        }
        unpacked.resize(whole, 0);
        let (status, more_read, more_written) = decompress(&mut state, &packed[read..], unpacked, written, WHOLE | RAW);
        read += more_read;
        written += more_written;
        match status {
            S::Done => break,
            S::HasMoreOutput => room = (room * 2).min(most.max(room + 1)),
            S::NeedsMoreInput | S::FailedCannotMakeProgress => {
                let found_bytes = (offset + packed.len()) as u64;
                return Err(DataError::Truncated { file: file.into(), needed_bytes: found_bytes + 1, found_bytes });
            }
            _ => {
                let found = format_args!("a code that is none");
                return Err(DataError::unexpected(file, offset + read, format_args!("packed data"), found));
            }
        }
    }
    unpacked.truncate(written);
    Ok(read)
}

/// Where the packed data begin: behind the optional extra field, name, comment and header checksum.
fn gzip_header(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3)?;
    let mut at = GZIP_HEADER_BYTES;
    if flags & 4 != 0 {
        let length = bytes.get(at..at + 2)?;
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            at += bytes.get(at..)?.iter().position(|&byte| byte == 0)? + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    (at <= bytes.len()).then_some(at)
}

/// The checksum of gzip and zip (ISO 3309), eight bytes at a time: each table carries on the one before by a byte.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    static TABLES: std::sync::OnceLock<Box<[[u32; 256]; 8]>> = std::sync::OnceLock::new();
    let tables = TABLES.get_or_init(crc_tables);
    let mut crc = u32::MAX;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let low = crc ^ u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        let [a, b, c, d] = low.to_le_bytes().map(usize::from);
        let [e, f, g, h] = [word[4], word[5], word[6], word[7]].map(usize::from);
        crc = tables[7][a]
            ^ tables[6][b]
            ^ tables[5][c]
            ^ tables[4][d]
            ^ tables[3][e]
            ^ tables[2][f]
            ^ tables[1][g]
            ^ tables[0][h];
    }
    for &byte in words.remainder() {
        crc = (crc >> 8) ^ tables[0][usize::from(crc as u8 ^ byte)];
    }
    !crc
}

fn crc_tables() -> Box<[[u32; 256]; 8]> {
    let mut tables = Box::new([[0; 256]; 8]);
    for byte in 0..256 {
        let mut crc = byte as u32;
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        }
        tables[0][byte] = crc;
    }
    for table in 1..8 {
        for byte in 0..256 {
            let before: u32 = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][usize::from(before as u8)];
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"The quick brown fox jumps over the lazy dog"), 0x414f_a339);
    }

    /// Deflate's own form of bytes that are not packed: one last block.
    fn stored(bytes: &[u8]) -> Vec<u8> {
        let length = bytes.len() as u16;
        [&[1], length.to_le_bytes().as_slice(), &(!length).to_le_bytes(), bytes].concat()
    }

    #[test]
    fn sizes_must_be_as_claimed() {
        let packed = stored(b"hello");
        assert_eq!(inflate("a", &packed, 0, 5).unwrap(), b"hello");
        for size in [0, 4, 6, 100] {
            assert!(matches!(inflate("a", &packed, 0, size), Err(DataError::Unexpected { .. })), "{size}");
        }
        assert!(matches!(inflate("a", &packed[..8], 0, 5), Err(DataError::Truncated { .. })));
        assert!(matches!(inflate("a", &packed, 0, 1 << 20), Err(DataError::Unexpected { .. })));
        assert!(matches!(inflate("a", &packed, 0, 1 << 60), Err(DataError::TooManyBytes { .. })));
    }

    #[test]
    fn gzip_headers_may_have_names() {
        let packed = stored(b"hello");
        let trailer = [crc32(b"hello").to_le_bytes(), 5_u32.to_le_bytes()].concat();
        let plain = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], packed.as_slice(), &trailer].concat();
        let extras = b"\x03\0abcname\0words\0\xaa\xbb";
        let named = [&[0x1f, 0x8b, 8, 31, 0, 0, 0, 0, 0, 3], extras.as_slice(), &packed, &trailer].concat();
        for file in [&plain, &named] {
            assert_eq!(gunzip("a", file).unwrap(), b"hello");
            assert!((0..file.len()).all(|end| gunzip("a", &file[..end]).is_err()));
        }
        let mut wrong = plain.clone();
        let at = wrong.len() - 8;
        wrong[at] ^= 1;
        assert!(matches!(gunzip("a", &wrong), Err(DataError::Unexpected { .. })));
        wrong[at + 7] = 0x10;
        assert!(gunzip("a", &wrong).unwrap_err().to_string().contains("breaks off"));
        let two = [plain.as_slice(), &named, &[0; 300]].concat();
        assert_eq!(gunzip("a", &two).unwrap(), b"hellohello");
        let tail = [plain.as_slice(), b"\0\0x"].concat();
        assert!(
            matches!(gunzip("a", &tail), Err(DataError::Unexpected { offset, .. }) if offset as usize == plain.len() + 2)
        );
    }
}
