//! Networks that come in a file with their weights: what the file says, and every fault of it.

use candle_core::{DType, Device, Tensor};
use neocog::lab::{LabError, Weights};
use neocog::models::Network;
use neocog::nn::checkpoint::bytes_from_tensors;
use std::collections::BTreeMap;

const NETWORK: &str = "neocog.network";
const SHAPE: &str = "neocog.shape";
const CLASSES: &str = "neocog.classes";
const MEAN: &str = "neocog.mean";
const STD: &str = "neocog.std";

const CLASSIFIER: &str = "conv 2 3 pad 1\nrelu\nglobalpool\nlinear classes";

fn metadata(network: &str) -> BTreeMap<String, String> {
    let rows = [(NETWORK, network), (CLASSES, r#"["a","b"]"#), (MEAN, "[0.5,0.5,0.5]"), (STD, "[0.25,0.25,0.25]")];
    rows.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// The network of a file whose first convolution reads so many channels.
fn found(channels: usize, metadata: &BTreeMap<String, String>) -> Result<Network, Box<LabError>> {
    let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
    let tensors = [
        ("0.weight", zeros(&[2, channels, 3, 3])),
        ("0.bias", zeros(&[2])),
        ("3.weight", zeros(&[2, 2])),
        ("3.bias", zeros(&[2])),
    ];
    let tensors = tensors.map(|(name, tensor)| (name.to_owned(), tensor)).into();
    let bytes = bytes_from_tensors("w", &tensors, metadata).unwrap();
    let weights = Weights::from_bytes("some/mine.safetensors", bytes).map_err(Box::new)?;
    Ok(weights.network().clone())
}

#[test]
fn a_file_says_what_it_is() {
    let mine = found(3, &metadata(CLASSIFIER)).unwrap();
    assert_eq!((mine.id.as_str(), mine.title.as_str()), ("own:mine", "mine"));
    assert_eq!((mine.input, mine.names.unwrap()), ([3, 32, 32], vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!((mine.normalise.mean, mine.normalise.std), ([0.5; 3], [0.25; 3]));
    let grey = found(1, &metadata(CLASSIFIER)).unwrap();
    assert_eq!(grey.input, [1, 28, 28]);
    let mut with_shape = metadata(CLASSIFIER);
    with_shape.insert(SHAPE.to_owned(), "[3,20,40]".to_owned());
    assert_eq!(found(3, &with_shape).unwrap().input, [3, 20, 40]);
    let refused = found(3, &BTreeMap::new()).unwrap_err();
    assert!(matches!(*refused, LabError::UnknownArchitecture { .. }), "{refused}");
}

#[test]
fn every_fault_of_a_description_has_its_sentence() {
    let refused = |change: &dyn Fn(&mut BTreeMap<String, String>)| {
        let mut metadata = metadata(CLASSIFIER);
        change(&mut metadata);
        found(3, &metadata).unwrap_err().to_string()
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
