//! The networks against PyTorch's: names, shapes and numbers of parameters, logits, gradients and activations, for weights that
//! a formula gives (`fixtures/networks.json`, which `fixtures/networks.py` made); and against what was published of them.

use crate::formula::{fnv, value};
use crate::gpu::gpu;
use candle_core::{Device, Tensor};
use neocog::backend::{Plan, cpu::CpuPlan, gpu::GpuPlan};
use neocog::graph::plan::plan;
use neocog::graph::state::Layout;
use neocog::graph::{Graph, Host, KeptTensor, Kind, Program, Spec, grad};
use neocog::lab::Weights;
use neocog::models::naming::{self, NAMINGS};
use neocog::models::{Network, Totals, summarise};
use neocog::nn::{VarBuilder, checkpoint};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Instant;

#[derive(Deserialize)]
struct Fixture {
    made_with: String,
    published: BTreeMap<String, Published>,
    computed: BTreeMap<String, Computed>,
}

#[derive(Deserialize)]
struct Published {
    parameters: u64,
    tensors: usize,
    fnv: String,
}

#[derive(Deserialize)]
struct Computed {
    side: usize,
    logits: Vec<Vec<f64>>,
    #[serde(default)]
    gradient: Vec<f64>,
    #[serde(default)]
    gradient_norm: f64,
    #[serde(default)]
    activations: BTreeMap<String, Activation>,
}

#[derive(Deserialize)]
struct Activation {
    shape: Vec<usize>,
    samples: Vec<f64>,
}

const CLASSES: usize = 10;
/// Whose gradient is stored.
const LOGIT: usize = 3;
const BATCH: usize = 2;

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../fixtures/networks.json")).unwrap()
}

/// Names and shapes of all variables.
fn variables(network: &Network) -> BTreeMap<String, Vec<usize>> {
    let (x, _) = network.graph(1).unwrap();
    let nodes = x.graph().nodes();
    let variables = nodes.iter().filter_map(|node| match &node.kind {
        Kind::Variable { name, .. } => Some((name.clone(), node.spec.shape.clone())),
        _ => None,
    });
    variables.collect()
}

/// For ten classes and small pictures.
pub(crate) fn small(id: &str, side: usize) -> Network {
    Network { classes: CLASSES, input: [3, side, side], ..Network::find(id).unwrap() }
}

pub(crate) fn values(network: &Network) -> HashMap<String, Host> {
    variables(network)
        .into_iter()
        .map(|(name, shape)| {
            let value = value(&name, &shape);
            (name, value)
        })
        .collect()
}

fn image(side: usize) -> Host {
    value("image", &[BATCH, 3, side, side])
}

pub(crate) fn flat(tensor: &Host) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f64::from).collect()
}

/// The elements that the fixture has of a large tensor.
fn samples(tensor: &Host) -> Vec<f64> {
    let all = flat(tensor);
    (0..16).map(|j| all[(7919 * j + 13) % all.len()]).collect()
}

/// Largest difference relative to the largest reference value.
pub(crate) fn relative(got: &[f64], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    let scale = want.iter().fold(f64::MIN_POSITIVE, |most, v| most.max(v.abs()));
    let off = |(got, want): (&f64, &f64)| if got.is_finite() { (got - want).abs() / scale } else { f64::INFINITY };
    got.iter().zip(want).map(off).fold(0.0, f64::max)
}

#[test]
fn names_shapes_and_parameters_are_torchvisions() {
    let fixture = fixture();
    assert!(fixture.published.len() >= 25);
    for (id, published) in &fixture.published {
        let network = Network::find(id).unwrap();
        let variables = variables(&network);
        assert_eq!(summarise(&network).unwrap().all.params, published.parameters, "{id}");
        assert_eq!(variables.len(), published.tensors, "{id}");
        let shape = |shape: &[usize]| shape.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        let text: String = variables.iter().map(|(name, of)| format!("{name}:{}\n", shape(of))).collect();
        assert_eq!(format!("{:016x}", fnv(&text)), published.fnv, "{id}: a name or a shape differs\n{text}");
    }
}

