//! Recurrent layers and a causal block beside PyTorch's, forward and backward: `tests/fixtures/language.py` wrote the fixture.

use super::{LstmState, gru, lstm, rnn};
use crate::backend::cpu::CpuPlan;
use crate::graph::{Graph, Host, Program, Spec, Tensor, grad};
use crate::nn::{VarBuilder, causal_block};
use candle_core::Device;
use serde_json::Value;
use std::collections::BTreeMap;

const TIMES: usize = 7;
const BATCH: usize = 3;
const IN: usize = 5;
const HIDDEN: usize = 4;
const FIXTURE: &str = include_str!("../../../tests/fixtures/language.json");

/// The rule of the fixture: everything follows from a number.
fn start(salt: usize, shape: &[usize]) -> Host {
    let count: usize = shape.iter().product();
    let value = |at: usize| ((at * 7919 + (salt + 1) * 104_729) % 256) as f32 / 256.0 - 0.5;
    Host::from_vec((0..count).map(value).collect::<Vec<f32>>(), shape, &Device::Cpu).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn close(what: &str, got: &Host, want: &Value) {
    let (got, want) = (got.flatten_all().unwrap().to_vec1::<f32>().unwrap(), numbers(want));
    assert_eq!(got.len(), want.len(), "{what}");
    let largest = want.iter().fold(1e-3_f64, |most, value| most.max(value.abs()));
    let off = got.iter().zip(&want).map(|(got, want)| (f64::from(*got) - want).abs()).fold(0.0, f64::max);
    println!("{what}: {:.1e} of the largest", off / largest);
    assert!(off < 2e-6 * largest, "{what}: {off} of {largest}");
}

/// `forward` makes the output from the input and states; loss and gradients as in the fixture.
fn compare(
    name: &str,
    x_shape: &[usize],
    forward: impl Fn(&Tensor, &[Tensor; 2], VarBuilder) -> Result<Tensor, crate::graph::ShapeError>,
) {
    let fixture: Value = serde_json::from_str(FIXTURE).unwrap();
    let graph = Graph::new();
    let x = graph.input("x", Spec::f32(x_shape));
    let states = ["h", "c"].map(|state| graph.input(state, Spec::f32([BATCH, HIDDEN])));
    let vb = VarBuilder::training(&graph, graph.input("counter", Spec::u32([2])));
    let y = forward(&x, &states, vb.clone()).unwrap();
    let weights = graph.input("weights", Spec::f32(y.dims()));
    let loss = y.mul(&weights).unwrap().sum_all().unwrap();
    let parameters = vb.parameters();
    let wrt: Vec<&Tensor> = std::iter::once(&x).chain(parameters.iter().map(|(_, tensor, _)| tensor)).collect();
    let gradients = grad(&loss, &wrt).unwrap();
    let outputs: Vec<&Tensor> = std::iter::once(&y).chain(&gradients).collect();
    // By the alphabet, as the fixture numbers them.
    let named: BTreeMap<&str, &Tensor> = parameters.iter().map(|(name, tensor, _)| (name.as_str(), tensor)).collect();
    let values: BTreeMap<&str, Host> =
        named.iter().enumerate().map(|(salt, (name, tensor))| (*name, start(salt + 10, tensor.dims()))).collect();
    let program = Program::inference(&outputs, &|name| values.get(name).cloned().map(Into::into)).unwrap();
    let inputs: Vec<Host> = program
        .inputs
        .iter()
        .map(|(name, _)| match name.as_str() {
            "x" => start(0, x_shape),
            "h" => start(2, &[BATCH, HIDDEN]),
            "c" => start(3, &[BATCH, HIDDEN]),
            _ => start(1, y.dims()),
        })
        .collect();
    let found = CpuPlan::new(program).run_now(&inputs).unwrap();
    let want = &fixture[name];
    close(&format!("{name} y"), &found[0], &want["y"]);
    close(&format!("{name} dx"), &found[1], &want["dx"]);
    assert_eq!(want["gradients"].as_object().unwrap().len(), parameters.len());
    for ((parameter, ..), gradient) in parameters.iter().zip(&found[2..]) {
        close(&format!("{name} {parameter}"), gradient, &want["gradients"][parameter]);
    }
}

fn joined(rows: Vec<Tensor>) -> Result<Tensor, crate::graph::ShapeError> {
    Tensor::cat(&rows.iter().collect::<Vec<_>>(), 0)
}

#[test]
fn layers_are_pytorchs_forward_and_backward() {
    let rows = [TIMES * BATCH, IN];
    compare("rnn", &rows, |x, [h, _], vb| joined(rnn(IN, HIDDEN, vb)?.seq(x, h)?));
    compare("lstm", &rows, |x, [h, c], vb| {
        let state = LstmState { h: h.clone(), c: c.clone() };
        joined(lstm(IN, HIDDEN, vb)?.seq(x, &state)?.into_iter().map(|step| step.state.h).collect())
    });
    compare("gru", &rows, |x, [h, _], vb| {
        joined(gru(IN, HIDDEN, vb)?.seq(x, h)?.into_iter().map(|step| step.hidden).collect())
    });
    compare("block", &[2, 6, 8], |x, _, vb| causal_block(8, 2, vb)?.forward(x));
}
