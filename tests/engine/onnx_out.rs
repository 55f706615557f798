//! Networks, those read from ONNX files among them, and ops written as ONNX files: read back here they answer the same. `tests/fixtures/exported.py` has seen these very files
//! (`exported.json`): ONNX's checker takes them, and onnxruntime answers the same. With `NEOCOG_EXPORTED=FOLDER` the test leaves its
//! files there for that script.

use crate::every_op::every_op;
use crate::onnx::FILES;
use crate::published::{flat, relative, small, values};
use candle_core::{DType, Device};
use neocog::backend::cpu::CpuPlan;
use neocog::graph::op::{Case, Fill, Given, NAMES, all_cases};
use neocog::graph::{Graph, Host, Kind, Program, Spec};
use neocog::lab::Weights;
use neocog::models::Network;
use neocog::models::code::to_pytorch;
use neocog::models::onnx::{GRAPH, OnnxError, OnnxGraph, Trial, tensor_to_onnx, to_checkpoint, to_onnx};
use neocog::models::spec::{NetworkSpec, preset::Preset};
use neocog::nn::checkpoint::save;
use neocog::nn::{Normalise, VarBuilder};
use rten_onnx::onnx::{DataType, ModelProto, TensorProto};
use rten_onnx::protobuf::{EncodeMessage, ValueWriter};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

/// What other programs made of the files.
#[derive(Deserialize)]
struct Seen {
    made_with: String,
    /// FNV-1a of a network's file, and its logits.
    networks: BTreeMap<String, (String, Vec<f64>)>,
    /// Of its source for PyTorch, and the logits there.
    pytorch: BTreeMap<String, (String, Vec<f64>)>,
    /// Of the files of all ops together.
    ops: String,
}

fn seen() -> Seen {
    serde_json::from_str(include_str!("../fixtures/exported.json")).unwrap()
}

/// A family each, at the smallest size that it takes.
const NETWORKS: [(&str, usize); 7] = [
    ("cifar10_resnet20", 32),
    ("mobilenet_v2", 32),
    ("mobilenet_v3_small", 32),
    ("vit_tiny_16", 32),
    ("googlenet", 32),
    ("shufflenet_v2_x1_0", 32),
    ("efficientnet_b0", 32),
];

const WRITTEN: &str = "conv 6 3 pad 1 no_bias
batchnorm
relu
residual
  conv 6 3 pad 1
  batchnorm
  silu
end
dropout 0.4
maxpool 2
conv 8 3 stride 2 pad 1 groups 2
gelu
linear 12
leakyrelu 0.1
dropout 0.5
linear 4";

fn written() -> Network {
    of_text("written", WRITTEN, [1, 12, 12], 4)
}

/// Written networks to start from that have what the text above has not.
const PRESETS: [&str; 5] = ["zipcode1989", "lenet5", "digits", "vgg_small", "photos"];

fn of_preset(id: &str) -> Network {
    let preset = Preset::find(id).unwrap();
    of_text(id, &preset.text, preset.data, preset.classes)
}

pub(crate) fn of_text(id: &str, text: &str, data: [usize; 3], classes: usize) -> Network {
    let spec = NetworkSpec::parse(text, data, classes).unwrap_or_else(|errors| panic!("{id}: {}", errors[0]));
    let names = (0..classes).map(|class| class.to_string()).collect();
    Network::written(id, id, spec, names, Normalise::UNIT)
}

pub(crate) type Values = HashMap<String, Host>;

/// With the values of their variables.
pub(crate) fn networks() -> Vec<(Network, Values)> {
    let of_table = NETWORKS.iter().map(|&(id, side)| small(id, side));
    let made = of_table.chain([written(), every_op()]).chain(PRESETS.map(of_preset)).map(|network| {
        let values = values(&network);
        (network, values)
    });
    let read = FILES[..1].iter().map(|(name, file)| {
        let network = Weights::from_bytes(&format!("{name}.onnx"), file.to_vec()).unwrap().network().clone();
        let checkpoint = to_checkpoint(name, *file, &|_| None).unwrap();
        let names = checkpoint.names().filter(|name| *name != GRAPH).map(str::to_owned).collect::<Vec<_>>();
        let values = names.into_iter().map(|name| (name.clone(), checkpoint.tensor(&name).unwrap())).collect();
        (network, values)
    });
    made.chain(read).collect()
}

