//! Files of weights as people have them: a fine-tuned network, what lies beside its file, and every experiment with it.

use crate::host::{TestHost, drawing, file_of};
use candle_core::{Device, Tensor};
use neocog::backend::cpu::CpuPlan;
use neocog::graph::{Kind, Node};
use neocog::lab::{Engine, LabError, NoMonitor, Weights};
use neocog::models::{Network, networks};
use neocog::nn::checkpoint::bytes_from_tensors;
use neocog::nn::init::value;
use neocog::protocol::{
    Attack, BackendChoice, Classify, Evidence, Fit, Fool, Fooled, Interpolation, LookInside, LookInsideAnswer, Method,
    Preprocess, WeightsWarning,
};
use pollster::block_on;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pytorch")
}

/// The file for three classes, with these files beside it.
fn brought(beside: &[(&str, &str)]) -> Result<Weights, LabError> {
    let bytes = std::fs::read(folder().join("resnet20.pth")).unwrap();
    let read = |wanted: &str| beside.iter().find(|(name, _)| *name == wanted).map(|(_, text)| text.as_bytes().into());
    Weights::from_files("some/where/cats and dogs.pth", bytes, &read)
}

fn labels(weights: &Rc<Weights>) -> Vec<String> {
    let job = Classify {
        picture: 0,
        network: weights.network().id.clone(),
        fit: Fit::Crop,
        backend: BackendChoice::Cpu,
        top: 5,
    };
    let mut engine = Engine::without_gpu("none is wanted");
    let found = block_on(engine.classify(weights, &drawing("ship"), &job, &NoMonitor::default())).unwrap();
    let mut labels: Vec<String> = found.top.into_iter().map(|class| class.label).collect();
    labels.sort();
    labels
}

#[test]
fn a_fine_tuned_file_is_the_persons_network() {
    let weights = Rc::new(brought(&[]).unwrap());
    let network = weights.network();
    assert_eq!((network.id.as_str(), network.title.as_str()), ("own:cats and dogs", "cats and dogs"));
    assert_eq!((network.input, network.classes), ([3, 32, 32], 3));
    assert!(weights.warnings().is_empty(), "{:?}", weights.warnings());
    assert_eq!(labels(&weights), ["a cat", "a dog", "neither"]);
    // What is kept of it lists it on the next visit, and its own bytes are a checkpoint.
    let kept = weights.written().unwrap();
    let listed = neocog::lab::written_from(&network.id, &kept).unwrap();
    assert_eq!((listed.classes, listed.input, listed.names), (3, network.input, network.names.clone()));
    let again = Weights::from_bytes(weights.name(), file_of(&weights)).unwrap();
    assert_eq!((&again.network().id, again.network().classes), (&network.id, 3));
}

#[test]
fn every_experiment_takes_it() {
    let (weights, picture) = (Rc::new(brought(&[]).unwrap()), drawing("ship"));
    let host = TestHost::with(&picture, &weights);
    for target in [None, Some(2)] {
        let attack = Attack { method: Method::PgdLinf, target, ..Attack::default() };
        let Fooled::Attacked(found) = host.answer(Fool::Attack(attack)).unwrap() else { panic!("no attack") };
        assert_eq!(found.after.len(), 3);
        assert!(found.norms.linf > 0.0, "the gradient by the picture is zero");
    }
    host.refuses([(Fool::Attack(Attack { target: Some(3), ..Attack::default() }), "3 classes")]);
    let job = Evidence { backend: BackendChoice::Cpu, ..Evidence::default() };
    let answer = host.answer(LookInside::Evidence(job)).unwrap();
    let LookInsideAnswer::Evidence(found) = answer else { panic!("no map") };
    assert!(found.map.values.iter().any(|value| *value != 0.0));
}

#[test]
fn what_lies_beside_names_the_classes_and_prepares_pictures() {
    let weights = brought(&[("labels.txt", "one\ntwo\nthree\n"), ("readme.md", "x")]).unwrap();
    assert_eq!(labels(&Rc::new(weights)), ["one", "three", "two"]);
    let config = r#"{"id2label": {"0": "x", "1": "y", "2": "z"}, "pretrained_cfg": {"input_size": [3, 40, 40],
        "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "crop_pct": 0.9, "interpolation": "bicubic", "crop_mode": "squash"}}"#;
    let weights = brought(&[("config.json", config)]).unwrap();
    let wanted = Preprocess {
        mean: Some([0.5; 3]),
        std: Some([0.5; 3]),
        size: Some(40),
        shorter: Some(44),
        interpolation: Some(Interpolation::Bicubic),
    };
    assert_eq!(weights.preprocess(), wanted);
    assert_eq!(weights.warnings(), [WeightsWarning::Squashed]);
    // What is cut off stays the same share.
    let larger = weights.clone().preprocessed(&Preprocess { size: Some(80), ..Preprocess::default() }).unwrap();
    assert_eq!(larger.preprocess(), Preprocess { size: Some(80), shorter: Some(88), ..wanted });
    assert_eq!(labels(&Rc::new(weights)), ["x", "y", "z"]);
    // Names of another number of classes are not its own, nor is a size that it cannot take.
    let usual = brought(&[]).unwrap().preprocess();
    let config = r#"{"id2label": {"0": "x"}, "input_size": [3, 4000, 4000], "mean": [0, 0, 0], "std": [1, 1, 1]}"#;
    let weights = brought(&[("config.json", config), ("labels.txt", "one\ntwo")]).unwrap();
    assert_eq!(weights.preprocess(), Preprocess { mean: Some([0.0; 3]), std: Some([1.0; 3]), ..usual.clone() });
    let told = WeightsWarning::Names { file: "labels.txt".to_owned(), names: 2, classes: 3 };
    assert_eq!(weights.warnings(), [told]);
    assert_eq!(labels(&Rc::new(weights)), ["a cat", "a dog", "neither"]);
    let config = r#"{"mean": [0, 0, 0], "std": [0, 0, 0]}"#;
    assert_eq!(brought(&[("config.json", config)]).unwrap().preprocess(), usual);
}

