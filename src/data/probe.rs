//! Format and size of a picture from the first bytes of its file, before anything is decoded or allocated.
//!
//! Only signatures and headers are read: PNG (IHDR), JPEG (the first SOF marker), GIF (logical screen), WebP (VP8, VP8L,
//! VP8X), BMP, and AVIF and HEIC (the largest `ispe` box of ISO/IEC 23008-12).

use super::DataError;
use super::foreign::{Holds, refusal};

/// More pixels than this are not decoded: 300 MB as RGB.
pub const LIMIT_PIXELS: u64 = 100_000_000;

/// How far an `ispe` box is looked for.
const ISPE_SEARCH_BYTES: usize = 1 << 16;

macro_rules! formats {
    ($($format:ident $name:literal),+ $(,)?) => {
        /// Picture formats that are told apart. Not every target decodes every one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Format {
            $($format),+
        }

        impl Format {
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$format => $name),+
                }
            }
        }
    };
}
formats! {
    Png "PNG", Jpeg "JPEG", Gif "GIF", WebP "WebP", Bmp "BMP", Avif "AVIF", Heic "HEIC", Ico "ICO", Tiff "TIFF",
    JpegXl "JPEG XL",
}

impl Format {
    /// Read by this program natively and by every browser.
    pub fn is_read_everywhere(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::WebP | Self::Bmp)
    }

    /// The refusal where it is not read.
    pub fn foreign(self, file: &str) -> DataError {
        DataError::Foreign { file: file.into(), format: self.name(), holds: Holds::Picture }
    }
}

/// The content of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub format: Format,
    /// Width and height in pixels as stored, before any EXIF turn; `None` where the format's header is not read here.
    pub size: Option<(u32, u32)>,
}

/// Reads the header of `bytes`, the whole file or its beginning; `file` is for the messages.
///
/// # Errors
/// [`DataError::Empty`], [`DataError::Foreign`] or [`DataError::NotAPicture`] for another file, [`DataError::Damaged`] where the header breaks off or gives no
/// pixels, [`DataError::TooLarge`] beyond [`LIMIT_PIXELS`].
pub fn probe(file: &str, bytes: &[u8]) -> Result<Header, DataError> {
    if bytes.is_empty() {
        return Err(DataError::Empty { file: file.into() });
    }
    let Some(format) = format_of(bytes) else {
        return Err(refusal(file, bytes));
    };
    let damaged = |detail: String| DataError::Damaged { file: file.into(), detail };
    let size = match format {
        Format::Png => Some(png_size(bytes)),
        Format::Jpeg => Some(jpeg_size(bytes)),
        Format::Gif => Some(le16(bytes, 6).zip(le16(bytes, 8))),
        Format::WebP => Some(webp_size(bytes)),
        Format::Bmp => Some(bmp_size(bytes)),
        Format::Avif | Format::Heic => ispe_size(bytes).map(Some),
        Format::Ico | Format::Tiff | Format::JpegXl => None,
    };
    let size = match size {
        None => None,
        Some(None) => return Err(damaged(format!("its {} header breaks off before the size", format.name()))),
        Some(Some((width, height))) if width == 0 || height == 0 => {
            return Err(damaged(format!("its header says {width} × {height} pixels")));
        }
        Some(Some((width, height))) => {
            check_pixels(file, width, height)?;
            Some((width, height))
        }
    };
    Ok(Header { format, size })
}

/// # Errors
/// [`DataError::TooLarge`] beyond [`LIMIT_PIXELS`].
pub fn check_pixels(file: &str, width: u32, height: u32) -> Result<(), DataError> {
    if u64::from(width) * u64::from(height) > LIMIT_PIXELS {
        return Err(DataError::TooLarge { file: file.into(), width, height, limit_pixels: LIMIT_PIXELS });
    }
    Ok(())
}

fn format_of(bytes: &[u8]) -> Option<Format> {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    Some(match () {
        () if at(0, b"\x89PNG\r\n\x1a\n") => Format::Png,
        () if at(0, b"\xff\xd8\xff") => Format::Jpeg,
        () if at(0, b"GIF87a") || at(0, b"GIF89a") => Format::Gif,
        () if at(0, b"RIFF") && at(8, b"WEBP") => Format::WebP,
        () if at(0, b"BM") && matches!(le32(bytes, 14), Some(12..=124)) => Format::Bmp,
        () if at(4, b"ftyp") => return brand_format(bytes),
        () if at(0, b"\x00\x00\x01\x00") => Format::Ico,
        () if at(0, b"II*\x00") || at(0, b"MM\x00*") => Format::Tiff,
        () if at(0, b"\xff\x0a") || at(0, b"\x00\x00\x00\x0cJXL \r\n\x87\n") => Format::JpegXl,
        () => return None,
    })
}

