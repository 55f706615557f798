//! What a picture that is searched for is made of: its pixels, or the waves of which they are the sum.

use crate::data::Rgb;
use crate::data::files::npy_from;
use crate::data::preprocess::nchw_from_rgb;
use crate::graph::{Graph, Host as HostTensor, ShapeError, Spec, Tensor};
use crate::lab::LabError;
use crate::models::Network;
use crate::nn::Normalise;
use crate::protocol::PictureSpace;
use candle_core::Device as HostDevice;
use std::f64::consts::TAU;

/// The variable that is searched for.
pub(super) const PAINT: &str = "paint";

/// Standard deviation of waves at the start, before each is scaled by its length.
const WAVES_START: f32 = 0.01;
/// Of pixels, in what the network reads.
const PIXELS_START: f32 = 0.1;
/// What waves add up to is a fourth of it before it is squashed (Olah et al. 2017).
const WAVES_SHARE: f64 = 0.25;
/// Of the picture whose phases alone are searched for, before it is squashed.
const PHASES_CONTRAST: f64 = 1.0;

/// Of what a wave's picture begins with, no value is nearer to black or to white.
const DARKEST: f64 = 0.02;

/// Columns of red, green and blue: the square root of the covariance of the colours of CIFAR-10's pixels, along its axes (grey,
/// blue against red, green against magenta), the largest of length 1. `tests/fixtures/colours.py` computes it.
const COLOURS: [[f64; 3]; 3] = [[0.558, -0.201, -0.057], [0.577, -0.014, 0.106], [0.597, 0.202, -0.049]];

/// Pictures side by side, of the size that a network wants.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parametrisation {
    pub(super) space: PictureSpace,
    pub(super) batch: usize,
    /// Channels, height, width.
    pub(super) input: [usize; 3],
    pub(super) normalise: Normalise,
}

impl Parametrisation {
    pub(super) fn new(space: PictureSpace, batch: usize, network: &Network) -> Self {
        Self { space, batch, input: network.input, normalise: network.normalise }
    }

    pub(super) fn is_pixels(&self) -> bool {
        self.space == PictureSpace::Pixels
    }

    /// Half of the spectrum of a row, of which the other half is the mirror image.
    fn half(&self) -> usize {
        self.input[2] / 2 + 1
    }

    /// Of the variable. Waves lie `[B·C, W/2 + 1, 2H]`, real parts before imaginary ones; phases in half of that.
    pub(super) fn shape(&self) -> Vec<usize> {
        let [channels, height, width] = self.input;
        match self.space {
            PictureSpace::Pixels => vec![self.batch, channels, height, width],
            PictureSpace::Frequencies => vec![self.batch * channels, self.half(), 2 * height],
            PictureSpace::Phases => vec![self.batch * channels, self.half(), height],
        }
    }

    /// The variable's values at the start, from standard normal ones.
    pub(super) fn start(&self, mut normal: impl FnMut() -> f32) -> Result<HostTensor, LabError> {
        let scale = match self.space {
            PictureSpace::Pixels => PIXELS_START,
            PictureSpace::Frequencies => WAVES_START,
            // Many times round: all phases are as likely.
            PictureSpace::Phases => 10.0,
        };
        let shape = self.shape();
        let values = (0..shape.iter().product()).map(|_| normal() * scale).collect();
        Ok(HostTensor::from_vec(values, shape, &HostDevice::Cpu)?)
    }

