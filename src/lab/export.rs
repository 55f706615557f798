//! Networks with their weights as files of other programs.

use super::predict::label;
use super::train::save::{MEAN, STD, json};
use super::{LabError, Weights};
use crate::models::code::to_pytorch;
use crate::models::onnx::{Stated, to_onnx};

/// Where other programs look for the names of classes in a file's metadata.
const NAMES: &str = "names";

/// What this program says of a network in a checkpoint's metadata, and again in such a file.
const KEPT: [&str; 2] = [super::calibration::TEMPERATURE, super::calibration::UNKNOWN_BELOW];

/// The network with its weights as an ONNX file, which also says its classes and how its pictures are normalised.
///
/// # Errors
/// [`LabError::Setup`] with a sentence on what ONNX cannot say.
pub fn onnx_from(weights: &Weights) -> Result<Vec<u8>, LabError> {
    let network = weights.network();
    let mut stated: Stated =
        vec![(MEAN.to_owned(), json(&network.normalise.mean)?), (STD.to_owned(), json(&network.normalise.std)?)];
    // A thousand classes without names are ImageNet's, here and elsewhere.
    if network.names.is_some() || network.classes != 1000 {
        let names: Vec<String> = (0..network.classes).map(|class| label(network, class).0).collect();
        stated.push((NAMES.to_owned(), json(&names)?));
    }
    let told = |key: &&str| Some(((*key).to_owned(), weights.about(key)?.to_owned()));
    stated.extend(KEPT.iter().filter_map(told));
    let title = &network.title;
    to_onnx(network, &|name| weights.value(name)?.host().ok(), stated).map_err(|error| bad_setup!("{title} {error}"))
}

/// The network as source for PyTorch, which runs with its weights.
///
/// # Errors
/// [`LabError::Setup`] with a sentence on what has no such text.
pub fn pytorch_from(weights: &Weights) -> Result<String, LabError> {
    let network = weights.network();
    to_pytorch(network).map_err(|error| bad_setup!("{} {error}", network.title))
}
