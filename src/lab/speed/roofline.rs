//! What a device can do at best, measured through the engine's own kernels.

use super::super::{LabError, Monitor};
use super::workload::matmul;
use crate::graph::{Graph, Init, Program, Spec, Tensor};
use crate::lab::device::Device;
use crate::lab::timing::{Course, TimedProgram, best, variable};
use crate::protocol::{Limits, Sampling};

/// How many figures these are.
pub(super) const COUNT: u64 = 3;

pub async fn limits(device: &Device, sampling: Sampling, watch: &impl Monitor) -> Result<Limits, LabError> {
    measured(device, &mut Course::new(watch, sampling, COUNT)).await
}

pub(super) async fn measured(device: &Device, course: &mut Course<'_, impl Monitor>) -> Result<Limits, LabError> {
    let flops_per_second = match device {
        Device::Cpu => product(device, &[256, 512, 1024], course).await?,
        Device::Gpu(gpu) => {
            let software = gpu.traits().software;
            let sides: &[usize] = if software { &[256] } else { &[1024, 2048] };
            multiply_adds(device, software, course).await?.max(product(device, sides, course).await?)
        }
    };
    course.done += 1;
    let bytes_per_second = copy(device, course).await?;
    course.done += 1;
    let dispatch_seconds = dispatch(device, course).await?;
    course.done += 1;
    Ok(Limits { flops_per_second, bytes_per_second, dispatch_seconds })
}

async fn seconds(device: &Device, output: &Tensor, course: &Course<'_, impl Monitor>) -> Result<f64, LabError> {
    let mut ready = TimedProgram::new(device, Program::step(&[output], &[])?).await?;
    best(course, async |times| ready.seconds(times, course.watch).await).await
}

/// The best of square matrix products: the CPU's figure, by the crate `gemm`, which uses all cores; on a GPU it may be a
/// little better than the multiply-adds. A large one is the fastest on an idle machine, a small one is sooner undisturbed.
async fn product(device: &Device, sides: &[usize], course: &Course<'_, impl Monitor>) -> Result<f64, LabError> {
    let mut most = 0.0_f64;
    for &side in sides {
        let product = matmul([side; 3])?;
        most = most.max(2.0 * side.pow(3) as f64 / seconds(device, &product, course).await?);
    }
    Ok(most)
}

/// A GPU's: four independent chains of 64 multiply-adds on every element, in one fused kernel. As many elements as it takes
/// for the rate to grow no more: a large GPU is done with few before it has begun.
async fn multiply_adds(device: &Device, software: bool, course: &Course<'_, impl Monitor>) -> Result<f64, LabError> {
    const ELEMENTS: [usize; 4] = [1 << 18, 1 << 20, 1 << 22, 1 << 24];
    const CHAINS: usize = 4;
    const LONG: usize = 64;
    let mut most = 0.0_f64;
    for elements in if software { &ELEMENTS[..1] } else { &ELEMENTS[..] } {
        let graph = Graph::new();
        let x = graph.variable("x", Spec::f32([*elements]), Init::Const(0.0))?;
        let chain = |k: usize| {
            let start = x.affine(1.0, k as f64)?;
            (0..LONG).try_fold(start, |y, _| y.affine(0.999, 0.001))
        };
        let sum = (1..CHAINS).try_fold(chain(0)?, |sum, k| sum.add(&chain(k)?))?;
        let rate = 2.0 * (elements * CHAINS * LONG) as f64 / seconds(device, &sum, course).await?;
        if rate < most * 1.05 {
            return Ok(rate.max(most));
        }
        most = rate;
    }
    Ok(most)
}

/// More read and written than most caches hold. On the CPU not more than the allocator keeps for the next run: fresh pages
/// would be measured instead.
async fn copy(device: &Device, course: &Course<'_, impl Monitor>) -> Result<f64, LabError> {
    // Zeros need no upload; but on the CPU untouched zeros are all one page, which stays in the cache.
    let (elements, value): (usize, f64) = match device {
        Device::Gpu(gpu) if !gpu.traits().software => (1 << 24, 0.0),
        Device::Gpu(_) | Device::Cpu => (1 << 22, 0.5),
    };
    let graph = Graph::new();
    let y = graph.variable("x", Spec::f32([elements]), Init::Const(value))?.affine(1.0, 1.0)?;
    Ok(2.0 * 4.0 * elements as f64 / seconds(device, &y, course).await?)
}

/// Of a run of many small matrix products, each of which waits for the one before.
async fn dispatch(device: &Device, course: &Course<'_, impl Monitor>) -> Result<f64, LabError> {
    const MANY: usize = 256;
    let x = variable(&Graph::new(), "x", &[4, 4])?;
    let y = (0..MANY).try_fold(x.clone(), |y, _| y.matmul(&x))?;
    Ok(seconds(device, &y, course).await? / MANY as f64)
}
