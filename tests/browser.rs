//! The engine in a browser, on a page and in a worker: every case of every op on the GPU and on the CPU, against candle.
//!
//! `cargo test --target wasm32-unknown-unknown --test browser` with chromedriver; see `webdriver.json` for the flags.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "shared/finished.rs"]
mod finished;
#[path = "shared/poison.rs"]
mod poison;

use neocog::backend::cpu::CpuPlan;
use neocog::backend::gpu::{Gpu, GpuPlan};
use neocog::backend::{AnyGpu, Plan, RunError};
use neocog::graph::op::all_cases;
use neocog::graph::{Graph, Host, Program, Spec};
use neocog::processor::gemm::{Instructions, pretend};
use std::rc::Rc;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

/// Largest difference relative to the largest reference value (at least 1).
fn difference(got: &Host, want: &Host) -> f64 {
    let flat = |t: &Host| t.to_dtype(candle_core::DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
    let (got, want) = (flat(got), flat(want));
    let scale = want.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    let worst =
        got.iter().zip(&want).fold(0.0, |m: f64, (g, w)| if g.is_nan() { f64::INFINITY } else { m.max((g - w).abs()) });
    worst / scale
}

#[wasm_bindgen_test]
async fn every_op_equals_candle() {
    let gpu = Gpu::new().await.expect("these tests need a browser with WebGPU");
    console_log!("on {}, {:?}", gpu.name, gpu.traits);
    let software = gpu.traits.software;
    assert!(software, "a headless test browser has a software adapter");
    let gpu = Rc::new(gpu);
    let mut failures = Vec::new();
    let cases = all_cases();
    for (name, case) in &cases {
        let values = case.values().unwrap();
        let want = (case.reference)(&values).unwrap();
        let (_, y) = case.graph().unwrap();
        let program = Program::inference(&[&y], &|_| None).unwrap();
        let mut results = Vec::new();
        if case.on_gpus() {
            let poison = case.poisoned().unwrap();
            let spreads = poison::SPREADING.contains(name);
            let plan = CpuPlan::new(Program::inference(&[&y], &|_| None).unwrap());
            let mut cpu = plan.run_now(&poison).unwrap().remove(0);
            if spreads {
                cpu = poison::least(&cpu, &(case.reference)(&poison).unwrap());
            }
            let on_gpu: Result<Vec<Host>, RunError> =
                async { GpuPlan::new(&gpu, &program).await?.run(&poison).await }.await;
            match on_gpu.map(|got| poison::difference(&got[0], &cpu, !spreads)) {
                Ok(off) if off <= case.tolerance => {}
                other => failures.push(format!("{name} {:?} with NaN on the GPU: {other:?}", case.op)),
            }
            let on_gpu: Result<Vec<Host>, RunError> =
                async { GpuPlan::new(&gpu, &program).await?.run(&values).await }.await;
            results.push(("GPU", on_gpu));
        }
        results.push(("CPU", CpuPlan::new(program).run_now(&values)));
        for (device, got) in results {
            match got.map(|got| difference(&got[0], &want)) {
                Ok(off) if off <= case.tolerance => {}
                other => failures.push(format!("{name} {:?} on the {device}: {other:?}", case.op)),
            }
        }
    }
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// Larger than every block of the product, with rests everywhere, and each operand as it is and transposed.
#[wasm_bindgen_test]
fn products_are_candles_with_and_without_fused_instructions() {
    let random = |rows: usize, cols: usize| Host::rand(-1f32, 1.0, (rows, cols), &candle_core::Device::Cpu).unwrap();
    for instructions in [Instructions::Plain, Instructions::Loops, Instructions::Fused] {
        assert!(pretend(instructions), "this browser has no {instructions:?}");
        for [m, n, k] in [[1030, 530, 300], [130, 70, 513], [1, 300, 90], [300, 1, 90], [5, 13, 40], [3, 8, 700]] {
            for [a_turned, b_turned] in [[false, false], [true, false], [false, true], [true, true]] {
                let (a, b) = (random(m, k), random(k, n));
                let want = a.matmul(&b).unwrap();
                let graph = Graph::new();
                let given = |name, host: &Host, turned: bool| {
                    let host = if turned { host.t().unwrap().contiguous().unwrap() } else { host.clone() };
                    let tensor = graph.input(name, Spec::f32(host.dims()));
                    (if turned { tensor.t().unwrap() } else { tensor }, host)
                };
                let ((a, a_host), (b, b_host)) = (given("a", &a, a_turned), given("b", &b, b_turned));
                let program = Program::inference(&[&a.matmul(&b).unwrap()], &|_| None).unwrap();
                let got = CpuPlan::new(program).run_now(&[a_host, b_host]).unwrap();
                let off = difference(&got[0], &want);
                assert!(off < 1e-5, "{instructions:?} of {m} × {n} × {k}, {a_turned} {b_turned}: off by {off}");
            }
        }
        for (name, case) in all_cases().iter().filter(|(name, _)| name.contains("conv") || *name == "matmul") {
            let values = case.values().unwrap();
            let (_, y) = case.graph().unwrap();
            let program = Program::inference(&[&y], &|_| None).unwrap();
            let got = CpuPlan::new(program).run_now(&values).unwrap();
            let off = difference(&got[0], &(case.reference)(&values).unwrap());
            assert!(off <= case.tolerance, "{name} {:?}, {instructions:?}: off by {off}", case.op);
            if *name == "conv2d" {
                for (got, want) in finished::finished(case) {
                    let off = difference(&got, &want);
                    assert!(off <= case.tolerance, "finished {:?}, {instructions:?}: off by {off}", case.op);
                }
            }
        }
    }
}

#[wasm_bindgen_test]
async fn a_lost_device_is_an_error() {
    let gpu = Rc::new(Gpu::new().await.expect("these tests need a browser with WebGPU"));
    let (_, case) = all_cases().swap_remove(0);
    let (_, y) = case.graph().unwrap();
    let program = Program::inference(&[&y], &|_| None).unwrap();
    let mut plan = GpuPlan::new(&gpu, &program).await.unwrap();
    gpu.destroy();
    let error = plan.run(&case.values().unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("lost"), "{error}");
    assert!(gpu.is_lost());
}
