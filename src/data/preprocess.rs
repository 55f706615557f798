//! From a picture to a network's input, as the checkpoint was trained.

use crate::nn::{Normalise, Resizing};
use candle_core::{Device, Tensor};

use super::{
    DataError, Fit, Rgb,
    resize::{Window, resize_window},
};

/// Up to this input size (CIFAR) a crop takes the whole shorter side; above it, 7/8 (224 of 256).
const LARGEST_UNTRIMMED: u32 = 32;

/// `width × height` pixels. A picture that has this size already is taken as it is, under either fit.
///
/// # Errors
/// [`DataError::NoPixels`] where a side is zero.
pub fn fitted(picture: &Rgb, fit: Fit, [height, width]: [usize; 2], resizing: Resizing) -> Result<Rgb, DataError> {
    let size = [width, height].map(|side| u32::try_from(side).unwrap_or(0));
    let [width, height] = size;
    if width == 0 || height == 0 {
        return Err(DataError::NoPixels { width, height });
    }
    let given = [picture.width(), picture.height()];
    if given == size {
        return Ok(picture.clone());
    }
    let (whole, cut): ([u32; 2], CutRule) = match (fit, resizing.shorter) {
        (Fit::Squash, _) => (size, CutRule::Nearest),
        (Fit::Crop, None) => (covering(given, size.map(usual_shorter), CutRule::Nearest), CutRule::Nearest),
        (Fit::Crop, Some(shorter)) => {
            let scaled = size.map(|side| with_margin(side, width.min(height), shorter));
            (covering(given, scaled, CutRule::Torchvision), CutRule::Torchvision)
        }
    };
    let window = Window { left: centred(whole[0], width, cut), top: centred(whole[1], height, cut), width, height };
    resize_window(picture, whole[0], whole[1], window, resizing.interpolation)
}

/// Where a length or a place lies between two pixels.
#[derive(Clone, Copy)]
enum CutRule {
    /// The longer side is rounded, and the odd pixel lies after the middle: the rule of the figures that networks here are held against.
    Nearest,
    /// That of torchvision's `Resize` and `CenterCrop`, and so of timm: the longer side is rounded down, the place to an even number.
    Torchvision,
}

/// The picture without colour: Rec. 601 luma in 16-bit fixed point, bit for bit Pillow's `convert("L")`.
///
/// # Errors
/// None that a decoded picture can cause.
pub fn grey(picture: &Rgb) -> Result<Rgb, DataError> {
    let grey = picture.pixels().chunks_exact(3).flat_map(|pixel| [luma(pixel); 3]).collect();
    Rgb::new(picture.width(), picture.height(), grey)
}

fn luma(pixel: &[u8]) -> u8 {
    let weighted = pixel.iter().zip([19_595, 38_470, 7_471]).map(|(&value, weight)| u32::from(value) * weight);
    ((weighted.sum::<u32>() + (1 << 15)) >> 16) as u8
}

/// The pixels as `[1, channels, height, width]` f32, normalised. One channel is the red one of a grey picture.
///
/// # Errors
/// [`DataError::Tensor`] where candle cannot make the tensor.
pub fn nchw_from_rgb(picture: &Rgb, channels: usize, normalise: &Normalise) -> Result<Tensor, DataError> {
    let [width, height] = [picture.width() as usize, picture.height() as usize];
    let channels = channels.clamp(1, 3);
    let mut values = Vec::with_capacity(width * height * channels);
    for channel in 0..channels {
        let table: [f32; 256] = std::array::from_fn(|byte| normalise.value(channel, byte as u8));
        values.extend(picture.pixels().iter().skip(channel).step_by(3).map(|&value| table[usize::from(value)]));
    }
    Ok(Tensor::from_vec(values, (1, channels, height, width), &Device::Cpu)?)
}

/// To what a crop usually scales the shorter side: `size · 256 / 224`, rounded.
pub fn usual_shorter(size: u32) -> u32 {
    if size <= LARGEST_UNTRIMMED { size } else { ((u64::from(size) * 8 + 3) / 7).min(u64::from(u32::MAX)) as u32 }
}

/// One side of a size whose shorter one becomes another; the same share of both.
fn with_margin(side: u32, shorter_side: u32, shorter: u32) -> u32 {
    let scaled = u64::from(side) * u64::from(shorter) / u64::from(shorter_side);
    u32::try_from(scaled).unwrap_or(u32::MAX).max(side)
}

/// The smallest size of these proportions that covers the other one.
fn covering([width, height]: [u32; 2], [over_width, over_height]: [u32; 2], rule: CutRule) -> [u32; 2] {
    let times = |side: u32, by: u32, of: u32| {
        let (side, by, of) = (u64::from(side), u64::from(by), u64::from(of));
        let more = match rule {
            CutRule::Nearest => of / 2,
            CutRule::Torchvision => 0,
        };
        u32::try_from((side * by + more) / of).unwrap_or(u32::MAX)
    };
    let is_narrow = u64::from(width) * u64::from(over_height) <= u64::from(height) * u64::from(over_width);
    match is_narrow {
        true => [over_width, times(height, over_width, width).max(over_height)],
        false => [times(width, over_height, height).max(over_width), over_height],
    }
}