/// Every network of the fixture on the CPU; those with something that the others have not, on the GPU too. With
/// `NEOCOG_ALL_ON_GPU` in the environment all of them: that takes minutes on a software adapter.
#[test]
fn logits_are_pytorchs() {
    const ON_GPU: [&str; 4] = ["bvlcalexnet", "mobilenet_v3_small", "shufflenet_v2_x1_0", "vit_tiny_16"];
    let all = std::env::var_os("NEOCOG_ALL_ON_GPU").is_some();
    let fixture = fixture();
    let gpu = gpu();
    for (id, row) in &fixture.computed {
        let (network, begun) = (small(id, row.side), Instant::now());
        let values = values(&network);
        let x = [image(row.side)];
        let program = || {
            let (_, logits) = network.graph(BATCH).unwrap();
            Program::inference(&[&logits], &|name| values.get(name).cloned().map(Into::into)).unwrap()
        };
        let want = row.logits.concat();
        let off = relative(&flat(&CpuPlan::new(program()).run_now(&x).unwrap()[0]), &want);
        println!("{id} on the CPU: {off:.1e} from {} ({:.1?})", fixture.made_with, begun.elapsed());
        assert!(off <= 1e-4, "{id}: {off:e}");
        let Some(gpu) = gpu.as_ref().filter(|_| all || ON_GPU.contains(&id.as_str())) else { continue };
        let begun = Instant::now();
        let got = pollster::block_on(async { GpuPlan::new(gpu, &program()).await?.run(&x).await }).unwrap();
        let off = relative(&flat(&got[0]), &want);
        println!("{id} on {}: {off:.1e} ({:.1?})", gpu.name, begun.elapsed());
        assert!(off <= 1e-4, "{id}: {off:e}");
    }
}

#[test]
fn the_gradient_of_a_logit_is_pytorchs() {
    let fixture = fixture();
    let rows: Vec<_> = fixture.computed.iter().filter(|(_, row)| !row.gradient.is_empty()).collect();
    assert_eq!(rows.len(), 5);
    for (id, row) in rows {
        let network = small(id, row.side);
        let values = values(&network);
        let (x, logits) = network.graph(BATCH).unwrap();
        let dx = grad(&logits.narrow(1, LOGIT, 1).unwrap().sum_all().unwrap(), &[&x]).unwrap().remove(0);
        let program = Program::inference(&[&dx], &|name| values.get(name).cloned().map(Into::into)).unwrap();
        let dx = CpuPlan::new(program).run_now(&[image(row.side)]).unwrap().remove(0);
        let norm = flat(&dx).iter().map(|v| v * v).sum::<f64>().sqrt();
        let off = relative(&samples(&dx), &row.gradient).max((norm / row.gradient_norm - 1.0).abs());
        println!("{id}: the gradient is {off:.1e} off");
        // A ReLU whose input is nearly zero is open in one precision and shut in another: PyTorch's own gradient of ResNet-50 in
        // f32 is 1.6e-3 off from the one in f64.
        let tolerance = if id == "resnet50" { 2e-3 } else { 1e-4 };
        assert!(off <= tolerance, "{id}: {off:e}");
    }
}

/// What forward hooks see.
#[test]
fn activations_are_pytorchs() {
    let fixture = fixture();
    let rows: Vec<_> = fixture.computed.iter().filter(|(_, row)| !row.activations.is_empty()).collect();
    assert_eq!(rows.len(), 2);
    for (id, row) in rows {
        let network = small(id, row.side);
        let values = values(&network);
        for (name, wanted) in &row.activations {
            let layer = network.layered(BATCH).unwrap().layer(name).unwrap();
            let program = Program::inference(&[&layer], &|name| values.get(name).cloned().map(Into::into)).unwrap();
            let got = CpuPlan::new(program).run_now(&[image(row.side)]).unwrap().remove(0);
            assert_eq!(got.dims(), wanted.shape, "{id} {name}");
            let off = relative(&samples(&got), &wanted.samples);
            println!("{id} {name}: {off:.1e} off");
            assert!(off <= 1e-4, "{id} {name}: {off:e}");
        }
    }
}

