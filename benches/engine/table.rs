//! The table at the end: what was found beside what the device could do at best.

use crate::limits::Limits;
use neocog::lab::train::Device;

#[derive(Default)]
pub(crate) struct Table {
    limits: Vec<(String, Limits)>,
    rows: Vec<Row>,
}

struct Row {
    what: String,
    seconds: f64,
    flops: f64,
    at_best: f64,
}

/// What one run of a program costs.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) flops: f64,
    pub(crate) bytes: f64,
    pub(crate) dispatches: usize,
}

impl Table {
    /// Rows from here on are of this device.
    pub(crate) fn device(&mut self, device: &Device, limits: Limits) {
        let name = match device {
            Device::Cpu => "the CPU".to_owned(),
            Device::Gpu(gpu) => gpu.name.clone(),
        };
        self.limits.push((name, limits));
    }

    /// `seconds` is infinite where criterion was told to leave this out.
    pub(crate) fn add(&mut self, what: String, seconds: f64, work: Work) {
        if let (Some((_, limits)), true) = (self.limits.last(), seconds.is_finite()) {
            let at_best = limits.seconds(work.flops, work.bytes, work.dispatches);
            self.rows.push(Row { what, seconds, flops: work.flops, at_best });
        }
    }

    pub(crate) fn print(&self) {
        for (name, limits) in &self.limits {
            let [flops, bytes, micros] = [limits.flops / 1e9, limits.bytes / 1e9, limits.dispatch * 1e6];
            println!("{name}: F {flops:.1} GFLOP/s, B {bytes:.2} GB/s, t {micros:.1} µs a dispatch");
        }
        println!("{:<44} {:>10} {:>10} {:>9} {:>8}", "best of all samples", "ms", "a second", "GFLOP/s", "of limit");
        for Row { what, seconds, flops, at_best } in &self.rows {
            let (millis, rate, speed) = (seconds * 1e3, 1.0 / seconds, flops / seconds / 1e9);
            println!("{what:<44} {millis:>10.3} {rate:>10.1} {speed:>9.2} {:>7.0}%", 100.0 * at_best / seconds);
        }
    }
}

/// As criterion's names begin.
pub(crate) fn short(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "CPU",
        Device::Gpu(_) => "GPU",
    }
}
