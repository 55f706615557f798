//! Networks that come in a file with their weights: an exported run carries its text, its classes and the normalisation of
//! its data in the metadata (see `train/save.rs`), so nothing here has to know it.

use super::train::save::{CLASSES, MEAN, NETWORK, SHAPE, STD};
use super::weights::variables;
use super::{LabError, brought};
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::nn::checkpoint::Checkpoint;
use crate::protocol::WrittenNetwork;
use serde::de::DeserializeOwned;

/// Ids of networks that a person brought begin with this.
pub(super) const OWN: &str = "own:";

/// Of files that hold networks.
const ENDINGS: [&str; 6] = [".safetensors", ".onnx", ".pth", ".pt", ".ckpt", ".bin"];

/// A wider or higher picture is no network's input.
const LONGEST_SIDE: usize = 1024;
/// Outputs of all layers for one picture.
const LARGEST_BYTES: u128 = 1 << 30;

/// What pictures are tried, in this order, where a file does not say for which it is. A network that ends in a mean over
/// all pixels fits any size; then it is the first one with its channels.
const USUAL: [[usize; 3]; 7] =
    [[3, 32, 32], [1, 28, 28], [3, 28, 28], [1, 32, 32], [1, 16, 16], [3, 64, 64], [1, 64, 64]];

/// Whether the id is one of a person's own network.
pub fn is_own(id: &str) -> bool {
    id.starts_with(OWN)
}

/// The file's name without folders and ending: what the network is called.
pub(super) fn title_of(file: &str) -> &str {
    let last = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = ENDINGS.iter().find_map(|ending| last.strip_suffix(ending));
    stem.filter(|stem| !stem.is_empty()).unwrap_or(last)
}

/// The network that the file describes; `None` where it describes none.
pub(super) fn network_of(checkpoint: &Checkpoint) -> Result<Option<Network>, LabError> {
    let bad = |detail: String| LabError::BadRun { file: checkpoint.name().to_owned(), detail };
    let about = |key: &str| checkpoint.metadata().get(key).map(String::as_str);
    let Some(text) = about(NETWORK) else { return Ok(None) };
    let names: Vec<String> = parsed(about(CLASSES), CLASSES).map_err(bad)?;
    if names.is_empty() {
        return Err(bad(format!("{CLASSES} names no class")));
    }
    let normalise =
        Normalise { mean: parsed(about(MEAN), MEAN).map_err(bad)?, std: parsed(about(STD), STD).map_err(bad)? };
    let sound = normalise.mean.iter().all(|mean| mean.is_finite()) && normalise.std.iter().all(|std| std.is_normal());
    if !sound {
        return Err(bad(format!("{MEAN} and {STD} are no normalisation of pixels")));
    }
    let made = |shape: [usize; 3]| network(checkpoint.name(), text, shape, names.clone(), normalise);
    if about(SHAPE).is_some() {
        return made(parsed(about(SHAPE), SHAPE).map_err(bad)?).map(Some).map_err(bad);
    }
    let mut first_fault = None;
    for shape in USUAL {
        match made(shape) {
            Ok(network) if fits(&network, checkpoint)? => return Ok(Some(network)),
            Ok(_) => {}
            Err(fault) => _ = first_fault.get_or_insert(fault),
        }
    }
    Err(bad(first_fault.unwrap_or_else(|| "its tensors fit it for no usual size of pictures".to_owned())))
}

/// From what is kept of a file whose network is a person's own; `None` where that is spoilt.
pub fn written_from(id: &str, kept: &WrittenNetwork) -> Option<Network> {
    if kept.brought.is_some() {
        return brought::kept(id, kept);
    }
    // Its pixels are normalised as the file says, when it is read.
    let network = network(&kept.title, &kept.text, kept.shape, kept.classes.clone(), Normalise::UNIT).ok()?;
    Some(Network { id: id.to_owned(), ..network })
}

fn parsed<T: DeserializeOwned>(text: Option<&str>, key: &str) -> Result<T, String> {
    let text = text.ok_or_else(|| format!("{key} is missing in its metadata"))?;
    serde_json::from_str(text).map_err(|error| format!("{key} in its metadata cannot be read ({error})"))
}

fn network(
    file: &str,
    text: &str,
    shape: [usize; 3],
    names: Vec<String>,
    normalise: Normalise,
) -> Result<Network, String> {
    let [channels, height, width] = shape;
    let is_picture = [1, 3].contains(&channels) && [height, width].iter().all(|side| (1..=LONGEST_SIDE).contains(side));
    if !is_picture || [height, width] == [1, 1] {
        return Err(format!("it is for inputs of {channels} × {height} × {width}, which are no pictures"));
    }
    let spec = NetworkSpec::parse(text, shape, names.len()).map_err(|errors| match errors.first() {
        Some(error) => format!("line {} of its network, {error}", error.line),
        None => "its network has no layers".to_owned(),
    })?;
    let bytes = spec.totals().activation_bytes(1);
    if bytes > LARGEST_BYTES {
        return Err(format!("its layers give {bytes} bytes for one picture, more than the {LARGEST_BYTES} allowed"));
    }
    let title = title_of(file);
    Ok(Network::written(&format!("{OWN}{title}"), title, spec, names, normalise))
}

/// Every variable is there with its shape.
fn fits(network: &Network, checkpoint: &Checkpoint) -> Result<bool, LabError> {
    Ok(variables(network)?.iter().all(|(name, shape)| checkpoint.shape(name) == Some(shape)))
}
