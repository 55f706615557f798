//! Twenty steps of every optimiser against PyTorch's own, from `fixtures/optimisers.json`; `fixtures/optimisers.py` made it.

use crate::gpu::gpu;
use candle_core::{Device, Tensor as Host};
use neocog::backend::cpu::{CpuPlan, CpuState};
use neocog::backend::gpu::{Gpu, GpuPlan, GpuState};
use neocog::backend::{Plan, State};
use neocog::graph::host::candle_dtype;
use neocog::graph::op::optimiser_step::Figures;
use neocog::graph::op::pack::pack;
use neocog::graph::state::Layout;
use neocog::graph::{DType, Graph, Init, Program, Spec, Tensor, Wide, grad};
use neocog::lab::train::{config_of, op_of};
use neocog::nn::clip_by_norm;
use neocog::protocol::{Rule, Setup};
use pollster::block_on;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Deserialize)]
struct Fixture {
    made_with: String,
    steps_per_epoch: u32,
    shapes: BTreeMap<String, Vec<usize>>,
    values: BTreeMap<String, Vec<f64>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    setup: Setup,
    /// Before each step.
    losses: Vec<f64>,
    /// After each step, in the order of [`PARAMS`].
    params: Vec<Vec<f64>>,
}

const PARAMS: [&str; 4] = ["w1", "b1", "w2", "b2"];

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../fixtures/optimisers.json")).unwrap()
}

fn host(values: &[f64], shape: &[usize], dtype: DType) -> Host {
    Host::from_slice(values, shape, &Device::Cpu).unwrap().to_dtype(candle_dtype(dtype)).unwrap()
}

fn numbers(host: &Host) -> Vec<f64> {
    host.flatten_all().unwrap().to_dtype(candle_core::DType::F64).unwrap().to_vec1().unwrap()
}

/// What a case gave: before each step the loss and the whole gradient, after it the parameters.
struct Trace {
    losses: Vec<f64>,
    gradients: Vec<Vec<f64>>,
    params: Vec<Vec<f64>>,
}

/// Variables for the fixture's parameters.
fn parameters(graph: &Graph, fixture: &Fixture, dtype: DType) -> [Tensor; 4] {
    PARAMS
        .map(|name| graph.variable(name, Spec::new(fixture.shapes[name].as_slice(), dtype), Init::Const(0.0)).unwrap())
}

/// `gradient`, the parameters' packed, clipped and turned into a step as the setup says. `outputs` are given with it.
fn program(setup: &Setup, params: &[Tensor; 4], gradient: &Tensor, outputs: &[&Tensor]) -> Program {
    let (graph, spec) = (gradient.graph(), gradient.spec());
    let figures = graph.input("figures", Spec::new([Figures::COUNT], spec.dtype));
    let clipped = match setup.optimiser.clip {
        0.0 => gradient.clone(),
        norm => clip_by_norm(gradient, norm).unwrap(),
    };
    let op = op_of(setup.optimiser.rule);
    let slot = |k| graph.variable(&format!("slot{k}"), spec.clone(), Init::Const(0.0)).unwrap();
    let slots: Vec<Tensor> = (0..op.update.slots()).map(slot).collect();
    let state = pack(&params.iter().chain(&slots).collect::<Vec<_>>()).unwrap();
    let new = op.apply(&state, &clipped, &figures).unwrap();
    Program::step(outputs, &[(&state, &new)]).unwrap()
}

/// The fixture's network in f64 on the CPU, which goes its own way from the start.
fn trained(fixture: &Fixture, case: &Case) -> Trace {
    let graph = Graph::new();
    let input = |name: &str| graph.input(name, Spec::new(fixture.shapes[name].as_slice(), DType::F64(Wide)));
    let (x, t) = (input("x"), input("t"));
    let params = parameters(&graph, fixture, DType::F64(Wide));
    let wrt = params.each_ref();
    let [w1, b1, w2, b2] = wrt;
    let hidden = x.matmul(&w1.t().unwrap()).unwrap().broadcast_add(b1).unwrap().tanh().unwrap();
    let y = hidden.matmul(&w2.t().unwrap()).unwrap().broadcast_add(b2).unwrap();
    let loss = y.sub(&t).unwrap().sqr().unwrap().mean_all().unwrap();
    let gradient = pack(&grad(&loss, &wrt).unwrap().iter().collect::<Vec<_>>()).unwrap();
    let program = program(&case.setup, &params, &gradient, &[&loss, &gradient]);
    let state = CpuState::new(Layout::of(&program)).unwrap();
    let inputs: Vec<String> = program.inputs.iter().map(|(name, _)| name.clone()).collect();
    let (mut losses, mut gradients) = (Vec::new(), Vec::new());
    let params =
        follow(fixture, case, DType::F64(Wide), (CpuPlan::with_state(program, &state), &*state), |step, plan| {
            let feed = |name: &String| match name.as_str() {
                "figures" => figures_of(fixture, case, step, DType::F64(Wide)),
                name => host(&fixture.values[name], &fixture.shapes[name], DType::F64(Wide)),
            };
            let outputs = block_on(plan.run(&inputs.iter().map(feed).collect::<Vec<_>>())).unwrap();
            losses.extend(numbers(&outputs[0]));
            gradients.push(numbers(&outputs[1]));
        });
    Trace { losses, gradients, params }
}

