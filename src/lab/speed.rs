//! Speed: one table of workloads, one measurement of a device's limits, one way to take a time; `cargo bench`, the native
//! command and the page all measure through this.
//!
//! Invariant: nothing is uploaded or read back within a sample but what training itself does: inputs are state.

mod layers;
mod roofline;
mod workload;

pub use roofline::limits;
pub use workload::{PreparedWorkload, Training, Workload, workloads};

use super::device::{Device, MaybeGpu};
use super::timing::{Course, devices, median, name_of};
use super::{Host, LabError, Monitor, Perform, find_network};
use crate::protocol::{DeviceTimes, RefusedRow, Sampling, Speed, Timed};

/// Does the job; `tell` hears all that is known, again with each row.
///
/// # Errors
/// [`LabError::NoGpu`] where the person chose one, [`LabError::UnknownNetwork`], [`LabError::Setup`] for a sampling that is
/// none, [`LabError::Cancelled`], and a device that is lost.
pub async fn speed(
    job: &Speed,
    gpu: &MaybeGpu,
    watch: &impl Monitor,
    tell: impl Fn(&Timed),
) -> Result<Timed, LabError> {
    let Sampling { samples, sample_millis } = job.sampling;
    let wanted = Sampling::SAMPLES;
    let is_sampling = wanted.holds(samples) && sample_millis > 0.0 && sample_millis <= 60_000.0;
    ensure!(is_sampling, "a figure wants {wanted} samples, and a sample more than 0 ms and at most a minute");
    let unknown = |id: &String| LabError::UnknownNetwork { network: id.clone() };
    let network = job.layers.as_ref().map(|id| find_network(id).ok_or_else(|| unknown(id))).transpose()?;
    let mut rows = workloads();
    rows.retain(|row| job.rows.as_ref().is_some_and(|part| row.name.contains(part)));
    let devices = devices(job.backend, gpu).await?;
    let each = 2 * roofline::COUNT + rows.len() as u64;
    let mut course = Course::new(watch, job.sampling, devices.len() as u64 * each);
    let mut found = Timed::default();
    for device in &devices {
        let limits = roofline::measured(device, &mut course).await?;
        let mut times = begun(device, limits);
        tell(&with(&found, &times));
        for workload in &rows {
            let row = match workload.prepare(device).await {
                Ok(mut prepared) => timed(&mut prepared, &course).await.map(|millis| (millis, prepared.work())),
                Err(error) => Err(error),
            };
            let name = workload.name.clone();
            match row {
                Ok((millis, work)) => times.rows.push(limits.row(name, millis, work)),
                Err(error) if error.is_of_gpu() && !error.is_device_lost() => {
                    times.refused.push(RefusedRow { name, detail: error.to_string() });
                }
                Err(error) => return Err(error),
            }
            course.done += 1;
            tell(&with(&found, &times));
        }
        if let Some(network) = &network {
            times.layers = Some(layers::layers(network, device, &limits, &mut course).await?);
        }
        // Once more at the end: what disturbs the beginning must not make everything else look fast.
        let again = roofline::measured(device, &mut course).await?;
        times.hold_against(limits.or_better(&again));
        found.devices.push(times);
        tell(&found);
    }
    Ok(found)
}

/// A device of which only the limits are known.
pub fn begun(device: &Device, limits: crate::protocol::Limits) -> DeviceTimes {
    let software = match device {
        Device::Cpu => false,
        Device::Gpu(gpu) => gpu.traits().software,
    };
    DeviceTimes {
        kind: device.kind(),
        name: name_of(device),
        software,
        limits,
        rows: Vec::new(),
        refused: Vec::new(),
        layers: None,
    }
}

fn with(found: &Timed, times: &DeviceTimes) -> Timed {
    let mut all = found.clone();
    all.devices.push(times.clone());
    all
}

async fn timed(prepared: &mut PreparedWorkload, course: &Course<'_, impl Monitor>) -> Result<f64, LabError> {
    let seconds = median(course, async |times| {
        let start = course.watch.now_millis();
        prepared.run(times).await?;
        Ok((course.watch.now_millis() - start) / 1e3)
    });
    Ok(seconds.await? * 1e3)
}

impl<H: Host> Perform<H> for Speed {
    type Kept = ();

    /// Nobody else computes meanwhile.
    async fn perform(self, (): &(), host: &H, tell: &dyn Fn(Timed)) -> Result<Timed, LabError> {
        host.alone(async |gpu| speed(&self, &gpu, host, |timed: &Timed| tell(timed.clone())).await).await
    }
}
