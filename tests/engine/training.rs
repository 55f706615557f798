//! Whole training steps: forward, backward and optimiser in one plan, with state that stays on the device.

use crate::gpu::gpu;
use candle_core::{Device, Tensor as Host};
use neocog::backend::{
    Plan, State,
    cpu::{CpuPlan, CpuState},
    gpu::{GpuPlan, GpuState},
};
use neocog::graph::op::optimiser_step::{Figures, OptimiserStep, UpdateRule};
use neocog::graph::op::pack::pack;
use neocog::graph::state::Layout;
use neocog::graph::{DType, Graph, Init, Program, Spec, Tensor, Wide, grad};

const BATCH: usize = 8;

/// A small net on fixed examples: tanh hidden layer, squared error.
struct Net {
    program: Program,
    params: Vec<(String, Vec<usize>)>,
}

fn variable(graph: &Graph, name: &str, shape: &[usize], dtype: DType) -> Tensor {
    graph.variable(name, Spec::new(shape, dtype), Init::Const(0.0)).unwrap()
}

fn net(update: UpdateRule, dtype: DType) -> Net {
    let graph = Graph::new();
    let x = graph.input("x", Spec::new([BATCH, 3], dtype));
    let t = graph.input("t", Spec::new([BATCH, 2], dtype));
    let figures = graph.input("figures", Spec::new([Figures::COUNT], dtype));
    let shapes: [(&str, &[usize]); 4] = [("w1", &[5, 3]), ("b1", &[5]), ("w2", &[2, 5]), ("b2", &[2])];
    let params: Vec<Tensor> = shapes.iter().map(|(name, shape)| variable(&graph, name, shape, dtype)).collect();
    let [w1, b1, w2, b2] = [0, 1, 2, 3].map(|k| &params[k]);
    let hidden = x.matmul(&w1.t().unwrap()).unwrap().broadcast_add(b1).unwrap().tanh().unwrap();
    let y = hidden.matmul(&w2.t().unwrap()).unwrap().broadcast_add(b2).unwrap();
    let loss = y.sub(&t).unwrap().sqr().unwrap().mean_all().unwrap();
    let wrt: Vec<&Tensor> = params.iter().collect();
    let gradient = pack(&grad(&loss, &wrt).unwrap().iter().collect::<Vec<_>>()).unwrap();
    let slots: Vec<Tensor> =
        (0..update.slots()).map(|k| variable(&graph, &format!("slot{k}"), gradient.dims(), dtype)).collect();
    let state = pack(&wrt.into_iter().chain(&slots).collect::<Vec<_>>()).unwrap();
    let new = OptimiserStep { update, decoupled: false }.apply(&state, &gradient, &figures).unwrap();
    let total = variable(&graph, "total", &[], dtype);
    let sum = total.add(&loss).unwrap();
    let program = Program::step(&[&loss], &[(&state, &new), (&total, &sum)]).unwrap();
    Net { program, params: shapes.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect() }
}

/// Numbers between -1 and 1, the same on every run.
fn numbers(shape: &[usize], salt: u32, dtype: DType) -> Host {
    let count: usize = shape.iter().product();
    let at = |i: usize| ((i as u32 * 7919 + salt * 104_729) % 1000) as f64 / 500.0 - 1.0;
    let host = Host::from_vec((0..count).map(at).collect::<Vec<f64>>(), shape, &Device::Cpu).unwrap();
    host.to_dtype(if dtype == DType::F64(Wide) { candle_core::DType::F64 } else { candle_core::DType::F32 }).unwrap()
}

fn inputs(program: &Program, figures: Figures, dtype: DType) -> Vec<Host> {
    let wide = if dtype == DType::F64(Wide) { candle_core::DType::F64 } else { candle_core::DType::F32 };
    let value = |name: &str| match name {
        "x" => numbers(&[BATCH, 3], 1, dtype),
        "t" => numbers(&[BATCH, 2], 2, dtype),
        _ => Host::new(&figures.elements(), &Device::Cpu).unwrap().to_dtype(wide).unwrap(),
    };
    program.inputs.iter().map(|(name, _)| value(name)).collect()
}

