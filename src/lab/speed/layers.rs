//! A network's run taken apart: how long each of its steps takes, and all of them together.

use super::super::LabError;
use super::super::Monitor;
use super::ready::TimedProgram;
use super::sample::{Course, median};
use super::workload::inference;
use crate::lab::device::Device;
use crate::models::Network;
use crate::protocol::{LayerTimes, Limits, StepClock, Work};

/// Steps that nothing runs for (a tensor is made where it is needed) are left out.
pub(super) async fn layers(
    network: &Network,
    device: &Device,
    limits: &Limits,
    course: &mut Course<'_, impl Monitor>,
) -> Result<LayerTimes, LabError> {
    let watch = course.watch;
    let mut ready = TimedProgram::new(device, inference(network)?).await?;
    let steps = ready.steps().to_vec();
    course.of += steps.len() as u64;
    let before = median(course, async |times| ready.seconds(times, watch).await).await?;
    let mut profile = ready.profile().await?;
    let mut clock = StepClock::Timestamps;
    let mut layers = Vec::new();
    for (at, step) in steps.into_iter().enumerate() {
        let dispatches = u32::try_from(profile.dispatches(at)).unwrap_or(u32::MAX);
        if dispatches > 0 {
            let seconds = median(course, async |times| {
                let start = watch.now_millis();
                let own = profile.repeat(at, times).await?;
                let outside = (watch.now_millis() - start) / 1e3;
                if own.is_none() {
                    clock = StepClock::Outside;
                }
                Ok(own.unwrap_or(outside))
            });
            let millis = seconds.await? * 1e3;
            let work = Work { flops: step.flops, bytes: step.bytes, dispatches };
            layers.push(limits.row(step.name, millis, work));
        }
        course.done += 1;
    }
    drop(profile);
    // Before and after: a machine that grows busy or hot between the two is not taken for a fault.
    let after = median(course, async |times| ready.seconds(times, watch).await).await?;
    let whole_millis = 1e3 * (before + after) / 2.0;
    Ok(LayerTimes { network: network.id.clone(), clock, whole_millis, layers })
}
