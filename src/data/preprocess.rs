//! From a picture to a network's input, as the checkpoint was trained.

use crate::nn::Normalise;
use candle_core::{Device, Tensor};

use super::{
    DataError, Fit, Rgb,
    resize::{Window, resize_window},
};

/// Up to this input size (CIFAR) a crop takes the whole shorter side; above it, 7/8 (224 of 256).
const LARGEST_UNTRIMMED: u32 = 32;

/// The picture as `[1, 3, size, size]` f32, fitted and normalised.
///
/// # Errors
/// [`DataError::NoPixels`] where `size` is zero, [`DataError::Tensor`] where candle cannot make the tensor.
pub fn nchw_from_rgb(picture: &Rgb, fit: Fit, size: usize, normalise: &Normalise) -> Result<Tensor, DataError> {
    let side = u32::try_from(size).unwrap_or(0);
    if (picture.width(), picture.height()) == (side, side) {
        return normalised(picture, normalise);
    }
    normalised(&fitted(picture, fit, side)?, normalise)
}

/// `size × size` pixels. A picture that has this size already is taken as it is, under either fit.
///
/// # Errors
/// [`DataError::NoPixels`] where `size` is zero.
pub fn fitted(picture: &Rgb, fit: Fit, size: u32) -> Result<Rgb, DataError> {
    let [width, height] = [picture.width(), picture.height()];
    if size == 0 {
        return Err(DataError::NoPixels { width: size, height: size });
    }
    if [width, height] == [size; 2] {
        return Ok(picture.clone());
    }
    let [width, height] = match fit {
        Fit::Squash => [size; 2],
        Fit::Crop => scaled(width, height, shorter_side(size)),
    };
    let window = Window { left: centred(width, size), top: centred(height, size), width: size, height: size };
    resize_window(picture, width, height, window)
}

/// To what a crop scales the shorter side: `size · 256 / 224`, rounded.
fn shorter_side(size: u32) -> u32 {
    if size <= LARGEST_UNTRIMMED { size } else { ((u64::from(size) * 8 + 3) / 7).min(u64::from(u32::MAX)) as u32 }
}

/// The shorter side as wanted, the longer one in proportion, rounded.
fn scaled(width: u32, height: u32, shorter: u32) -> [u32; 2] {
    let longer = |long: u32, short: u32| {
        let (long, short) = (u64::from(long), u64::from(short));
        u32::try_from((u64::from(shorter) * long + short / 2) / short).unwrap_or(u32::MAX)
    };
    if width <= height { [shorter, longer(height, width)] } else { [longer(width, height), shorter] }
}

/// Pixels before the middle `size` of `length`; the odd one lies after.
fn centred(length: u32, size: u32) -> u32 {
    (length - size) / 2
}

fn normalised(picture: &Rgb, normalise: &Normalise) -> Result<Tensor, DataError> {
    let [width, height] = [picture.width() as usize, picture.height() as usize];
    let mut values = Vec::with_capacity(width * height * 3);
    for channel in 0..3 {
        let (mean, std) = (normalise.mean[channel], normalise.std[channel]);
        let table: [f32; 256] = std::array::from_fn(|value| (value as f32 / 255.0 - mean) / std);
        values.extend(picture.pixels().iter().skip(channel).step_by(3).map(|&value| table[usize::from(value)]));
    }
    Ok(Tensor::from_vec(values, (1, 3, height, width), &Device::Cpu)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crop_keeps_the_middle() {
        assert_eq!([224, 227, 192, 320, 32, 28].map(shorter_side), [256, 259, 219, 366, 32, 28]);
        assert_eq!(scaled(320, 213, 256), [385, 256]);
        assert_eq!(scaled(213, 320, 256), [256, 385]);
        assert_eq!(scaled(4000, 1, 256), [1_024_000, 256]);
        assert_eq!([0, 1, 2, 3].map(|rest| centred(224 + rest, 224)), [0, 0, 1, 1]);
    }

    #[test]
    fn channels_are_planes_and_normalised() {
        let picture = Rgb::new(1, 2, vec![255, 0, 51, 0, 255, 51]).unwrap();
        let tensor = normalised(&picture, &Normalise::UNIT).unwrap();
        assert_eq!(tensor.dims(), [1, 3, 2, 1]);
        assert_eq!(tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [1.0, 0.0, 0.0, 1.0, 0.2, 0.2]);
        let tensor = normalised(&picture, &Normalise::SIGNED).unwrap();
        assert_eq!(tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [1.0, -1.0, -1.0, 1.0, -0.6, -0.6]);
    }

    #[test]
    fn a_picture_of_the_right_size_is_not_touched() {
        let picture = Rgb::new(2, 2, (0..12).map(|value| value * 20).collect()).unwrap();
        for fit in [Fit::Squash, Fit::Crop] {
            assert_eq!(fitted(&picture, fit, 2).unwrap(), picture);
        }
    }

    #[test]
    fn extreme_pictures_become_squares() {
        for (width, height) in [(1, 1), (4000, 1), (1, 4000), (3, 500)] {
            let pixels = [1, 2, 3].repeat(width as usize * height as usize);
            let picture = Rgb::new(width, height, pixels).unwrap();
            for fit in [Fit::Squash, Fit::Crop] {
                for size in [224, 32] {
                    assert_eq!(fitted(&picture, fit, size).unwrap().pixels(), [1, 2, 3].repeat((size * size) as usize));
                }
            }
        }
        let picture = Rgb::new(1, 1, vec![0; 3]).unwrap();
        assert!(nchw_from_rgb(&picture, Fit::Crop, 0, &Normalise::UNIT).is_err());
    }
}
