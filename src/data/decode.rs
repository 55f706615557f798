//! From an encoded file to pixels, natively; in the browser the browser's own decoder does this.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgba, codecs::webp::WebPDecoder,
    error::LimitErrorKind,
};

use super::{
    DataError, Rgb,
    probe::{self, Format, LIMIT_PIXELS},
};

/// 8 bytes for each pixel of the greatest picture (16-bit RGBA), and as much again for the decoder itself.
const LIMIT_ALLOC_BYTES: u64 = LIMIT_PIXELS * 16;

/// Decodes PNG, JPEG, GIF (first frame), WebP (first frame) and BMP: upright by its EXIF orientation, alpha over white, grey
/// as three equal channels, 16 bits scaled to 8 (`round(value / 257)`), CMYK converted. No colour profile is applied.
///
/// # Errors
/// Those of [`probe::probe`]; [`DataError::Foreign`] for other formats; [`DataError::Damaged`] with the decoder's words.
pub fn decode(file: &str, bytes: &[u8]) -> Result<Rgb, DataError> {
    let header = probe::probe(file, bytes)?;
    let format = match header.format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Gif => ImageFormat::Gif,
        Format::WebP => ImageFormat::WebP,
        Format::Bmp => ImageFormat::Bmp,
        other => return Err(other.foreign(file)),
    };
    let picture = dynamic_image(bytes, format).map_err(|error| match (error, header.size) {
        (ImageError::Limits(limit), Some((width, height)))
            if matches!(limit.kind(), LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory) =>
        {
            DataError::TooLarge { file: file.into(), width, height, limit_pixels: LIMIT_PIXELS }
        }
        (error, _) => DataError::Damaged { file: file.into(), detail: error.to_string() },
    })?;
    let (width, height) = (picture.width(), picture.height());
    probe::check_pixels(file, width, height)?;
    if picture.color().has_alpha() {
        Rgb::from_rgba_over_white(width, height, picture.into_rgba8().as_raw())
    } else {
        Rgb::new(width, height, picture.into_rgb8().into_raw())
    }
}

fn dynamic_image(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, ImageError> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(LIMIT_ALLOC_BYTES);
    let (orientation, mut picture) = if format == ImageFormat::WebP {
        let mut decoder = WebPDecoder::new(Cursor::new(bytes))?;
        decoder.set_limits(limits)?;
        // Of an animation the file may not say that it is transparent; what shows through is white here, as in browsers.
        if decoder.has_animation() {
            decoder.set_background_color(Rgba([255; 4]))?;
        }
        (decoder.orientation()?, DynamicImage::from_decoder(decoder)?)
    } else {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits);
        let mut decoder = reader.into_decoder()?;
        (decoder.orientation()?, DynamicImage::from_decoder(decoder)?)
    };
    picture.apply_orientation(orientation);
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, ImageBuffer, Luma, RgbaImage};

    use super::*;

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn alpha_grey_and_16_bits_become_rgb8() {
        let rgba = RgbaImage::from_raw(2, 1, vec![9, 8, 7, 255, 1, 2, 3, 0]).unwrap();
        assert_eq!(decode("a", &encoded(rgba, ImageFormat::Png)).unwrap().pixels(), [9, 8, 7, 255, 255, 255]);
        let grey = GrayImage::from_raw(1, 2, vec![5, 250]).unwrap();
        assert_eq!(decode("a", &encoded(grey, ImageFormat::Bmp)).unwrap().pixels(), [5, 5, 5, 250, 250, 250]);
        let grey16 = ImageBuffer::<Luma<u16>, _>::from_raw(3, 1, vec![0, 257 * 100 + 128, 65535]).unwrap();
        assert_eq!(decode("a", &encoded(grey16, ImageFormat::Png)).unwrap().pixels()[3..7], [100, 100, 100, 255]);
    }

    #[test]
    fn every_cut_of_a_file_decodes_or_is_refused() {
        let grey = GrayImage::from_fn(40, 30, |x, y| Luma([(x * y) as u8]));
        for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp] {
            let whole = encoded(DynamicImage::from(grey.clone()).into_rgb8(), format);
            for end in 0..whole.len() {
                let _ = decode("a", &whole[..end]);
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn a_changed_byte_never_panics(at in 0_usize..5_000, value: u8, kind in 0_usize..4) {
            let formats = [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::Jpeg];
            let grey = GrayImage::from_fn(40, 30, |x, y| Luma([(x * y) as u8]));
            let mut bytes = encoded(DynamicImage::from(grey).into_rgb8(), formats[kind]);
            let at = at % bytes.len();
            bytes[at] = value;
            let _ = decode("a", &bytes);
        }
    }
}