/// Major and compatible brands of an ISO base media file.
fn brand_format(bytes: &[u8]) -> Option<Format> {
    let end = (be32(bytes, 0)? as usize).min(bytes.len());
    let brands = bytes.get(8..end)?;
    let has = |names: &[&[u8; 4]]| brands.chunks_exact(4).any(|brand| names.iter().any(|name| brand == *name));
    if has(&[b"avif", b"avis"]) {
        Some(Format::Avif)
    } else if has(&[b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"]) {
        Some(Format::Heic)
    } else {
        None
    }
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    be32(bytes, 16).zip(be32(bytes, 20))
}

/// Walks the markers up to the first start of frame.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut offset = 2;
    loop {
        // A marker is 0xff, any number of fill bytes 0xff, and its code.
        if *bytes.get(offset)? != 0xff {
            return None;
        }
        while *bytes.get(offset)? == 0xff {
            offset += 1;
        }
        let code = bytes[offset];
        offset += 1;
        match code {
            // TEM and RSTn stand alone.
            0x01 | 0xd0..=0xd7 => {}
            // SOF0–SOF15 without DHT, JPG and DAC.
            0xc0..=0xcf if !matches!(code, 0xc4 | 0xc8 | 0xcc) => {
                return be16(bytes, offset + 5).zip(be16(bytes, offset + 3));
            }
            // Scan data or the end before any frame.
            0x00 | 0xd8 | 0xd9 | 0xda => return None,
            _ => offset += (be16(bytes, offset)? as usize).max(2),
        }
    }
}

fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((le24(bytes, 24)? + 1, le24(bytes, 27)? + 1)),
        b"VP8L" => {
            let bits = le32(bytes, 21)?;
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8 " => Some((le16(bytes, 26)? & 0x3fff, le16(bytes, 28)? & 0x3fff)),
        _ => None,
    }
}

/// A negative height means rows from the top.
fn bmp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    if le32(bytes, 14)? == 12 {
        return le16(bytes, 18).zip(le16(bytes, 20));
    }
    let side = |offset| Some(le32(bytes, offset)?.cast_signed().unsigned_abs());
    side(18).zip(side(22))
}

/// The largest image spatial extent: a grid's whole, not its tiles or a thumbnail. `None` where no box is near.
fn ispe_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = &bytes[..bytes.len().min(ISPE_SEARCH_BYTES)];
    let boxes = head.windows(4).enumerate().filter(|(_, window)| window == b"ispe");
    let sizes = boxes.filter_map(|(offset, _)| be32(bytes, offset + 8).zip(be32(bytes, offset + 12)));
    sizes.max_by_key(|&(width, height)| u64::from(width) * u64::from(height))
}

fn take<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

fn be16(bytes: &[u8], offset: usize) -> Option<u32> {
    take(bytes, offset).map(|found| u32::from(u16::from_be_bytes(found)))
}

fn be32(bytes: &[u8], offset: usize) -> Option<u32> {
    take(bytes, offset).map(u32::from_be_bytes)
}

fn le16(bytes: &[u8], offset: usize) -> Option<u32> {
    take(bytes, offset).map(|found| u32::from(u16::from_le_bytes(found)))
}

fn le24(bytes: &[u8], offset: usize) -> Option<u32> {
    take(bytes, offset).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}

fn le32(bytes: &[u8], offset: usize) -> Option<u32> {
    take(bytes, offset).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";

    fn png(width: u32, height: u32) -> Vec<u8> {
        [PNG, &width.to_be_bytes(), &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat()
    }

    #[test]
    fn headers_give_format_and_size() {
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08\0\x20\x01\x40\x03".to_vec();
        let bmp = [b"BM".as_slice(), &[0; 12], &[40, 0, 0, 0, 7, 0, 0, 0, 0xfb, 0xff, 0xff, 0xff]].concat();
        let vp8x = [b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".as_slice(), &[99, 0, 0, 49, 1, 0]].concat();
        let avif = [b"\0\0\0\x14ftypavif\0\0\0\0mif1\0\0\0\x14ispe\0\0\0\0".as_slice(), &[0, 0, 1, 0, 0, 0, 0, 9]];
        let cases = [
            (png(640, 480), Format::Png, (640, 480)),
            (jpeg, Format::Jpeg, (320, 32)),
            (b"GIF89a\x05\0\x06\0".to_vec(), Format::Gif, (5, 6)),
            (bmp, Format::Bmp, (7, 5)),
            (vp8x, Format::WebP, (100, 306)),
            (avif.concat(), Format::Avif, (256, 9)),
        ];
        for (bytes, format, size) in cases {
            assert_eq!(probe("a", &bytes).unwrap(), Header { format, size: Some(size) });
        }
    }

    #[test]
    fn bad_headers_are_refused() {
        assert!(matches!(probe("a", b""), Err(DataError::Empty { .. })));
        assert!(matches!(probe("a", b"BMW is a car"), Err(DataError::Foreign { format: "TXT", .. })));
        assert!(matches!(probe("a", &[7, 1, 2]), Err(DataError::NotAPicture { .. })));
        assert!(matches!(probe("a", PNG), Err(DataError::Damaged { .. })));
        assert!(matches!(probe("a", &png(0, 5)), Err(DataError::Damaged { .. })));
        assert!(matches!(probe("a", &png(60_000, 60_000)), Err(DataError::TooLarge { width: 60_000, .. })));
        assert!(probe("a", &png(10_000, 10_000)).is_ok());
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(kind in 0_usize..9, tail in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let magics: [&[u8]; 9] = [b"", PNG, b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPVP8L",
                b"BM", b"\0\0\0\x40ftypavif", b"\0\0\0\x18ftypmif1ispe"];
            let _ = probe("a", &[magics[kind], &tail].concat());
        }
    }
}
