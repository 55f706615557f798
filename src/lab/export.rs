//! Networks with their weights as files of other programs.

use super::predict::label;
use super::train::save::{MEAN, STD, json};
use super::{LabError, Weights};
use crate::models::Network;
use crate::models::code::{CodeError, to_candle, to_pytorch};
use crate::models::onnx::{Stated, to_onnx};
use crate::nn::Normalise;
use crate::protocol::ExportForm;

/// Where other programs look for the names of classes in a file's metadata.
const NAMES: &str = "names";

/// What this program says of a network in a checkpoint's metadata, and again in such a file.
const KEPT: [&str; 2] = [super::calibration::TEMPERATURE, super::calibration::UNKNOWN_BELOW];

/// The network as a file in this form.
///
/// # Errors
/// [`LabError::WeightsMissing`] where it holds weights and there are none, [`LabError::Setup`] with a sentence on what such a file
/// cannot say.
pub fn exported(form: ExportForm, network: &Network, weights: Option<&Weights>) -> Result<Vec<u8>, LabError> {
    let held = || weights.ok_or_else(|| LabError::WeightsMissing { network: network.id.clone() });
    match form {
        ExportForm::Safetensors => safetensors_from(held()?),
        ExportForm::Onnx => onnx_from(held()?),
        ExportForm::Pytorch => source(network, to_pytorch),
        ExportForm::Candle => source(network, to_candle),
    }
}

/// What such a file of this network is called.
pub(super) fn file_name(title: &str, form: ExportForm) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || ['-', '.'].contains(&c);
    let stem: String = title.chars().map(|c| if is_plain(c) { c } else { '_' }).take(60).collect();
    let stem = if stem.is_empty() { "network" } else { &stem };
    format!("{stem}.{}", form.ending())
}

/// Every tensor as it lies in its file, under the name that the network has for it.
fn safetensors_from(weights: &Weights) -> Result<Vec<u8>, LabError> {
    let checkpoint = weights.clone().into_checkpoint();
    Ok(checkpoint.with_metadata(checkpoint.metadata())?)
}

/// The network with its weights as an ONNX file, which also says its classes and how its pictures are normalised.
fn onnx_from(weights: &Weights) -> Result<Vec<u8>, LabError> {
    let network = weights.network();
    // A thousand classes without names are ImageNet's, here and elsewhere.
    let is_named = network.names.is_some() || network.classes != 1000;
    let names: Vec<String> = (0..network.classes).map(|class| label(network, class).0).collect();
    let mut stated = stated(&network.normalise, is_named.then_some(&names))?;
    let told = |key: &&str| Some(((*key).to_owned(), weights.about(key)?.to_owned()));
    stated.extend(KEPT.iter().filter_map(told));
    let title = &network.title;
    to_onnx(network, &|name| weights.value(name)?.host().ok(), stated).map_err(|error| bad_setup!("{title} {error}"))
}

/// What a file says of its pictures and classes.
pub(super) fn stated(normalise: &Normalise, names: Option<&Vec<String>>) -> Result<Stated, LabError> {
    let mut stated: Stated = vec![(MEAN.to_owned(), json(&normalise.mean)?), (STD.to_owned(), json(&normalise.std)?)];
    if let Some(names) = names {
        stated.push((NAMES.to_owned(), json(names)?));
    }
    Ok(stated)
}

/// The network as source for another library, which runs with its weights.
fn source(network: &Network, write: fn(&Network) -> Result<String, CodeError>) -> Result<Vec<u8>, LabError> {
    let text = write(network).map_err(|error| bad_setup!("{} {error}", network.title))?;
    Ok(text.into_bytes())
}
