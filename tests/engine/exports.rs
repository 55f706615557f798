//! What a run writes opens elsewhere: in PyTorch (`fixtures/export.json`, which `fixtures/export.py` made) and in candle.

use crate::gpu::gpu;
use candle_core::{DType, Device as HostDevice, Tensor};
use candle_nn::{Conv2dConfig, Module, ModuleT, VarBuilder};
use neocog::backend::{Plan, cpu::CpuPlan, gpu::GpuPlan};
use neocog::data::procedural::{Recipe, Set};
use neocog::graph::Program;
use neocog::lab::device::Device;
use neocog::lab::train::Trainer;
use neocog::models::spec::{NetworkSpec, preset::Preset};
use neocog::nn::checkpoint::Checkpoint;
use neocog::protocol::Setup;
use pollster::block_on;
use serde::Deserialize;
use std::collections::BTreeMap;

const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");

#[derive(Deserialize)]
struct Fixture {
    made_with: String,
    step: u32,
    logits: Vec<Vec<f32>>,
}

/// `[4, 1, 28, 28]`, as `fixtures/export.py` draws them.
fn pictures() -> Tensor {
    const ELLIPSES: [[i32; 3]; 4] = [[36, 1, 81], [0, 25, 100], [20, 4, 90], [9, 2, 30]];
    let places = (0..28).flat_map(|i| (0..28).map(move |j| (i - 14, j - 14)));
    let picture = |[a, b, c]: [i32; 3]| {
        places.clone().map(move |(i, j)| if (a..=c).contains(&(i * i + b * j * j)) { 2.75f32 } else { -0.5 })
    };
    let values: Vec<f32> = ELLIPSES.into_iter().flat_map(picture).collect();
    Tensor::from_vec(values, (4, 1, 28, 28), &HostDevice::Cpu).unwrap()
}

fn rows(logits: &Tensor) -> Vec<Vec<f32>> {
    logits.to_vec2().unwrap()
}