/// Fewer numbers are learned from in training: the two heads of GoogLeNet, under torchvision's names.
#[test]
fn googlenet_has_two_heads_in_training() {
    let graph = Graph::new();
    let vb = VarBuilder::training(&graph, graph.input("counter", Spec::u32([2])));
    let x = graph.input("image", Spec::f32([BATCH, 3, 224, 224]));
    let logits = neocog::models::googlenet::with_heads(&x, 1000, vb.clone()).unwrap();
    assert!(logits.iter().all(|logits| logits.dims() == [BATCH, 1000]) && logits.len() == 3);
    let count: usize = vb.parameters().iter().map(|(_, tensor, _)| tensor.elem_count()).sum();
    // torchvision's with `aux_logits=True`.
    assert_eq!(count, 13_004_888);
    assert!(vb.parameters().iter().any(|(name, ..)| name == "aux2.fc1.weight"));
}

/// `(picture, what was published)`: table 1 of the talk, in millions of weights and operations.
#[test]
fn the_talks_table() {
    let totals = |id: &str| summarise(&Network::find(id).unwrap()).unwrap();
    let millions = |of: Totals| [of.params as f64 / 1e6, of.macs as f64 / 1e6];
    // Layers, weights, operations; half a unit of the last digit that the talk gives.
    let row = |what: &str, of: Totals, layers: Option<u32>, wanted: [(f64, f64); 2]| {
        let found = millions(of);
        println!("{what}: {} layers, {:.2} M weights, {:.1} M operations", of.layers, found[0], found[1]);
        assert!(layers.is_none_or(|layers| layers == of.layers), "{what}: {of:?}");
        for (found, (wanted, half)) in found.into_iter().zip(wanted) {
            assert!((found - wanted).abs() <= half, "{what}: {found}, not {wanted} ± {half}");
        }
    };
    let alexnet = totals("alexnet_ungrouped");
    // 3.747: the talk rounds up.
    row("AlexNet, convolutions", alexnet.conv, Some(5), [(3.8, 0.06), (1080.0, 5.0)]);
    row("AlexNet, fully connected", alexnet.fc, Some(3), [(59.0, 0.5), (59.0, 0.5)]);
    row("AlexNet", alexnet.all, None, [(62.0, 0.5), (1140.0, 5.0)]);
    let vgg = totals("vgg16");
    row("VGG-16, convolutions", vgg.conv, Some(13), [(15.0, 0.5), (15_300.0, 50.0)]);
    row("VGG-16, fully connected", vgg.fc, Some(3), [(124.0, 0.5), (124.0, 0.5)]);
    row("VGG-16", vgg.all, None, [(138.0, 0.5), (15_500.0, 50.0)]);
    // The talk adds up the paper's own table, whose third branches are 5×5 and whose first counts are smaller than they are: with
    // 3×3 the convolutions have 5.6 M.
    let googlenet = totals("googlenet");
    row("GoogLeNet, convolutions", googlenet.conv, Some(57), [(5.8, 0.25), (1500.0, 50.0)]);
    row("GoogLeNet, fully connected", googlenet.fc, Some(1), [(1.0, 0.5), (1.0, 0.5)]);
    row("GoogLeNet", googlenet.all, None, [(6.8, 0.25), (1500.0, 50.0)]);
    let resnet = totals("resnet152_v1");
    row("ResNet-152, convolutions", resnet.conv, None, [(58.0, 0.5), (11_300.0, 50.0)]);
    row("ResNet-152, fully connected", resnet.fc, Some(1), [(2.0, 0.5), (2.0, 0.5)]);
}

