//! Pictures as values in [0, 1], planes of channels; their 8 bits, and how far two are apart.

use super::super::LabError;
use crate::data::Rgb;
use crate::data::preprocess::nchw_from_rgb;
use crate::nn::Normalise;
use crate::protocol::Norms;

/// `[channels, height, width]` in [0, 1] of what a network sees.
pub(super) fn values_of(seen: &Rgb, channels: usize) -> Result<Vec<f32>, LabError> {
    Ok(nchw_from_rgb(seen, channels, &Normalise::UNIT)?.flatten_all()?.to_vec1::<f32>()?)
}

/// To the nearest of 256 levels; one channel becomes three equal ones.
pub(super) fn rgb_of(values: &[f32], [channels, height, width]: [usize; 3]) -> Result<Rgb, LabError> {
    let plane = height * width;
    let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
    let pixels = (0..plane).flat_map(|at| [0, 1, 2].map(|c: usize| byte(values[c.min(channels - 1) * plane + at])));
    Ok(Rgb::new(width as u32, height as u32, pixels.collect())?)
}

pub(super) fn norms(from: &[f32], to: &[f32]) -> Norms {
    let mut found = Norms::default();
    let (mut squares, mut own) = (0.0, 0.0);
    for (&from, &to) in from.iter().zip(to) {
        let by = (f64::from(to) - f64::from(from)).abs();
        found.l0 += u64::from(by > 0.0);
        found.linf = found.linf.max(by);
        squares += by * by;
        own += f64::from(from) * f64::from(from);
    }
    found.l2 = squares.sqrt();
    found.relative = if own > 0.0 { found.l2 / own.sqrt() } else { 0.0 };
    found
}

pub(super) fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
