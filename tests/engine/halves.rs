//! Weights that a file has in 16 bits stay so on a device: half the memory, and the same logits come out.

use crate::gpu::gpu;
use crate::networks::{image, random_values, relative};
use candle_core::{DType, Device};
use neocog::backend::gpu::{GpuError, GpuPlan};
use neocog::backend::{Plan, cpu::CpuPlan};
use neocog::graph::{Graph, Host, Init, Program, Spec};
use neocog::models::Network;
use neocog::nn::checkpoint::{Checkpoint, bytes_from_tensors};
use std::collections::BTreeMap;
use std::time::Instant;

#[test]
fn halves_give_the_same_logits_in_half_the_memory() {
    let Some(gpu) = gpu() else { return };
    for id in ["squeezenet1_1", "vit_tiny_16"] {
        let network = Network::find(id).unwrap();
        let kept = |dtype: DType| {
            let values = random_values(&network).into_iter();
            let halved =
                values.map(|(name, value)| (name, value.to_dtype(DType::F16).unwrap().to_dtype(dtype).unwrap()));
            let bytes = bytes_from_tensors("random", &halved.collect::<BTreeMap<_, _>>(), &BTreeMap::new()).unwrap();
            Checkpoint::parse("random", bytes).unwrap()
        };
        let run = |checkpoint: Checkpoint| {
            let (_, logits) = network.graph(1).unwrap();
            let program = Program::inference(&[&logits], &|name| checkpoint.value(name)).unwrap();
            let mut plan = pollster::block_on(GpuPlan::new(&gpu, &program)).unwrap();
            let x = [image(&network, 1)];
            let mut millis = f64::INFINITY;
            let mut logits = Vec::new();
            for _ in 0..4 {
                let start = Instant::now();
                logits = pollster::block_on(plan.run(&x)).unwrap();
                millis = millis.min(start.elapsed().as_secs_f64() * 1e3);
            }
            (logits.remove(0), plan.constant_bytes(), millis)
        };
        let (wide, wide_bytes, wide_ms) = run(kept(DType::F32));
        let (half, half_bytes, half_ms) = run(kept(DType::F16));
        let apart = relative(&half, &wide);
        println!(
            "{id} on {}: {wide_bytes} bytes of weights and {wide_ms:.1} ms in 32 bits, {half_bytes} and {half_ms:.1} in 16; \
             logits {apart:.1e} apart",
            gpu.name
        );
        // The same products in the same order; a compiler may round a product and a sum once or twice.
        assert!(apart <= 2e-6, "{id}");
        assert!(half_bytes * 10 < wide_bytes * 8, "{id}: {half_bytes} of {wide_bytes}");
    }
}

/// As the first fully connected layer of AlexNet, whose devices bind 128 MiB at most.
#[test]
fn a_matrix_too_large_in_32_bits_is_bound_in_16() {
    let Some(gpu) = gpu() else { return };
    let (rows, columns) = (4096, gpu.largest_binding() as usize / 4096 / 4 + 8);
    if columns > 12_000 {
        return println!("skipped: {} binds {} bytes", gpu.name, gpu.largest_binding());
    }
    let w = Host::arange(0_u32, (rows * columns) as u32, &Device::Cpu).unwrap().to_dtype(DType::F32).unwrap();
    let w = w.affine(1e-3, 0.0).unwrap().sin().unwrap().reshape((rows, columns)).unwrap().to_dtype(DType::F16).unwrap();
    let x = Host::arange(0_u32, columns as u32, &Device::Cpu).unwrap().to_dtype(DType::F32).unwrap();
    let x = x.affine(0.37, 0.0).unwrap().cos().unwrap().reshape((1, columns)).unwrap();
    let program = |dtype: DType| {
        let values = BTreeMap::from([("w".to_owned(), w.to_dtype(dtype).unwrap())]);
        let bytes = bytes_from_tensors("one matrix", &values, &BTreeMap::new()).unwrap();
        let checkpoint = Checkpoint::parse("one matrix", bytes).unwrap();
        let graph = Graph::new();
        let x = graph.input("x", Spec::f32([1, columns]));
        let w = graph.variable("w", Spec::f32([rows, columns]), Init::Const(0.0)).unwrap();
        Program::inference(&[&x.matmul(&w.t().unwrap()).unwrap()], &|name| checkpoint.value(name)).unwrap()
    };
    let refused = pollster::block_on(GpuPlan::new(&gpu, &program(DType::F32))).err();
    assert!(matches!(refused, Some(GpuError::TooLarge { .. })), "{refused:?}");
    let halves = program(DType::F16);
    let mut plan = pollster::block_on(GpuPlan::new(&gpu, &halves)).unwrap();
    let found = pollster::block_on(plan.run(std::slice::from_ref(&x))).unwrap();
    let wanted = CpuPlan::new(halves).run_now(&[x]).unwrap();
    assert!(relative(&found[0], &wanted[0]) <= 1e-4);
}
