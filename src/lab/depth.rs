//! Depth: curves that networks learn, and the linear regions of networks of rectifiers over a plane, exactly, while they learn and as they are made by hand.

mod facts;
mod fit;
mod fold;
mod learn;
mod map;
mod regions;
mod slice;

pub use fold::{folding, tent};
pub use map::{built, regions_of};
pub use regions::{
    Affine, DenseLayer, LinearRegion, MOST_REGIONS, Polygon, ReluNet, area, classes_of, montufar, rectangle, zaslavsky,
};
#[cfg(not(target_arch = "wasm32"))]
pub use slice::slice_of;

use super::{Host, LabError, Perform};
use crate::protocol::{Depth, Depths, RegionNews};

impl<H: Host> Perform<H> for Depth {
    type Kept = ();

    async fn perform(self, (): &(), host: &H, tell: &dyn Fn(RegionNews)) -> Result<Depths, LabError> {
        Ok(match self {
            Depth::Learn(job) => {
                let tell = |map| tell(RegionNews::Regions(Box::new(map)));
                Depths::Regions(Box::new(learn::learn(&job, host, &tell).await?))
            }
            Depth::Build(job) => {
                let start = host.now_millis();
                let mut map = built(&job)?;
                map.elapsed_ms = host.now_millis() - start;
                Depths::Regions(Box::new(map))
            }
            Depth::Slice(job) => {
                let tell = |map| tell(RegionNews::Slice(Box::new(map)));
                Depths::Slice(Box::new(slice::slice(&job, host, &tell).await?))
            }
            Depth::Fit(job) => {
                let tell = |found| tell(RegionNews::Fitted(Box::new(found)));
                Depths::Fitted(Box::new(fit::fit(&job, host, &tell).await?))
            }
            Depth::Check(_) => Depths::Checked(facts::facts()?),
        })
    }
}