/// Pixels before the middle `size` of `length`.
fn centred(length: u32, size: u32, rule: CutRule) -> u32 {
    let rest = length - size;
    let half = rest / 2;
    match rule {
        CutRule::Nearest => half,
        CutRule::Torchvision => half + (rest & half & 1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::resize::tests::{bytes_from_hex, drawn};
    use super::*;
    use crate::nn::Interpolation;

    #[test]
    fn a_crop_keeps_the_middle() {
        assert_eq!([224, 227, 192, 320, 32, 28].map(usual_shorter), [256, 259, 219, 366, 32, 28]);
        let nearest = |given, over| covering(given, over, CutRule::Nearest);
        assert_eq!(nearest([320, 213], [256, 256]), [385, 256]);
        assert_eq!(nearest([213, 320], [256, 256]), [256, 385]);
        assert_eq!(nearest([4000, 1], [256, 256]), [1_024_000, 256]);
        assert_eq!(nearest([100, 100], [20, 40]), [40, 40]);
        assert_eq!(nearest([30, 100], [20, 40]), [20, 67]);
        assert_eq!([0, 1, 2, 3].map(|rest| centred(224 + rest, 224, CutRule::Nearest)), [0, 0, 1, 1]);
        assert_eq!(covering([320, 213], [256, 256], CutRule::Torchvision), [384, 256]);
        assert_eq!([1, 2, 3, 5].map(|rest| centred(224 + rest, 224, CutRule::Torchvision)), [0, 1, 2, 2]);
        assert_eq!([20, 40].map(|side| with_margin(side, 20, 30)), [30, 60]);
    }

    #[test]
    fn equals_torchvision_bit_for_bit() {
        let mut cases = 0;
        for line in include_str!("../../tests/fixtures/fitted.tsv").lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<_> = line.split('\t').collect();
            let number = |field: usize| fields[field].parse::<u32>().unwrap();
            let fit = if fields[2] == "crop" { Fit::Crop } else { Fit::Squash };
            let is_cubic = fields[3] == "bicubic";
            let interpolation = if is_cubic { Interpolation::Bicubic } else { Interpolation::Bilinear };
            let resizing = Resizing { shorter: Some(number(5)), interpolation };
            let found = fitted(&drawn(number(0), number(1)), fit, [number(4) as usize; 2], resizing).unwrap();
            assert_eq!(found.pixels(), bytes_from_hex(fields[6]), "{:?}", &fields[..6]);
            cases += 1;
        }
        assert_eq!(cases, 32);
    }

    #[test]
    fn channels_are_planes_and_normalised() {
        let picture = Rgb::new(1, 2, vec![255, 0, 51, 0, 255, 51]).unwrap();
        let tensor = nchw_from_rgb(&picture, 3, &Normalise::UNIT).unwrap();
        assert_eq!(tensor.dims(), [1, 3, 2, 1]);
        assert_eq!(tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [1.0, 0.0, 0.0, 1.0, 0.2, 0.2]);
        let tensor = nchw_from_rgb(&picture, 3, &Normalise::SIGNED).unwrap();
        assert_eq!(tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [1.0, -1.0, -1.0, 1.0, -0.6, -0.6]);
        let tensor = nchw_from_rgb(&grey(&picture).unwrap(), 1, &Normalise::UNIT).unwrap();
        assert_eq!(tensor.dims(), [1, 1, 2, 1]);
    }

    #[test]
    fn grey_is_pillows() {
        // Image.new("RGB", (1, 1), …).convert("L").getpixel((0, 0)) of Pillow 13.
        let cases = [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([12, 200, 99], 132), ([255; 3], 255)];
        for (pixel, wanted) in cases {
            let found = grey(&Rgb::new(1, 1, pixel.to_vec()).unwrap()).unwrap();
            assert_eq!(found.pixels(), [wanted; 3], "{pixel:?}");
        }
    }

    #[test]
    fn a_picture_of_the_right_size_is_not_touched() {
        let picture = Rgb::new(2, 2, (0..12).map(|value| value * 20).collect()).unwrap();
        for fit in [Fit::Squash, Fit::Crop] {
            assert_eq!(fitted(&picture, fit, [2; 2], Resizing::default()).unwrap(), picture);
        }
    }

    #[test]
    fn extreme_pictures_become_squares() {
        for (width, height) in [(1, 1), (4000, 1), (1, 4000), (3, 500)] {
            let pixels = [1, 2, 3].repeat(width as usize * height as usize);
            let picture = Rgb::new(width, height, pixels).unwrap();
            for fit in [Fit::Squash, Fit::Crop] {
                for size in [224, 32] {
                    let fitted = fitted(&picture, fit, [size; 2], Resizing::default()).unwrap();
                    assert_eq!(fitted.pixels(), [1, 2, 3].repeat(size * size));
                }
            }
        }
        let picture = Rgb::new(1, 1, vec![0; 3]).unwrap();
        assert!(fitted(&picture, Fit::Crop, [0, 3], Resizing::default()).is_err());
    }
}