pub(crate) fn pictures(network: &Network, batch: usize) -> Host {
    let [channels, height, width] = network.input;
    Given { spec: Spec::f32([batch, channels, height, width]), fill: Fill::Signed }.value(5).unwrap()
}

/// FNV-1a of bytes.
pub(crate) fn fnv(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |state, &byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

const START: u64 = 0xcbf2_9ce4_8422_2325;

fn tensor(value: &Host) -> Vec<u8> {
    let (data_type, data): (_, Vec<u8>) = match value.dtype() {
        DType::U32 => {
            let values = value.flatten_all().unwrap().to_vec1::<u32>().unwrap();
            (DataType::INT64, values.into_iter().flat_map(|value| i64::from(value).to_le_bytes()).collect())
        }
        _ => {
            let values = value.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            (DataType::FLOAT, values.into_iter().flat_map(f32::to_le_bytes).collect())
        }
    };
    let dims = value.dims().iter().map(|&extent| extent as i64).collect();
    let raw_data = Some(RefCell::new(data));
    let message = TensorProto { dims, data_type: Some(data_type), raw_data, ..TensorProto::default() };
    let mut bytes = Vec::new();
    message.encode(ValueWriter::new(&mut bytes)).unwrap();
    bytes
}

/// For the fixture's script, in the form of ONNX's own tests.
fn leave(name: &str, model: &[u8], inputs: &[Vec<u8>], output: &[u8]) {
    let Some(folder) = std::env::var_os("NEOCOG_EXPORTED").map(PathBuf::from) else { return };
    let data = folder.join(name).join("test_data_set_0");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(folder.join(name).join("model.onnx"), model).unwrap();
    std::fs::write(data.join("output_0.pb"), output).unwrap();
    inputs.iter().enumerate().for_each(|(k, input)| std::fs::write(data.join(format!("input_{k}.pb")), input).unwrap());
}

pub(crate) fn logits(network: &Network, value: &dyn Fn(&str) -> Option<Host>, batch: usize) -> Host {
    let (_, logits) = network.graph(batch).unwrap();
    let program = Program::inference(&[&logits], &|name| value(name).map(Into::into)).unwrap();
    CpuPlan::new(program).run_now(&[pictures(network, batch)]).unwrap().remove(0)
}

/// The same of a file that was written, by what reads files.
fn read_back(network: &Network, file: &[u8], batch: usize) -> Host {
    let checkpoint = to_checkpoint("onnx", file, &|_| None).unwrap();
    let shape_of = |name: &str| checkpoint.shape(name).map(<[usize]>::to_vec);
    let read = OnnxGraph::read(&checkpoint.raw(GRAPH).unwrap(), shape_of).unwrap();
    assert_eq!(read.input(), network.input);
    let into = Graph::new();
    let [channels, height, width] = network.input;
    let x = into.input("image", Spec::f32([batch, channels, height, width]));
    let y = read.build(&x, &VarBuilder::new(&into)).unwrap();
    let program = Program::inference(&[&y], &|name| checkpoint.value(name)).unwrap();
    CpuPlan::new(program).run_now(&[pictures(network, batch)]).unwrap().remove(0)
}

#[test]
fn networks_that_were_written_and_read_answer_the_same() {
    let seen = seen();
    for (network, weights) in networks() {
        let value = |name: &str| weights.get(name).cloned();
        let file = to_onnx(&network, &value, vec![("key".to_owned(), "text".to_owned())]).unwrap();
        let id = network.id.trim_start_matches("own:");
        let want = logits(&network, &value, 2);
        leave(id, &file, &[tensor(&pictures(&network, 2))], &tensor(&want));
        for batch in [1, 2] {
            let off = relative(&flat(&read_back(&network, &file, batch)), &flat(&logits(&network, &value, batch)));
            println!("{id}, {} bytes: read back, {batch} pictures are {off:.1e} off", file.len());
            assert!(off <= 1e-5, "{id}: {off:e}");
        }
        if std::env::var_os("NEOCOG_EXPORTED").is_some() {
            continue;
        }
        let (hash, theirs) = seen.networks.get(id).unwrap_or_else(|| panic!("{id} is not in exported.json"));
        assert_eq!(*hash, format!("{:016x}", fnv(START, &file)), "{id}: another file than exported.py has seen");
        let off = relative(&flat(&want), theirs);
        println!("{id}: {off:.1e} from {}", seen.made_with);
        assert!(off <= 1e-4, "{id}: {off:e}");
    }
}

/// As a module of PyTorch that says what the network is; `exported.py` has run this very text with the weights.
#[test]
fn networks_as_source_answer_the_same_in_pytorch() {
    let seen = seen();
    for (network, weights) in networks() {
        let id = network.id.trim_start_matches("own:");
        let source = to_pytorch(&network).unwrap();
        if let Some(folder) = std::env::var_os("NEOCOG_EXPORTED").map(PathBuf::from) {
            std::fs::create_dir_all(folder.join(id)).unwrap();
            std::fs::write(folder.join(id).join("network.py"), &source).unwrap();
            let tensors: BTreeMap<String, Host> = weights.into_iter().collect();
            save(&folder.join(id).join("weights.safetensors"), &tensors, &BTreeMap::new()).unwrap();
            continue;
        }
        let (hash, theirs) = seen.pytorch.get(id).unwrap_or_else(|| panic!("{id} is not in exported.json"));
        assert_eq!(
            *hash,
            format!("{:016x}", fnv(START, source.as_bytes())),
            "{id}: another text than exported.py has run"
        );
        let want = logits(&network, &|name| weights.get(name).cloned(), 2);
        let off = relative(&flat(&want), theirs);
        println!("{id}: {} lines, {off:.1e} from {}", source.lines().count(), seen.made_with);
        assert!(off <= 1e-4, "{id}: {off:e}");
    }
}

#[test]
fn source_names_layers_as_the_network_does() {
    let source = to_pytorch(&written()).unwrap();
    for line in [
        "            \"0\": nn.Conv2d(1, 6, 3, padding=1, bias=False),",
        "            \"1\": nn.BatchNorm2d(6),",
        "            \"3\": Part({",
        "        x = self[\"0\"](image)",
        "        x = F.relu(self[\"1\"](x))",
    ] {
        assert!(source.lines().any(|own| own == line), "{line}\n{source}");
    }
}

/// Every case of every op that is not of training alone.
#[test]
fn ops_that_were_written_and_read_compute_the_same() {
    let (mut hash, mut count, mut names) = (START, 0, BTreeSet::new());
    for (at, (name, case)) in all_cases().into_iter().enumerate().filter(|(_, (_, case))| case.on_gpus()) {
        let (_, y) = case.graph().unwrap();
        let file = match tensor_to_onnx(&y, &|_| None) {
            Ok(file) => file,
            Err(OnnxError::Unwritten { .. }) => continue,
            Err(other) => panic!("{name}: {other}"),
        };
        let (inputs, output) = given(&case);
        leave(&format!("op_{at:03}_{name}"), &file, &inputs, &output);
        let checkpoint = to_checkpoint("onnx", file.as_slice(), &|_| None).unwrap();
        let trial = Trial::new(&checkpoint, &inputs, &[output]).unwrap_or_else(|error| panic!("{name} {at}: {error}"));
        let computed = match &trial.outputs()[..] {
            [] => Vec::new(),
            outputs => {
                let program = Program::inference(outputs, &|name| checkpoint.value(name)).unwrap();
                let inputs: Vec<Host> =
                    program.inputs.iter().map(|(name, _)| trial.input(name).unwrap().clone()).collect();
                CpuPlan::new(program).run_now(&inputs).unwrap()
            }
        };
        let verified = trial.compare(&computed).unwrap();
        assert!(verified.absolute < 1e-4 || verified.of_tolerance <= 1.0, "{name} {at}: {verified:?}");
        hash = fnv(hash, &file);
        count += 1;
        names.insert(name);
    }
    println!("{count} cases of {} ops of {} are written, {hash:016x}", names.len(), NAMES.len());
    assert!(names.len() >= 22 && count >= 200, "{count} of {names:?}");
    assert!(std::env::var_os("NEOCOG_EXPORTED").is_some() || seen().ops == format!("{hash:016x}"), "{hash:016x}");
}

fn given(case: &Case) -> (Vec<Vec<u8>>, Vec<u8>) {
    let values = case.values().unwrap();
    let output = (case.reference)(&values).unwrap();
    let output = if output.dtype() == DType::U32 { output } else { output.to_dtype(DType::F32).unwrap() };
    (values.iter().map(tensor).collect(), tensor(&output))
}

#[test]
fn a_file_says_what_it_holds() {
    let network = written();
    let weights = values(&network);
    let stated = vec![("names".to_owned(), "[\"a\"]".to_owned())];
    let file = to_onnx(&network, &|name| weights.get(name).cloned(), stated).unwrap();
    let model = ModelProto::parse_buf(file.as_slice()).unwrap();
    assert_eq!(model.opset_import[0].version, Some(neocog::models::onnx::OPSET));
    assert_eq!(model.metadata_props[0].key.as_deref(), Some("names"));
    let graph = model.graph.unwrap();
    let ops: Vec<&str> = graph.node.iter().filter_map(|node| node.op_type.as_deref()).collect();
    // What layers are made of is one node again.
    assert_eq!(ops.iter().filter(|op| **op == "Conv").count(), 3, "{ops:?}");
    assert_eq!(ops.iter().filter(|op| **op == "BatchNormalization").count(), 2, "{ops:?}");
    assert_eq!(ops.iter().filter(|op| **op == "Gemm").count(), 2, "{ops:?}");
    assert!(!ops.contains(&"Sqrt"), "{ops:?}");
    let weights: BTreeSet<String> = weights.into_keys().collect();
    let named: BTreeSet<String> = graph.initializer.iter().filter_map(|tensor| tensor.name.clone()).collect();
    assert!(weights.is_subset(&named));
    let [name, batch] = [&graph.input[0], &graph.output[0]].map(|info| {
        let shape = info.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap().shape.as_ref().unwrap();
        (info.name.clone().unwrap(), shape.dim[0].dim_param.clone())
    });
    assert_eq!([name.0.as_str(), batch.0.as_str()], ["image", "logits"]);
    assert_eq!([name.1.as_deref(), batch.1.as_deref()], [Some("batch"); 2]);
}

#[test]
fn running_means_that_were_read_are_no_parameters() {
    let network = written();
    let weights = values(&network);
    let file = to_onnx(&network, &|name| weights.get(name).cloned(), Vec::new()).unwrap();
    let checkpoint = to_checkpoint("onnx", file, &|_| None).unwrap();
    let shape_of = |name: &str| checkpoint.shape(name).map(<[usize]>::to_vec);
    let into = Graph::new();
    let vb = VarBuilder::new(&into);
    let read = OnnxGraph::read(&checkpoint.raw(GRAPH).unwrap(), shape_of).unwrap();
    read.build(&into.input("image", Spec::f32([1, 1, 12, 12])), &vb).unwrap();
    let statistics: Vec<String> = vb.statistics().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(statistics, ["1.running_mean", "1.running_var", "3.1.running_mean", "3.1.running_var"]);
    let parameters: BTreeSet<String> = vb.parameters().into_iter().map(|(name, ..)| name).collect();
    let expected: BTreeSet<String> = weights.into_keys().filter(|name| !name.contains("running")).collect();
    assert_eq!(parameters, expected);
}

#[test]
fn weights_without_a_value_are_named() {
    let error = to_onnx(&written(), &|_| None, Vec::new()).unwrap_err().to_string();
    assert!(error.contains("0.weight has no value"), "{error}");
    let spec = NetworkSpec::parse("linear 4", [1, 4, 4], 4).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let network = Network::written("w", "w", spec, vec![String::new(); 4], Normalise::UNIT);
    let wrong = Host::zeros((2, 2), DType::F32, &Device::Cpu).unwrap();
    assert!(to_onnx(&network, &|_| Some(wrong.clone()), Vec::new()).is_err());
}

/// In the network that read zip codes (LeCun 1989) each place has a bias of its own, which no layer of PyTorch's has.
#[test]
fn source_keeps_a_bias_that_pytorchs_layers_lack() {
    let preset = Preset::find("zipcode1989").unwrap();
    let spec = NetworkSpec::parse(&preset.text, preset.data, 10).unwrap();
    let names = (0..10).map(|class| class.to_string()).collect();
    let network = Network::written("own:zipcode", "zipcode", spec, names, Normalise::IMAGENET);
    let source = to_pytorch(&network).unwrap();
    let (x, _) = network.graph(1).unwrap();
    let nodes = x.graph().nodes();
    let mut biases = nodes.iter().filter_map(|node| match &node.kind {
        Kind::Variable { name, .. } if name.ends_with("bias") => Some((name.clone(), node.spec.shape.clone())),
        _ => None,
    });
    let of_places: Vec<_> = biases.by_ref().filter(|(_, shape)| shape.len() > 1).collect();
    assert!(!of_places.is_empty());
    for (name, shape) in of_places {
        let extents = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        assert!(source.contains(&extents), "{name} of {extents} is not in\n{source}");
    }
}
