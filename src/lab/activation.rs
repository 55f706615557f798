//! What a layer of any network makes of a picture.

use super::predict::{input_from, seen};
use super::{LabError, Weights};
use crate::backend::cpu::CpuPlan;
use crate::data::Rgb;
use crate::graph::Program;
use crate::protocol::Fit;

/// The output of a layer for one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerActivation {
    /// As in the network, with a batch of one.
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl LayerActivation {
    /// The least, the mean and the largest value.
    pub fn range(&self) -> [f32; 3] {
        let least = self.values.iter().copied().fold(f32::INFINITY, f32::min);
        let most = self.values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = self.values.iter().copied().map(f64::from).sum();
        [least, (sum / self.values.len().max(1) as f64) as f32, most]
    }
}

/// Layers that an error names.
const NAMED: usize = 12;

/// On the CPU.
///
/// # Errors
/// [`LabError::Setup`] where the network has no layer of this name; and whatever the picture says.
pub fn activation(weights: &Weights, picture: &Rgb, fit: Fit, layer: &str) -> Result<LayerActivation, LabError> {
    let network = weights.network();
    let graph = network.layered(1)?;
    let unknown = || {
        let names: Vec<String> = graph.layers().into_iter().map(|layer| layer.name).take(NAMED).collect();
        bad_setup!("{} has no layer {layer}; its layers are {}, …", network.id, names.join(", "))
    };
    let output = graph.layer(layer).ok_or_else(unknown)?;
    let program = Program::inference(&[&output], &|name| weights.value(name))?;
    let x = input_from(&seen(picture, network, fit)?, network)?;
    let y = CpuPlan::new(program).run_now(&[x])?.remove(0);
    Ok(LayerActivation { shape: y.dims().to_vec(), values: y.flatten_all()?.to_vec1()? })
}
