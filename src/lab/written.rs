//! Networks that come in a file with their weights: an exported run carries its text, its classes and the normalisation of
//! its data in the metadata (see `train/save.rs`), so nothing here has to know it.

use super::LabError;
use super::train::save::{CLASSES, MEAN, NETWORK, SHAPE, STD};
use super::weights::variables;
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::nn::checkpoint::Checkpoint;
use crate::protocol::WrittenNetwork;
use serde::de::DeserializeOwned;

/// Ids of networks that a person brought begin with this.
const OWN: &str = "own:";

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
fn title_of(file: &str) -> &str {
    let last = file.rsplit(['/', '\\']).next().unwrap_or(file);
    last.strip_suffix(".safetensors").filter(|stem| !stem.is_empty()).unwrap_or(last)
}

/// The network that the file describes; `None` where it describes none.
///
/// # Errors
/// [`LabError::BadRun`] with what is wrong about the description.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::checkpoint::bytes_from_tensors;
    use candle_core::{DType, Device, Tensor};
    use std::collections::BTreeMap;

    const CLASSIFIER: &str = "conv 2 3 pad 1\nrelu\nglobalpool\nlinear classes";

    fn metadata(network: &str) -> BTreeMap<String, String> {
        let rows = [(NETWORK, network), (CLASSES, r#"["a","b"]"#), (MEAN, "[0.5,0.5,0.5]"), (STD, "[0.25,0.25,0.25]")];
        rows.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    }

    /// A file whose first convolution reads so many channels.
    fn file(channels: usize, metadata: &BTreeMap<String, String>) -> Checkpoint {
        let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
        let tensors = [
            ("0.weight", zeros(&[2, channels, 3, 3])),
            ("0.bias", zeros(&[2])),
            ("3.weight", zeros(&[2, 2])),
            ("3.bias", zeros(&[2])),
        ];
        let tensors = tensors.map(|(name, tensor)| (name.to_owned(), tensor)).into();
        Checkpoint::parse("some/mine.safetensors", bytes_from_tensors("w", &tensors, metadata).unwrap()).unwrap()
    }

    #[test]
    fn a_file_says_what_it_is() {
        let found = network_of(&file(3, &metadata(CLASSIFIER))).unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.title.as_str()), ("own:mine", "mine"));
        assert_eq!((found.input, found.names.unwrap()), ([3, 32, 32], vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!((found.normalise.mean, found.normalise.std), ([0.5; 3], [0.25; 3]));
        let grey = network_of(&file(1, &metadata(CLASSIFIER))).unwrap().unwrap();
        assert_eq!(grey.input, [1, 28, 28]);
        let mut with_shape = metadata(CLASSIFIER);
        with_shape.insert(SHAPE.to_owned(), "[3,20,40]".to_owned());
        assert_eq!(network_of(&file(3, &with_shape)).unwrap().unwrap().input, [3, 20, 40]);
        assert!(network_of(&file(3, &BTreeMap::new())).unwrap().is_none());
    }

    #[test]
    fn every_fault_of_a_description_has_its_sentence() {
        let refused = |change: &dyn Fn(&mut BTreeMap<String, String>)| {
            let mut metadata = metadata(CLASSIFIER);
            change(&mut metadata);
            network_of(&file(3, &metadata)).unwrap_err().to_string()
        };
        let set = |key: &'static str, value: &'static str| refused(&|m| _ = m.insert(key.to_owned(), value.to_owned()));
        for (found, wanted) in [
            (refused(&|m| _ = m.remove(CLASSES)), "neocog.classes is missing in its metadata"),
            (set(CLASSES, "[]"), "neocog.classes names no class"),
            (set(STD, "[0,1,1]"), "are no normalisation of pixels"),
            (set(MEAN, "[0.5]"), "neocog.mean in its metadata cannot be read"),
            (set(SHAPE, "[2,1,1]"), "it is for inputs of 2 × 1 × 1, which are no pictures"),
            (set(SHAPE, "[3,9999,9999]"), "it is for inputs of 3 × 9999 × 9999, which are no pictures"),
            (set(NETWORK, "linear classes\nwobble"), "line 2 of its network"),
            (set(NETWORK, "conv 7 3\nlinear classes"), "its tensors fit it for no usual size of pictures"),
        ] {
            assert!(found.starts_with("some/mine.safetensors carries a network") && found.contains(wanted), "{found}");
        }
    }
}
