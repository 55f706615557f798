//! A decoded picture, and the ways in which it becomes a square.

use super::DataError;

/// 8-bit RGB, rows from the top, `width · height · 3` bytes; upright, and at least one pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

/// How a picture that is not square becomes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fit {
    /// The whole picture, its proportions given up.
    Squash,
    /// The shorter side scaled (to 256 for an input of 224), then the middle cut out.
    Crop,
}

impl Rgb {
    /// `pixels` holds `width · height · 3` bytes.
    ///
    /// # Errors
    /// [`DataError::NoPixels`] where a side is zero, [`DataError::PixelBytes`] where the buffer has another length.
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, DataError> {
        check(width, height, 3, pixels.len())?;
        Ok(Self { width, height, pixels })
    }

    /// Composes RGBA with straight alpha over white, the background that every picture here gets.
    ///
    /// # Errors
    /// As [`Rgb::new`], with `width · height · 4` bytes.
    pub fn from_rgba_over_white(width: u32, height: u32, rgba: &[u8]) -> Result<Self, DataError> {
        check(width, height, 4, rgba.len())?;
        let mut pixels = Vec::with_capacity(rgba.len() / 4 * 3);
        for pixel in rgba.chunks_exact(4) {
            let alpha = u32::from(pixel[3]);
            // Rounded division by 255; 0 and 255 are exact.
            let over = |value: u8| ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
            pixels.extend_from_slice(&[over(pixel[0]), over(pixel[1]), over(pixel[2])]);
        }
        Ok(Self { width, height, pixels })
    }

    /// In pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// In pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// `width · height · 3` bytes.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Upright, where it is stored by this orientation of EXIF: 2 mirrored, 3 upside down, 4 both, 5 to 8 with rows and columns
    /// exchanged, 6 to be turned clockwise.
    pub fn turned(&self, orientation: u16) -> Self {
        let (w, h) = (self.width as usize, self.height as usize);
        let [width, height] = if orientation < 5 { [w, h] } else { [h, w] };
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for y in 0..height {
            for x in 0..width {
                let (x, y) = match orientation {
                    2 => (w - 1 - x, y),
                    3 => (w - 1 - x, h - 1 - y),
                    4 => (x, h - 1 - y),
                    5 => (y, x),
                    6 => (y, h - 1 - x),
                    7 => (w - 1 - y, h - 1 - x),
                    8 => (w - 1 - y, x),
                    _ => (x, y),
                };
                pixels.extend_from_slice(&self.pixels[(y * w + x) * 3..][..3]);
            }
        }
        Self { width: width as u32, height: height as u32, pixels }
    }

    /// With alpha 255, `width · height · 4` bytes: the form that a canvas takes.
    pub fn to_rgba(&self) -> Vec<u8> {
        let mut rgba = Vec::with_capacity(self.pixels.len() / 3 * 4);
        for pixel in self.pixels.chunks_exact(3) {
            rgba.extend_from_slice(&[pixel[0], pixel[1], pixel[2], 255]);
        }
        rgba
    }
}

fn check(width: u32, height: u32, channels: u64, found: usize) -> Result<(), DataError> {
    if width == 0 || height == 0 {
        return Err(DataError::NoPixels { width, height });
    }
    let expected = (u64::from(width) * u64::from(height)).saturating_mul(channels);
    let found = found as u64;
    if expected != found {
        return Err(DataError::PixelBytes { width, height, expected, found });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_must_fit_the_size() {
        assert!(Rgb::new(2, 1, vec![0; 6]).is_ok());
        assert!(matches!(Rgb::new(2, 1, vec![0; 5]), Err(DataError::PixelBytes { expected: 6, found: 5, .. })));
        assert!(matches!(Rgb::new(0, 1, vec![]), Err(DataError::NoPixels { .. })));
        assert!(Rgb::new(u32::MAX, u32::MAX, vec![]).is_err());
    }

    #[test]
    fn alpha_is_composed_over_white() {
        let rgba = [10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128];
        let rgb = Rgb::from_rgba_over_white(3, 1, &rgba).unwrap();
        assert_eq!(rgb.pixels(), [10, 20, 30, 255, 255, 255, 127, 177, 255]);
        assert_eq!(rgb.to_rgba()[4..8], [255; 4]);
    }
}