/// With positive weights nothing cancels: what a pixel changes is all that depends on it.
#[test]
fn receptive_fields_are_those_that_pixels_show() {
    const SIDE: usize = 99;
    for (id, layers) in [
        ("alexnet", ["features.0", "features.2", "features.3", "features.6", "features.8"]),
        ("squeezenet1_1", ["features.0", "features.2", "features.4", "features.5", "features.6"]),
        ("resnet18", ["conv1", "maxpool", "layer1.0", "layer1", "layer2.0.downsample"]),
        ("mobilenet_v2", ["features.0.0", "features.1", "features.2", "features.3", "features.4.conv.0.0"]),
    ] {
        let network = small(id, SIDE);
        let all = network.layers().unwrap();
        for name in layers {
            let field = all.iter().find(|layer| layer.name == name).and_then(|layer| layer.field).unwrap();
            let graph = network.layered(1).unwrap();
            let output = graph.layer(name).unwrap();
            let extent = output.dims()[2];
            // The first place, one in the middle, and the last: none, the padding, and the edge cut something off.
            let places = [0, extent / 2, extent - 1];
            let middle = places.map(|place| output.narrow(2, place, 1).unwrap().narrow(3, extent / 2, 1).unwrap());
            // Means, so that no activation is cut off.
            let positive = |name: &str| {
                let shape = variables(&network).remove(name)?;
                let fill = match &shape[..] {
                    [_, rest @ ..] if !rest.is_empty() => 1.0 / rest.iter().product::<usize>() as f32,
                    _ if name.ends_with("running_mean") || name.ends_with("bias") => 0.0,
                    _ => 1.0,
                };
                Tensor::full(fill, shape, &Device::Cpu).ok().map(Into::into)
            };
            let program = Program::inference(&middle.each_ref(), &positive).unwrap();
            let mut plan = CpuPlan::new(program);
            let mut respond = |row: usize| -> Vec<Vec<f64>> {
                let mut pixels = vec![1e-3f32; 3 * SIDE * SIDE];
                // One row of the picture: the field across does not matter.
                pixels[row * SIDE..][..SIDE].fill(1.0);
                let x = Tensor::from_vec(pixels, (1, 3, SIDE, SIDE), &Device::Cpu).unwrap();
                pollster::block_on(plan.run(&[x])).unwrap().iter().map(flat).collect()
            };
            let quiet = {
                let x = Tensor::full(1e-3f32, (1, 3, SIDE, SIDE), &Device::Cpu).unwrap();
                let mut plan = CpuPlan::new(Program::inference(&middle.each_ref(), &positive).unwrap());
                pollster::block_on(plan.run(&[x])).unwrap().iter().map(flat).collect::<Vec<_>>()
            };
            for (k, place) in places.into_iter().enumerate() {
                let seen = field.pixels(place, SIDE);
                let mut check = |row: usize, inside: bool| {
                    let changed =
                        respond(row)[k].iter().zip(&quiet[k]).any(|(now, quiet)| (now - quiet).abs() > 1e-5 * quiet);
                    assert_eq!(changed, inside, "{id} {name}: place {place} of {extent}, row {row}, {field:?}");
                };
                check(seen.start, true);
                // Strides may leave the last rows of a picture over.
                if seen.len() == field.size || seen.end < SIDE {
                    check(seen.end - 1, true);
                }
                if seen.start > 0 {
                    check(seen.start - 1, false);
                }
                if seen.end < SIDE {
                    check(seen.end, false);
                }
            }
        }
    }
}

/// From a layer on, the network says the same; the gradient with respect to the layer is that of its rest.
#[test]
fn a_network_starts_from_any_layer() {
    for (id, name) in
        [("resnet18", "layer2"), ("squeezenet1_1", "features.6"), ("vit_tiny_16", "encoder.layers.encoder_layer_5")]
    {
        let network = small(id, 64);
        let values = values(&network);
        let run = |outputs: &[&neocog::graph::Tensor], input: &Host| {
            let program = Program::inference(outputs, &|name| values.get(name).cloned().map(Into::into)).unwrap();
            CpuPlan::new(program).run_now(std::slice::from_ref(input)).unwrap()
        };
        let whole = network.layered(BATCH).unwrap();
        let layer = whole.layer(name).unwrap();
        let slope = |logits: &neocog::graph::Tensor, at: &neocog::graph::Tensor| {
            grad(&logits.narrow(1, LOGIT, 1).unwrap().sum_all().unwrap(), &[at]).unwrap().remove(0)
        };
        let wanted = run(&[&whole.logits, &layer, &slope(&whole.logits, &layer)], &image(64));
        let rest = whole.after(name).unwrap();
        let found = run(&[&rest.logits, &slope(&rest.logits, &rest.input)], &wanted[1]);
        for (found, wanted) in found.iter().zip([&wanted[0], &wanted[2]]) {
            let off = relative(&flat(found), &flat(wanted));
            assert!(off < 1e-5, "{id} from {name}: {off:e}");
        }
    }
    let inside = Network::find("resnet18").unwrap().layered(1).unwrap().after("layer2.0.conv1").err().unwrap();
    assert!(inside.to_string().contains("take the block"), "{inside}");
}

