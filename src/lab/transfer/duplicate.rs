//! Pictures that are nearly the same: frames of one burst, or one photograph at two sizes. On both sides of a split they would be
//! known by heart.

use crate::data::preprocess::grey;
use crate::data::resize::resize;
use crate::data::{DataError, Rgb};

/// Columns and rows of brightness that are compared with the next column.
const SIDE: usize = 16;
/// So many of the comparisons may come out otherwise.
const MOST_BITS: u32 = 16;
/// Mean difference of brightness, of 255.
const MOST_DIFFERENCE: u32 = 8;

/// FNV-1a of bytes that come in parts.
pub(super) struct ContentHash(pub(super) u64);

impl Default for ContentHash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl ContentHash {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    }
}

/// What is kept of a picture to compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureDigest {
    /// FNV-1a of size and pixels: of the same pictures the same.
    pub content: u64,
    /// Whether it grows brighter to the right, place by place.
    brighter: [u64; SIDE * SIDE / 64],
    brightness: [u8; SIDE * SIDE],
}

impl PictureDigest {
    /// # Errors
    /// None that a decoded picture can cause.
    pub fn of(picture: &Rgb) -> Result<Self, DataError> {
        let mut content = ContentHash::default();
        content.add(&[picture.width(), picture.height()].map(u32::to_le_bytes).concat());
        content.add(picture.pixels());
        let small = resize(&grey(picture)?, SIDE as u32 + 1, SIDE as u32)?;
        let at = |row: usize, column: usize| small.pixels()[3 * (row * (SIDE + 1) + column)];
        let mut digest = Self { content: content.0, brighter: [0; SIDE * SIDE / 64], brightness: [0; SIDE * SIDE] };
        for place in 0..SIDE * SIDE {
            let (row, column) = (place / SIDE, place % SIDE);
            digest.brightness[place] = at(row, column);
            digest.brighter[place / 64] |= u64::from(at(row, column + 1) > at(row, column)) << (place % 64);
        }
        Ok(digest)
    }

    pub fn is_near(&self, other: &Self) -> bool {
        if self.content == other.content {
            return true;
        }
        let bits: u32 = self.brighter.iter().zip(&other.brighter).map(|(a, b)| (a ^ b).count_ones()).sum();
        if bits > MOST_BITS {
            return false;
        }
        let all = self.brightness.iter().zip(&other.brightness);
        all.map(|(&a, &b)| u32::from(a.abs_diff(b))).sum::<u32>() <= MOST_DIFFERENCE * (SIDE * SIDE) as u32
    }
}

/// Of each picture the first one that it is the same as, or nearly, directly or through others.
pub fn groups(digests: &[PictureDigest]) -> Vec<usize> {
    groups_by(digests.len(), |a, b| digests[a].is_near(&digests[b]))
}

/// Of each of so many things the first one that it is joined with, directly or through others.
pub(super) fn groups_by(count: usize, are_joined: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut first: Vec<usize> = (0..count).collect();
    for at in 0..count {
        for before in 0..at {
            if first[before] != first[at] && are_joined(before, at) {
                let (low, high) = (first[before].min(first[at]), first[before].max(first[at]));
                first[..=at].iter_mut().filter(|of| **of == high).for_each(|of| *of = low);
            }
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(side: u32, shift: u32, seed: u32) -> Rgb {
        let pixel = |at: u32| {
            let (x, y) = ((at % side) as f32 / side as f32, (at / side) as f32 / side as f32);
            let wave =
                |k: f32| (k * (x + 0.01 * shift as f32) * (1.0 + seed as f32) + 3.0 * y * k).sin() * 60.0 + 128.0;
            [wave(4.0) as u8, wave(7.0) as u8, wave(2.0) as u8]
        };
        Rgb::new(side, side, (0..side * side).flat_map(pixel).collect()).unwrap()
    }

    #[test]
    fn sizes_and_small_shifts_are_near_and_others_are_not() {
        let digests = [picture(64, 0, 0), picture(64, 0, 1), picture(96, 0, 0), picture(64, 1, 1), picture(64, 0, 2)]
            .map(|picture| PictureDigest::of(&picture).unwrap());
        assert_eq!(groups(&digests), [0, 1, 0, 1, 4]);
        assert_eq!(digests[0], PictureDigest::of(&picture(64, 0, 0)).unwrap());
        assert_ne!(digests[0].content, digests[2].content);
    }
}
