//! Weights that a command is given, and how pictures are prepared for them.

use super::Failure;
use super::drive::open;
use crate::lab::{FileBytes, LabError, Weights, find_network};
use crate::protocol::{Interpolation, Preprocess};
use clap::Args;
use std::path::Path;

/// How pictures are prepared where the weights were trained with other figures than is usual for their network.
#[derive(Args, Default)]
pub(super) struct Preprocessing {
    /// Mean of each channel for values from 0 to 1: three numbers between commas, or one for all.
    #[arg(long, value_name = "R,G,B", value_parser = channels, allow_hyphen_values = true)]
    mean: Option<[f32; 3]>,
    /// Standard deviation of each channel, likewise.
    #[arg(long, value_name = "R,G,B", value_parser = channels)]
    std: Option<[f32; 3]>,
    /// Height and width of the network's input in pixels.
    #[arg(long, value_name = "PIXELS")]
    size: Option<u32>,
    /// To how many pixels the shorter side of a picture is scaled before the middle is cut out.
    #[arg(long, value_name = "PIXELS")]
    shorter: Option<u32>,
    /// What lies between pixels where a picture is scaled.
    #[arg(long, value_enum)]
    interpolation: Option<Between>,
}

spelled! {
    enum Between => Interpolation {
        Bilinear,
        Bicubic,
    }
}

impl Preprocessing {
    pub(super) fn chosen(&self) -> Preprocess {
        let Self { mean, std, size, shorter, interpolation } = *self;
        Preprocess { mean, std, size, shorter, interpolation: interpolation.map(Into::into) }
    }
}

fn channels(text: &str) -> Result<[f32; 3], String> {
    let numbers: Result<Vec<f32>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    match numbers.as_deref() {
        Ok([all]) => Ok([*all; 3]),
        Ok(&[red, green, blue]) => Ok([red, green, blue]),
        _ => Err("one number or three between commas are wanted, 0.5,0.5,0.5 for example".to_owned()),
    }
}

/// The weights in a file: of this network, or of the one that they fit. It names classes.
pub(super) fn weights_from(
    path: &Path,
    network: Option<&str>,
    preprocessing: &Preprocessing,
) -> Result<Weights, Failure> {
    let weights = any_weights_from(path, network, preprocessing)?;
    weights.must_name_classes()?;
    Ok(weights)
}

/// The same of any network.
pub(super) fn any_weights_from(
    path: &Path,
    network: Option<&str>,
    preprocessing: &Preprocessing,
) -> Result<Weights, Failure> {
    let (name, bytes) = (path.display().to_string(), open(path)?);
    let weights = match network {
        None => Weights::from_files(&name, bytes, &|file| beside(path, file))?,
        Some(id) => {
            let network = find_network(id).ok_or_else(|| LabError::UnknownNetwork { network: id.to_owned() })?;
            Weights::from_bytes_as(network, &name, bytes)?
        }
    };
    Ok(weights.preprocessed(&preprocessing.chosen())?)
}

/// A file in the same folder.
pub(super) fn beside(path: &Path, file: &str) -> Option<FileBytes> {
    FileBytes::open(&path.parent().unwrap_or(Path::new("")).join(file)).ok()
}
