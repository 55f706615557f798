//! Pictures that decoders show differently: transparent, animated, with a colour key, turned. One table for the native decoder and
//! for the browser's.

use flate2::{Compression, Crc, write::ZlibEncoder};
use image::{ExtendedColorType, ImageEncoder, codecs::webp::WebPEncoder};
use std::io::Write;

pub(crate) struct OddPicture {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) width: u32,
    /// Red, green and blue, from the top.
    pub(crate) wanted: Vec<u8>,
}

const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255; 3];
/// Three columns, two rows, each pixel of its own colour.
const SIX: [[u8; 3]; 6] = [RED, BLUE, [0, 255, 0], [0; 3], [90; 3], [255, 255, 0]];

pub(crate) fn odd_pictures() -> Vec<OddPicture> {
    let odd = |name: &str, bytes: Vec<u8>, width: u32, wanted: &[[u8; 3]]| OddPicture {
        name: name.to_owned(),
        bytes,
        width,
        wanted: wanted.concat(),
    };
    let mut all = vec![
        odd("alpha.png", png(2, 6, &[255, 0, 0, 255, 0, 0, 0, 0], &[]), 2, &[RED, WHITE]),
        odd("half.png", png(2, 6, &[0, 0, 255, 255, 0, 0, 0, 51], &[]), 2, &[BLUE, [204; 3]]),
        // A grey level and a colour that count as transparent.
        odd("key.png", png(2, 2, &[255, 0, 0, 1, 2, 3], &[(b"tRNS", &[0, 1, 0, 2, 0, 3])]), 2, &[RED, WHITE]),
        odd("grey_key.png", png(2, 0, &[90, 7], &[(b"tRNS", &[0, 7])]), 2, &[[90; 3], WHITE]),
        odd(
            "palette.png",
            png(2, 3, &[0, 1], &[(b"PLTE", &[0, 0, 255, 9, 9, 9]), (b"tRNS", &[255, 0])]),
            2,
            &[BLUE, WHITE],
        ),
        odd("frames.webp", animated_webp(), 4, &animated()),
    ];
    for orientation in 1..=8 {
        let (width, wanted) = turned(orientation);
        let exif = exif(orientation);
        let stored = SIX.concat();
        all.push(odd(&format!("turned{orientation}.png"), png(3, 2, &stored, &[(b"eXIf", &exif)]), width, &wanted));
        all.push(odd(&format!("turned{orientation}.webp"), turned_webp(&stored, &exif), width, &wanted));
    }
    all
}

/// The six pixels as they stand upright; CIPA DC-008 says for each orientation where row 0 and column 0 are to be seen.
fn turned(orientation: u8) -> (u32, Vec<[u8; 3]>) {
    let (width, order) = match orientation {
        1 => (3, [0, 1, 2, 3, 4, 5]),
        2 => (3, [2, 1, 0, 5, 4, 3]),
        3 => (3, [5, 4, 3, 2, 1, 0]),
        4 => (3, [3, 4, 5, 0, 1, 2]),
        5 => (2, [0, 3, 1, 4, 2, 5]),
        6 => (2, [3, 0, 4, 1, 5, 2]),
        7 => (2, [5, 2, 4, 1, 3, 0]),
        _ => (2, [2, 5, 1, 4, 0, 3]),
    };
    (width, order.map(|at: usize| SIX[at]).to_vec())
}

fn exif(orientation: u8) -> Vec<u8> {
    [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], &[0; 6]].concat()
}

/// 8 bits a sample; `more` are chunks between header and data.
fn png(width: u32, colour: u8, samples: &[u8], more: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let channels = match colour {
        2 => 3,
        6 => 4,
        _ => 1,
    };
    let row = width as usize * channels;
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    for row in samples.chunks_exact(row) {
        packed.write_all(&[&[0], row].concat()).unwrap();
    }
    let height = (samples.len() / row) as u32;
    let header = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[8, colour, 0, 0, 0]].concat();
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let mut crc = Crc::new();
        crc.update(kind);
        crc.update(data);
        [&(data.len() as u32).to_be_bytes(), kind.as_slice(), data, &crc.sum().to_be_bytes()].concat()
    };
    let more: Vec<u8> = more.iter().flat_map(|(kind, data)| chunk(kind, data)).collect();
    let data = packed.finish().unwrap();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &header), &more, &chunk(b"IDAT", &data), &chunk(b"IEND", &[])]
        .concat()
}

fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let body: Vec<u8> = chunks.iter().flat_map(|(kind, data)| chunk(kind, data)).collect();
    [b"RIFF".as_slice(), &(body.len() as u32 + 4).to_le_bytes(), b"WEBP", &body].concat()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = [kind.as_slice(), &(data.len() as u32).to_le_bytes(), data].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

/// The content of the VP8L chunk of a picture without losses.
fn vp8l(pixels: &[u8], width: u32, colour: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    let channels = if colour == ExtendedColorType::Rgb8 { 3 } else { 4 };
    let height = pixels.len() as u32 / channels / width;
    WebPEncoder::new_lossless(&mut file).write_image(pixels, width, height, colour).unwrap();
    let at = file.windows(4).position(|four| four == b"VP8L").unwrap();
    let size = u32::from_le_bytes(*file[at + 4..].first_chunk().unwrap()) as usize;
    file[at + 8..at + 8 + size].to_vec()
}

fn turned_webp(pixels: &[u8], exif: &[u8]) -> Vec<u8> {
    let header = vec![8, 0, 0, 0, 2, 0, 0, 1, 0, 0];
    riff(&[(b"VP8X", header), (b"VP8L", vp8l(pixels, 3, ExtendedColorType::Rgb8)), (b"EXIF", exif.to_vec())])
}

/// A frame of two by two in the middle of four by four; the header does not say that the rest is transparent.
fn animated_webp() -> Vec<u8> {
    let frame = |colour: [u8; 3]| {
        let pixels = [colour[0], colour[1], colour[2], 255].repeat(4);
        let place = [1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 100, 0, 0, 2];
        (b"ANMF", [place.as_slice(), &chunk(b"VP8L", &vp8l(&pixels, 2, ExtendedColorType::Rgba8))].concat())
    };
    let header = vec![2, 0, 0, 0, 3, 0, 0, 3, 0, 0];
    riff(&[(b"VP8X", header), (b"ANIM", vec![0; 6]), frame(RED), frame(BLUE)])
}

fn animated() -> Vec<[u8; 3]> {
    (0..16).map(|at| if at % 4 > 1 && at / 4 > 1 { RED } else { WHITE }).collect()
}
