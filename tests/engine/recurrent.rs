//! Recurrent layers against PyTorch's stored values (`fixtures/recurrent.json`; `fixtures/recurrent.py` made it), against
//! candle-nn's, and against what the papers promise.

use crate::gpu::gpu;
use candle_core::{Device, Tensor as Host, Var};
use candle_nn::RNN;
use neocog::backend::Plan;
use neocog::backend::cpu::CpuPlan;
use neocog::backend::gpu::GpuPlan;
use neocog::graph::{Graph, Program, ShapeError, Spec, Tensor, grad};
use neocog::nn::{LstmState, VarBuilder, lstm, rnn};
use pollster::block_on;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

const TIMES: usize = 5;
const BATCH: usize = 2;
const IN: usize = 3;
const HIDDEN: usize = 4;
const NAMES: [&str; 4] = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"];

#[derive(Deserialize)]
struct Fixture {
    lstm: Case,
    rnn: Case,
}

#[derive(Deserialize)]
struct Case {
    parameters: BTreeMap<String, Vec<f32>>,
    x: Vec<f32>,
    h0: Vec<f32>,
    c0: Vec<f32>,
    weight: Vec<f32>,
    h: Vec<f32>,
    c: Vec<f32>,
    gradients: Vec<Vec<f32>>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../fixtures/recurrent.json")).unwrap()
}

fn host(values: &[f32], shape: &[usize]) -> Host {
    Host::from_slice(values, shape, &Device::Cpu).unwrap()
}

fn numbers(host: &Host) -> Vec<f32> {
    host.flatten_all().unwrap().to_vec1().unwrap()
}

fn close(what: &str, got: &[f32], want: &[f32]) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (k, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= 2e-5 * want.abs().max(1.0), "{what}, {k}: {got} for {want}");
    }
}

fn shape_of(name: &str, gates: usize) -> Vec<usize> {
    let rows = gates * HIDDEN;
    match name {
        "weight_ih_l0" => vec![rows, IN],
        "weight_hh_l0" => vec![rows, HIDDEN],
        _ => vec![rows],
    }
}

/// Runs on the CPU and, where there is one, on the GPU.
fn everywhere(
    outputs: &[&Tensor],
    values: &dyn Fn(&str) -> Option<Host>,
    inputs: &[(&str, Host)],
) -> Vec<Vec<Vec<f32>>> {
    let program = || Program::inference(outputs, &|name| values(name).map(Into::into)).unwrap();
    let given = |program: &Program| -> Vec<Host> {
        let value = |name: &str| inputs.iter().find(|(known, _)| *known == name).unwrap().1.clone();
        program.inputs.iter().map(|(name, _)| value(name)).collect()
    };
    let on_cpu = {
        let program = program();
        let given = given(&program);
        CpuPlan::new(program).run_now(&given).unwrap()
    };
    let mut found = vec![on_cpu];
    if let Some(gpu) = gpu() {
        let program = program();
        let given = given(&program);
        let mut plan = block_on(GpuPlan::new(&gpu, &program)).unwrap();
        found.push(block_on(plan.run(&given)).unwrap());
    }
    found.iter().map(|outputs| outputs.iter().map(numbers).collect()).collect()
}

type Built = (Tensor, Vec<Tensor>);