    /// The variable's values that give this picture, which is one of three channels or one; of waves as far as no value is all black
    /// or all white, which no wave reaches.
    ///
    /// # Errors
    /// [`LabError::Setup`] of phases: a picture has strengths of its own.
    pub(super) fn paint_of(&self, picture: &Rgb) -> Result<HostTensor, LabError> {
        let [channels, height, width] = self.input;
        match self.space {
            PictureSpace::Pixels => {
                let values = nchw_from_rgb(picture, channels, &self.normalise)?;
                return Ok(values.reshape(self.shape())?);
            }
            PictureSpace::Frequencies => {}
            PictureSpace::Phases => {
                return Err(bad_setup!(
                    "phases begin with noise, for a picture has strengths of its own; choose waves or pixels"
                ));
            }
        }
        let plane = height * width;
        let logit = |byte: u8| {
            let share = (f64::from(byte) / 255.0).clamp(DARKEST, 1.0 - DARKEST);
            (share / (1.0 - share)).ln() / WAVES_SHARE
        };
        let inverse = inverse(&COLOURS);
        let value = |channel: usize, at: usize| {
            let rgb: [f64; 3] = std::array::from_fn(|k| logit(picture.pixels()[at * 3 + k]));
            if channels == 1 { rgb[0] } else { (0..3).map(|k| inverse[channel][k] * rgb[k]).sum() }
        };
        let values: Vec<f64> =
            (0..channels).flat_map(|c| (0..plane).map(move |at| (c, at))).map(|(c, at)| value(c, at)).collect();
        let amplitudes: Vec<f64> = {
            let scale = self.frequency_scale();
            self.frequencies().map(|(_, frequency)| scale(frequency)).collect()
        };
        let waves = self.waves_of(&values)?;
        let mut paint = Vec::with_capacity(2 * waves.len());
        for (at, column) in waves.chunks_exact(2 * height).enumerate() {
            let own = &amplitudes[at % self.half() * height..][..height];
            paint.extend(column.iter().enumerate().map(|(row, wave)| (wave / own[row % height]) as f32));
        }
        Ok(HostTensor::from_vec(paint, self.shape(), &HostDevice::Cpu)?)
    }

    /// The discrete Fourier transform of planes, as [`Self::sum_of_waves`] takes it.
    fn waves_of(&self, planes: &[f64]) -> Result<Vec<f64>, LabError> {
        let ([channels, height, width], half) = (self.input, self.half());
        let table = |rows: usize, columns: usize, of: usize, part: fn(f64) -> f64| {
            let angle = |at: usize| TAU * (((at / columns) * (at % columns)) % of) as f64 / of as f64;
            let values: Vec<f64> = (0..rows * columns).map(|at| part(angle(at))).collect();
            HostTensor::from_vec(values, (rows, columns), &HostDevice::Cpu)
        };
        let planes = HostTensor::from_slice(planes, (channels * height, width), &HostDevice::Cpu)?;
        let along = |part| planes.matmul(&table(width, half, width, part)?)?.reshape((channels, height, half));
        let down = |x: &HostTensor, part| -> candle_core::Result<HostTensor> {
            let turned = x.transpose(1, 2)?.contiguous()?.reshape((channels * half, height))?;
            turned.matmul(&table(height, height, height, part)?)
        };
        // (c - is)(cos - i sin), along the rows and then down the columns.
        let (cosines, sines) = (along(f64::cos)?, along(f64::sin)?);
        let real = down(&cosines, f64::cos)?.sub(&down(&sines, f64::sin)?)?;
        let imaginary = down(&cosines, f64::sin)?.add(&down(&sines, f64::cos)?)?.neg()?;
        Ok(HostTensor::cat(&[real, imaginary], 1)?.flatten_all()?.to_vec1()?)
    }

    /// A picture as the network reads it, in 8 bits; one channel becomes three equal ones.
    pub(super) fn rgb(&self, picture: &[f32]) -> Result<Rgb, LabError> {
        let Self { input: [channels, height, width], normalise, .. } = self;
        let plane = height * width;
        let byte = |channel: usize, at: usize| normalise.byte(channel, picture[channel * plane + at]);
        let pixels = (0..plane).flat_map(|at| [0, 1, 2].map(|channel: usize| byte(channel.min(channels - 1), at)));
        Ok(Rgb::new(*width as u32, *height as u32, pixels.collect())?)
    }

    /// Pictures as the network reads them, as a NumPy array `[B, C, H, W]`, or `[C, H, W]` of one: 0 is black and 1 white.
    pub(super) fn npy(&self, pictures: &[Vec<f32>]) -> Vec<u8> {
        let [channels, height, width] = self.input;
        let share = |(at, &value): (usize, &f32)| self.normalise.share(at / (height * width), value);
        let shares: Vec<f32> = pictures.iter().flat_map(|picture| picture.iter().enumerate().map(share)).collect();
        match pictures {
            [_] => npy_from(&shares, &[channels, height, width]),
            _ => npy_from(&shares, &[pictures.len(), channels, height, width]),
        }
    }

