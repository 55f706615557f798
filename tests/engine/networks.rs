//! The networks as wholes: parity with candle-transformers, and what fusion and planning made of them.

use crate::gpu::gpu;
use candle_core::Device;
use neocog::backend::{Plan, cpu::CpuPlan, gpu::GpuPlan};
use neocog::graph::op::{Fill, Given};
use neocog::graph::{Host, Kind, Program, Spec};
use neocog::models::Network;
use neocog::models::spec::{NetworkSpec, preset::Preset};
use std::collections::HashMap;

/// Values for every variable of a network: weights of He's scale, positive variances.
pub(crate) fn random_values(network: &Network) -> HashMap<String, Host> {
    let (x, _) = network.graph(1).unwrap();
    let nodes = x.graph().nodes();
    let mut values = HashMap::new();
    for (salt, node) in nodes.iter().enumerate() {
        let Kind::Variable { name, .. } = &node.kind else { continue };
        let fan_in = node.spec.shape[1..].iter().product::<usize>() as f64;
        let given = |fill| Given { spec: node.spec.clone(), fill }.value(salt as u32).unwrap();
        let value = match name.rsplit_once('.').map_or("", |(_, last)| last) {
            "running_var" => given(Fill::Positive),
            "weight" if node.spec.rank() == 1 => given(Fill::Positive),
            "weight" => given(Fill::Signed).affine((6.0 / fan_in).sqrt(), 0.0).unwrap(),
            _ => given(Fill::Signed).affine(0.1, 0.0).unwrap(),
        };
        values.insert(name.clone(), value);
    }
    values
}

pub(crate) fn image(network: &Network, batch: usize) -> Host {
    Given { spec: Spec::f32([[batch].as_slice(), &network.input].concat()), fill: Fill::Signed }.value(7).unwrap()
}

fn program(network: &Network, values: &HashMap<String, Host>, batch: usize) -> Program {
    let (_, logits) = network.graph(batch).unwrap();
    Program::inference(&[&logits], &|name| values.get(name).cloned().map(Into::into)).unwrap()
}

/// Largest difference relative to the largest reference value.
pub(crate) fn relative(got: &Host, want: &Host) -> f64 {
    let flat = |t: &Host| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let (got, want) = (flat(got), flat(want));
    let scale = want.iter().fold(f32::MIN_POSITIVE, |m, v| m.max(v.abs()));
    got.iter()
        .zip(&want)
        .map(|(g, w)| if g.is_finite() { f64::from((g - w).abs() / scale) } else { f64::INFINITY })
        .fold(0.0, f64::max)
}

#[test]
fn resnet18_equals_candle_transformers() {
    let network = Network::find("resnet18").unwrap();
    let values = random_values(&network);
    let vb = candle_nn::VarBuilder::from_tensors(values.clone(), candle_core::DType::F32, &Device::Cpu);
    let theirs = candle_transformers::models::resnet::resnet18(1000, vb).unwrap();
    let x = image(&network, 2);
    let want = candle_core::Module::forward(&theirs, &x).unwrap();
    let got = CpuPlan::new(program(&network, &values, 2)).run_now(std::slice::from_ref(&x)).unwrap();
    let off = relative(&got[0], &want);
    println!("resnet18 on the CPU: {off:.1e} relative to candle-transformers");
    assert!(off <= 1e-4);
    if let Some(gpu) = gpu() {
        let got =
            pollster::block_on(async { GpuPlan::new(&gpu, &program(&network, &values, 2)).await?.run(&[x]).await });
        let off = relative(&got.unwrap()[0], &want);
        println!("resnet18 on {}: {off:.1e} relative to candle-transformers", gpu.name);
        assert!(off <= 1e-4);
    }
}