/// Forward and gradients of a case: `[h, c?]` and the gradients as the fixture has them.
fn compare(
    case: &Case,
    gates: usize,
    build: impl Fn(&VarBuilder, &Tensor, &Tensor, &Tensor) -> Result<Built, ShapeError>,
) {
    let graph = Graph::new();
    let vb = VarBuilder::new(&graph);
    let x = graph.input("x", Spec::f32([TIMES * BATCH, IN]));
    let [h0, c0] = ["h0", "c0"].map(|name| graph.input(name, Spec::f32([BATCH, HIDDEN])));
    let (loss, outputs) = build(&vb, &x, &h0, &c0).unwrap();
    let parameters: BTreeMap<String, Tensor> = vb.parameters().into_iter().map(|(name, t, _)| (name, t)).collect();
    let mut wrt: Vec<&Tensor> = NAMES.iter().map(|&name| &parameters[name]).collect();
    wrt.extend([&x, &h0]);
    if gates == 4 {
        wrt.push(&c0);
    }
    let gradients = grad(&loss, &wrt).unwrap();
    let all: Vec<&Tensor> = outputs.iter().chain(&gradients).collect();
    let value = |name: &str| Some(host(&case.parameters[name], &shape_of(name, gates)));
    let inputs = [
        ("x", host(&case.x, &[TIMES * BATCH, IN])),
        ("h0", host(&case.h0, &[BATCH, HIDDEN])),
        ("c0", host(&case.c0, &[BATCH, HIDDEN])),
        ("weight", host(&case.weight, &[TIMES * BATCH, HIDDEN])),
    ];
    for found in everywhere(&all, &value, &inputs) {
        close("h", &found[0], &case.h);
        if gates == 4 {
            close("c", &found[1], &case.c);
        }
        for (k, want) in case.gradients.iter().enumerate() {
            close(&format!("gradient {k}"), &found[outputs.len() + k], want);
        }
    }
}

fn weighted(vb: &VarBuilder, h: &Tensor) -> Result<Tensor, ShapeError> {
    vb.graph().input("weight", Spec::f32([TIMES * BATCH, HIDDEN])).mul(h)?.sum_all()
}

#[test]
fn an_lstm_is_pytorchs() {
    compare(&fixture().lstm, 4, |vb, x, h0, c0| {
        let steps = lstm(IN, HIDDEN, vb.clone())?.seq(x, &LstmState { h: h0.clone(), c: c0.clone() })?;
        let h = Tensor::cat(&steps.iter().map(|step| &step.state.h).collect::<Vec<_>>(), 0)?;
        let c = steps[TIMES - 1].state.c.clone();
        Ok((weighted(vb, &h)?.add(&c.sum_all()?)?, vec![h, c]))
    });
}

#[test]
fn an_rnn_is_pytorchs() {
    compare(&fixture().rnn, 1, |vb, x, h0, _| {
        let steps = rnn(IN, HIDDEN, vb.clone())?.seq(x, h0)?;
        let h = Tensor::cat(&steps.iter().collect::<Vec<_>>(), 0)?;
        Ok((weighted(vb, &h)?, vec![h]))
    });
}

/// Forward and gradients of all parameters.
#[test]
fn an_lstm_is_candles() {
    let case = fixture().lstm;
    let mut vars = HashMap::new();
    for name in NAMES {
        vars.insert(name.to_owned(), Var::from_tensor(&host(&case.parameters[name], &shape_of(name, 4))).unwrap());
    }
    let tensors = vars.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
    let theirs = candle_nn::lstm(
        IN,
        HIDDEN,
        candle_nn::LSTMConfig::default(),
        candle_nn::VarBuilder::from_tensors(tensors, candle_core::DType::F32, &Device::Cpu),
    )
    .unwrap();
    let x = host(&case.x, &[TIMES, BATCH, IN]).transpose(0, 1).unwrap().contiguous().unwrap();
    let states = theirs.seq(&x).unwrap();
    let h = candle_nn::rnn::LSTM::states_to_tensor(&theirs, &states).unwrap();
    let loss = h.sqr().unwrap().sum_all().unwrap();
    let gradients = loss.backward().unwrap();

    let graph = Graph::new();
    let vb = VarBuilder::new(&graph);
    let x = graph.input("x", Spec::f32([TIMES * BATCH, IN]));
    let zeros = || graph.full(0.0, Spec::f32([BATCH, HIDDEN])).unwrap();
    let steps = lstm(IN, HIDDEN, vb.clone()).unwrap().seq(&x, &LstmState { h: zeros(), c: zeros() }).unwrap();
    let ours = Tensor::cat(&steps.iter().map(|step| &step.state.h).collect::<Vec<_>>(), 0).unwrap();
    let parameters = vb.parameters();
    let wrt: Vec<&Tensor> = parameters.iter().map(|(_, tensor, _)| tensor).collect();
    let mut outputs = vec![ours.clone()];
    outputs.extend(grad(&ours.sqr().unwrap().sum_all().unwrap(), &wrt).unwrap());
    let value = |name: &str| Some(host(&case.parameters[name], &shape_of(name, 4)));
    let inputs = [("x", host(&case.x, &[TIMES * BATCH, IN]))];
    for found in everywhere(&outputs.iter().collect::<Vec<_>>(), &value, &inputs) {
        close("h", &found[0], &numbers(&h.transpose(0, 1).unwrap()));
        for ((name, ..), found) in parameters.iter().zip(&found[1..]) {
            close(name, found, &numbers(gradients.get(vars[name].as_tensor()).unwrap()));
        }
    }
}

