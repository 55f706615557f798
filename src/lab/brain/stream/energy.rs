//! Energies of pairs of Gabor functions, one symmetric and one antisymmetric (Adelson & Bergen 1985), over places of a picture: what is
//! known of complex cells of V1, and little more.

use crate::data::preprocess::grey;
use crate::data::{Rgb, resize};
use crate::lab::LabError;
use std::f64::consts::PI;

/// Pixels along each side of what is looked at.
const SIDE: usize = 64;
/// Places along each side.
const PLACES: usize = 8;
const ORIENTATIONS: usize = 4;
/// Wavelengths in pixels.
const WAVELENGTHS: [f64; 3] = [4.0, 8.0, 16.0];
/// The deviation of the envelope, in wavelengths.
const ENVELOPE: f64 = 0.5;

/// One pair, as weights of the pixels around its place.
struct Pair {
    reach: isize,
    weights: Vec<[f32; 2]>,
}

/// All pairs, made once for many pictures.
pub(super) struct EnergyBank {
    pairs: Vec<Pair>,
}

impl EnergyBank {
    pub(super) const SHAPE: [u32; 3] = [(WAVELENGTHS.len() * ORIENTATIONS) as u32, PLACES as u32, PLACES as u32];

    pub(super) fn new() -> Self {
        let pair = |wavelength: f64, orientation: usize| {
            let deviation = ENVELOPE * wavelength;
            let reach = (2.5 * deviation).ceil() as isize;
            let angle = PI * orientation as f64 / ORIENTATIONS as f64;
            let side = 2 * reach + 1;
            let mut weights: Vec<[f64; 2]> = (0..side * side)
                .map(|at| {
                    let (x, y) = ((at % side - reach) as f64, (at / side - reach) as f64);
                    let phase = 2.0 * PI * (x * angle.cos() + y * angle.sin()) / wavelength;
                    let envelope = (-(x * x + y * y) / (2.0 * deviation * deviation)).exp();
                    [envelope * phase.cos(), envelope * phase.sin()]
                })
                .collect();
            // Evenly lit places have no energy.
            let mean = weights.iter().map(|pair| pair[0]).sum::<f64>() / weights.len() as f64;
            weights.iter_mut().for_each(|pair| pair[0] -= mean);
            let length = |part: usize| weights.iter().map(|pair| pair[part].powi(2)).sum::<f64>().sqrt();
            let lengths = [length(0), length(1)];
            let single = |pair: &[f64; 2]| [0, 1].map(|part| (pair[part] / lengths[part]) as f32);
            Pair { reach, weights: weights.iter().map(single).collect() }
        };
        let pairs = WAVELENGTHS.iter().flat_map(|&wavelength| (0..ORIENTATIONS).map(move |of| (wavelength, of)));
        Self { pairs: pairs.map(|(wavelength, of)| pair(wavelength, of)).collect() }
    }

    /// Pair by pair, the places of each row by row; beyond the edge a picture goes on as it is there.
    pub(super) fn of(&self, picture: &Rgb) -> Result<Vec<f32>, LabError> {
        let seen = grey(&resize::resize(picture, SIDE as u32, SIDE as u32)?)?;
        let light: Vec<f32> = seen.pixels().iter().step_by(3).map(|&byte| f32::from(byte) / 255.0).collect();
        let mut all = Vec::with_capacity(self.pairs.len() * PLACES * PLACES);
        let step = SIDE / PLACES;
        for Pair { reach, weights } in &self.pairs {
            for place in 0..PLACES * PLACES {
                let middle = [place % PLACES, place / PLACES].map(|at| (at * step + step / 2) as isize);
                let mut sums = [0.0_f32; 2];
                let mut at = 0;
                for down in -reach..=*reach {
                    let row = (middle[1] + down).clamp(0, SIDE as isize - 1) as usize * SIDE;
                    for across in -reach..=*reach {
                        let value = light[row + (middle[0] + across).clamp(0, SIDE as isize - 1) as usize];
                        sums[0] += value * weights[at][0];
                        sums[1] += value * weights[at][1];
                        at += 1;
                    }
                }
                all.push(sums[0].hypot(sums[1]));
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_knows_orientation_and_not_phase() {
        let bank = EnergyBank::new();
        let grating = |phase: f64, is_upright: bool| {
            let light = |at: usize| {
                let along = if is_upright { at % SIDE } else { at / SIDE } as f64;
                (127.5 + 120.0 * (2.0 * PI * along / 8.0 + phase).cos()) as u8
            };
            let bytes = (0..SIDE * SIDE).flat_map(|at| [light(at); 3]).collect();
            bank.of(&Rgb::new(SIDE as u32, SIDE as u32, bytes).unwrap()).unwrap()
        };
        let plane = PLACES * PLACES;
        let middle = |all: &[f32], pair: usize| all[pair * plane + (PLACES / 2) * PLACES + PLACES / 2];
        let [first, second] = [0.0, PI / 2.0].map(|phase| middle(&grating(phase, true), ORIENTATIONS));
        assert!((first - second).abs() < 0.05 * first, "{first} {second}");
        let across = middle(&grating(0.0, false), ORIENTATIONS);
        assert!(across < 0.1 * first, "{across} {first}");
    }
}
