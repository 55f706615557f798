//! Optimise: optimisers on landscapes and against each other, and what becomes of gradients in deep networks.
//!
//! Everything is computed by the engine: the landscapes are graphs and their gradients are derived from them, the optimisers
//! are the op that trains networks.

mod contour;
mod deep;
mod facts;
mod land;
mod plan;
mod race;
mod step;
mod walk;

pub use land::map;
pub(super) use plan::Bench;
pub(super) use step::step;
pub use walk::walk;

use super::train::Device;
use super::{LabError, Watch};
use crate::backend::gpu::Gpu;
use crate::protocol::{BackendChoice, BackendKind, BackendUsed, Optimise, OptimiseNews, Optimised, OptimiserRace, Why};
use std::rc::Rc;

/// The GPU, or why there is none.
pub type MaybeGpu = Result<Rc<Gpu>, String>;

/// Does the job; `tell` hears how far long ones are.
///
/// # Errors
/// [`LabError::Setup`] and [`LabError::Network`] for what makes no sense, [`LabError::NoGpu`] where the person chose one,
/// [`LabError::Cancelled`], and what a device refuses.
pub async fn optimise(
    job: &Optimise,
    gpu: &MaybeGpu,
    watch: &impl Watch,
    tell: impl Fn(OptimiseNews),
) -> Result<Optimised, LabError> {
    match job {
        Optimise::Map(land) => Ok(Optimised::Map(map(*land)?)),
        Optimise::Walk(job) => Ok(Optimised::Walked(walk(job).await?)),
        Optimise::Race(job) => race_somewhere(job, gpu, watch, &|news| tell(OptimiseNews::Race(news))).await,
        Optimise::Depth(job) => {
            let tell = |news| tell(OptimiseNews::Depth(news));
            // A look at the first gradients is sooner done than a device is chosen for it.
            if job.steps == 0 && job.backend != BackendChoice::Gpu {
                return Ok(Optimised::Deepened(deep::deepen(job, &Device::Cpu, None, watch, &tell).await?));
            }
            let sample = async |device: &Device| {
                let mut net = deep::sample(job, device, watch).await?;
                timed(watch, async || net.advance(true).await).await
            };
            let (device, used) = choose(job.backend, gpu, sample).await?;
            let found = deep::deepen(job, &device, Some(used.clone()), watch, &tell).await;
            match lost(found, job.backend)? {
                Ok(news) => Ok(Optimised::Deepened(news)),
                Err(used) => Ok(Optimised::Deepened(deep::deepen(job, &Device::Cpu, Some(used), watch, &tell).await?)),
            }
        }
        Optimise::Check(backend) => {
            let mut found = facts::facts(&Device::Cpu).await?;
            if let (Ok(gpu), BackendChoice::Auto | BackendChoice::Gpu) = (gpu, backend) {
                watch.pause().await;
                found.extend(facts::facts(&Device::Gpu(gpu.clone())).await?);
            }
            Ok(Optimised::Checked(found))
        }
    }
}

async fn race_somewhere(
    job: &OptimiserRace,
    gpu: &MaybeGpu,
    watch: &impl Watch,
    tell: &impl Fn(crate::protocol::RaceNews),
) -> Result<Optimised, LabError> {
    let sample = async |device: &Device| {
        let mut trainer = race::sample(job, device, watch).await?;
        timed(watch, async || {
            trainer.advance()?;
            trainer.point().await.map(|_| ())
        })
        .await
    };
    let choice = job.setup.backend;
    let (device, used) = choose(choice, gpu, sample).await?;
    let found = race::race(job, &device, used, watch, tell).await;
    Ok(Optimised::Raced(match lost(found, choice)? {
        Ok(news) => news,
        Err(used) => race::race(job, &Device::Cpu, used, watch, tell).await?,
    }))
}

/// A GPU that was lost is no reason to give up where the person did not ask for it: the inner `Err` says so.
pub(super) fn lost<T>(found: Result<T, LabError>, choice: BackendChoice) -> Result<Result<T, BackendUsed>, LabError> {
    match found {
        Err(error) if error.is_device_lost() && choice == BackendChoice::Auto => {
            Ok(Err(on_cpu(Why::GpuFailed { detail: error.to_string() })))
        }
        other => other.map(Ok),
    }
}

