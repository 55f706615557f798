//! A program of variables alone, compiled and filled, to be run many times without anything that moves between host and device.

use candle_core::{Device as HostDevice, Tensor as Host};
use neocog::backend::cpu::{CpuPlan, CpuState};
use neocog::backend::gpu::{GpuPlan, GpuState};
use neocog::backend::{Plan, State};
use neocog::graph::state::Layout;
use neocog::graph::{Graph, Init, Program, Spec, Tensor};
use neocog::lab::train::Device;
use pollster::block_on;
use std::rc::Rc;
use std::time::{Duration, Instant};

pub(crate) enum Ready {
    Cpu(Box<CpuPlan>),
    /// The plan, its state, and the smallest variable: reading that waits for all that was submitted.
    Gpu(Box<GpuPlan>, Rc<GpuState>, String),
}

/// An F32 variable.
pub(crate) fn variable(graph: &Graph, name: &str, shape: &[usize]) -> Tensor {
    graph.variable(name, Spec::f32(shape), Init::Const(0.0)).expect("one shape per name")
}

/// Numbers between -1 and 1.
fn filled(shape: &[usize]) -> Host {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count as u32).map(|i| (i.wrapping_mul(7919) % 1009) as f32 / 504.5 - 1.0).collect();
    Host::from_vec(values, shape, &HostDevice::Cpu).expect("as many values as the shape has")
}

impl Ready {
    /// Computes `outputs`, which are of variables only.
    pub(crate) fn new(device: &Device, outputs: &[&Tensor]) -> Self {
        let program = Program::step(outputs, &[]).expect("a valid graph");
        let layout = Layout::of(&program);
        let smallest = layout.variables().min_by_key(|v| v.spec.elem_count()).expect("a variable").name.clone();
        let values: Vec<(String, Host)> = layout.variables().map(|v| (v.name.clone(), filled(&v.spec.shape))).collect();
        match device {
            Device::Cpu => {
                let state = CpuState::new(layout).expect("room on the host");
                values.iter().for_each(|(name, value)| state.write(name, value).expect("a known variable"));
                Ready::Cpu(Box::new(CpuPlan::with_state(program, &state)))
            }
            Device::Gpu(gpu) => {
                let state = GpuState::new(gpu, layout).expect("room on the GPU");
                values.iter().for_each(|(name, value)| state.write(name, value).expect("a known variable"));
                let plan = block_on(GpuPlan::with_state(gpu, &program, &state)).expect("kernels that compile");
                Ready::Gpu(Box::new(plan), state, smallest)
            }
        }
    }

    /// How long so many runs take, to the end of the last.
    pub(crate) fn time(&mut self, runs: u64) -> Duration {
        let start = Instant::now();
        match self {
            Ready::Cpu(plan) => (0..runs).for_each(|_| plan.step(&[]).expect("a run")),
            Ready::Gpu(plan, state, smallest) => {
                (0..runs).for_each(|_| plan.step(&[]).expect("a run"));
                block_on(state.read(&[smallest.as_str()])).expect("a readback");
            }
        }
        start.elapsed()
    }

    /// Seconds of one run: the best of several stretches of at least 50 ms each.
    pub(crate) fn best_seconds(&mut self) -> f64 {
        self.time(1);
        let mut runs = 1;
        while self.time(runs) < Duration::from_millis(50) {
            runs *= 2;
        }
        (0..5).map(|_| self.time(runs).as_secs_f64() / runs as f64).fold(f64::INFINITY, f64::min)
    }
}
