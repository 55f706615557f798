//! `neocog activations`: what a layer of a network makes of a picture, as an array.

use super::classify::Resize;
use super::drive::read;
use super::preprocessing::{Preprocessing, weights_from};
use super::{Failure, Report};
use crate::data::{decode, files::npy_from};
use crate::lab::{LabError, activation};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Arguments {
    /// A file of weights, as `neocog classify` takes it.
    file: PathBuf,
    /// A PNG, JPEG, WebP, GIF or BMP file.
    image: PathBuf,
    /// The layer, by PyTorch's path: `layer1.0.conv2`. `neocog summary NETWORK --layers` lists them.
    #[arg(long)]
    layer: String,
    /// Where the array goes, in NumPy's format.
    #[arg(long)]
    out: PathBuf,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// How the picture becomes square.
    #[arg(long, value_enum, default_value_t = Resize::Crop)]
    resize: Resize,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let Arguments { file, image, layer, out, model, resize, preprocessing } = arguments;
    let weights = weights_from(file, model.as_deref(), preprocessing)?;
    let picture = decode(&image.display().to_string(), &read(image)?).map_err(LabError::from)?;
    let found = activation(&weights, &picture, (*resize).into(), layer)?;
    let shape = found.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
    std::fs::write(out, npy_from(&found.values, &found.shape))
        .map_err(|error| Failure::Said(format!("{} cannot be written: {error}", out.display())))?;
    let [least, mean, most] = found.range();
    report.line(&format!("{layer}: {shape}, from {least:.4} to {most:.4}, mean {mean:.4}, in {}", out.display()))
}
