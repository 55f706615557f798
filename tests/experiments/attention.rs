//! Attention of transformers, block by block and rolled out: beside PyTorch's, and of a network that an ONNX file brought.

use crate::formula::{bits, value};
use crate::host::{TestHost, drawing, shipped};
use neocog::data::Rgb;
use neocog::graph::Kind;
use neocog::lab::look::LookSession;
use neocog::lab::{LabError, Perform, Weights};
use neocog::models::Network;
use neocog::nn::checkpoint::bytes_from_tensors;
use neocog::protocol::{
    BackendChoice, Evidence, EvidenceFact, EvidenceFound, EvidenceMethod, Finding, Fit, LookInside, LookInsideAnswer,
};
use pollster::block_on;
use std::collections::BTreeMap;
use std::rc::Rc;

const SIDE: usize = 64;

/// The network of the fixture, and its picture.
fn transformer() -> (Rc<Weights>, Rc<Rgb>) {
    let network = Network { classes: 10, input: [3, SIDE, SIDE], ..Network::find("vit_tiny_16").unwrap() };
    let graph = network.layered(1).unwrap();
    let variable = |node: &neocog::graph::Node| match &node.kind {
        Kind::Variable { name, .. } => Some((name.clone(), value(name, &node.spec.shape))),
        _ => None,
    };
    let tensors = graph.input.graph().nodes().iter().filter_map(variable).collect();
    let bytes = bytes_from_tensors("vit", &tensors, &BTreeMap::new()).unwrap();
    let weights = Weights::from_bytes_as(network, "vit.safetensors", bytes).unwrap();
    let (plane, bits) = (SIDE * SIDE, bits("picture"));
    let pixel = |at: usize| [0, 1, 2].map(|channel| (bits(channel * plane + at) >> 24) as u8);
    let picture = Rgb::new(SIDE as u32, SIDE as u32, (0..plane).flat_map(pixel).collect()).unwrap();
    (Rc::new(weights), Rc::new(picture))
}

fn job(method: EvidenceMethod) -> Evidence {
    Evidence { method, fit: Fit::Squash, backend: BackendChoice::Cpu, ..Evidence::default() }
}

fn found(host: &TestHost, session: &LookSession, job: Evidence) -> Result<EvidenceFound, LabError> {
    match block_on(LookInside::Evidence(job).perform(session, host, &|_| {}))? {
        LookInsideAnswer::Evidence(found) => Ok(*found),
        other => panic!("no map: {other:?}"),
    }
}

fn apart(values: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(values.len(), expected.len());
    values.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[derive(serde::Deserialize)]
struct Fixture {
    heads: BTreeMap<usize, Vec<Vec<f32>>>,
    rollout: Vec<f32>,
}

#[test]
fn attention_of_a_transformer_equals_pytorchs() {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/attention.json")).unwrap();
    let (weights, picture) = transformer();
    let (host, session) = (TestHost::with(&picture, &weights), LookSession::default());
    let rollout = found(&host, &session, job(EvidenceMethod::Rollout)).unwrap();
    let off = apart(&rollout.map.values, &fixture.rollout);
    println!("rollout: off by {off:.1e}; {:?}", rollout.findings);
    assert!(off <= 1e-4);
    assert_eq!((rollout.map.xs.len(), rollout.map.ys.len(), rollout.map.side), (4, 4, 16));
    let paths: Vec<&str> = rollout.blocks.iter().map(|block| block.path.as_str()).collect();
    println!("{paths:?}");
    assert_eq!(paths.len(), 12);
    assert!(rollout.blocks.iter().all(|block| block.shape == [3, 4, 4]));
    for (block, heads) in &fixture.heads {
        let of = Evidence { block: Some(paths[*block].to_owned()), ..job(EvidenceMethod::Attention) };
        let mut mean = vec![0.0; 16];
        for (head, expected) in heads.iter().enumerate() {
            let one = found(&host, &session, Evidence { head: Some(head as u32), ..of.clone() }).unwrap();
            let off = apart(&one.map.values, expected);
            assert!(off <= 1e-4, "block {block}, head {head}: {off}");
            mean.iter_mut().zip(expected).for_each(|(mean, value)| *mean += value / 3.0);
            let rows = &one.findings[0];
            assert!(rows.fact == EvidenceFact::AttentionRows && rows.holds() && one.findings.len() == 1, "{rows:?}");
        }
        let all = found(&host, &session, of).unwrap();
        assert!(apart(&all.map.values, &mean) <= 1e-4);
    }
    // It is of no class.
    let other = found(&host, &session, Evidence { class: Some(7), ..job(EvidenceMethod::Rollout) }).unwrap();
    assert_eq!(other.map.values, rollout.map.values);
    assert!(rollout.findings.iter().all(Finding::holds));
    let rows = [
        (
            Evidence { head: Some(3), ..job(EvidenceMethod::Attention) },
            "has 3 heads, 0 the first, so there is no head 3",
        ),
        (Evidence { block: Some("attic".to_owned()), ..job(EvidenceMethod::Attention) }, "has no attention attic"),
    ];
    host.refuses(rows.map(|(job, part)| (LookInside::Evidence(job), part)));
}

/// Its tokens are patches alone: what all of them take from each is told.
#[test]
fn attention_of_an_onnx_file_is_found_by_its_structure() {
    let bytes: &[u8] = include_bytes!("../fixtures/onnx/attends.onnx");
    let weights = Rc::new(Weights::from_bytes("attends.onnx", bytes.to_vec()).unwrap());
    let host = TestHost::with(&drawing("ship"), &weights);
    let session = LookSession::default();
    for method in [EvidenceMethod::Attention, EvidenceMethod::Rollout] {
        let found = found(&host, &session, job(method)).unwrap();
        println!("{:?} {:?}", found.blocks, found.map.values);
        assert_eq!(found.blocks.len(), 1);
        assert_eq!(found.blocks[0].shape, [3, 4, 4]);
        // All that is given is taken.
        let sum: f32 = found.map.values.iter().sum();
        assert!(found.map.values.len() == 16 && (sum - 1.0).abs() < 1e-5, "{sum}");
        assert!(found.findings.iter().all(Finding::holds));
    }
}

#[test]
fn attention_is_refused_of_a_network_without() {
    let host = TestHost::with(&drawing("ship"), &shipped("photos"));
    for method in [EvidenceMethod::Attention, EvidenceMethod::Rollout] {
        host.refuses([(LookInside::Evidence(job(method)), "Photographs has no attention")]);
    }
}
