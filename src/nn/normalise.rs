//! Normalisation: how pixels become a network's inputs.

use crate::graph::{ShapeError, Spec, Tensor};

/// Per channel `(value / 255 - mean) / std`, red first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalise {
    /// Of each channel, where its values are in 0…1.
    pub mean: [f32; 3],
    /// Standard deviation of each channel, likewise.
    pub std: [f32; 3],
}

impl Normalise {
    /// torchvision's figures of the training set.
    pub const IMAGENET: Self = Self { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    /// `value / 127.5 - 1`: TensorFlow's for the Inception and MobileNet families.
    pub const SIGNED: Self = Self { mean: [0.5; 3], std: [0.5; 3] };
    /// Caffe's: `value` less the mean of the training set, in 0…255.
    pub const CAFFE: Self = Self { mean: [0.48109, 0.45750, 0.40787], std: [1.0 / 255.0; 3] };
    /// `value` itself.
    pub const BYTES: Self = Self { mean: [0.0; 3], std: [1.0 / 255.0; 3] };
    /// `value / 255`.
    pub const UNIT: Self = Self { mean: [0.0; 3], std: [1.0; 3] };

    /// `(byte / 255 - mean) / std`; channels beyond the third are as the third.
    pub fn value(&self, channel: usize, byte: u8) -> f32 {
        let channel = channel.min(2);
        (f32::from(byte) / 255.0 - self.mean[channel]) / self.std[channel]
    }

    /// What [`Self::value`] is of, in 0…1 where it is a byte's.
    pub fn share(&self, channel: usize, value: f32) -> f32 {
        let channel = channel.min(2);
        value * self.std[channel] + self.mean[channel]
    }

    /// The byte nearest to that.
    pub fn byte(&self, channel: usize, value: f32) -> u8 {
        (self.share(channel, value).clamp(0.0, 1.0) * 255.0).round() as u8
    }

    /// [`Self::value`] of `x [B, C, H, W]` whose values go from 0 to `range`.
    ///
    /// # Errors
    /// Where `x` has no channels.
    pub fn apply(&self, x: &Tensor, range: f32) -> Result<Tensor, ShapeError> {
        let channels = x.dims().get(1).copied().unwrap_or_default();
        let per_channel = |of: &dyn Fn(f32, f32) -> f32| {
            let values: Vec<f64> =
                (0..channels).map(|c| f64::from(of(self.mean[c.min(2)], self.std[c.min(2)]))).collect();
            x.graph().constant_of("normalise", &values, &Spec::f32([1, channels, 1, 1]))
        };
        let scale = per_channel(&|_, std| 1.0 / (range * std))?;
        let shift = per_channel(&|mean, std| -mean / std)?;
        x.broadcast_mul(&scale)?.broadcast_add(&shift)
    }
}
