//! Matrix products; convolutions, their input gradients and their weight gradients.

use crate::ready::{Ready, variable};
use crate::table::{Table, Work, short};
use criterion::{Criterion, SamplingMode, Throughput};
use neocog::graph::{Graph, Tensor, vjp};
use neocog::lab::train::Device;

/// Batch, channels in, channels out, side of the picture, side of the kernel; stride 1, as many rows out as in.
const CONVOLUTIONS: [[usize; 5]; 3] = [[16, 3, 32, 32, 3], [16, 64, 64, 16, 3], [16, 128, 128, 16, 1]];
const PRODUCTS: [[usize; 3]; 2] = [[512, 512, 512], [128, 1200, 784]];

pub(crate) fn bench(criterion: &mut Criterion, device: &Device, table: &mut Table) {
    let mut one = |name: String, y: Tensor, macs: usize, bytes: usize| {
        let id = format!("{}/{name}", short(device));
        let (mut best, mut ready) = (f64::INFINITY, None);
        let flops = 2 * macs as u64;
        let mut group = criterion.benchmark_group("kernels");
        group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(flops));
        group.bench_function(&id, |bencher| {
            // Compiled only if it is asked for.
            let ready = ready.get_or_insert_with(|| Ready::new(device, &[&y]));
            bencher.iter_custom(|runs| {
                let time = ready.time(runs);
                best = best.min(time.as_secs_f64() / runs as f64);
                time
            });
        });
        group.finish();
        table.add(id, best, Work { flops: flops as f64, bytes: 4.0 * bytes as f64, dispatches: 1 });
    };
    for [m, n, k] in PRODUCTS {
        let graph = Graph::new();
        let y = variable(&graph, "a", &[m, k]).matmul(&variable(&graph, "b", &[k, n])).expect("shapes that fit");
        one(format!("matmul {m}x{k}x{n}"), y, m * n * k, m * k + k * n + m * n);
    }
    for [batch, c_in, c_out, side, kernel] in CONVOLUTIONS {
        let graph = Graph::new();
        let x = variable(&graph, "x", &[batch, c_in, side, side]);
        let w = variable(&graph, "w", &[c_out, c_in, kernel, kernel]);
        let dy = variable(&graph, "dy", &[batch, c_out, side, side]);
        let y = x.conv2d(&w, kernel / 2, 1, 1, 1).expect("shapes that fit");
        let gradient = |wrt: &Tensor| vjp(&y, &dy, &[wrt]).expect("a convolution has gradients").remove(0);
        let (dx, dw) = (gradient(&x), gradient(&w));
        let macs = y.elem_count() * c_in * kernel * kernel;
        let bytes = x.elem_count() + w.elem_count() + y.elem_count();
        for (what, y) in [("forward", y), ("input gradient", dx), ("weight gradient", dw)] {
            one(format!("conv {kernel}x{kernel} {c_in}-{c_out} at {side}, {what}"), y, macs, bytes);
        }
    }
}
