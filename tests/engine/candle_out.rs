//! Networks as source for candle: the modules of `tests/fixtures/candle` are what the generator prints today, and compiled here they
//! answer as the engine does. `CANDLE_SOURCES=1 cargo test --test engine candle_out` prints them anew.

use crate::onnx::FILES;
use crate::onnx_out::{Values, fnv, logits, networks, of_text, pictures};
use crate::published::{flat, relative};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use neocog::lab::Weights;
use neocog::models::code::to_candle;
use neocog::models::spec::preset::presets;
use neocog::models::{Network, networks as listed};
use neocog::nn::checkpoint::Checkpoint;
use std::path::Path;

#[path = "../fixtures/candle/block.rs"]
#[rustfmt::skip]
#[allow(clippy::all, unreachable_pub, reason = "as the generator prints it")]
mod block;
#[path = "../fixtures/candle/cifar10_resnet20.rs"]
#[rustfmt::skip]
#[allow(clippy::all, unreachable_pub, reason = "as the generator prints it")]
mod cifar10_resnet20;
#[path = "../fixtures/candle/shipped_digits.rs"]
#[rustfmt::skip]
#[allow(clippy::all, unreachable_pub, reason = "as the generator prints it")]
mod shipped_digits;
#[path = "../fixtures/candle/googlenet.rs"]
#[rustfmt::skip]
#[allow(clippy::all, unreachable_pub, reason = "as the generator prints it")]
mod googlenet;
#[path = "../fixtures/candle/every_op.rs"]
#[rustfmt::skip]
#[allow(clippy::all, unreachable_pub, reason = "as the generator prints it")]
mod every_op;
#[path = "../fixtures/candle/vit_tiny_16.rs"]
#[rustfmt::skip]
#[allow(clippy::all, unreachable_pub, reason = "as the generator prints it")]
mod vit_tiny_16;
#[path = "../fixtures/candle/written.rs"]
#[rustfmt::skip]
#[allow(clippy::all, unreachable_pub, reason = "as the generator prints it")]
mod written;

type Run = fn(VarBuilder<'_>, &Tensor) -> candle_core::Result<Tensor>;

/// Id, module, and what it computes.
const SOURCES: [(&str, &str, Run); 7] = [
    ("block", include_str!("../fixtures/candle/block.rs"), |vb, x| block::Network::new(vb)?.forward(x)),
    ("cifar10_resnet20", include_str!("../fixtures/candle/cifar10_resnet20.rs"), |vb, x| {
        cifar10_resnet20::Network::new(vb)?.forward(x)
    }),
    ("shipped_digits", include_str!("../fixtures/candle/shipped_digits.rs"), |vb, x| {
        shipped_digits::Network::new(vb)?.forward(x)
    }),
    ("googlenet", include_str!("../fixtures/candle/googlenet.rs"), |vb, x| googlenet::Network::new(vb)?.forward(x)),
    ("every_op", include_str!("../fixtures/candle/every_op.rs"), |vb, x| every_op::Network::new(vb)?.forward(x)),
    ("vit_tiny_16", include_str!("../fixtures/candle/vit_tiny_16.rs"), |vb, x| {
        vit_tiny_16::Network::new(vb)?.forward(x)
    }),
    ("written", include_str!("../fixtures/candle/written.rs"), |vb, x| written::Network::new(vb)?.forward(x)),
];

/// The network that comes with the page, with its weights.
fn shipped() -> (Network, Values) {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors")).unwrap();
    let checkpoint = Checkpoint::parse("digits", file.clone()).unwrap();
    let names: Vec<String> = checkpoint.names().map(str::to_owned).collect();
    let values = names.into_iter().map(|name| (name.clone(), checkpoint.tensor(&name).unwrap())).collect();
    (Weights::from_bytes("digits.safetensors", file).unwrap().network().clone(), values)
}

fn sources() -> Vec<(String, Network, Values)> {
    let (digits, values) = shipped();
    let id = |network: &Network| network.id.trim_start_matches("own:").to_owned();
    let all = networks().into_iter().map(|(network, values)| (id(&network), network, values));
    let wanted = |id: &str| SOURCES.iter().any(|(known, ..)| *known == id);
    all.filter(|(id, ..)| wanted(id)).chain([("shipped_digits".to_owned(), digits, values)]).collect()
}

#[test]
fn networks_as_source_answer_the_same_in_candle() {
    let all = sources();
    assert_eq!(all.len(), SOURCES.len());
    for (id, network, weights) in all {
        let (_, printed, run) = SOURCES.iter().find(|(known, ..)| *known == id).unwrap();
        let text = to_candle(&network).unwrap();
        if std::env::var_os("CANDLE_SOURCES").is_some() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/candle");
            std::fs::write(folder.join(format!("{id}.rs")), text).unwrap();
            continue;
        }
        assert!(text == *printed, "{id} is printed otherwise today; CANDLE_SOURCES=1 prints it anew:\n{text}");
        let want = logits(&network, &|name| weights.get(name).cloned(), 2);
        let vb = VarBuilder::from_tensors(weights.clone(), DType::F32, &Device::Cpu);
        let found = run(vb, &pictures(&network, 2)).unwrap();
        assert_eq!(found.dims(), want.dims());
        let off = relative(&flat(&found), &flat(&want));
        println!("{id}: {} lines, {off:.1e} off in candle", text.lines().count());
        assert!(off <= 1e-4, "{id}: {off:e}");
    }
}

/// With no sentence on what candle lacks.
#[test]
fn all_networks_have_a_source_for_candle() {
    let presets = presets().into_iter().map(|preset| of_text(preset.id, &preset.text, preset.data, preset.classes));
    let read = FILES
        .iter()
        .map(|(name, file)| Weights::from_bytes(&format!("{name}.onnx"), file.to_vec()).unwrap().network().clone());
    let mut hashes = Vec::new();
    for network in listed().into_iter().chain(presets).chain(read) {
        let text = to_candle(&network).unwrap_or_else(|error| panic!("{} {error}", network.id));
        assert!(text.contains("pub struct Network {") && !text.contains("{0}"), "{}", network.id);
        hashes.push(fnv(0, text.as_bytes()));
    }
    println!("{} networks", hashes.len());
    hashes.sort_unstable();
    hashes.dedup();
    assert!(hashes.len() > 40, "{} different texts", hashes.len());
}
