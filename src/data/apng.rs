//! Writes animated PNG (W3C, Portable network graphics, third edition, 2025): 8-bit RGB, whole frames of one size that begin anew
//! without end. Each row has the filter that leaves the least, and is then compressed.

use super::Rgb;
use super::png::{SIGNATURE, chunk, header};
use miniz_oxide::deflate::compress_to_vec_zlib;

/// Of ten: more takes several times as long and saves little of filtered rows.
const LEVEL: u8 = 4;

/// A file that grows frame by frame.
pub struct Animation {
    width: u32,
    height: u32,
    /// Numerator and denominator of the seconds of a frame.
    delay: [u16; 2],
    frames: u32,
    /// Of all chunks that control or hold a frame.
    sequence: u32,
    body: Vec<u8>,
}

impl Animation {
    /// Of frames that are each seen for `delay[0] / delay[1]` seconds.
    pub fn new([width, height]: [u32; 2], delay: [u16; 2]) -> Self {
        Self { width, height, delay, frames: 0, sequence: 0, body: Vec::new() }
    }

    /// Adds a frame of the size that all have; another one is left out.
    pub fn push(&mut self, frame: &Rgb) {
        if (frame.width(), frame.height()) != (self.width, self.height) {
            return;
        }
        let control = [self.next(), self.width, self.height, 0, 0].map(u32::to_be_bytes).concat();
        // What was there stays until this frame covers it, and is not blended with it.
        let control = [&control[..], self.delay.map(u16::to_be_bytes).as_flattened(), &[0, 0]].concat();
        self.body.extend(chunk(b"fcTL", &control));
        let content = compress_to_vec_zlib(&filtered(frame), LEVEL);
        let part = match self.frames {
            0 => chunk(b"IDAT", &content),
            _ => chunk(b"fdAT", &[&self.next().to_be_bytes()[..], &content].concat()),
        };
        self.body.extend(part);
        self.frames += 1;
    }

    fn next(&mut self) -> u32 {
        self.sequence += 1;
        self.sequence - 1
    }

    /// The file; one without frames is none.
    pub fn file(self) -> Vec<u8> {
        let control = [self.frames, 0].map(u32::to_be_bytes).concat();
        let head =
            [&SIGNATURE[..], &chunk(b"IHDR", &header(self.width, self.height)), &chunk(b"acTL", &control)].concat();
        [head, self.body, chunk(b"IEND", &[])].concat()
    }
}

/// Rows with their filters in front: of the five that there are, nothing, the pixel to the left, the one above, or Paeth's choice.
fn filtered(frame: &Rgb) -> Vec<u8> {
    const PIXEL: usize = 3;
    let row = frame.width() as usize * PIXEL;
    let mut above = vec![0_u8; row];
    let mut lines = Vec::with_capacity((row + 1) * frame.height() as usize);
    for line in frame.pixels().chunks_exact(row) {
        let left = |at: usize| if at < PIXEL { 0 } else { line[at - PIXEL] };
        let corner = |at: usize| if at < PIXEL { 0 } else { above[at - PIXEL] };
        let candidates: [(u8, Vec<u8>); 3] = [
            (1, (0..row).map(|at| line[at].wrapping_sub(left(at))).collect()),
            (2, (0..row).map(|at| line[at].wrapping_sub(above[at])).collect()),
            (4, (0..row).map(|at| line[at].wrapping_sub(paeth(left(at), above[at], corner(at)))).collect()),
        ];
        let rest = |line: &[u8]| line.iter().map(|&byte| u64::from((byte as i8).unsigned_abs())).sum::<u64>();
        if let Some((filter, best)) = candidates.into_iter().min_by_key(|(_, line)| rest(line)) {
            lines.push(filter);
            lines.extend(best);
        }
        above.copy_from_slice(line);
    }
    lines
}

/// The one of three that is nearest to `a + b - c`.
fn paeth(a: u8, b: u8, c: u8) -> u8 {
    let [x, y, z] = [a, b, c].map(i32::from);
    let near = |value: i32| (x + y - z - value).abs();
    if near(x) <= near(y) && near(x) <= near(z) {
        a
    } else if near(y) <= near(z) {
        b
    } else {
        c
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use image::AnimationDecoder;
    use image::codecs::png::PngDecoder;
    use std::io::Cursor;

    #[test]
    fn another_decoder_plays_the_same_frames() {
        let frame = |seed: u64| {
            let pixels = (0..37 * 21 * 3_u64).map(|at| (at * at / 11 * seed + at % 5) as u8).collect();
            Rgb::new(37, 21, pixels).unwrap()
        };
        let frames: Vec<Rgb> = (1..5).map(frame).collect();
        let mut file = Animation::new([37, 21], [1, 12]);
        frames.iter().for_each(|frame| file.push(frame));
        file.push(&Rgb::new(1, 1, vec![0; 3]).unwrap());
        let decoder = PngDecoder::new(Cursor::new(file.file())).unwrap();
        assert!(decoder.is_apng().unwrap());
        let found = decoder.apng().unwrap().into_frames().collect_frames().unwrap();
        assert_eq!(found.len(), frames.len());
        for (found, frame) in found.iter().zip(&frames) {
            let (millis, of) = found.delay().numer_denom_ms();
            assert_eq!((f64::from(millis) / f64::from(of)).round() as u32, 83);
            assert_eq!(found.buffer().as_raw().as_slice(), frame.to_rgba());
        }
    }
}
