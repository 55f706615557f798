//! A linear network of two classes, all of whose answers can be reckoned without it: facts of several experiments are measured
//! on it.

use super::LabError;
use crate::graph::op::random::threefry;
use crate::graph::{Host, KnownValue};
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use candle_core::Device as HostDevice;

/// Channels, height and width of its input.
pub(super) const SHAPE: [usize; 3] = [3, 8, 8];
/// Of an input.
pub(super) const VALUES: usize = 192;
const NORMALISE: Normalise = Normalise { mean: [0.45, 0.5, 0.55], std: [0.5, 0.8, 1.25] };

/// The same number between 0 and 1 for the same place, without any order.
pub(super) fn unit(place: u32) -> f32 {
    (threefry([7, 0], [1, place])[0] >> 8) as f32 / 16_777_216.0
}

/// `z = W · (x - mean) / std + b`, of values `x` between 0 and 1.
#[derive(Clone)]
pub(super) struct LinearNetwork {
    weight: Vec<f32>,
    pub(super) bias: [f32; 2],
    pub(super) network: Network,
}

impl LinearNetwork {
    pub(super) fn new(bias: [f32; 2]) -> Result<Self, LabError> {
        let wrong = |_| LabError::Setup { detail: "the linear network cannot be read".to_owned() };
        let spec = NetworkSpec::parse("flatten\nlinear classes", SHAPE, 2).map_err(wrong)?;
        let network = Network::written("linear", "linear", spec, vec!["a".to_owned(), "b".to_owned()], NORMALISE);
        Ok(Self { weight: (0..2 * VALUES as u32).map(|at| unit(at) - 0.5).collect(), bias, network })
    }

    /// Of its variables, by name.
    pub(super) fn value(&self, name: &str) -> Option<KnownValue> {
        let host = match name.rsplit('.').next() {
            Some("weight") => Host::from_slice(&self.weight, (2, VALUES), &HostDevice::Cpu).ok(),
            Some("bias") => Host::new(&self.bias, &HostDevice::Cpu).ok(),
            _ => None,
        };
        host.map(KnownValue::from)
    }

    /// The weights of a class.
    pub(super) fn row(&self, class: usize) -> &[f32] {
        &self.weight[class * VALUES..][..VALUES]
    }

    /// By how much a class's logit grows with each value of the input.
    pub(super) fn slope(&self, class: usize) -> Vec<f64> {
        let row = self.row(class).iter().enumerate();
        row.map(|(at, &w)| f64::from(w) / f64::from(NORMALISE.std[at / (VALUES / 3)])).collect()
    }

    /// A class's logit.
    pub(super) fn logit(&self, class: usize, x: &[f32]) -> f64 {
        let from_mean = |(at, &x): (usize, &f32)| f64::from(x) - f64::from(NORMALISE.mean[at / (VALUES / 3)]);
        let centred = x.iter().enumerate().map(from_mean);
        centred.zip(self.slope(class)).map(|(x, w)| x * w).sum::<f64>() + f64::from(self.bias[class])
    }
}
