//! Optimise: optimisers on landscapes and against each other, and what becomes of gradients in deep networks.
//!
//! Everything is computed by the engine: the landscapes are graphs and their gradients are derived from them, the optimisers
//! are the op that trains networks.

mod contour;
mod deep;
mod facts;
mod land;
mod race;
mod walk;

pub use land::map;
pub use walk::walk;

use super::device::{MaybeGpu, on_each};
use super::{Host, LabError, Perform, Watch};
use crate::protocol::{Optimise, OptimiseNews, Optimised};

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
        Optimise::Race(job) => {
            Ok(Optimised::Raced(race::race(job, gpu, watch, &|news| tell(OptimiseNews::Race(news))).await?))
        }
        Optimise::Depth(job) => {
            Ok(Optimised::Deepened(deep::deepen(job, gpu, watch, &|news| tell(OptimiseNews::Depth(news))).await?))
        }
        Optimise::Check(backend) => {
            Ok(Optimised::Checked(on_each(*backend, gpu, async |device| facts::facts(device).await).await?))
        }
    }
}

impl<H: Host> Perform<H> for Optimise {
    type Kept = ();

    async fn perform(self, (): &(), host: &H, tell: &dyn Fn(OptimiseNews)) -> Result<Optimised, LabError> {
        optimise(&self, &host.gpu().await?, host, tell).await
    }
}
