//! Checkpoints as other programs write them, and results that overflow.

use crate::gpu::gpu;
use crate::{reported, sentence, shared};
use neocog::data::{Rgb, decode};
use neocog::graph::Kind;
use neocog::graph::op::Given;
use neocog::lab::{Engine, LabError, NoMonitor, Weights, find_network};
use neocog::nn::checkpoint::Checkpoint;
use neocog::nn::checkpoint::bytes_from_tensors;
use neocog::protocol::{BackendChoice, Classified, Classify, Fit, Interpolation, Preprocess};
use pollster::block_on;
use std::collections::BTreeMap;
use std::rc::Rc;

fn read(under: &str) -> Option<Result<Weights, LabError>> {
    let path = reported(under)?;
    Some(Weights::from_bytes(under, std::fs::read(path).unwrap()))
}

fn picture() -> Option<Rgb> {
    let path = reported("picture/on_white.png")?;
    Some(decode("on_white.png", &std::fs::read(path).unwrap()).unwrap())
}

fn classified(
    engine: &mut Engine,
    weights: &Rc<Weights>,
    picture: &Rgb,
    backend: BackendChoice,
) -> Result<Classified, LabError> {
    let job = Classify { picture: 1, network: weights.network().id.clone(), fit: Fit::Crop, backend, top: 10 };
    block_on(engine.classify(weights, picture, &job, &NoMonitor::default()))
}

fn on_cpu(weights: Weights, picture: &Rgb) -> Vec<(u32, f32)> {
    let found = classified(&mut Engine::without_gpu("none is wanted"), &Rc::new(weights), picture, BackendChoice::Cpu);
    found.unwrap().top.iter().map(|class| (class.index, class.probability)).collect()
}

#[test]
fn prefixes_come_off_and_null_metadata_is_none() {
    let (Some(picture), Some(plain)) = (picture(), shared::shared("data/models/cifar10_resnet20.safetensors")) else {
        return;
    };
    let plain = Weights::from_bytes("plain", std::fs::read(plain).unwrap()).unwrap();
    let wanted = on_cpu(plain, &picture);
    for file in ["resnet20_module_prefix.safetensors", "resnet20_null_metadata.safetensors"] {
        let weights = read(&format!("checkpoint/{file}")).unwrap().unwrap();
        assert_eq!(weights.network().id, "cifar10_resnet20");
        assert_eq!(on_cpu(weights, &picture), wanted, "{file}");
    }
}

/// Random weights of ResNet-20 under these names.
fn resnet20(renamed: impl Fn(&str) -> String) -> Vec<u8> {
    let network = find_network("cifar10_resnet20").unwrap();
    let (x, _) = network.graph(1).unwrap();
    let mut tensors = BTreeMap::new();
    for node in x.graph().nodes().iter() {
        if let Kind::Variable { name, .. } = &node.kind {
            let given = Given { spec: node.spec.clone(), ..Given::positive([1]) };
            // Small enough that twenty layers of them stay finite.
            let scale = if name.ends_with("running_var") { 1.0 } else { 0.05 };
            let value = given.value(tensors.len() as u32).unwrap().affine(scale, 0.0).unwrap();
            tensors.insert(renamed(name.as_str()), value);
        }
    }
    bytes_from_tensors("made", &tensors, &BTreeMap::new()).unwrap()
}

#[test]
fn made_prefixes_of_any_wrapper_come_off() {
    for prefix in ["module.", "_orig_mod.", "model.net.", "module._orig_mod.", "classifier_of_cats."] {
        let weights = Weights::from_bytes("made", resnet20(|name| format!("{prefix}{name}"))).unwrap();
        assert_eq!(weights.network().id, "cifar10_resnet20", "{prefix}");
        assert!(weights.warnings().is_empty(), "{prefix}");
        let as_told = find_network("cifar10_resnet20").unwrap();
        assert!(Weights::from_bytes_as(as_told, "made", resnet20(|name| format!("{prefix}{name}"))).is_ok());
    }
    // A part of the file belongs to something else.
    let mixed = |name: &str| if name.starts_with("linear") { format!("head.{name}") } else { format!("model.{name}") };
    assert!(sentence(Weights::from_bytes("made", resnet20(mixed)).unwrap_err()).contains("made"));
}