fn figures(step: i32) -> Figures {
    let (beta1, beta2) = (0.9f64, 0.99f64);
    Figures {
        rate: 0.01,
        beta1,
        beta2,
        eps: 1e-8,
        weight_decay: 0.01,
        correction1: 1.0 - beta1.powi(step),
        root_correction2: (1.0 - beta2.powi(step)).sqrt(),
    }
}

/// Trains and returns the losses and the final parameters.
fn train(
    plan: &mut impl Plan,
    state: &impl State,
    net: &Net,
    inputs: impl Fn(i32) -> Vec<Host>,
) -> (Vec<f64>, Vec<f64>) {
    for (salt, (name, shape)) in net.params.iter().enumerate() {
        state.write(name, &numbers(shape, 10 + salt as u32, DType::F32)).unwrap();
    }
    let mut losses = Vec::new();
    for step in 1..=20 {
        let loss = &pollster::block_on(plan.run(&inputs(step))).unwrap()[0];
        losses.push(f64::from(loss.to_scalar::<f32>().unwrap()));
    }
    let names: Vec<&str> = net.params.iter().map(|(name, _)| name.as_str()).collect();
    let total = pollster::block_on(state.read(&["total"])).unwrap()[0].to_scalar::<f32>().unwrap();
    assert!((f64::from(total) - losses.iter().sum::<f64>()).abs() < 1e-4, "the sum of the losses is kept as well");
    let params = pollster::block_on(state.read(&names)).unwrap();
    let params =
        params.iter().flat_map(|p| p.flatten_all().unwrap().to_vec1::<f32>().unwrap()).map(f64::from).collect();
    (losses, params)
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |m, (a, b)| m.max((a - b).abs()))
}

const ALL: [UpdateRule; 6] = [
    UpdateRule::Sgd,
    UpdateRule::Momentum,
    UpdateRule::Nesterov,
    UpdateRule::Adagrad,
    UpdateRule::Rmsprop,
    UpdateRule::Adam,
];

#[test]
fn the_gpu_trains_as_the_cpu_does() {
    let Some(gpu) = gpu() else { return };
    for update in ALL {
        let net = net(update, DType::F32);
        let layout = Layout::of(&net.program);
        let feed = |step| inputs(&net.program, figures(step), DType::F32);
        let on_gpu = GpuState::new(&gpu, layout.clone()).unwrap();
        let mut plan = pollster::block_on(GpuPlan::with_state(&gpu, &net.program, &on_gpu)).unwrap();
        let dispatches = plan.dispatches();
        let (gpu_losses, gpu_params) = train(&mut plan, &*on_gpu, &net, feed);

        let cpu_net = self::net(update, DType::F32);
        let on_cpu = CpuState::new(layout).unwrap();
        let mut plan = CpuPlan::with_state(cpu_net.program, &on_cpu);
        let (cpu_losses, cpu_params) = train(&mut plan, &*on_cpu, &net, feed);
        assert!(cpu_losses[19] < cpu_losses[0], "{update:?} learns: {cpu_losses:?}");
        let off = largest_difference(&gpu_losses, &cpu_losses).max(largest_difference(&gpu_params, &cpu_params));
        println!("{update:?}: {dispatches} dispatches a step, off by {off:.1e} after 20 steps");
        assert!(off < 1e-5, "{update:?}: {off}");
    }
}

#[test]
fn one_dispatch_for_all_parameters() {
    let net = net(UpdateRule::Adam, DType::F32);
    let steps = net.program.steps.len();
    let last = net.program.steps.last().unwrap();
    assert_eq!(net.program.name(last.output), "optimiser_step");
    let optimisers = net.program.steps.iter().filter(|s| net.program.name(s.output) == "optimiser_step").count();
    assert_eq!(optimisers, 1, "of {steps} steps");
}

