//! What is shown, as a network reads it: drawn pixel by pixel around the middle of what a unit sees, never rounded to bytes.

use super::frame::UnitFrame;
use super::tuning::GratingSet;
use crate::lab::channels::Part;
use crate::models::Network;
use crate::protocol::{CellTask, GratingWindow, across_and_along};

/// Lightness of grey, half way from black to white.
const GREY: f64 = 0.5;

pub(super) struct Screen {
    /// Channels, height and width of what is drawn.
    input: [usize; 3],
    mean: [f32; 3],
    std: [f32; 3],
    /// Row and column of the middle.
    middle: [f64; 2],
    /// The longer side of what the unit sees.
    pub(super) sees: f64,
    contrast: f64,
}

impl Screen {
    pub(super) fn new(network: &Network, UnitFrame { input, part, .. }: &UnitFrame, contrast: f64) -> Self {
        let Part { rows, columns } = part;
        let middle = [rows, columns].map(|range| (range.start + range.end - 1) as f64 / 2.0);
        let sees = rows.len().max(columns.len()) as f64;
        Self { input: *input, mean: network.normalise.mean, std: network.normalise.std, middle, sees, contrast }
    }

    /// As the network reads it, of a picture from -1, darkest, to 1, lightest, by row and column.
    pub(super) fn input(&self, at: impl Fn(usize, usize) -> f64) -> Vec<f32> {
        let [channels, height, width] = self.input;
        let pixels: Vec<f32> = (0..height * width)
            .map(|pixel| (GREY * (1.0 + self.contrast * at(pixel / width, pixel % width))) as f32)
            .collect();
        let plane = |channel: usize| {
            let (mean, std) = (self.mean[channel], self.std[channel]);
            pixels.iter().map(move |lightness| (lightness - mean) / std)
        };
        (0..channels).flat_map(plane).collect()
    }

    /// To the right and upwards from the middle.
    fn place(&self, row: usize, column: usize) -> [f64; 2] {
        [column as f64 - self.middle[1], self.middle[0] - row as f64]
    }

    pub(super) fn grey(&self) -> Vec<f32> {
        self.input(|_, _| 0.0)
    }

    pub(super) fn grating(&self, set: &GratingSet, window: GratingWindow, at: usize) -> Vec<f32> {
        let grating = set.grating(at);
        self.input(|row, column| {
            let [x, y] = self.place(row, column);
            let share = match window {
                GratingWindow::Full => 1.0,
                // Its edge is one pixel wide.
                GratingWindow::Disc => (self.sees / 2.0 + 0.5 - x.hypot(y)).clamp(0.0, 1.0),
            };
            share * grating.at(x, y)
        })
    }

    /// A bar across the whole picture, light or dark, at one of the places across what the unit sees; as wide as two of them are apart.
    pub(super) fn bar(&self, orientation: f64, place: usize, is_light: bool) -> Vec<f32> {
        let apart = self.sees / CellTask::BAR_PLACES as f64;
        let at = (place as f64 - (CellTask::BAR_PLACES as f64 - 1.0) / 2.0) * apart;
        let half = apart.max(0.5);
        let sign = if is_light { 1.0 } else { -1.0 };
        self.input(|row, column| {
            let [x, y] = self.place(row, column);
            let [across, _] = across_and_along(orientation, x, y);
            sign * (half + 0.5 - (across - at).abs()).clamp(0.0, 1.0)
        })
    }

    /// How much a value of the network's input changes where the lightness goes from black to white.
    pub(super) fn slope_of(&self, channel: usize) -> f32 {
        1.0 / self.std[channel]
    }

    /// How far the lightness of noise is from grey.
    pub(super) fn swing(&self) -> f64 {
        GREY * self.contrast
    }
}
