//! The engine in a browser, on a page and in a worker: every case of every op on the GPU and on the CPU, against candle.
//!
//! `cargo test --target wasm32-unknown-unknown --test browser` with chromedriver; see `webdriver.json` for the flags.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use neocog::backend::cpu::CpuPlan;
use neocog::backend::gpu::{Gpu, GpuPlan};
use neocog::backend::{Plan, RunError};
use neocog::graph::op::all_cases;
use neocog::graph::{Host, Program};
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
