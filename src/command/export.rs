//! `neocog export`: a network with its weights for other programs.

use super::classify::weights_from;
use super::drive::write;
use super::{Failure, Report};
use crate::lab::onnx_from;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Arguments {
    /// A file of weights: safetensors, what `neocog train` wrote, or an ONNX file.
    file: PathBuf,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    /// Where the network goes as an ONNX file.
    #[arg(long, value_name = "OUT")]
    onnx: PathBuf,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let Arguments { file, model, onnx } = arguments;
    let weights = weights_from(file, model.as_deref())?;
    let bytes = onnx_from(&weights)?;
    write(onnx, &bytes)?;
    report.line(&format!("{} in {}: {} bytes", weights.network().title, onnx.display(), bytes.len()))
}