    /// What the network reads, `[B, C, H, W]`, of the variable.
    pub(super) fn picture(&self, paint: &Tensor) -> Result<Tensor, LabError> {
        let [channels, height, width] = self.input;
        let shown = match self.space {
            PictureSpace::Pixels => return Ok(paint.clone()),
            PictureSpace::Frequencies => {
                let scaled = paint.broadcast_mul(&self.amplitudes(paint.graph(), 2, self.frequency_scale())?)?;
                self.sum_of_waves(&scaled)?.affine(WAVES_SHARE, 0.0)?
            }
            PictureSpace::Phases => {
                let waves = Tensor::cat(&[&paint.cos()?, &paint.sin()?], 2)?;
                self.sum_of_waves(&waves.broadcast_mul(&self.amplitudes(paint.graph(), 2, self.natural_scale())?)?)?
            }
        };
        let shown = shown.reshape([self.batch, channels, height, width])?;
        let coloured = if channels == 3 { coloured(&shown)? } else { shown };
        Ok(self.normalise.apply(&coloured.sigmoid()?, 1.0)?)
    }

    /// The longest wave may be as strong as a picture is wide, others by their length: as in natural pictures, every octave has
    /// as much of the whole (Field 1987).
    fn frequency_scale(&self) -> impl Fn(f64) -> f64 {
        let [_, height, width] = self.input;
        let longest = 1.0 / height.max(width) as f64;
        let whole = ((height * width) as f64).sqrt();
        move |frequency: f64| whole / frequency.max(longest)
    }

    /// The same, such that the sum of all waves has a contrast of its own.
    fn natural_scale(&self) -> impl Fn(f64) -> f64 {
        let [_, height, width] = self.input;
        let plain = |frequency: f64| if frequency == 0.0 { 0.0 } else { 1.0 / frequency };
        let energy: f64 = self.frequencies().map(|(column, f)| self.twice(column) * plain(f).powi(2) / 2.0).sum();
        let scale = PHASES_CONTRAST * (height * width) as f64 / energy.sqrt();
        move |frequency: f64| scale * plain(frequency)
    }

    /// Of each wave that is kept, column by column: the column, and how often it swings in a pixel.
    fn frequencies(&self) -> impl Iterator<Item = (usize, f64)> {
        let [_, height, width] = self.input;
        (0..self.half()).flat_map(move |column| {
            (0..height).map(move |row| {
                let down = row.min(height - row) as f64 / height as f64;
                (column, down.hypot(column as f64 / width as f64))
            })
        })
    }

    /// 2 where a wave's mirror image is not kept itself.
    fn twice(&self, column: usize) -> f64 {
        if column == 0 || 2 * column == self.input[2] { 1.0 } else { 2.0 }
    }

    /// A factor for each wave, `[1, W/2 + 1, parts · H]`.
    fn amplitudes(&self, graph: &Graph, parts: usize, scale: impl Fn(f64) -> f64) -> Result<Tensor, ShapeError> {
        let height = self.input[1];
        let all: Vec<f64> = self.frequencies().map(|(_, frequency)| scale(frequency)).collect();
        let values: Vec<f64> = all.chunks(height).flat_map(|column| column.repeat(parts)).collect();
        graph.constant_of("amplitudes", &values, &Spec::f32([1, self.half(), parts * height]))
    }