#[test]
fn layers_are_listed_in_order_with_their_costs() {
    let network = Network::find("resnet18").unwrap();
    let (layers, whole) = (network.layers().unwrap(), summarise(&network).unwrap().all);
    let names: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names[..7], ["conv1", "bn1", "relu", "maxpool", "layer1.0.conv1", "layer1.0.bn1", "layer1.0.conv2"]);
    assert_eq!(names.last(), Some(&"fc"));
    let of = |name: &str| layers.iter().find(|layer| layer.name == name).unwrap();
    let kinds = ["conv1", "bn1", "relu", "maxpool", "layer1.0", "avgpool", "fc"].map(|name| of(name).kind.as_str());
    assert_eq!(kinds, ["conv2d", "batch_norm", "relu", "max_pool2d", "block", "mean", "linear"]);
    let tops = layers.iter().filter(|layer| !layer.name.contains('.'));
    let (params, macs) = tops.fold((0, 0), |(params, macs), layer| (params + layer.params, macs + layer.macs));
    assert_eq!((params, macs), (whole.params, whole.macs));
    // Araujo, Norris & Sim, Computing receptive fields of convolutional neural networks, 2019: 435 pixels.
    assert_eq!(of("layer4").field.map(|field| (field.size, field.stride)), Some((435, 32)));
}

/// A file as timm writes it is recognised by its names, and reads as the network that it is of.
#[test]
fn files_of_timm_are_read_unchanged() {
    for (id, reshaped) in [
        ("mobilenet_v2", None),
        ("mobilenet_v3_small", Some(("conv_head.weight", vec![1024, 576, 1, 1]))),
        ("efficientnet_b0", None),
        ("vit_tiny_16", None),
    ] {
        let naming = NAMINGS.iter().rfind(|naming| naming.network == id).unwrap();
        let inverse: Vec<_> = (naming.pairs)().into_iter().map(|(theirs, ours)| (ours, theirs)).collect();
        let network = Network::find(id).unwrap();
        let tensors: BTreeMap<String, Host> = variables(&network)
            .into_iter()
            .map(|(name, mut shape)| {
                let theirs = naming::ours(&inverse, &name).unwrap_or(name);
                if let Some((_, other)) = reshaped.as_ref().filter(|(tensor, _)| *tensor == theirs) {
                    shape.clone_from(other);
                }
                let value = value(&theirs, &shape);
                (theirs, value)
            })
            .collect();
        let bytes = checkpoint::bytes_from_tensors("timm", &tensors, &BTreeMap::new()).unwrap();
        for weights in [
            Weights::from_bytes("timm.safetensors", bytes.clone()).unwrap(),
            Weights::from_bytes_as(network, "timm.safetensors", bytes).unwrap(),
        ] {
            assert_eq!(weights.network().id, id);
            assert!(weights.warnings().is_empty(), "{id}: {:?}", weights.warnings());
            weights.program(1).unwrap();
        }
    }
}

/// Numbers that no memory holds.
struct Ones(Vec<usize>);

impl KeptTensor for Ones {
    fn dims(&self) -> &[usize] {
        &self.0
    }

    fn read(&self, _: usize, to: &mut [f32]) -> Result<(), String> {
        to.fill(1.0);
        Ok(())
    }
}

/// Bytes of intermediate results for one picture: as they share memory, and the sum of all that steps write.
#[test]
fn results_share_memory() {
    println!("{:20} {:>12} {:>12} {:>6}", "network", "planned", "sum", "times");
    for network in neocog::models::networks() {
        let (x, logits) = network.graph(1).unwrap();
        let dims: BTreeMap<String, Vec<usize>> = variables(&network);
        let value = |name: &str| Some((Rc::new(Ones(dims.get(name)?.clone())) as Rc<dyn KeptTensor>).into());
        let memory = plan(&Program::inference(&[&logits], &value).unwrap(), &Layout::default());
        let (planned, sum) = (memory.planned_bytes(), memory.unplanned_bytes);
        let times = sum as f64 / planned as f64;
        println!("{:20} {planned:12} {sum:12} {times:6.1}", network.id);
        // The picture alone, and what it is computed from or becomes.
        assert!(planned >= x.spec().size_bytes() && planned <= sum, "{}", network.id);
        assert!(network.id != "resnet50" || times >= 3.0, "{times}");
    }
}