fn largest_difference(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    assert_eq!((a.len(), a[0].len()), (b.len(), b[0].len()));
    a.iter().flatten().zip(b.iter().flatten()).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

/// The network of a file, for this batch.
fn program(file: &Checkpoint, network: &NetworkSpec, batch: usize) -> Program {
    let (_, logits) = network.graph(batch).unwrap();
    Program::inference(&[&logits], &|name| file.value(name)).unwrap()
}

/// Convolution without bias, batch norm and ReLU under `index` and the two after it.
fn block(c_in: usize, c_out: usize, kernel: usize, vb: &VarBuilder, index: usize, x: &Tensor) -> Tensor {
    let config = Conv2dConfig { padding: kernel / 2, ..Conv2dConfig::default() };
    let conv = candle_nn::conv2d_no_bias(c_in, c_out, kernel, config, vb.pp(index)).unwrap();
    let norm = candle_nn::batch_norm(c_out, 1e-5, vb.pp(index + 1)).unwrap();
    norm.forward_t(&conv.forward(x).unwrap(), false).unwrap().relu().unwrap()
}

/// The preset `digits` in candle's own layers.
fn digits_in_candle(vb: &VarBuilder, x: &Tensor) -> Tensor {
    let x = block(1, 16, 5, vb, 0, x).max_pool2d(2).unwrap();
    let x = block(32, 32, 3, vb, 7, &block(16, 32, 3, vb, 4, &x)).max_pool2d(2).unwrap();
    let x = block(64, 64, 3, vb, 14, &block(32, 64, 3, vb, 11, &x)).max_pool2d(2).unwrap();
    candle_nn::linear(576, 10, vb.pp(20)).unwrap().forward(&x.flatten_from(1).unwrap()).unwrap()
}

#[test]
fn pytorch_candle_and_the_engine_read_the_same_logits() {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/export.json")).unwrap();
    let file = Checkpoint::parse("digits", std::fs::read(DIGITS).unwrap()).unwrap();
    assert_eq!(file.metadata()["neocog.step"], fixture.step.to_string(), "make the fixture anew for other weights");
    assert_eq!(file.metadata()["neocog.network"], Preset::find("digits").unwrap().text, "fixtures/export.py has these");
    let network = NetworkSpec::parse(&file.metadata()["neocog.network"], [1, 28, 28], 10).unwrap();

    let mut found = Vec::new();
    let tensors = candle_core::safetensors::load(DIGITS, &HostDevice::Cpu).unwrap();
    let vb = VarBuilder::from_tensors(tensors, DType::F32, &HostDevice::Cpu);
    found.push(("candle", digits_in_candle(&vb, &pictures())));
    let mut plan = CpuPlan::new(program(&file, &network, 4));
    found.push(("our CPU", block_on(plan.run(&[pictures()])).unwrap().remove(0)));
    if let Some(gpu) = gpu() {
        let mut plan = block_on(GpuPlan::new(&gpu, &program(&file, &network, 4))).unwrap();
        found.push(("our GPU", block_on(plan.run(&[pictures()])).unwrap().remove(0)));
    }
    for (what, logits) in found {
        let off = largest_difference(&rows(&logits), &fixture.logits);
        println!("{what}: off by {off:.1e} from {}", fixture.made_with);
        assert!(off < 1e-4, "{what}: {off:e}");
    }
}

const SHORT: &str = "\
conv 4 3 stride 2 pad 1 no_bias
batchnorm
prelu
residual project
  conv 8 3 stride 2 pad 1
  batchnorm
end
relu
globalpool
dropout 0.2
linear classes
";

/// [`SHORT`] in candle's own layers.
fn short_in_candle(vb: &VarBuilder, x: &Tensor) -> Tensor {
    let config = |padding| Conv2dConfig { padding, stride: 2, ..Conv2dConfig::default() };
    let norm = |channels, vb: VarBuilder, x: &Tensor| {
        candle_nn::batch_norm(channels, 1e-5, vb).unwrap().forward_t(x, false).unwrap()
    };
    let x = candle_nn::conv2d_no_bias(1, 4, 3, config(1), vb.pp(0)).unwrap().forward(x).unwrap();
    let x = candle_nn::prelu(Some(4), vb.pp(2)).unwrap().forward(&norm(4, vb.pp(1), &x)).unwrap();
    let inside = vb.pp(3);
    let y = candle_nn::conv2d(4, 8, 3, config(1), inside.pp(0)).unwrap().forward(&x).unwrap();
    let y = norm(8, inside.pp(1), &y);
    let around = inside.pp("shortcut");
    let shortcut = candle_nn::conv2d_no_bias(4, 8, 1, config(0), around.pp(0)).unwrap().forward(&x).unwrap();
    let y = (y + norm(8, around.pp(1), &shortcut)).unwrap().relu().unwrap();
    let y = y.mean(3).unwrap().mean(2).unwrap();
    candle_nn::linear(8, 10, vb.pp(7)).unwrap().forward(&y).unwrap()
}

#[test]
fn a_short_run_opens_in_candle() {
    let data = Set::find("digits").unwrap().draw(&Recipe { count: 100, ..Recipe::default() }).unwrap();
    let setup = Setup { network: SHORT.to_owned(), batch: 10, epochs: 1, ..Setup::default() };
    let mut trainer = block_on(Trainer::new(setup, data, &Device::Cpu)).unwrap();
    (0..5).for_each(|_| trainer.advance().unwrap());
    let network = trainer.network().clone();
    let bytes = block_on(trainer.kept(false)).unwrap().bytes("short").unwrap();

    let tensors = candle_core::safetensors::load_buffer(&bytes, &HostDevice::Cpu).unwrap();
    let found: BTreeMap<&str, &[usize]> = tensors.iter().map(|(name, t)| (name.as_str(), t.dims())).collect();
    let norm = |prefix: &'static str, channels: &'static [usize]| {
        ["weight", "bias", "running_mean", "running_var"].map(|name| (format!("{prefix}.{name}"), channels))
    };
    let mut wanted: BTreeMap<String, &[usize]> = BTreeMap::new();
    wanted.extend(
        [("1", &[4][..]), ("3.1", &[8][..]), ("3.shortcut.1", &[8][..])].into_iter().flat_map(|(p, c)| norm(p, c)),
    );
    let others: [(&str, &[usize]); 7] = [
        ("0.weight", &[4, 1, 3, 3]),
        ("2.weight", &[4]),
        ("3.0.weight", &[8, 4, 3, 3]),
        ("3.0.bias", &[8]),
        ("3.shortcut.0.weight", &[8, 4, 1, 1]),
        ("7.weight", &[10, 8]),
        ("7.bias", &[10]),
    ];
    wanted.extend(others.map(|(name, shape)| (name.to_owned(), shape)));
    assert_eq!(found, wanted.iter().map(|(name, shape)| (name.as_str(), *shape)).collect());
    assert!(tensors.values().all(|tensor| tensor.dtype() == DType::F32));

    let file = Checkpoint::parse("short", bytes).unwrap();
    let ours = CpuPlan::new(program(&file, &network, 4)).run_now(&[pictures()]).unwrap().remove(0);
    let vb = VarBuilder::from_tensors(tensors, DType::F32, &HostDevice::Cpu);
    let off = largest_difference(&rows(&ours), &rows(&short_in_candle(&vb, &pictures())));
    assert!(off < 1e-4, "{off:e}");
}
