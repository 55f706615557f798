//! The measurement of speed: that its figures are figures, that taking a run apart does not change it, that it can be stopped.

use crate::gpu::gpu;
use neocog::backend::cpu::CpuPlan;
use neocog::backend::gpu::{Gpu, GpuPlan};
use neocog::backend::{Plan, Profile};
use neocog::graph::launch::Traits;
use neocog::graph::{Graph, Host, Program, Spec};
use neocog::lab::device::MaybeGpu;
use neocog::lab::speed::{speed, workloads};
use neocog::lab::{LabError, Monitor, NoMonitor, shipped};
use neocog::models::{Network, networks, summarise};
use neocog::protocol::{BackendChoice, BackendKind, Bound, Limits, Progress, Sampling, Speed, StepClock, Timed, Work};
use pollster::block_on;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

fn quick(rows: Option<&str>, layers: Option<&str>, backend: BackendChoice) -> Speed {
    Speed { backend, rows: rows.map(str::to_owned), layers: layers.map(str::to_owned), sampling: Sampling::QUICK }
}

fn none() -> MaybeGpu {
    MaybeGpu::none("none is wanted")
}

/// Everything is there, and every figure can be one.
fn assert_sane(timed: &Timed, kind: BackendKind, rows: usize) {
    let [device] = timed.devices.as_slice() else { panic!("{timed:#?}") };
    assert_eq!((device.kind, device.rows.len()), (kind, rows), "{timed:#?}");
    let limits = device.limits;
    for limit in [limits.flops_per_second, limits.bytes_per_second, limits.dispatch_seconds] {
        assert!(limit.is_finite() && limit > 0.0, "{limits:?}");
    }
    let layers = device.layers.iter().flat_map(|times| &times.layers);
    for row in device.rows.iter().chain(layers) {
        assert!(row.millis.is_finite() && row.millis > 0.0, "{row:?}");
        assert!(row.share.is_finite() && row.share > 0.0, "{row:?}");
        assert!(row.work.bytes > 0 && row.work.dispatches > 0, "{row:?}");
        let seconds = limits.least(&row.work).0;
        assert!((seconds * 1e3 / row.millis / row.share - 1.0).abs() < 1e-9, "{row:?}");
    }
}

/// By hand: 2 GFLOP at 1 GFLOP/s, 500 MB at 100 MB/s, 400 calls of 10 µs.
#[test]
fn the_least_time_is_that_of_the_tightest_limit() {
    let limits = Limits { flops_per_second: 1e9, bytes_per_second: 1e8, dispatch_seconds: 1e-5 };
    for (flops, bytes, dispatches, seconds, bound) in [
        (2_000_000_000, 1_000_000, 10, 2.0, Bound::Compute),
        (1_000_000, 500_000_000, 3, 5.0, Bound::Memory),
        (1_000, 1_000, 400, 0.004, Bound::Dispatch),
    ] {
        let work = Work { flops, bytes, dispatches };
        let (least, why) = limits.least(&work);
        assert!((least - seconds).abs() < 1e-12 && why == bound, "{least} s, {why:?}");
        // Four times as long as it could be.
        let row = limits.row("row".to_owned(), 4e3 * seconds, work);
        assert!((row.share - 0.25).abs() < 1e-12 && row.bound == bound, "{row:?}");
        assert!((row.gflops - flops as f64 / (4e9 * seconds)).abs() < 1e-12, "{row:?}");
    }
}