/// Any state dict of PyTorch's that is a network of nobody here.
#[test]
fn other_networks_are_told_by_their_tensors() {
    let bytes = std::fs::read(folder().join("kinds.pth")).unwrap();
    let said = Weights::from_bytes("kinds.pth", bytes).unwrap_err().to_string();
    assert!(said.contains("fits no network") && said.contains("13 tensors"), "{said}");
}

/// First weights, as a file.
fn random(network: &Network) -> Vec<u8> {
    let (x, _) = network.graph(1).unwrap();
    let nodes = x.graph().nodes();
    let value = |node: &Node| match &node.kind {
        Kind::Variable { name, init } => Some((name.clone(), value(*init, &node.spec.shape, 1, name).unwrap())),
        _ => None,
    };
    bytes_from_tensors("random", &nodes.iter().filter_map(value).collect(), &BTreeMap::new()).unwrap()
}

/// Torchvision's MobileNet v2 and TensorFlow's pad differently and have the same tensors.
#[test]
fn weights_that_fit_two_networks_can_be_taken_for_either() {
    let twins = |id: &str| -> Vec<String> {
        let shapes = |network: &Network| {
            let (x, _) = network.graph(1).unwrap();
            let nodes = x.graph().nodes();
            let shape = |node: &Node| match &node.kind {
                Kind::Variable { name, .. } => Some((name.clone(), node.spec.shape.clone())),
                _ => None,
            };
            nodes.iter().filter_map(shape).collect::<BTreeMap<_, _>>()
        };
        let own = shapes(&Network::find(id).unwrap());
        networks().iter().filter(|network| shapes(network) == own).map(|network| network.id.clone()).collect()
    };
    assert_eq!(twins("mobilenet_v2"), ["mobilenet_v2", "mobilenet_v2_tf"]);
    let network = Network::find("mobilenet_v2").unwrap();
    let weights = Weights::from_bytes("both", random(&network)).unwrap();
    assert_eq!(weights.fits(), twins("mobilenet_v2"));
    let titles = "MobileNet v2 · MobileNet v2, TensorFlow".to_owned();
    assert_eq!(weights.warnings(), [WeightsWarning::Fits { networks: titles }]);
    let other = weights.clone().taken_as("mobilenet_v2_tf").unwrap();
    assert_eq!((other.network().id.as_str(), other.fits()[0].as_str()), ("mobilenet_v2_tf", "mobilenet_v2_tf"));
    assert_eq!(other.network().normalise, Network::find("mobilenet_v2_tf").unwrap().normalise);
    let logits = |weights: &Weights| {
        let plan = CpuPlan::new(weights.program(1).unwrap());
        let [channels, height, width] = weights.network().input;
        let count = channels * height * width;
        let x = (0..count).map(|at| (at % 97) as f32 / 97.0).collect::<Vec<_>>();
        let x = Tensor::from_vec(x, (1, channels, height, width), &Device::Cpu).unwrap();
        plan.run_now(&[x]).unwrap()[0].flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    // The one is computed as the other network with its weights is.
    let straight = Weights::from_bytes_as(Network::find("mobilenet_v2_tf").unwrap(), "tf", random(&network)).unwrap();
    assert_eq!(logits(&other), logits(&straight));
    assert_ne!(logits(&other), logits(&weights));
    // And back, with figures that a person gave in between.
    let by = Preprocess { mean: Some([0.25; 3]), ..Preprocess::default() };
    let back = other.preprocessed(&by).unwrap().taken_as("mobilenet_v2").unwrap();
    assert_eq!((back.network().id.as_str(), back.network().normalise.mean), ("mobilenet_v2", [0.25; 3]));
    assert!(weights.taken_as("resnet18").unwrap_err().to_string().contains("does not fit resnet18"));
    let alone = Weights::from_bytes("alone", random(&Network::find("squeezenet1_1").unwrap())).unwrap();
    assert_eq!((alone.fits().len(), alone.warnings().len()), (0, 0));
}