    /// The inverse discrete Fourier transform of `[B·C, W/2 + 1, 2H]`: `[B·C, H, W]`.
    fn sum_of_waves(&self, waves: &Tensor) -> Result<Tensor, ShapeError> {
        let ([_, height, width], half, count) = (self.input, self.half(), waves.dims()[0]);
        let graph = waves.graph();
        let angle = |a: usize, b: usize, of: usize| TAU * ((a * b) % of) as f64 / of as f64;
        // Down the columns: (a + ib)(cos + i sin), real parts before imaginary ones.
        let down: Vec<f64> = (0..2 * height)
            .flat_map(|from| {
                let (row, is_imaginary) = (from % height, from >= height);
                (0..2 * height).map(move |to| {
                    let (sin, cos) = angle(row, to % height, height).sin_cos();
                    match (is_imaginary, to >= height) {
                        (false, false) | (true, true) => cos,
                        (false, true) => sin,
                        (true, false) => -sin,
                    }
                })
            })
            .collect();
        let down = graph.constant_of("waves", &down, &Spec::f32([2 * height, 2 * height]))?;
        let columns = waves.reshape([count * half, 2 * height])?.matmul(&down)?.reshape([count, half, 2 * height])?;
        // Along the rows, of which the real part is left.
        let along = |of: &dyn Fn(f64) -> f64| {
            let values: Vec<f64> = (0..half)
                .flat_map(|column| {
                    let share = self.twice(column) / (height * width) as f64;
                    (0..width).map(move |x| share * of(angle(column, x, width)))
                })
                .collect();
            graph.constant_of("waves", &values, &Spec::f32([half, width]))
        };
        let rows = |start: usize, by: &Tensor| {
            let part = columns.narrow(2, start, height)?.transpose(1, 2)?;
            part.reshape([count * height, half])?.matmul(by)?.reshape([count, height, width])
        };
        rows(0, &along(&f64::cos)?)?.add(&rows(height, &along(&|angle| -angle.sin())?)?)
    }
}

fn inverse(m: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let minor = |row: usize, column: usize| {
        let ([a, b], [c, d]) = ([(row + 1) % 3, (row + 2) % 3], [(column + 1) % 3, (column + 2) % 3]);
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant: f64 = (0..3).map(|column| m[0][column] * minor(0, column)).sum();
    std::array::from_fn(|row| std::array::from_fn(|column| minor(column, row) / determinant))
}

/// Red, green and blue of axes along which colours of photographs do not depend on one another.
fn coloured(axes: &Tensor) -> Result<Tensor, ShapeError> {
    let &[batch, _, height, width] = axes.dims() else { return Ok(axes.clone()) };
    let channel = |row: [f64; 3]| {
        let weighed = |axis: usize| axes.narrow(1, axis, 1)?.affine(row[axis], 0.0);
        weighed(0)?.add(&weighed(1)?)?.add(&weighed(2)?)
    };
    let channels = COLOURS.map(channel).into_iter().collect::<Result<Vec<_>, _>>()?;
    Tensor::cat(&channels.iter().collect::<Vec<_>>(), 1)?.reshape([batch, 3, height, width])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuPlan;
    use crate::graph::Program;

    /// A picture becomes waves and pixels, and those the picture again.
    #[test]
    fn pictures_go_there_and_back() {
        for (channels, height, width) in [(3, 6, 8), (3, 7, 5), (1, 4, 4)] {
            let bytes: Vec<u8> = (0..height * width)
                .flat_map(|at: usize| {
                    let grey = (at * 37 % 200 + 28) as u8;
                    if channels == 1 {
                        [grey; 3]
                    } else {
                        [grey, (at * 91 % 200 + 28) as u8, (at * 53 % 200 + 28) as u8]
                    }
                })
                .collect();
            let picture = Rgb::new(width as u32, height as u32, bytes).unwrap();
            for space in [PictureSpace::Pixels, PictureSpace::Frequencies] {
                let normalise = Normalise { mean: [0.4; 3], std: [0.7; 3] };
                let space = Parametrisation { space, batch: 1, input: [channels, height, width], normalise };
                let paint = Graph::new().input(PAINT, Spec::f32(space.shape()));
                let shown = space.picture(&paint).unwrap();
                let plan = CpuPlan::new(Program::inference(&[&shown], &|_| None).unwrap());
                let found = plan.run_now(&[space.paint_of(&picture).unwrap()]).unwrap();
                let again = space.rgb(&found[0].flatten_all().unwrap().to_vec1().unwrap()).unwrap();
                assert_eq!(again, picture, "{:?} {channels} × {height} × {width}", space.space);
            }
        }
    }
}
