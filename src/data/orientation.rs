//! The orientation that EXIF data in a WebP or PNG file tell (CIPA DC-008, tag 0x0112). Browsers turn JPEG by it, and some turn
//! these; so the worker takes it out of the file and turns the picture itself.

use super::probe::Format;
use std::ops::Range;

const TAG: u16 = 0x0112;

/// The file without its orientation, and the orientation, 2 to 8; `None` where the picture stands as it is, and for other formats.
pub fn taken_out(format: Format, bytes: &[u8]) -> Option<(Vec<u8>, u16)> {
    let (chunk, data) = match format {
        Format::WebP => webp_exif(bytes)?,
        Format::Png => png_exif(bytes)?,
        _ => return None,
    };
    let (place, orientation) = orientation(bytes, data)?;
    let mut plain = bytes.to_vec();
    match format {
        // A chunk of PNG has a checksum, one of WebP has none.
        Format::Png => _ = plain.drain(chunk),
        _ => plain[place].fill(0),
    }
    (2..=8).contains(&orientation).then_some((plain, orientation))
}

/// The whole chunk, and the EXIF data in it.
type Found = (Range<usize>, Range<usize>);

fn webp_exif(bytes: &[u8]) -> Option<Found> {
    let mut at = 12;
    loop {
        let size = u32::from_le_bytes(*bytes.get(at + 4..)?.first_chunk()?) as usize;
        let data = at + 8..at.checked_add(8)?.checked_add(size)?;
        if bytes[at..].starts_with(b"EXIF") {
            return Some((at..data.end, data));
        }
        at = data.end.saturating_add(size % 2);
    }
}

fn png_exif(bytes: &[u8]) -> Option<Found> {
    let mut at = 8;
    loop {
        let size = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
        let data = at + 8..at.checked_add(8)?.checked_add(size)?;
        let kind = bytes.get(at + 4..at + 8)?;
        if kind == b"eXIf" {
            return Some((at..data.end.checked_add(4).filter(|end| *end <= bytes.len())?, data));
        }
        at = data.end.checked_add(4)?;
    }
}

/// Where the orientation stands in the file, and which it is.
fn orientation(bytes: &[u8], data: Range<usize>) -> Option<(Range<usize>, u16)> {
    let mut start = data.start;
    let mut exif = bytes.get(data)?;
    // As JPEG has it; some programs write this into other formats, too.
    if let Some(rest) = exif.strip_prefix(b"Exif\0\0") {
        (exif, start) = (rest, start + 6);
    }
    let is_little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let u16_at = |at: usize| -> Option<u16> {
        let two = *exif.get(at..)?.first_chunk()?;
        Some(if is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let four = *exif.get(4..)?.first_chunk()?;
    let first = if is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) } as usize;
    let entries = (0..usize::from(u16_at(first)?)).map(|entry| first + 2 + 12 * entry);
    let mut entries = entries.take_while(|at| *at < exif.len());
    let entry = entries.find(|&at| u16_at(at) == Some(TAG))?;
    Some((start + entry + 8..start + entry + 10, u16_at(entry + 8)?))
}
