//! Which device a job runs on, and where it goes on when that is lost.

use super::{Device, MaybeGpu, Race};
use crate::lab::{Host, LabError, Monitor};
use crate::protocol::{BackendChoice, BackendKind, BackendUsed, Why};

/// A device, and why it is this one.
type Chosen = (Device, BackendUsed);

fn chosen(device: Device, why: Why) -> Chosen {
    let used = device.used(why);
    (device, used)
}

/// Where to run: what the person chose, else what is faster, by the time that `sample` takes on each; a GPU that a program
/// plays is not.
pub(in crate::lab) async fn choose(
    choice: BackendChoice,
    gpu: &MaybeGpu,
    sample: impl AsyncFnMut(&Device) -> Result<f64, LabError>,
) -> Result<Chosen, LabError> {
    choose_known(choice, gpu, &mut None, sample).await
}

/// [`choose`] with the times of an earlier race, or with room for those of a new one.
pub(in crate::lab) async fn choose_known(
    choice: BackendChoice,
    gpu: &MaybeGpu,
    known: &mut Option<Race>,
    mut sample: impl AsyncFnMut(&Device) -> Result<f64, LabError>,
) -> Result<Chosen, LabError> {
    let found = match choice {
        BackendChoice::Cpu => return Ok(chosen(Device::Cpu, Why::Chosen)),
        BackendChoice::Gpu => return Ok(chosen(gpu.device().await?, Why::Chosen)),
        BackendChoice::Auto => match gpu.living().await {
            Ok(found) => found,
            Err(detail) => return Ok(chosen(Device::Cpu, Why::NoGpu { detail })),
        },
    };
    if found.traits().software {
        return Ok(chosen(Device::Cpu, Why::Software { adapter: found.name().to_owned() }));
    }
    let on_gpu = Device::Gpu(found);
    let race = match *known {
        Some(race) => race,
        None => {
            let cpu_ms = sample(&Device::Cpu).await?;
            let gpu_ms = match sample(&on_gpu).await {
                Ok(millis) => millis,
                Err(LabError::Cancelled) => return Err(LabError::Cancelled),
                Err(error) => return Ok(chosen(Device::Cpu, Why::GpuFailed { trouble: error.into() })),
            };
            *known.insert(Race { gpu_ms, cpu_ms, max_logit_difference: None })
        }
    };
    let device = match race.winner() {
        BackendKind::Cpu => Device::Cpu,
        BackendKind::Gpu => on_gpu,
    };
    Ok(chosen(device, race.why()))
}

/// Where something goes on that began on a GPU: there, on a new one where it is lost, else on the CPU.
pub(in crate::lab) async fn elsewhere(choice: BackendChoice, gpu: &MaybeGpu) -> Result<Chosen, LabError> {
    match (choice, gpu.living().await) {
        (_, Ok(found)) => Ok(chosen(Device::Gpu(found), Why::Began)),
        (BackendChoice::Gpu, Err(detail)) => Err(LabError::NoGpu { detail }),
        (BackendChoice::Auto | BackendChoice::Cpu, Err(detail)) => Ok(chosen(Device::Cpu, Why::NoGpu { detail })),
    }
}

/// [`elsewhere`] for a job that is done once more from its beginning.
pub(in crate::lab) async fn after_loss(choice: BackendChoice, gpu: &MaybeGpu) -> Result<Chosen, LabError> {
    let (device, _) = elsewhere(choice, gpu).await?;
    Ok(chosen(device, Why::Recovered { lost_steps: 0 }))
}

/// Runs a job where it was decided, and once more where the GPU is lost meanwhile.
pub(in crate::lab) async fn again_if_lost<T>(
    choice: BackendChoice,
    gpu: &MaybeGpu,
    (device, used): Chosen,
    mut run: impl AsyncFnMut(&Device, BackendUsed) -> Result<T, LabError>,
) -> Result<T, LabError> {
    match run(&device, used).await {
        Err(error) if error.is_device_lost() => {
            let (device, used) = after_loss(choice, gpu).await?;
            run(&device, used).await
        }
        found => found,
    }
}

/// What is found on the CPU and, unless the person chose the CPU, on the GPU.
pub(in crate::lab) async fn on_each<T>(
    choice: BackendChoice,
    host: &impl Host,
    mut find: impl AsyncFnMut(&Device) -> Result<Vec<T>, LabError>,
) -> Result<Vec<T>, LabError> {
    let mut found = find(&Device::Cpu).await?;
    if let (Ok(gpu), BackendChoice::Auto | BackendChoice::Gpu) = (host.gpu().await?.living().await, choice) {
        found.extend(find(&Device::Gpu(gpu)).await?);
    }
    Ok(found)
}

/// Milliseconds: the shortest of three runs, after one that warms up.
pub(in crate::lab) async fn timed(
    watch: &impl Monitor,
    mut run: impl AsyncFnMut() -> Result<(), LabError>,
) -> Result<f64, LabError> {
    run().await?;
    let mut least = f64::INFINITY;
    for _ in 0..3 {
        watch.rest().await?;
        let start = watch.now_millis();
        run().await?;
        least = least.min(watch.now_millis() - start);
    }
    Ok(least)
}
