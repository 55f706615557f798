//! Resize with antialiasing, bit for bit what Pillow's `Image.resize(size, Image.BILINEAR)` gives for 8-bit RGB, and `Image.BICUBIC`.
//!
//! The networks here were trained on pictures scaled that way, and another filter changes one answer in ten. The method: a
//! triangle or a cubic, widened by the factor of the reduction, applied along the rows and then along the columns; weights are
//! normalised in f64, then rounded to 22-bit fixed point; each pass rounds to 8 bits. Pillow 13 takes the columns first where
//! the height shrinks more; here, as in all versions before, the rows always come first.

use super::{DataError, Rgb};
use crate::nn::Interpolation;

/// 32 bits less 8 of the pixel and 2 of headroom.
const PRECISION_BITS: u32 = 22;

/// A part of the resized picture, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// The whole picture at `width × height`, bilinear.
///
/// # Errors
/// [`DataError::NoPixels`] where a side is zero.
pub fn resize(picture: &Rgb, width: u32, height: u32) -> Result<Rgb, DataError> {
    resize_window(picture, width, height, Window { left: 0, top: 0, width, height }, Interpolation::Bilinear)
}

/// The part of the picture at `width × height` that `window` shows; only that part is computed, so that a strip of 4000 × 1
/// pixels can be scaled to a height of 256 and cut without a million columns in memory.
///
/// # Errors
/// [`DataError::NoPixels`] where the window is empty or reaches beyond `width × height`.
pub fn resize_window(
    picture: &Rgb,
    width: u32,
    height: u32,
    window: Window,
    interpolation: Interpolation,
) -> Result<Rgb, DataError> {
    let inside =
        |start: u32, length: u32, whole: u32| length > 0 && start.checked_add(length).is_some_and(|end| end <= whole);
    if !inside(window.left, window.width, width) || !inside(window.top, window.height, height) {
        return Err(DataError::NoPixels { width: window.width, height: window.height });
    }
    let across = Filter::new(picture.width(), width, [window.left, window.width], interpolation);
    let down = Filter::new(picture.height(), height, [window.top, window.height], interpolation);
    Rgb::new(window.width, window.height, passes(picture, &across, &down))
}

/// For each output position of one axis: where its input starts, and the fixed-point weights.
struct Filter {
    starts: Vec<usize>,
    /// `starts.len() · taps`, padded with zeros.
    weights: Vec<i32>,
    counts: Vec<usize>,
    taps: usize,
    /// Same size: the pass is skipped.
    identity: bool,
}

impl Filter {
    /// For `count` outputs from `first` on, of `output` from `input` pixels.
    fn new(input: u32, output: u32, [first, count]: [u32; 2], interpolation: Interpolation) -> Self {
        let scale = f64::from(input) / f64::from(output);
        let widening = scale.max(1.0);
        let (reach, kernel): (f64, fn(f64) -> f64) = match interpolation {
            Interpolation::Bilinear => (1.0, triangle),
            Interpolation::Bicubic => (2.0, cubic),
        };
        let support = reach * widening;
        let taps = support.ceil() as usize * 2 + 1;
        let outputs = count as usize;
        let mut filter = Self {
            starts: Vec::with_capacity(outputs),
            weights: vec![0; outputs * taps],
            counts: Vec::with_capacity(outputs),
            taps,
            identity: input == output,
        };
        let mut exact = Vec::with_capacity(taps);
        for (index, fixed) in filter.weights.chunks_exact_mut(taps).enumerate() {
            let centre = (f64::from(first) + index as f64 + 0.5) * scale;
            let start = (centre - support + 0.5).max(0.0) as usize;
            let end = ((centre + support + 0.5) as usize).min(input as usize);
            exact.clear();
            exact.extend((start..end).map(|x| kernel((x as f64 - centre + 0.5) * (1.0 / widening))));
            let sum: f64 = exact.iter().sum();
            for (fixed, weight) in fixed.iter_mut().zip(&exact) {
                let scaled = weight / sum * f64::from(1_u32 << PRECISION_BITS);
                *fixed = (scaled + 0.5_f64.copysign(scaled)) as i32;
            }
            filter.starts.push(start);
            filter.counts.push(end - start);
        }
        filter
    }

