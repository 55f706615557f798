//! `neocog export`: a network with its weights for other programs, or one that has learnt nothing yet.

use super::drive::write;
use super::preprocessing::{Preprocessing, weights_from};
use super::{Failure, Report};
use crate::lab::{LabError, Weights, exported, find_network, network_from_preset};
use crate::protocol::ExportForm;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Arguments {
    /// A file of weights, as `neocog classify` takes it.
    #[arg(required_unless_present_any = ["model", "preset"])]
    file: Option<PathBuf>,
    /// The network; with a file and without this, the one that its weights fit.
    #[arg(long)]
    model: Option<String>,
    /// A written network to start from, as `neocog train` takes it, instead of a file.
    #[arg(long, conflicts_with_all = ["file", "model"])]
    preset: Option<String>,
    /// What the weights are drawn from where no file has them.
    #[arg(long, default_value_t = 1, conflicts_with = "file")]
    seed: u32,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// Where the network goes as an ONNX file.
    #[arg(long, value_name = "OUT", required_unless_present_any = ["safetensors", "pytorch", "candle"])]
    onnx: Option<PathBuf>,
    /// Where its weights go, under the names that its source reads.
    #[arg(long, value_name = "OUT")]
    safetensors: Option<PathBuf>,
    /// Where the network goes as source for PyTorch, without its weights.
    #[arg(long, value_name = "OUT")]
    pytorch: Option<PathBuf>,
    /// Where the network goes as source for candle, without its weights.
    #[arg(long, value_name = "OUT")]
    candle: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let Arguments { onnx, safetensors, pytorch, candle, .. } = arguments;
    let weights = weights_of(arguments)?;
    let network = weights.network();
    for (form, out) in [
        (ExportForm::Onnx, onnx),
        (ExportForm::Safetensors, safetensors),
        (ExportForm::Pytorch, pytorch),
        (ExportForm::Candle, candle),
    ] {
        let Some(out) = out else { continue };
        let bytes = exported(form, network, Some(&weights))?;
        write(out, &bytes)?;
        let size = match form.has_weights() {
            true => format!("{} bytes", bytes.len()),
            false => format!("{} lines", bytes.iter().filter(|&&byte| byte == b'\n').count()),
        };
        report.line(&format!("{} in {}: {size}", network.title, out.display()))?;
    }
    Ok(())
}

fn weights_of(arguments: &Arguments) -> Result<Weights, Failure> {
    let Arguments { file, model, preset, seed, preprocessing, .. } = arguments;
    if let Some(file) = file {
        return weights_from(file, model.as_deref(), preprocessing);
    }
    let network = match (preset, model) {
        (Some(id), _) => network_from_preset(id)?,
        (None, model) => {
            let id = model.clone().unwrap_or_default();
            find_network(&id).ok_or(LabError::UnknownNetwork { network: id })?
        }
    };
    Ok(Weights::initial(network, *seed)?.preprocessed(&preprocessing.chosen())?)
}
