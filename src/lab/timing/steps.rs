//! A program's run taken apart: how long each of its steps takes, and all of them together.

use super::ready::TimedProgram;
use super::sample::{Course, median};
use crate::graph::Program;
use crate::lab::device::Device;
use crate::lab::{LabError, Monitor};
use crate::protocol::StepClock;

/// How long the steps of a program take.
pub(in crate::lab) struct ProgramTimes {
    pub(in crate::lab) clock: StepClock,
    /// Of the whole run, timed from outside.
    pub(in crate::lab) whole_millis: f64,
    /// Steps that nothing runs for (a tensor is made where it is needed) are left out.
    pub(in crate::lab) steps: Vec<StepTime>,
}

pub(in crate::lab) struct StepTime {
    /// Its place in the program.
    pub(in crate::lab) at: usize,
    pub(in crate::lab) millis: f64,
    pub(in crate::lab) dispatches: u32,
}

/// Of a program without inputs, step by step.
pub(in crate::lab) async fn step_times(
    program: Program,
    device: &Device,
    course: &mut Course<'_, impl Monitor>,
) -> Result<ProgramTimes, LabError> {
    let (watch, count) = (course.watch, program.steps.len());
    let mut ready = TimedProgram::new(device, program).await?;
    let before = median(course, async |times| ready.seconds(times, watch).await).await?;
    let mut profile = ready.profile().await?;
    let mut clock = StepClock::Timestamps;
    let mut steps = Vec::new();
    for at in 0..count {
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
            steps.push(StepTime { at, millis: seconds.await? * 1e3, dispatches });
        }
        course.done += 1;
    }
    drop(profile);
    // Before and after: a machine that grows busy or hot between the two is not taken for a fault.
    let after = median(course, async |times| ready.seconds(times, watch).await).await?;
    Ok(ProgramTimes { clock, whole_millis: 1e3 * (before + after) / 2.0, steps })
}
