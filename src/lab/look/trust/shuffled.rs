//! The same network knowing nothing: the values of each of its tensors in another order, so that their sizes stay as they were.

use super::LookModel;
use crate::graph::{Host as HostTensor, KnownValue};
use crate::lab::Weights;
use crate::lab::device::Device;
use crate::lab::dice::Dice;
use std::rc::Rc;

pub(super) fn shuffled(weights: &Rc<Weights>, seed: u32, device: &Device) -> LookModel {
    let of = weights.clone();
    let value = move |name: &str| {
        let host = of.value(name)?.host().ok()?;
        let mut values: Vec<f32> = host.flatten_all().ok()?.to_vec1().ok()?;
        let key = name.bytes().fold(seed, |key, byte| key.wrapping_mul(16_777_619) ^ u32::from(byte));
        let mut dice = Dice::new(key);
        // Fisher & Yates.
        (1..values.len()).rev().for_each(|at| values.swap(at, dice.below(at + 1)));
        HostTensor::from_vec(values, host.shape(), host.device()).ok().map(KnownValue::from)
    };
    LookModel::new(weights.network().clone(), value, device.clone())
}