/// The constant error carousel (Hochreiter & Schmidhuber 1997): with the forget gate at 1 and the input gate at 0 the cell's
/// error neither grows nor fades.
#[test]
fn an_open_forget_gate_carries_the_error_unchanged() {
    let graph = Graph::new();
    let vb = VarBuilder::new(&graph);
    let times = 50;
    let x = graph.input("x", Spec::f32([times * BATCH, IN]));
    let [h0, c0] = ["h0", "c0"].map(|name| graph.input(name, Spec::f32([BATCH, HIDDEN])));
    let steps = lstm(IN, HIDDEN, vb).unwrap().seq(&x, &LstmState { h: h0, c: c0.clone() }).unwrap();
    let last = &steps[times - 1].state.c;
    let gradient = grad(&last.sum_all().unwrap(), &[&c0]).unwrap().remove(0);
    let case = fixture().lstm;
    // Biases that weights of at most 1 each cannot move: σ(100) is 1 and σ(-100) is 0 in f32.
    let gates = |open: bool| -> Vec<f32> {
        let gate = if open { [-100.0, 100.0] } else { [0.0; 2] };
        [gate[0], gate[1], 0.0, 0.0].iter().flat_map(|&bias| [bias; HIDDEN]).collect()
    };
    let run = |open: bool| {
        let value = |name: &str| match name {
            "bias_ih_l0" => Some(host(&gates(open), &[4 * HIDDEN])),
            name => Some(host(&case.parameters[name], &shape_of(name, 4))),
        };
        let x: Vec<f32> = case.x.iter().copied().cycle().take(times * BATCH * IN).collect();
        let inputs = [
            ("x", host(&x, &[times * BATCH, IN])),
            ("h0", host(&case.h0, &[BATCH, HIDDEN])),
            ("c0", host(&case.c0, &[BATCH, HIDDEN])),
        ];
        everywhere(&[&gradient, last], &value, &inputs)
    };
    for found in run(true) {
        close("∂c_T/∂c_0", &found[0], &[1.0; BATCH * HIDDEN]);
        close("c_T", &found[1], &case.c0);
    }
    // With gates as they come it fades.
    for found in run(false) {
        assert!(found[0].iter().all(|gradient| gradient.abs() < 0.1), "{:?}", found[0]);
    }
}

/// The input's part of all times is one matrix product; each time is one more with its sum, and a kernel each for `c` and `h`.
#[test]
fn a_time_is_three_kernel_calls() {
    let calls = |times: usize| {
        let graph = Graph::new();
        let x = graph.input("x", Spec::f32([times * BATCH, IN]));
        let [h0, c0] = ["h0", "c0"].map(|name| graph.input(name, Spec::f32([BATCH, HIDDEN])));
        let steps = lstm(IN, HIDDEN, VarBuilder::new(&graph)).unwrap().seq(&x, &LstmState { h: h0, c: c0 }).unwrap();
        let state = &steps[times - 1].state;
        let case = fixture().lstm;
        let value = |name: &str| Some(host(&case.parameters[name], &shape_of(name, 4)).into());
        CpuPlan::new(Program::inference(&[&state.h, &state.c], &value).unwrap()).dispatches()
    };
    assert_eq!((calls(1), calls(9) - calls(8)), (4, 3));
}