#[test]
fn quantised_tensors_are_named_for_what_they_are() {
    for (file, dtype) in [("f8", "F8_E4M3"), ("i8", "I8")] {
        let Some(refused) = read(&format!("format/{file}.safetensors")) else { return };
        let words = sentence(refused.unwrap_err());
        println!("{words}");
        assert!(words.contains(dtype) && words.contains("F32, F16 or BF16") && !words.contains("again"), "{words}");
    }
}

#[test]
fn other_formats_of_networks_are_named() {
    for (file, bytes, format) in [
        ("model.safetensors", b"<!DOCTYPE html><html>".as_slice(), "HTML"),
        ("model.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
        ("model.safetensors", b"\x89HDF\r\n\x1a\n\0\0\0\0", "HDF5"),
    ] {
        let words = sentence(Weights::from_bytes(file, bytes).unwrap_err());
        println!("{words}");
        assert!(words.contains(format) && words.contains(".safetensors") && !words.contains("again"), "{words}");
    }
    let null = br#"{"__metadata__":null,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let bytes = [(null.len() as u64).to_le_bytes().as_slice(), null, &1_f32.to_le_bytes()].concat();
    assert_eq!(Checkpoint::parse("null", bytes).unwrap().names().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn preprocessing_is_the_persons() {
    let picture = Rgb::new(40, 40, (0..4800).map(|at| (at * 7 % 251) as u8).collect()).unwrap();
    let made = || Weights::from_bytes("made", resnet20(str::to_owned)).unwrap();
    let by = |preprocess: Preprocess| made().preprocessed(&preprocess);
    let usual = on_cpu(made(), &picture);
    let normalise = made().network().normalise;
    let same =
        Preprocess { mean: Some(normalise.mean), std: Some(normalise.std), size: Some(32), ..Preprocess::default() };
    let same = Preprocess { shorter: Some(32), interpolation: Some(Interpolation::Bilinear), ..same };
    assert_eq!(on_cpu(by(same).unwrap(), &picture), usual);
    for other in [
        Preprocess { mean: Some([0.5; 3]), ..Preprocess::default() },
        Preprocess { std: Some([0.5; 3]), ..Preprocess::default() },
        Preprocess { size: Some(40), ..Preprocess::default() },
        Preprocess { shorter: Some(36), ..Preprocess::default() },
        Preprocess { interpolation: Some(Interpolation::Bicubic), ..Preprocess::default() },
    ] {
        let weights = by(other.clone()).unwrap();
        assert_eq!(weights.network().input[2], other.size.map_or(32, |side| side as usize));
        assert_ne!(on_cpu(weights, &picture), usual, "{other:?}");
    }
    for (wrong, told) in [
        (Preprocess { std: Some([0.5, 0.0, 0.5]), ..Preprocess::default() }, "above 0"),
        (Preprocess { mean: Some([f32::NAN; 3]), ..Preprocess::default() }, "mean"),
        (Preprocess { size: Some(2), ..Preprocess::default() }, "2 × 2"),
        (Preprocess { shorter: Some(31), ..Preprocess::default() }, "choose 32 to 128"),
        (Preprocess { shorter: Some(129), ..Preprocess::default() }, "choose 32 to 128"),
    ] {
        let words = sentence(by(wrong).unwrap_err());
        assert!(words.contains(told), "{words}");
    }
}

/// Finite weights whose results overflow: no device makes a class of them.
#[test]
fn results_that_are_no_numbers_are_refused_on_every_device() {
    let (Some(weights), Some(picture)) = (read("gpu-nan/huge_first.safetensors"), picture()) else { return };
    let weights = Rc::new(weights.unwrap());
    let mut engine = Engine::without_gpu("none is wanted");
    let refused = classified(&mut engine, &weights, &picture, BackendChoice::Cpu).unwrap_err();
    assert!(matches!(refused, LabError::NotFinite { .. }), "{refused}");
    if gpu().is_none() {
        return;
    }
    let mut engine = block_on(Engine::start());
    let refused = classified(&mut engine, &weights, &picture, BackendChoice::Gpu).unwrap_err();
    assert!(matches!(refused, LabError::NotFinite { .. }), "{refused}");
}
