//! Every case of every op, on the CPU and on the GPU, against candle. And every shader file, as it stands.
#![cfg(not(target_arch = "wasm32"))]

use candle_core::Tensor;
use neocog::backend::{
    Plan,
    cpu::CpuPlan,
    gpu::{Gpu, GpuPlan},
};
use neocog::graph::{
    Program,
    op::{Case, all_cases},
};
use std::rc::Rc;

/// Largest difference relative to the largest reference value (at least 1).
fn difference(got: &Tensor, want: &Tensor) -> f64 {
    assert_eq!(got.dims(), want.dims());
    let flat =
        |t: &Tensor| t.to_dtype(candle_core::DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
    let (got, want) = (flat(got), flat(want));
    let scale = want.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    got.iter().zip(&want).fold(0.0, |m: f64, (g, w)| if g.is_nan() { f64::INFINITY } else { m.max((g - w).abs()) })
        / scale
}

fn program(case: &Case) -> Program {
    let (_, y) = case.graph().unwrap();
    Program::inference(&[&y], &|_| None).unwrap()
}

fn label(name: &str, case: &Case) -> String {
    format!("{name} {:?} on {:?}", case.op, case.inputs.iter().map(|g| &g.spec).collect::<Vec<_>>())
}

#[test]
fn cpu_equals_candle() {
    for (name, case) in all_cases() {
        let values = case.values().unwrap();
        let want = (case.reference)(&values).unwrap();
        let got = CpuPlan::new(program(&case)).run_now(&values).unwrap();
        let off = difference(&got[0], &want);
        assert!(off < 2e-6, "{}: off by {off:e}", label(name, &case));
    }
}

#[test]
fn gpu_equals_candle() {
    let gpu = match pollster::block_on(Gpu::new()) {
        Ok(gpu) => Rc::new(gpu),
        Err(error) if std::env::var("CI").is_err() => return println!("skipped: no GPU for native tests ({error})"),
        Err(error) => panic!("CI must have a GPU driver: {error}"),
    };
    println!("on {}", gpu.name);
    // Kernels for software adapters and for real GPUs: both are tested on whatever is here.
    for software in [true, false] {
        let mut gpu = pollster::block_on(Gpu::new()).unwrap();
        gpu.traits.software = software;
        let gpu = Rc::new(gpu);
        let mut failures = Vec::new();
        for (name, case) in all_cases() {
            let values = case.values().unwrap();
            let want = (case.reference)(&values).unwrap();
            let got = pollster::block_on(async { GpuPlan::new(&gpu, &program(&case)).await?.run(&values).await });
            match got {
                Ok(got) => {
                    let off = difference(&got[0], &want);
                    if off > case.tolerance {
                        failures.push(format!("{}: off by {off:e}", label(name, &case)));
                    }
                }
                Err(error) => failures.push(format!("{}: {error}", label(name, &case))),
            }
        }
        assert!(failures.is_empty(), "software = {software}:\n{}", failures.join("\n"));
    }
}
