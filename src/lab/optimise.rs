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

use super::device::on_each;
use super::{Host, LabError, Perform};
use crate::protocol::{Optimise, OptimiseNews, Optimised};

impl<H: Host> Perform<H> for Optimise {
    type Kept = ();

    async fn perform(self, (): &(), host: &H, tell: &dyn Fn(OptimiseNews)) -> Result<Optimised, LabError> {
        Ok(match self {
            Optimise::Map(land) => Optimised::Map(land::map(land)?),
            Optimise::Walk(job) => Optimised::Walked(walk::walk(&job).await?),
            Optimise::Race(job) => {
                Optimised::Raced(race::race(&job, host, &|news| tell(OptimiseNews::Race(news))).await?)
            }
            Optimise::Depth(job) => {
                Optimised::Deepened(deep::deepen(&job, host, &|news| tell(OptimiseNews::Depth(news))).await?)
            }
            Optimise::Check(backend) => {
                Optimised::Checked(on_each(backend, host, async |device| facts::facts(device).await).await?)
            }
        })
    }
}
