//! A network's run taken apart: how long each of its steps takes, and all of them together.

use crate::lab::device::Device;
use crate::lab::timing::{Course, ProgramTimes, StepTime, inference, step_times};
use crate::lab::{LabError, Monitor};
use crate::models::Network;
use crate::protocol::{LayerTimes, Limits, Work};

pub(super) async fn layers(
    network: &Network,
    device: &Device,
    limits: &Limits,
    course: &mut Course<'_, impl Monitor>,
) -> Result<LayerTimes, LabError> {
    let program = inference(network, &|_| None)?;
    let mut costs = program.step_costs(device.traits());
    course.of += costs.len() as u64;
    let ProgramTimes { clock, whole_millis, steps } = step_times(program, device, course).await?;
    let row = |StepTime { at, millis, dispatches }| {
        let cost = &mut costs[at];
        let work = Work { flops: cost.flops, bytes: cost.bytes, dispatches };
        limits.row(std::mem::take(&mut cost.name), millis, work)
    };
    Ok(LayerTimes { network: network.id.clone(), clock, whole_millis, layers: steps.into_iter().map(row).collect() })
}
