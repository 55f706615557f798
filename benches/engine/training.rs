//! Whole training steps, batches and all, as `neocog train` runs them.

use crate::table::{Table, Work, short};
use criterion::{Criterion, SamplingMode, Throughput};
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::train::{Device, Trainer};
use neocog::models::spec::preset::Preset;
use neocog::protocol::Setup;
use pollster::block_on;
use std::time::Instant;

/// Preset, drawn data, batch. Software adapters get a quarter of it, for the whole must not take long.
const RUNS: [(&str, &str, u32); 3] = [("mlp", "digits", 64), ("digits", "digits", 32), ("resnet20", "shapes", 8)];

pub(crate) fn bench(criterion: &mut Criterion, device: &Device, table: &mut Table) {
    let share = if matches!(device, Device::Gpu(gpu) if gpu.traits.software) { 4 } else { 1 };
    for (preset, set, batch) in RUNS.map(|(preset, set, batch)| (preset, set, batch / share)) {
        let id = format!("{}/{preset}, batch {batch}", short(device));
        let (mut best, mut trainer) = (f64::INFINITY, None);
        let mut group = criterion.benchmark_group("training");
        group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(1));
        group.bench_function(&id, |bencher| {
            // Compiled only if it is asked for.
            let trainer = trainer.get_or_insert_with(|| start(preset, set, batch, device));
            bencher.iter_custom(|steps| {
                let start = Instant::now();
                (0..steps).for_each(|_| trainer.advance().expect("a step"));
                // Waits for the device.
                block_on(trainer.point()).expect("a finite loss");
                let time = start.elapsed();
                best = best.min(time.as_secs_f64() / steps as f64);
                time
            });
        });
        group.finish();
        if let Some(trainer) = trainer {
            // Forward, and as much for each of the gradients.
            let flops = 2.0 * 3.0 * trainer.network().totals().macs as f64 * f64::from(batch);
            let bytes = 2.0 * trainer.network().totals().activation_bytes(batch as usize) as f64;
            table.add(id, best, Work { flops, bytes, dispatches: trainer.dispatches() });
        }
    }
}

fn start(preset: &str, set: &str, batch: u32, device: &Device) -> Trainer {
    let network = Preset::find(preset).expect("a preset").text;
    let recipe = Recipe { count: 10 * batch.max(64), ..Recipe::default() };
    let data = Set::find(set).expect("a drawn set").draw(&recipe).expect("a set that can be drawn");
    let setup = Setup { network, batch, ..Setup::default() };
    let mut trainer = block_on(Trainer::new(setup, data, device)).expect("a setup that fits");
    trainer.advance().expect("a first step");
    trainer
}
