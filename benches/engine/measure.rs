//! Each workload under criterion, and what it comes to.

use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};
use neocog::backend::gpu::Gpu;
use neocog::lab::NoMonitor;
use neocog::lab::device::Device;
use neocog::lab::speed::{Workload, begun, limits, workloads};
use neocog::protocol::{DeviceTimes, Sampling, Timed};
use pollster::block_on;
use std::rc::Rc;
use std::time::{Duration, Instant};

pub(crate) fn all() {
    let gpu = block_on(Gpu::new()).map(Rc::new);
    if let Err(error) = &gpu {
        println!("Only the CPU: {error}");
    }
    let is_test = std::env::args().any(|argument| argument == "--test");
    let sampling = if is_test { Sampling::QUICK } else { Sampling::default() };
    let settings = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(1000))
        .without_plots();
    let mut criterion = settings.configure_from_args();
    let mut found = Timed::default();
    for device in std::iter::once(Device::Cpu).chain(gpu.ok().map(Device::from)) {
        let measured = || block_on(limits(&device, sampling, &NoMonitor::default())).expect("limits of the device");
        let first = measured();
        let mut times = begun(&device, first);
        let short = match &device {
            Device::Cpu => "CPU",
            Device::Gpu(_) => "GPU",
        };
        let mut group = criterion.benchmark_group(short);
        group.sampling_mode(SamplingMode::Flat);
        workloads().iter().for_each(|workload| one(workload, &device, &mut group, &mut times));
        group.finish();
        times.hold_against(first.or_better(&measured()));
        found.devices.push(times);
    }
    criterion.final_summary();
    println!("{}", found.markdown());
}

fn one(workload: &Workload, device: &Device, group: &mut BenchmarkGroup<'_, WallTime>, times: &mut DeviceTimes) {
    let (mut samples, mut prepared) = (Vec::new(), None);
    group.throughput(Throughput::Elements(1)).bench_function(&workload.name, |bencher| {
        // Compiled only if it is asked for.
        let prepared =
            prepared.get_or_insert_with(|| block_on(workload.prepare(device)).expect("a workload for this device"));
        bencher.iter_custom(|runs| {
            let start = Instant::now();
            block_on(prepared.run(u32::try_from(runs).unwrap_or(u32::MAX))).expect("a run");
            let time = start.elapsed();
            samples.push(time.as_secs_f64() * 1e3 / runs as f64);
            time
        });
    });
    if let Some(prepared) = prepared {
        samples.sort_by(f64::total_cmp);
        times.rows.push(times.limits.row(workload.name.clone(), samples[samples.len() / 2], prepared.work()));
    }
}