#[test]
fn optimising_changes_no_result() {
    for id in ["cifar10_resnet20", "mobilenet_v1_075"] {
        let mut network = Network::find(id).unwrap();
        network.input = [3, 32, 32];
        let values = random_values(&network);
        let x = [image(&network, 2)];
        let (_, logits) = network.graph(2).unwrap();
        let plain = Program::unoptimised(&[&logits], &|name| values.get(name).cloned().map(Into::into)).unwrap();
        let want = CpuPlan::new(plain).run_now(&x).unwrap();
        let got = CpuPlan::new(program(&network, &values, 2)).run_now(&x).unwrap();
        let off = relative(&got[0], &want[0]);
        assert!(off < 1e-5, "{id}: {off:e}");
    }
}

/// Fusion and planning, pinned: a convolution takes its bias, batch norm, activation and residual along; a concatenation
/// costs nothing where its parts lie one behind the other.
#[test]
fn dispatches_and_memory_stay_where_fusion_put_them() {
    let Some(gpu) = gpu() else { return };
    let tiles = usize::from(gpu.traits.software && gpu.traits.subgroups);
    // Convolutions (and the last matrix product), pools, the mean, and what is left; then those that are done by tiles.
    for (id, dispatches, by_tiles) in [
        ("squeezenet1_1", 26 + 3 + 1, 8 * tiles),
        ("resnet18", 20 + 1 + 1 + 1, 13 * tiles),
        ("mobilenet_v1_075", 27 + 1 + 1, 0),
    ] {
        let network = Network::find(id).unwrap();
        let plan = pollster::block_on(GpuPlan::new(&gpu, &program(&network, &random_values(&network), 1))).unwrap();
        let (planned, unplanned) = plan.memory_bytes();
        println!("{id}: {} dispatches, {planned} bytes planned, {unplanned} without sharing", plan.dispatches());
        assert_eq!(plan.dispatches(), dispatches + 2 * by_tiles, "{id}");
        // What lies between the three dispatches of tiles is planned too, and no tensor of the graph.
        assert!(planned * if by_tiles > 0 { 1 } else { 2 } < unplanned, "{id}");
    }
}

#[test]
fn a_missing_value_is_named() {
    let network = Network::find("cifar10_resnet20").unwrap();
    let (_, logits) = network.graph(1).unwrap();
    let error = Program::inference(&[&logits], &|_| None).err().unwrap().to_string();
    assert_eq!(error, "variable conv1.weight has no value");
}

/// Overlapping groups, a coloured border, a bias per unit, shortcuts of both kinds: the same on the GPU.
#[test]
fn written_networks_are_the_same_on_both_backends() {
    let Some(gpu) = gpu() else { return };
    let projecting = "residual project\nconv 8 3 stride 2 pad same\nprelu\nend\nlecun_tanh\nlinear classes";
    let mut texts = vec![(projecting.to_owned(), [3, 9, 7])];
    let preset = |id: &str| Preset::find(id).map(|preset| (preset.text, preset.data)).unwrap();
    texts.extend(["zipcode1989", "lenet5", "digits", "photos"].map(preset));
    // Resized on the way in.
    texts.push((preset("zipcode1989").0, [1, 28, 28]));
    for (text, data) in texts {
        let network = NetworkSpec::parse(&text, data, 10).unwrap();
        let program = || {
            let (x, logits) = network.graph(2).unwrap();
            let nodes = x.graph().nodes().clone();
            let value = |wanted: &str| {
                nodes.iter().find_map(|node| match &node.kind {
                    Kind::Variable { name, init } if name == wanted => {
                        neocog::nn::init::value(*init, &node.spec.shape, 1, name).ok().map(Into::into)
                    }
                    _ => None,
                })
            };
            Program::inference(&[&logits], &value).unwrap()
        };
        let spec = Spec::f32([2, data[0], data[1], data[2]]);
        let x = [Given { spec, fill: Fill::Signed }.value(7).unwrap()];
        let want = CpuPlan::new(program()).run_now(&x).unwrap();
        let got = pollster::block_on(async { GpuPlan::new(&gpu, &program()).await?.run(&x).await }).unwrap();
        let off = relative(&got[0], &want[0]);
        assert!(off < 1e-4, "{off:e} for\n{text}");
    }
}
