//! The same network knowing less: the values of each tensor in another order, so that their sizes stay as they were; layer after layer
//! from the logits down (Adebayo et al. 2018, "cascading randomization").

use super::LookModel;
use crate::graph::{Host as HostTensor, KnownValue};
use crate::lab::device::Device;
use crate::lab::dice::Dice;
use crate::lab::weights::variables;
use crate::lab::{LabError, Weights};
use std::rc::Rc;

/// A layer that is learned: a tensor of weights of two or more dimensions, and what follows it until the next. The input's first.
pub(super) struct LearnedLayer {
    pub(super) path: String,
    tensors: Vec<String>,
}

pub(super) fn learned_layers(weights: &Weights) -> Result<Vec<LearnedLayer>, LabError> {
    let mut layers: Vec<LearnedLayer> = Vec::new();
    for (name, shape) in variables(weights.network())? {
        let is_weight = shape.iter().filter(|&&size| size > 1).count() > 1;
        match layers.last_mut() {
            Some(last) if !is_weight => last.tensors.push(name),
            _ => {
                let path = name.rsplit_once('.').map_or(name.as_str(), |(path, _)| path).to_owned();
                layers.push(LearnedLayer { path, tensors: vec![name] });
            }
        }
    }
    Ok(layers)
}

/// How many layers are shuffled at each of `depths` steps, evenly from one of them to all.
pub(super) fn steps(layers: usize, depths: usize) -> Vec<usize> {
    let mut steps: Vec<usize> = (1..=depths).map(|step| (layers * step).div_ceil(depths)).collect();
    steps.dedup();
    steps
}

/// The network with these layers shuffled.
pub(super) fn shuffled(weights: &Rc<Weights>, layers: &[LearnedLayer], seed: u32, device: &Device) -> LookModel {
    let of = weights.clone();
    let names: Vec<String> = layers.iter().flat_map(|layer| layer.tensors.iter().cloned()).collect();
    let value = move |name: &str| {
        let known = of.value(name)?;
        if !names.iter().any(|shuffled| shuffled == name) {
            return Some(known);
        }
        let host = known.host().ok()?;
        let mut values: Vec<f32> = host.flatten_all().ok()?.to_vec1().ok()?;
        let key = name.bytes().fold(seed, |key, byte| key.wrapping_mul(16_777_619) ^ u32::from(byte));
        let mut dice = Dice::new(key);
        // Fisher & Yates.
        (1..values.len()).rev().for_each(|at| values.swap(at, dice.below(at + 1)));
        HostTensor::from_vec(values, host.shape(), host.device()).ok().map(KnownValue::from)
    };
    LookModel::new(weights.network().clone(), value, device.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_shuffles_more_and_the_last_all() {
        assert_eq!(steps(26, 6), [5, 9, 13, 18, 22, 26]);
        assert_eq!(steps(2, 6), [1, 2]);
        assert_eq!(steps(5, 1), [5]);
        assert!(steps(5, 0).is_empty());
    }
}
