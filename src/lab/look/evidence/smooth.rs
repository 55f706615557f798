//! SmoothGrad: the mean of the gradient at copies of the picture with noise on them (Smilkov, Thorat, Kim, Viégas & Wattenberg 2017).

use super::{Filling, gradient::over_channels};
use crate::lab::dice::Dice;
use crate::lab::{LabError, Monitor};
use crate::protocol::Evidence;

pub(in crate::lab::look) struct Noise {
    pub(in crate::lab::look) samples: usize,
    /// Standard deviation, as a share of the range of the values.
    pub(in crate::lab::look) share: f32,
    pub(in crate::lab::look) seed: u32,
}

impl Noise {
    pub(super) fn of(job: &Evidence) -> Result<Self, LabError> {
        let Evidence { samples, noise, seed, .. } = *job;
        ensure!((1..=1024).contains(&samples), "{samples} noisy copies cannot be looked at; choose 1 to 1024");
        ensure!(
            (0.0..=1.0).contains(&noise),
            "noise of {noise} times the picture's range leaves nothing of it; choose 0 to 1"
        );
        Ok(Self { samples: samples as usize, share: noise, seed })
    }

    /// The copy of this number.
    pub(in crate::lab::look) fn on(&self, clean: &[f32], at: usize) -> Vec<f32> {
        let low = clean.iter().copied().fold(f32::INFINITY, f32::min);
        let high = clean.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let deviation = self.share * (high - low);
        let mut dice = Dice::new(self.seed.wrapping_mul(1031).wrapping_add(at as u32));
        clean.iter().map(|x| x + deviation * dice.normal()).collect()
    }
}

pub(super) async fn fill<H: Monitor>(noise: &Noise, filling: &mut Filling<'_, H>) -> Result<(), LabError> {
    filling.stretch_to_pixels();
    let (clean, places) = (filling.clean.clone(), filling.places());
    let shown = |mean: &[f32]| over_channels(mean, places);
    let mean = filling.mean_gradient(noise.samples, |at| noise.on(&clean, at), shown).await?;
    filling.map.values = shown(&mean);
    Ok(())
}