#[test]
fn one_batch_is_learnt_by_heart() {
    let net = net(UpdateRule::Adam, DType::F32);
    let state = CpuState::new(Layout::of(&net.program)).unwrap();
    for (salt, (name, shape)) in net.params.iter().enumerate() {
        state.write(name, &numbers(shape, 10 + salt as u32, DType::F32)).unwrap();
    }
    let feeds: Vec<Vec<Host>> = (1..=3000)
        .map(|step| inputs(&net.program, Figures { weight_decay: 0.0, rate: 0.02, ..figures(step) }, DType::F32))
        .collect();
    let mut plan = CpuPlan::with_state(net.program, &state);
    let mut loss = f32::INFINITY;
    for feed in feeds {
        loss = pollster::block_on(plan.run(&feed)).unwrap()[0].to_scalar::<f32>().unwrap();
    }
    assert!(loss < 1e-3, "loss {loss}");
}

/// The value after `steps` steps on one parameter whose gradient is constant.
fn after(update: UpdateRule, rate: f64, gradient: f64, steps: i32) -> f64 {
    let graph = Graph::new();
    let p = variable(&graph, "p", &[1], DType::F64(Wide));
    let figures_in = graph.input("figures", Spec::new([Figures::COUNT], DType::F64(Wide)));
    let g = pack(&[&grad(&p.affine(gradient, 0.0).unwrap(), &[&p]).unwrap()[0]]).unwrap();
    let slots: Vec<Tensor> =
        (0..update.slots()).map(|k| variable(&graph, &format!("slot{k}"), g.dims(), DType::F64(Wide))).collect();
    let state = pack(&std::iter::once(&p).chain(&slots).collect::<Vec<_>>()).unwrap();
    let new = OptimiserStep { update, decoupled: false }.apply(&state, &g, &figures_in).unwrap();
    let program = Program::step(&[], &[(&state, &new)]).unwrap();
    let values = CpuState::new(Layout::of(&program)).unwrap();
    let mut plan = CpuPlan::with_state(program, &values);
    for step in 1..=steps {
        let figures = Figures { rate, eps: 1e-12, weight_decay: 0.0, ..figures(step) };
        let figures = Host::new(&figures.elements(), &Device::Cpu).unwrap().to_dtype(candle_core::DType::F64).unwrap();
        plan.step(&[figures]).unwrap();
    }
    pollster::block_on(values.read(&["p"])).unwrap()[0].to_vec1::<f64>().unwrap()[0]
}

#[test]
fn first_steps_of_adam_and_adagrad_are_the_rate() {
    for update in [UpdateRule::Adam, UpdateRule::Adagrad] {
        for gradient in [3.0, -0.02, 1e-3] {
            let moved = after(update, 0.1, gradient, 1);
            assert!((moved + 0.1 * f64::signum(gradient)).abs() < 1e-6, "{update:?} {gradient}: {moved}");
        }
    }
}

#[test]
fn constant_gradients_give_momentum_its_final_speed() {
    // η g / (1 - μ) a step
    let (rate, gradient) = (0.01, 2.0);
    let speed = after(UpdateRule::Momentum, rate, gradient, 300) - after(UpdateRule::Momentum, rate, gradient, 301);
    assert!((speed - rate * gradient / (1.0 - 0.9)).abs() < 1e-7, "{speed}");
}

#[test]
fn only_state_can_be_assigned_to() {
    let graph = Graph::new();
    let x = graph.input("x", Spec::f32([2]));
    let y = x.affine(2.0, 0.0).unwrap();
    let error = Program::step(&[], &[(&y, &x)]).err().unwrap().to_string();
    assert!(error.contains("is not a variable"), "{error}");
    let v = variable(&graph, "v", &[3], DType::F32);
    assert!(Program::step(&[], &[(&v, &x)]).is_err(), "shapes must agree");
}
