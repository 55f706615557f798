//! Depth: the linear regions of networks of rectifiers over a plane, exactly, while they learn and as they are made by hand.

mod facts;
mod fold;
mod learn;
mod map;
mod regions;

pub use fold::{folding, tent};
pub use map::{built, regions_of};
pub use regions::{
    Affine, DenseLayer, LinearRegion, MOST_REGIONS, Polygon, ReluNet, area, classes_of, montufar, rectangle, zaslavsky,
};

use super::{Host, LabError, Perform};
use crate::protocol::{Depth, Depths, RegionMap};

impl<H: Host> Perform<H> for Depth {
    type Kept = ();

    async fn perform(self, (): &(), host: &H, tell: &dyn Fn(RegionMap)) -> Result<Depths, LabError> {
        Ok(match self {
            Depth::Learn(job) => Depths::Regions(Box::new(learn::learn(&job, host, &tell).await?)),
            Depth::Build(job) => {
                let start = host.now_millis();
                let mut map = built(&job)?;
                map.elapsed_ms = host.now_millis() - start;
                Depths::Regions(Box::new(map))
            }
            Depth::Check(_) => Depths::Checked(facts::facts()?),
        })
    }
}
