//! What the engine takes, on the CPU and on the GPU if there is one: training steps of three networks, and matrix products and
//! convolutions with both gradients, against the limits of the device that are measured in the same run.
//!
//! `cargo bench` runs all of it, `cargo bench -- training` or `cargo bench -- kernels/GPU` a part; the table at the end has
//! only what ran. On a software adapter ratios mean something, milliseconds do not.

#[cfg(not(target_arch = "wasm32"))]
mod kernels;
#[cfg(not(target_arch = "wasm32"))]
mod limits;
#[cfg(not(target_arch = "wasm32"))]
mod ready;
#[cfg(not(target_arch = "wasm32"))]
mod table;
#[cfg(not(target_arch = "wasm32"))]
mod training;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    use criterion::Criterion;
    use neocog::backend::gpu::Gpu;
    use neocog::lab::train::Device;
    use std::rc::Rc;
    use std::time::Duration;

    let gpu = pollster::block_on(Gpu::new()).map(Rc::new);
    if let Err(error) = &gpu {
        println!("Only the CPU: {error}");
    }
    let settings = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(1500))
        .without_plots();
    let mut criterion = settings.configure_from_args();
    let mut table = table::Table::default();
    for device in std::iter::once(Device::Cpu).chain(gpu.ok().map(Device::Gpu)) {
        table.device(&device, limits::measure(&device));
        training::bench(&mut criterion, &device, &mut table);
        kernels::bench(&mut criterion, &device, &mut table);
    }
    criterion.final_summary();
    table.print();
}

#[cfg(target_arch = "wasm32")]
fn main() {}
