//! The whole picture in an input of other proportions: in the middle of grey, as networks of the YOLO family get it, or squashed; and back
//! from places of the input to those of the picture.

use super::LabError;
use crate::data::{Rgb, resize};

/// What is beside the picture.
const GREY: u8 = 114;

/// Where a picture lies in the input of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputFrame {
    /// Of the input, across and down.
    pub size: [usize; 2],
    /// Of the picture's left upper corner there.
    pub start: [f32; 2],
    /// Pixels of the picture in one of the input, across and down.
    pub step: [f32; 2],
}

impl InputFrame {
    /// The place of the picture that lies here in the input, both in pixels, across and down.
    pub fn back(&self, place: [f32; 2]) -> [f32; 2] {
        [0, 1].map(|axis| (place[axis] - self.start[axis]) * self.step[axis])
    }
}

/// The picture in the middle of an input of this height and width, its proportions kept, grey beside it.
///
/// # Errors
/// [`LabError::Data`] of an input without pixels.
pub fn letterboxed(picture: &Rgb, [height, width]: [usize; 2]) -> Result<(Rgb, InputFrame), LabError> {
    let own = [picture.width(), picture.height()].map(f64::from);
    let size = [width, height];
    let factor = (width as f64 / own[0]).min(height as f64 / own[1]);
    let inner = [0, 1].map(|axis| ((own[axis] * factor).round() as usize).clamp(1, size[axis].max(1)));
    // Of an odd number of columns beside it, the fewer are on the left.
    let start = [0, 1].map(|axis| (size[axis] - inner[axis]) / 2);
    let small = resize::resize(picture, inner[0] as u32, inner[1] as u32)?;
    let mut pixels = vec![GREY; 3 * width * height];
    for (row, from) in small.pixels().chunks_exact(3 * inner[0]).enumerate() {
        let at = 3 * ((start[1] + row) * width + start[0]);
        pixels[at..at + from.len()].copy_from_slice(from);
    }
    let step = [0, 1].map(|axis| (own[axis] / inner[axis] as f64) as f32);
    let frame = InputFrame { size, start: start.map(|start| start as f32), step };
    Ok((Rgb::new(width as u32, height as u32, pixels)?, frame))
}

/// The picture squashed to this height and width.
///
/// # Errors
/// [`LabError::Data`] of an input without pixels.
pub fn squashed(picture: &Rgb, [height, width]: [usize; 2]) -> Result<(Rgb, InputFrame), LabError> {
    let seen = resize::resize(picture, width as u32, height as u32)?;
    let step = [picture.width() as f32 / width as f32, picture.height() as f32 / height as f32];
    Ok((seen, InputFrame { size: [width, height], start: [0.0; 2], step }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_lies_in_the_middle_of_grey() {
        let (seen, frame) = letterboxed(&Rgb::new(8, 4, vec![9; 96]).unwrap(), [6, 4]).unwrap();
        assert_eq!((seen.width(), seen.height(), frame.start, frame.step), (4, 6, [0.0, 2.0], [2.0, 2.0]));
        let column: Vec<u8> = seen.pixels().chunks(12).map(|row| row[0]).collect();
        assert_eq!(column, [GREY, GREY, 9, 9, GREY, GREY]);
        assert_eq!(frame.back([4.0, 4.0]), [8.0, 4.0]);
        // However long it is, a pixel of it stays.
        let (_, thin) = letterboxed(&Rgb::new(4000, 1, vec![9; 12000]).unwrap(), [32, 32]).unwrap();
        assert_eq!(thin.back([32.0, thin.start[1] + 1.0]), [4000.0, 1.0]);
    }
}
