//! `neocog export`: a network with its weights for other programs.

use super::drive::write;
use super::preprocessing::{Preprocessing, weights_from};
use super::{Failure, Report};
use crate::lab::{onnx_from, pytorch_from};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Arguments {
    /// A file of weights, as `neocog classify` takes it.
    file: PathBuf,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// Where the network goes as an ONNX file.
    #[arg(long, value_name = "OUT", required_unless_present = "pytorch")]
    onnx: Option<PathBuf>,
    /// Where the network goes as source for PyTorch, without its weights.
    #[arg(long, value_name = "OUT")]
    pytorch: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let Arguments { file, model, onnx, pytorch, preprocessing } = arguments;
    let weights = weights_from(file, model.as_deref(), preprocessing)?;
    let title = &weights.network().title;
    if let Some(out) = onnx {
        let bytes = onnx_from(&weights)?;
        write(out, &bytes)?;
        report.line(&format!("{title} in {}: {} bytes", out.display(), bytes.len()))?;
    }
    if let Some(out) = pytorch {
        let source = pytorch_from(weights.network())?;
        write(out, source.as_bytes())?;
        report.line(&format!("{title} in {}: {} lines", out.display(), source.lines().count()))?;
    }
    Ok(())
}