/// The parameters after each step of these gradients, in f32.
fn replayed(fixture: &Fixture, case: &Case, gradients: &[Vec<f64>], gpu: Option<&Rc<Gpu>>) -> Vec<Vec<f64>> {
    let graph = Graph::new();
    let params = parameters(&graph, fixture, DType::F32);
    let gradient = graph.input("gradient", Spec::f32([gradients[0].len()]));
    let program = program(&case.setup, &params, &gradient, &[]);
    let layout = Layout::of(&program);
    let inputs: Vec<String> = program.inputs.iter().map(|(name, _)| name.clone()).collect();
    let feed = |step: u32| -> Vec<Host> {
        let row = &gradients[step as usize];
        let value = |name: &String| match name.as_str() {
            "figures" => figures_of(fixture, case, step, DType::F32),
            _ => host(row, &[row.len()], DType::F32),
        };
        inputs.iter().map(value).collect()
    };
    match gpu {
        Some(gpu) => {
            let state = GpuState::new(gpu, layout).unwrap();
            let plan = block_on(GpuPlan::with_state(gpu, &program, &state)).unwrap();
            follow(fixture, case, DType::F32, (plan, &*state), |step, plan| plan.step(&feed(step)).unwrap())
        }
        None => {
            let state = CpuState::new(layout).unwrap();
            let plan = CpuPlan::with_state(program, &state);
            follow(fixture, case, DType::F32, (plan, &*state), |step, plan| plan.step(&feed(step)).unwrap())
        }
    }
}

fn figures_of(fixture: &Fixture, case: &Case, step: u32, dtype: DType) -> Host {
    host(&config_of(&case.setup, fixture.steps_per_epoch).figures(step).values(), &[Figures::COUNT], dtype)
}

/// The parameters after each `step` from the fixture's start.
fn follow<P: Plan>(
    fixture: &Fixture,
    case: &Case,
    dtype: DType,
    (mut plan, state): (P, &impl State),
    mut step: impl FnMut(u32, &mut P),
) -> Vec<Vec<f64>> {
    let value = |name: &str| host(&fixture.values[name], &fixture.shapes[name], dtype);
    PARAMS.iter().for_each(|name| state.write(name, &value(name)).unwrap());
    let after = |k: u32| {
        step(k, &mut plan);
        block_on(state.read(&PARAMS)).unwrap().iter().flat_map(numbers).collect()
    };
    (0..case.params.len() as u32).map(after).collect()
}

/// ‖a - b‖ / ‖b‖
fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
}

#[test]
fn the_fixture_has_every_rule() {
    let fixture = fixture();
    println!("made with {}", fixture.made_with);
    let has = |what: &dyn Fn(&Setup) -> bool| fixture.cases.iter().any(|case| what(&case.setup));
    for rule in Rule::ALL {
        assert!(has(&|setup| setup.optimiser.rule == rule), "{rule:?}");
    }
    assert!(has(&|setup| setup.optimiser.clip > 0.0) && has(&|setup| setup.schedule != Default::default()));
    for case in &fixture.cases {
        assert_eq!((case.losses.len(), case.params.len()), (20, 20), "{}", case.name);
        assert!(case.losses[19] < case.losses[0], "{} learns nothing", case.name);
    }
}

/// In f64 every parameter's way from its start agrees with PyTorch's, element by element; the fixture has 12 digits.
#[test]
fn f64_traces_are_pytorchs() {
    let fixture = fixture();
    let start: Vec<f64> = PARAMS.iter().flat_map(|name| fixture.values[*name].clone()).collect();
    for case in &fixture.cases {
        let trace = trained(&fixture, case);
        let mut off = 0.0_f64;
        for (got, want) in trace.params.iter().zip(&case.params) {
            for ((got, want), start) in got.iter().zip(want).zip(&start) {
                off = off.max((got - want).abs() / (want - start).abs());
            }
        }
        let losses = distance(&trace.losses, &case.losses);
        println!("{}: ways off by {off:.1e}, losses by {losses:.1e}", case.name);
        assert!(off < 1e-6 && losses < 1e-9, "{}: {off:e}, {losses:e}", case.name);
    }
}

/// In f32 the same gradients lead to the same parameters, as a whole: 20 roundings of 6e-8 each are all that may be between.
#[test]
fn f32_replays_are_pytorchs() {
    let fixture = fixture();
    let gpu = gpu();
    for case in &fixture.cases {
        let gradients = trained(&fixture, case).gradients;
        for gpu in std::iter::once(None).chain(gpu.as_ref().map(Some)) {
            let params = replayed(&fixture, case, &gradients, gpu);
            let off = params.iter().zip(&case.params).map(|(got, want)| distance(got, want)).fold(0.0, f64::max);
            let on = if gpu.is_some() { "GPU" } else { "CPU" };
            println!("{} on the {on}: off by {off:.1e}", case.name);
            assert!(off < 1e-6, "{} on the {on}: {off:e}", case.name);
        }
    }
}
