//! Parts of pictures: as they are, as tiles of one size, and many of them side by side.

use crate::data::{Rgb, resize::resize};
use crate::lab::LabError;
use crate::lab::channels::Part;
use crate::protocol::{ExciteWall, Pixels};

/// Between two tiles.
const GAP: usize = 2;

/// A tile for each channel, transparent where nothing excites it.
pub(in crate::lab::look) struct Wall {
    side: usize,
    columns: usize,
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Wall {
    /// `sees` is the longer side of what a place sees, in pixels: a tile is a whole number of times as large, or smaller.
    pub(in crate::lab::look) fn new(channels: usize, sees: usize) -> Self {
        let most = match channels {
            0..=256 => 64,
            257..=1024 => 40,
            _ => 24,
        };
        let side = if sees < most { most / sees.max(1) * sees } else { most };
        let columns = (1.5 * (channels as f64).sqrt()).ceil() as usize;
        let columns = columns.clamp(1, channels.max(1));
        let extent = |count: usize| count * (side + GAP) - GAP;
        let (width, height) = (extent(columns), extent(channels.div_ceil(columns).max(1)));
        Self { side, columns, width, height, rgba: vec![0; 4 * width * height] }
    }

    pub(super) fn put(&mut self, channel: usize, seen: &Rgb, part: &Part) -> Result<(), LabError> {
        self.put_whole(channel, &patch(seen, part)?)
    }

    /// A whole picture.
    pub(in crate::lab::look) fn put_whole(&mut self, channel: usize, picture: &Rgb) -> Result<(), LabError> {
        let tile = scaled(picture, self.side)?;
        let (left, top) = (channel % self.columns * (self.side + GAP), channel / self.columns * (self.side + GAP));
        let (wide, high) = (tile.width() as usize, tile.height() as usize);
        let (across, down) = ((self.side - wide) / 2, (self.side - high) / 2);
        for row in 0..self.side {
            let from = 4 * ((top + row) * self.width + left);
            let line = &mut self.rgba[from..from + 4 * self.side];
            line.fill(0);
            if (down..down + high).contains(&row) {
                let pixels = tile.pixels()[3 * wide * (row - down)..][..3 * wide].chunks_exact(3);
                for (to, pixel) in line[4 * across..].chunks_exact_mut(4).zip(pixels) {
                    to.copy_from_slice(&[pixel[0], pixel[1], pixel[2], 255]);
                }
            }
        }
        Ok(())
    }

    /// `values` are those of the channels' strongest places.
    pub(in crate::lab::look) fn told(&self, values: Vec<f32>) -> ExciteWall {
        let pixels = Pixels { width: self.width as u32, height: self.height as u32, rgba: self.rgba.clone().into() };
        ExciteWall { pixels, side: self.side as u32, columns: self.columns as u32, values }
    }
}

pub(super) fn patch(seen: &Rgb, part: &Part) -> Result<Rgb, LabError> {
    let width = seen.width() as usize;
    let row = |row: usize| &seen.pixels()[3 * (row * width + part.columns.start)..3 * (row * width + part.columns.end)];
    let pixels = part.rows.clone().flat_map(row).copied().collect();
    Ok(Rgb::new(part.columns.len() as u32, part.rows.len() as u32, pixels)?)
}

/// With its longer side at most `side` long: larger by a whole number, so that its pixels stay as they are, or smaller.
pub(super) fn scaled(picture: &Rgb, side: usize) -> Result<Rgb, LabError> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let longer = width.max(height);
    if longer > side {
        let shorter = |of: usize| (of * side / longer).max(1) as u32;
        return Ok(resize(picture, shorter(width), shorter(height))?);
    }
    let times = side / longer;
    let pixel = |at: usize| &picture.pixels()[3 * at..3 * at + 3];
    let row = |row: usize| (0..width * times).flat_map(move |column| pixel(row / times * width + column / times));
    let pixels = (0..height * times).flat_map(row).copied().collect();
    Ok(Rgb::new((width * times) as u32, (height * times) as u32, pixels)?)
}

/// Of each of these blocks nine pictures in three rows, the blocks side by side, on white.
pub(super) fn sheet(blocks: &[Vec<Rgb>], side: usize) -> Result<Rgb, LabError> {
    const ROW: usize = 3;
    let block = ROW * (side + GAP) + 4 * GAP;
    let (width, height) = (blocks.len() * block - 5 * GAP, ROW * (side + GAP) - GAP);
    let mut pixels = vec![255_u8; 3 * width * height];
    for (of, pictures) in blocks.iter().enumerate() {
        for (at, picture) in pictures.iter().take(ROW * ROW).enumerate() {
            let tile = scaled(picture, side)?;
            let (wide, high) = (tile.width() as usize, tile.height() as usize);
            let left = of * block + at % ROW * (side + GAP) + (side - wide) / 2;
            let top = at / ROW * (side + GAP) + (side - high) / 2;
            for (row, line) in tile.pixels().chunks_exact(3 * wide).enumerate() {
                let from = 3 * ((top + row) * width + left);
                pixels[from..from + line.len()].copy_from_slice(line);
            }
        }
    }
    Ok(Rgb::new(width as u32, height as u32, pixels)?)
}