pub(super) fn on_cpu(why: Why) -> BackendUsed {
    BackendUsed { kind: BackendKind::Cpu, adapter: String::new(), why }
}

/// Where to run: what the person chose, else what is faster, by the time that `sample` takes on each; a GPU that a program
/// plays is not.
pub(super) async fn choose(
    choice: BackendChoice,
    gpu: &MaybeGpu,
    mut sample: impl AsyncFnMut(&Device) -> Result<f64, LabError>,
) -> Result<(Device, BackendUsed), LabError> {
    let found = match (choice, gpu) {
        (BackendChoice::Cpu, _) => return Ok((Device::Cpu, on_cpu(Why::Chosen))),
        (BackendChoice::Gpu, Err(detail)) => return Err(LabError::NoGpu { detail: detail.clone() }),
        (BackendChoice::Auto, Err(detail)) => {
            return Ok((Device::Cpu, on_cpu(Why::NoGpu { detail: detail.clone() })));
        }
        (BackendChoice::Auto | BackendChoice::Gpu, Ok(gpu)) => gpu,
    };
    let device = Device::Gpu(found.clone());
    let on_gpu = |why| BackendUsed { kind: BackendKind::Gpu, adapter: found.name.clone(), why };
    if choice == BackendChoice::Gpu {
        return Ok((device, on_gpu(Why::Chosen)));
    }
    if found.traits.software {
        return Ok((Device::Cpu, on_cpu(Why::Software { adapter: found.name.clone() })));
    }
    let cpu_millis = sample(&Device::Cpu).await?;
    Ok(match sample(&device).await {
        Err(LabError::Cancelled) => return Err(LabError::Cancelled),
        Err(error) => (Device::Cpu, on_cpu(Why::GpuFailed { detail: error.to_string() })),
        Ok(gpu_millis) if gpu_millis < cpu_millis => {
            (device, on_gpu(Why::Faster { millis: gpu_millis, other_millis: cpu_millis }))
        }
        Ok(gpu_millis) => (Device::Cpu, on_cpu(Why::Faster { millis: cpu_millis, other_millis: gpu_millis })),
    })
}

/// The shortest of three runs, after one that warms up.
pub(super) async fn timed(
    watch: &impl Watch,
    mut run: impl AsyncFnMut() -> Result<(), LabError>,
) -> Result<f64, LabError> {
    run().await?;
    let mut least = f64::INFINITY;
    for _ in 0..3 {
        watch.pause().await;
        if watch.is_cancelled() {
            return Err(LabError::Cancelled);
        }
        let start = watch.now_millis();
        run().await?;
        least = least.min(watch.now_millis() - start);
    }
    Ok(least)
}

/// When others on this thread get a turn, and when there is something to tell.
pub(super) struct Pace {
    started_millis: f64,
    rested_millis: f64,
    told_millis: f64,
}

/// Between turns of the event loop; a step that takes longer has one after it.
const REST_MILLIS: f64 = 12.0;
const TELL_MILLIS: f64 = 80.0;

impl Pace {
    pub(super) fn new(watch: &impl Watch) -> Self {
        let now = watch.now_millis();
        Self { started_millis: now, rested_millis: now, told_millis: f64::NEG_INFINITY }
    }

    /// # Errors
    /// [`LabError::Cancelled`]
    pub(super) async fn rest(&mut self, watch: &impl Watch) -> Result<(), LabError> {
        if watch.now_millis() - self.rested_millis > REST_MILLIS {
            watch.pause().await;
            self.rested_millis = watch.now_millis();
        }
        if watch.is_cancelled() { Err(LabError::Cancelled) } else { Ok(()) }
    }

    pub(super) fn is_time_to_tell(&mut self, watch: &impl Watch) -> bool {
        let now = watch.now_millis();
        let is_time = now - self.told_millis > TELL_MILLIS;
        if is_time {
            self.told_millis = now;
        }
        is_time
    }

    pub(super) fn per_second(&self, watch: &impl Watch, steps: u32) -> f32 {
        (f64::from(steps) * 1e3 / (watch.now_millis() - self.started_millis).max(1e-3)) as f32
    }
}