    fn at(&self, output: usize) -> (usize, &[i32]) {
        let weights = &self.weights[output * self.taps..][..self.counts[output]];
        (self.starts[output], weights)
    }
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' with a = -0.5.
fn cubic(x: f64) -> f64 {
    match x.abs() {
        x if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
        x if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5,
        _ => 0.0,
    }
}

fn byte_from_fixed(sum: i32) -> u8 {
    (sum >> PRECISION_BITS).clamp(0, 255) as u8
}

const HALF: i32 = 1 << (PRECISION_BITS - 1);

/// Goes through the input row by row: each is resized across, then added, weighted, to the few output rows that it touches.
/// Integer sums do not depend on the order, and no intermediate picture is kept.
fn passes(picture: &Rgb, across: &Filter, down: &Filter) -> Vec<u8> {
    let in_stride = picture.width() as usize * 3;
    let out_stride = across.starts.len() * 3;
    let (first_row, end_row) = match (down.starts.first(), down.starts.last(), down.counts.last()) {
        (Some(&first), Some(&last), Some(&count)) => (first, last + count),
        _ => return Vec::new(),
    };
    let rows = picture.pixels().chunks_exact(in_stride).enumerate().skip(first_row).take(end_row - first_row);
    let mut row_across = vec![0_u8; out_stride];
    if down.identity {
        let mut pixels = Vec::with_capacity(out_stride * down.starts.len());
        for (_, row) in rows {
            resize_row(row, across, &mut row_across);
            pixels.extend_from_slice(&row_across);
        }
        // An identity filter spans one row more than it uses.
        pixels.truncate(out_stride * down.starts.len());
        return pixels;
    }
    let mut sums = vec![HALF; out_stride * down.starts.len()];
    let mut first_open = 0;
    for (y, row) in rows {
        resize_row(row, across, &mut row_across);
        while first_open < down.starts.len() && down.starts[first_open] + down.counts[first_open] <= y {
            first_open += 1;
        }
        for output in first_open..down.starts.len() {
            let (start, weights) = down.at(output);
            if start > y {
                break;
            }
            let weight = weights[y - start];
            for (sum, &value) in sums[output * out_stride..][..out_stride].iter_mut().zip(&row_across) {
                *sum += weight * i32::from(value);
            }
        }
    }
    sums.into_iter().map(byte_from_fixed).collect()
}

fn resize_row(row: &[u8], across: &Filter, out: &mut [u8]) {
    if across.identity {
        let start = across.starts[0] * 3;
        out.copy_from_slice(&row[start..start + out.len()]);
        return;
    }
    for (output, pixel) in out.chunks_exact_mut(3).enumerate() {
        let (start, weights) = across.at(output);
        let mut sum = [HALF; 3];
        for (value, &weight) in row[start * 3..].chunks_exact(3).zip(weights) {
            sum[0] += weight * i32::from(value[0]);
            sum[1] += weight * i32::from(value[1]);
            sum[2] += weight * i32::from(value[2]);
        }
        pixel.copy_from_slice(&sum.map(byte_from_fixed));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The generator of `tests/fixtures/make_resize.py`: the high byte of a 32-bit linear congruential sequence.
    pub(in crate::data) fn drawn(width: u32, height: u32) -> Rgb {
        let mut state = width.wrapping_mul(1_000).wrapping_add(height);
        let byte = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        Rgb::new(width, height, (0..width * height * 3).map(byte).collect()).unwrap()
    }

    pub(in crate::data) fn bytes_from_hex(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn equals_pillow_bit_for_bit() {
        let mut cases = 0;
        for line in include_str!("../../tests/fixtures/resize.tsv").lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<_> = line.split('\t').collect();
            let [w, h, to_w, to_h] = [0, 1, 2, 3].map(|field| fields[field].parse::<u32>().unwrap());
            let resized = resize(&drawn(w, h), to_w, to_h).unwrap();
            assert_eq!(resized.pixels(), bytes_from_hex(fields[4]), "{w}×{h} to {to_w}×{to_h}");
            cases += 1;
        }
        assert!(cases >= 8, "{cases} cases");
    }

    #[test]
    fn a_window_is_a_cut_of_the_whole() {
        let picture = drawn(13, 9);
        for (width, height) in [(31, 40), (6, 5), (13, 9), (13, 4), (7, 9)] {
            let whole = resize(&picture, width, height).unwrap();
            let window = Window { left: 2, top: 1, width: 3, height: 3 };
            let cut = resize_window(&picture, width, height, window, Interpolation::Bilinear).unwrap();
            for y in 0..3 {
                let start = ((1 + y) * width + 2) as usize * 3;
                assert_eq!(cut.pixels()[y as usize * 9..][..9], whole.pixels()[start..start + 9]);
            }
        }
        let beyond = Window { left: 5, top: 0, width: 2, height: 1 };
        assert!(resize_window(&picture, 6, 5, beyond, Interpolation::Bilinear).is_err());
        assert!(resize(&picture, 0, 5).is_err());
    }

    #[test]
    fn an_even_colour_stays() {
        let even = Rgb::new(1, 400, [7, 200, 255].repeat(400)).unwrap();
        assert_eq!(resize(&even, 3, 2).unwrap().pixels(), [7, 200, 255].repeat(6));
        assert_eq!(resize(&even, 2, 999).unwrap().pixels(), [7, 200, 255].repeat(1998));
    }
}
