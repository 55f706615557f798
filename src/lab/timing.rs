//! One way to take a time, and what is timed so: a program that is run many times with nothing that moves between host and device, as
//! a whole or step by step.

mod ready;
mod sample;
mod steps;

pub use ready::TimedProgram;
pub(in crate::lab) use ready::{inference, variable};
pub(in crate::lab) use sample::{Course, best, median};
pub(in crate::lab) use steps::{ProgramTimes, StepTime, step_times};

use super::LabError;
use super::device::{Device, MaybeGpu};
use crate::protocol::BackendChoice;

/// Where something is measured: on the device that the person chose, else on all.
pub(in crate::lab) async fn devices(choice: BackendChoice, gpu: &MaybeGpu) -> Result<Vec<Device>, LabError> {
    Ok(match choice {
        BackendChoice::Cpu => vec![Device::Cpu],
        BackendChoice::Gpu => vec![gpu.device().await?],
        BackendChoice::Auto => std::iter::once(Device::Cpu).chain(gpu.device().await.ok()).collect(),
    })
}

/// The adapter; how many threads.
pub(in crate::lab) fn name_of(device: &Device) -> String {
    match device {
        Device::Cpu => threads(),
        Device::Gpu(gpu) => gpu.name().to_owned(),
    }
}

fn threads() -> String {
    if cfg!(target_arch = "wasm32") {
        return "WebAssembly, one thread".to_owned();
    }
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{count} threads")
}
