//! What a stage looks at: a square of a picture at another size.

use super::joints::PoseBox;
#[cfg(not(target_arch = "wasm32"))]
use crate::data::DataError;
use crate::data::Rgb;

/// Samples of a pixel along a side at most.
const MOST: usize = 16;

/// The square at `side` × `side` pixels, a plane for each of red, green and blue, in -1…1. Each pixel is the mean of as many samples,
/// interpolated, as it is wide in pixels of the picture. Outside the picture its edge goes on.
pub(super) fn cropped(picture: &Rgb, of: PoseBox, side: usize, into: &mut Vec<f32>) {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let scale = of.side / side as f32;
    let samples = (scale.ceil() as usize).clamp(1, MOST);
    let [left, top, _] = of.corner();
    // Along one side, for each sample the two pixels between which it lies, and the share of the second.
    let taps = |from: f32, size: usize| -> Vec<(usize, usize, f32)> {
        let tap = |k: usize| {
            let at = from + (k as f32 + 0.5) * scale / samples as f32 - 0.5;
            let at = at.clamp(0.0, (size - 1) as f32);
            let first = at as usize;
            (first, (first + 1).min(size - 1), at - first as f32)
        };
        (0..side * samples).map(tap).collect()
    };
    let (columns, rows) = (taps(left, width), taps(top, height));
    let pixels = picture.pixels();
    let start = into.len();
    into.resize(start + 3 * side * side, 0.0);
    let factor = 2.0 / 255.0 / (samples * samples) as f32;
    for y in 0..side {
        for x in 0..side {
            let mut sum = [0.0_f32; 3];
            for &(above, below, down) in &rows[y * samples..(y + 1) * samples] {
                for &(before, behind, right) in &columns[x * samples..(x + 1) * samples] {
                    let at = |row: usize, column: usize| 3 * (row * width + column);
                    let corners = [at(above, before), at(above, behind), at(below, before), at(below, behind)];
                    let weights =
                        [(1.0 - down) * (1.0 - right), (1.0 - down) * right, down * (1.0 - right), down * right];
                    for (corner, weight) in corners.into_iter().zip(weights) {
                        for (sum, byte) in sum.iter_mut().zip(&pixels[corner..corner + 3]) {
                            *sum += weight * f32::from(*byte);
                        }
                    }
                }
            }
            for (channel, sum) in sum.into_iter().enumerate() {
                into[start + (channel * side + y) * side + x] = sum * factor - 1.0;
            }
        }
    }
}

/// The same as a picture.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn cropped_picture(picture: &Rgb, of: PoseBox, side: usize) -> Result<Rgb, DataError> {
    let mut planes = Vec::new();
    cropped(picture, of, side, &mut planes);
    let byte = |at: usize, channel: usize| ((planes[channel * side * side + at] + 1.0) * 127.5).round() as u8;
    let bytes = (0..side * side).flat_map(|at| [byte(at, 0), byte(at, 1), byte(at, 2)]).collect();
    Rgb::new(side as u32, side as u32, bytes)
}

/// Turned around its middle, by radians with the clock; its edge goes on.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn turned(picture: &Rgb, by: f32) -> Result<Rgb, DataError> {
    let (sine, cosine) = by.sin_cos();
    let [width, height] = [picture.width(), picture.height()];
    let middle = [width as f32 / 2.0, height as f32 / 2.0];
    let pixels = picture.pixels();
    let mut bytes = Vec::with_capacity(pixels.len());
    for at in 0..width * height {
        let [x, y] = [(at % width) as f32 + 0.5 - middle[0], (at / width) as f32 + 0.5 - middle[1]];
        // Where the pixel was before, and the four around that place.
        let from = [middle[0] + cosine * x + sine * y - 0.5, middle[1] - sine * x + cosine * y - 0.5];
        let from = [from[0].clamp(0.0, (width - 1) as f32), from[1].clamp(0.0, (height - 1) as f32)];
        let [left, above] = from.map(|at| at as u32);
        let [right, below] = [(left + 1).min(width - 1), (above + 1).min(height - 1)];
        let [across, down] = [from[0] - left as f32, from[1] - above as f32];
        for channel in 0..3 {
            let of = |column: u32, row: u32| f32::from(pixels[(3 * (row * width + column) + channel) as usize]);
            let upper = of(left, above) * (1.0 - across) + of(right, above) * across;
            let lower = of(left, below) * (1.0 - across) + of(right, below) * across;
            bytes.push((upper * (1.0 - down) + lower * down).round() as u8);
        }
    }
    Rgb::new(width, height, bytes)
}

/// Left and right exchanged.
pub(super) fn flipped(picture: &Rgb) -> Rgb {
    picture.turned(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red is the column, green the row.
    fn ramp(side: u32) -> Rgb {
        let bytes = (0..side * side).flat_map(|at| [(at % side) as u8, (at / side) as u8, 7]).collect();
        Rgb::new(side, side, bytes).unwrap()
    }

    fn bytes(values: &[f32]) -> Vec<f32> {
        values.iter().map(|value| (value + 1.0) * 127.5).collect()
    }

    #[test]
    fn a_crop_of_the_same_size_is_the_picture() {
        let mut crop = Vec::new();
        cropped(&ramp(8), PoseBox::whole(8, 8), 8, &mut crop);
        assert_eq!(cropped_picture(&ramp(8), PoseBox::whole(8, 8), 8).unwrap(), ramp(8));
        let found = bytes(&crop);
        for at in 0..64 {
            assert!((found[at] - (at % 8) as f32).abs() < 1e-3 && (found[64 + at] - (at / 8) as f32).abs() < 1e-3);
            assert!((found[128 + at] - 7.0).abs() < 1e-3);
        }
    }

    #[test]
    fn a_picture_turned_by_a_quarter_has_its_columns_as_rows() {
        let found = turned(&ramp(8), std::f32::consts::FRAC_PI_2).unwrap();
        // What was left is up: red, the column, becomes the row; green, the row, runs from the right.
        for at in 0..64 {
            let pixel = &found.pixels()[3 * at..3 * at + 3];
            assert_eq!(pixel, [(at / 8) as u8, 7 - (at % 8) as u8, 7], "{at}");
        }
    }

    #[test]
    fn a_smaller_crop_has_means_and_the_edge_goes_on() {
        let mut crop = Vec::new();
        cropped(&ramp(8), PoseBox::whole(8, 8), 4, &mut crop);
        let found = bytes(&crop);
        for (at, red) in found.iter().take(16).enumerate() {
            assert!((red - (2.0 * (at % 4) as f32 + 0.5)).abs() < 1e-3, "{at} {}", red);
        }
        let mut beyond = Vec::new();
        cropped(&ramp(8), PoseBox { centre: [-20.0, 4.0], side: 8.0 }, 2, &mut beyond);
        assert!(bytes(&beyond)[..4].iter().all(|value| value.abs() < 1e-3), "{beyond:?}");
    }
}
