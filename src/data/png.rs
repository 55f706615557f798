//! Writes PNG (W3C, Portable network graphics, 2003): 8-bit RGB, one IDAT chunk, its deflate stream of stored blocks. It does not
//! compress, and loses nothing.

use super::Rgb;

pub(super) const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
/// Of a stored block.
const MOST_BYTES: usize = 65_535;

/// The picture as a file.
pub fn encode(picture: &Rgb) -> Vec<u8> {
    let row = picture.width() as usize * 3;
    let mut lines = Vec::with_capacity((row + 1) * picture.height() as usize);
    for line in picture.pixels().chunks_exact(row) {
        // No filter.
        lines.push(0);
        lines.extend_from_slice(line);
    }
    let header = header(picture.width(), picture.height());
    [&SIGNATURE[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &zlib(&lines)), &chunk(b"IEND", &[])].concat()
}

/// 8 bits, colour, and the only compression, filters and order of rows that are not interlaced.
pub(super) fn header(width: u32, height: u32) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat()
}

pub(super) fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let body = [kind, content].concat();
    [&(content.len() as u32).to_be_bytes(), &body[..], &crc(&body).to_be_bytes()].concat()
}

/// RFC 1950 around RFC 1951.
fn zlib(content: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = content.len().div_ceil(MOST_BYTES);
    for (at, block) in content.chunks(MOST_BYTES).enumerate() {
        let len = block.len() as u16;
        stream.push(u8::from(at + 1 == blocks));
        stream.extend([len.to_le_bytes(), (!len).to_le_bytes()].as_flattened());
        stream.extend_from_slice(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for &byte in content {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend(((b << 16) | a).to_be_bytes());
    stream
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::data::decode;

    #[test]
    fn another_decoder_reads_the_same_pixels() {
        for (width, height) in [(1, 1), (3, 2), (28, 28), (200, 150)] {
            let pixels = (0..u64::from(width * height * 3)).map(|at| (at * at / 7 % 256) as u8).collect();
            let picture = Rgb::new(width, height, pixels).unwrap();
            assert_eq!(decode("a.png", &encode(&picture)).unwrap(), picture, "{width} × {height}");
        }
    }
}
