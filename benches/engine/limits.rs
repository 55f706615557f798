//! What a device can do at best, measured through the engine's own kernels: T ≥ max(ΣFLOP / F, Σbytes / B, N · t).

use crate::ready::{Ready, variable};
use neocog::graph::Graph;
use neocog::lab::train::Device;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// F: floating-point operations a second.
    pub(crate) flops: f64,
    /// B: bytes a second, read and written together.
    pub(crate) bytes: f64,
    /// t: seconds of a dispatch, or of a step on the CPU, that does next to nothing.
    pub(crate) dispatch: f64,
}

impl Limits {
    /// No program with these figures can take fewer seconds.
    pub(crate) fn seconds(&self, flops: f64, bytes: f64, dispatches: usize) -> f64 {
        (flops / self.flops).max(bytes / self.bytes).max(self.dispatch * dispatches as f64)
    }
}

pub(crate) fn measure(device: &Device) -> Limits {
    let flops = match device {
        Device::Cpu => gemm(),
        Device::Gpu(_) => multiply_adds(device),
    };
    Limits { flops, bytes: copy(device), dispatch: dispatch(device) }
}

/// The CPU's: a matrix product of 1024³ by the crate `gemm`, which uses all cores.
fn gemm() -> f64 {
    const SIDE: usize = 1024;
    let graph = Graph::new();
    let (a, b) = (variable(&graph, "a", &[SIDE, SIDE]), variable(&graph, "b", &[SIDE, SIDE]));
    let product = a.matmul(&b).expect("square matrices");
    2.0 * (SIDE * SIDE * SIDE) as f64 / Ready::new(&Device::Cpu, &[&product]).best_seconds()
}

/// A GPU's: four independent chains of 64 multiply-adds on every element, in one fused kernel.
fn multiply_adds(device: &Device) -> f64 {
    const ELEMENTS: usize = 1 << 18;
    const CHAINS: usize = 4;
    const LONG: usize = 64;
    let graph = Graph::new();
    let x = variable(&graph, "x", &[ELEMENTS]);
    let chain = |k: usize| {
        let start = x.affine(1.0, k as f64).expect("an elementwise op");
        (0..LONG).fold(start, |y, _| y.affine(0.999, 0.001).expect("an elementwise op"))
    };
    let sum = (1..CHAINS).fold(chain(0), |sum, k| sum.add(&chain(k)).expect("equal shapes"));
    2.0 * (ELEMENTS * CHAINS * LONG) as f64 / Ready::new(device, &[&sum]).best_seconds()
}

/// 16 MiB read and written.
fn copy(device: &Device) -> f64 {
    const ELEMENTS: usize = 1 << 22;
    let graph = Graph::new();
    let y = variable(&graph, "x", &[ELEMENTS]).affine(1.0, 1.0).expect("an elementwise op");
    2.0 * 4.0 * ELEMENTS as f64 / Ready::new(device, &[&y]).best_seconds()
}

/// Of a run of many small matrix products, each of which waits for the one before.
fn dispatch(device: &Device) -> f64 {
    const MANY: usize = 256;
    let graph = Graph::new();
    let x = variable(&graph, "x", &[4, 4]);
    let y = (0..MANY).fold(x.clone(), |y, _| y.matmul(&x).expect("square matrices"));
    Ready::new(device, &[&y]).best_seconds() / MANY as f64
}
