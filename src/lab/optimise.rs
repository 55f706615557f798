//! Optimise: optimisers on landscapes and against each other, and what becomes of gradients in deep networks.
//!
//! Everything is computed by the engine: the landscapes are graphs and their gradients are derived from them, the optimisers
//! are the op that trains networks.

mod contour;
mod deep;
mod facts;
mod land;
mod race;
mod step;
mod walk;

pub use land::map;
pub(super) use step::step;
pub use walk::walk;

use super::device::{Device, MaybeGpu, again_if_lost, choose, on_each, timed};
use super::{Host, LabError, Perform, Watch};
use crate::protocol::{BackendChoice, Optimise, OptimiseNews, Optimised, OptimiserRace};

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
            let chosen = choose(job.backend, gpu, sample).await?;
            let run = async |device: &Device, used| deep::deepen(job, device, Some(used), watch, &tell).await;
            Ok(Optimised::Deepened(again_if_lost(job.backend, gpu, chosen, run).await?))
        }
        Optimise::Check(backend) => {
            Ok(Optimised::Checked(on_each(*backend, gpu, async |device| facts::facts(device).await).await?))
        }
    }
}

async fn race_somewhere(
    job: &OptimiserRace,
    gpu: &MaybeGpu,
    watch: &impl Watch,
    tell: &impl Fn(crate::protocol::RaceNews),
) -> Result<Optimised, LabError> {
    let sample = async |device: &Device| race::sample(job, device, watch).await?.step_millis(watch).await;
    let choice = job.setup.backend;
    let chosen = choose(choice, gpu, sample).await?;
    let run = async |device: &Device, used| race::race(job, device, used, watch, tell).await;
    Ok(Optimised::Raced(again_if_lost(choice, gpu, chosen, run).await?))
}

impl<H: Host> Perform<H> for Optimise {
    type Kept = ();

    async fn perform(self, (): &(), host: &H, tell: &dyn Fn(OptimiseNews)) -> Result<Optimised, LabError> {
        optimise(&self, &host.gpu().await?, host, tell).await
    }
}