#[test]
fn the_table_names_every_network_once() {
    let names: Vec<String> = workloads().into_iter().map(|row| row.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:#?}");
    let is_small = |network: &Network| {
        let all = summarise(network).unwrap().all;
        all.params <= 12_000_000 && all.macs <= 2_000_000_000
    };
    let ids = networks().into_iter().filter(is_small).map(|network| network.id);
    let ids = ids.chain(shipped().into_iter().map(|row| row.id.to_owned()));
    for id in ids {
        assert!(names.contains(&format!("inference/{id}")), "{id} is not measured");
    }
    for part in ["forward", "input gradient", "weight gradient"] {
        assert!(names.iter().filter(|name| name.starts_with("kernels/") && name.ends_with(part)).count() >= 10);
    }
    for net in ["mlp", "digits", "resnet20", "lstm"] {
        assert!(names.iter().any(|name| name.starts_with(&format!("training/{net}"))), "{net} is not trained");
    }
}

#[test]
fn the_cpu_is_measured_row_by_row() {
    let told = Cell::new(0);
    let job = quick(Some("kernels/matmul 256"), Some("mobilenet_v1_025"), BackendChoice::Auto);
    let tell = |timed: &Timed| told.set(told.get() + timed.devices.len());
    let timed = block_on(speed(&job, &none(), &NoMonitor::default(), tell)).unwrap();
    assert_sane(&timed, BackendKind::Cpu, 3);
    // The limits, each row, the whole.
    assert_eq!(told.get(), 1 + 3 + 1);
    let layers = timed.devices[0].layers.as_ref().unwrap();
    assert_eq!(layers.clock, StepClock::Outside);
    // The papers' count of operations is that of convolutions and products, which all are steps of their own; here none is done
    // by tiles.
    let macs = summarise(&Network::find("mobilenet_v1_025").unwrap()).unwrap().all.macs;
    let flops = layers.layers.iter().filter(|layer| layer.name.contains("conv2d") || layer.name.contains("matmul"));
    let flops: u64 = flops.map(|layer| layer.work.flops).sum();
    assert!((1.0..1.05).contains(&(flops as f64 / (2 * macs) as f64)), "{flops} and {macs}");
}

#[test]
fn every_kind_of_row_runs_on_the_cpu() {
    for rows in ["training/", "depthwise", "inference/digits", "inference/cifar10_resnet20"] {
        let job = quick(Some(rows), None, BackendChoice::Cpu);
        let timed = block_on(speed(&job, &none(), &NoMonitor::default(), |_| {})).unwrap();
        let wanted = workloads().iter().filter(|row| row.name.contains(rows)).count();
        assert!(wanted > 0);
        assert_sane(&timed, BackendKind::Cpu, wanted);
    }
}

#[test]
fn a_gpu_is_measured_row_by_row() {
    let Some(gpu) = gpu() else { return };
    let job = quick(Some("kernels/matmul 256"), Some("digits"), BackendChoice::Gpu);
    let timed = block_on(speed(&job, &MaybeGpu::from(Ok(gpu)), &NoMonitor::default(), |_| {})).unwrap();
    assert_sane(&timed, BackendKind::Gpu, 3);
    let layers = timed.devices[0].layers.as_ref().unwrap();
    // Nine kernels: batch norms are folded, everything elementwise is fused.
    assert_eq!(layers.layers.len(), 9, "{layers:#?}");
    let text = timed.markdown();
    assert!(
        text.contains("layers of digits") && text.contains("kernels/matmul 256x256x256, weight gradient"),
        "{text}"
    );
}

/// Two branches that are joined: a step that only moves data.
fn program() -> Program {
    let graph = Graph::new();
    let x = graph.input("x", Spec::f32([2, 3, 8, 8]));
    let w = graph.constant(&Host::ones((4, 3, 3, 3), candle_core::DType::F32, &candle_core::Device::Cpu).unwrap());
    let y = x.conv2d(&w.unwrap(), 1, 1, 1, 1).unwrap().relu().unwrap();
    let joined = neocog::graph::Tensor::cat(&[&y, &x], 1).unwrap();
    Program::step(&[&joined], &[]).unwrap()
}

fn input() -> Host {
    Host::arange(0_f32, 384.0, &candle_core::Device::Cpu).unwrap().reshape((2, 3, 8, 8)).unwrap()
}

fn elements(host: &Host) -> Vec<f32> {
    host.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn steps_say_what_they_cost() {
    let costs = program().step_costs(None);
    let conv = costs.iter().find(|cost| cost.name.contains("conv2d")).unwrap();
    assert_eq!(conv.name, "conv2d 4×3×3×3 → 2×4×8×8");
    // Multiply-adds, and relu's one operation for each element.
    assert_eq!(conv.flops, 2 * (2 * 4 * 64 * 27) + 2 * 4 * 64);
    assert_eq!(conv.bytes, 4 * (384 + 108 + 512));
    let join = costs.last().unwrap();
    assert_eq!((join.flops, join.bytes), (0, 2 * 4 * 2 * 7 * 64), "{join:?}");
    let all = program().flops_and_bytes(None);
    assert_eq!(all, (conv.flops, conv.bytes + join.bytes));
}

/// Sixteen multiplications for four outputs instead of 36, where a convolution is done by tiles.
#[test]
fn steps_count_what_is_done() {
    let graph = Graph::new();
    let weights = Host::ones((64, 64, 3, 3), candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
    let w = graph.constant(&weights).unwrap();
    let x = graph.input("x", Spec::f32([1, 64, 8, 8]));
    let v = graph.input("v", Spec::f32([64, 64, 3, 3]));
    let (fixed, free) = (x.conv2d(&w, 1, 1, 1, 1).unwrap(), x.conv2d(&v, 1, 1, 1, 1).unwrap());
    let flops =
        |y: &neocog::graph::Tensor, gpu: Option<&Traits>| Program::step(&[y], &[]).unwrap().flops_and_bytes(gpu).0;
    let (all, fewer) = (2 * 64 * 64 * 64 * 9, 2 * 64 * 64 * 16 * 16);
    // The native CPU does none so.
    assert_eq!([flops(&fixed, None), flops(&free, None)], [all; 2]);
    let gpu = Traits { software: true, subgroups: true, max_invocations: 256, max_storage_buffers: 8 };
    assert_eq!([flops(&fixed, Some(&gpu)), flops(&free, Some(&gpu))], [fewer; 2]);
    let hardware = Traits { software: false, ..gpu };
    assert_eq!(flops(&fixed, Some(&hardware)), all);
}

#[test]
fn a_run_is_the_same_after_it_was_taken_apart() {
    let program = program();
    let steps = program.steps.len();
    let inputs = [input()];
    let mut plan = GpuOrCpu::new(None, &program);
    plan.assert_unchanged(steps, &inputs);
    if let Some(gpu) = gpu() {
        GpuOrCpu::new(Some(&gpu), &program).assert_unchanged(steps, &inputs);
    }
}

enum GpuOrCpu {
    Gpu(Box<GpuPlan>),
    Cpu(Box<CpuPlan>),
}

impl GpuOrCpu {
    fn new(gpu: Option<&Rc<Gpu>>, program: &Program) -> Self {
        match gpu {
            Some(gpu) => Self::Gpu(Box::new(block_on(GpuPlan::new(gpu, program)).unwrap())),
            None => Self::Cpu(Box::new(CpuPlan::new(self::program()))),
        }
    }

    fn run(&mut self, inputs: &[Host]) -> Vec<f32> {
        let outputs = match self {
            Self::Gpu(plan) => block_on(plan.run(inputs)),
            Self::Cpu(plan) => block_on(plan.run(inputs)),
        };
        elements(&outputs.unwrap()[0])
    }

    fn assert_unchanged(&mut self, steps: usize, inputs: &[Host]) {
        let before = self.run(inputs);
        match self {
            Self::Gpu(plan) => repeat_all(&mut block_on(plan.profile(inputs)).unwrap(), steps),
            Self::Cpu(plan) => repeat_all(&mut plan.profile(inputs).unwrap(), steps),
        }
        assert_eq!(self.run(inputs), before);
    }
}

fn repeat_all(profile: &mut impl Profile, steps: usize) {
    assert!((0..steps).any(|step| profile.dispatches(step) > 0));
    for step in 0..steps {
        let seconds = block_on(profile.repeat(step, 3)).unwrap();
        assert!(seconds.is_none_or(|seconds| seconds > 0.0));
    }
}

/// Wants no more after a while.
struct Impatient {
    clock: NoMonitor,
    patience: Cell<u32>,
}

impl Monitor for Impatient {
    fn now_millis(&self) -> f64 {
        self.clock.now_millis()
    }

    fn progress(&self, progress: Progress) {
        assert!(progress.done <= progress.of, "{progress:?}");
        self.patience.set(self.patience.get().saturating_sub(1));
    }

    fn is_cancelled(&self) -> bool {
        self.patience.get() == 0
    }

    async fn pause(&self) {}
}

#[test]
fn it_stops_within_one_sample() {
    for patience in [1, 4, 15] {
        let watch = Impatient { clock: NoMonitor::default(), patience: Cell::new(patience) };
        let job = quick(Some("kernels/matmul 256"), Some("digits"), BackendChoice::Cpu);
        let found = block_on(speed(&job, &none(), &watch, |_| {}));
        assert!(matches!(found, Err(LabError::Cancelled)), "{found:?}");
    }
}

#[test]
fn what_makes_no_sense_is_one_sentence() {
    let run = |job: &Speed| block_on(speed(job, &none(), &NoMonitor::default(), |_| {})).unwrap_err();
    assert!(matches!(run(&quick(None, Some("nonsense"), BackendChoice::Cpu)), LabError::UnknownNetwork { .. }));
    assert!(matches!(run(&quick(None, None, BackendChoice::Gpu)), LabError::NoGpu { .. }));
    for (samples, sample_millis) in [(0, 5.0), (1, 0.0), (1, f64::NAN), (1, f64::INFINITY), (100_000, 1.0)] {
        let job = Speed { sampling: Sampling { samples, sample_millis }, ..Speed::default() };
        assert!(matches!(run(&job), LabError::Setup { .. }), "{samples} samples of {sample_millis} ms");
    }
}
