//! Look inside: what a network sees in a picture.
//!
//! Invariants:
//! - All of it is a scalar of named layers and its gradient ([`probe`]): one program per network, device, batch and kind of scalar.
//! - Which class it is, is an input of the program: another one compiles nothing.

mod ascent;
mod dream;
mod evidence;
mod excite;
mod facts;
mod invariance;
mod ladder;
mod model;
mod optimal;
mod overlay;
mod parametrisation;
mod probe;
mod search;
mod style;
mod transform;
mod trust;

#[cfg(not(target_arch = "wasm32"))]
pub use dream::dream_of;
#[cfg(not(target_arch = "wasm32"))]
pub use evidence::evidence_of;
pub use excite::PicturePool;
#[cfg(not(target_arch = "wasm32"))]
pub use excite::excite_of;
#[cfg(not(target_arch = "wasm32"))]
pub use invariance::invariance_of;
#[cfg(not(target_arch = "wasm32"))]
pub use optimal::optimal_of;
#[cfg(not(target_arch = "wasm32"))]
pub use style::{StyleSlope, painted_by, style_of, style_slope};

use super::device::{Models, on_each};
use super::{Host, LabError, Perform};
use crate::protocol::{LookInside, LookInsideAnswer, LookInsideNews};
use async_lock::Mutex;
use model::LookModel;
use style::Painter;

/// Networks that stay compiled between jobs.
#[derive(Default)]
pub struct LookSession {
    dream: Mutex<Models<LookModel, 2>>,
    /// What a dream takes is asked while one is under way.
    tile_times: dream::TileTimes,
    evidence: Mutex<Models<LookModel, 2>>,
    excite: Mutex<excite::ExciteSession>,
    invariance: Mutex<Models<LookModel, 2>>,
    /// Searches take their time: other jobs need not wait for them.
    optimal: Mutex<Models<LookModel, 2>>,
    style: Mutex<Models<LookModel, 2>>,
    painters: Mutex<Models<Painter, 1>>,
    /// This takes minutes: maps need not wait for it.
    trust: Mutex<Models<LookModel, 2>>,
}

impl<H: Host> Perform<H> for LookInside {
    type Kept = LookSession;

    async fn perform(
        self,
        kept: &LookSession,
        host: &H,
        tell: &dyn Fn(LookInsideNews),
    ) -> Result<LookInsideAnswer, LabError> {
        match self {
            LookInside::Dream(job) => {
                let mut models = host.or_cancelled(kept.dream.lock()).await?;
                let tell = |found| tell(LookInsideNews::Dream(Box::new(found)));
                let found = dream::dream(&job, &mut models, &kept.tile_times, host, &tell).await?;
                Ok(LookInsideAnswer::Dream(Box::new(found)))
            }
            LookInside::DreamCost(job) => {
                let cost = dream::dream_cost(&job, &kept.tile_times, host).await?;
                Ok(LookInsideAnswer::DreamCost(Box::new(cost)))
            }
            LookInside::Evidence(job) => {
                let tell = |map| tell(LookInsideNews::Evidence(Box::new(map)));
                let mut models = host.or_cancelled(kept.evidence.lock()).await?;
                let found = evidence::evidence(&job, &mut models, host, &tell).await?;
                Ok(LookInsideAnswer::Evidence(Box::new(found)))
            }
            LookInside::Optimal(job) => {
                let mut models = host.or_cancelled(kept.optimal.lock()).await?;
                let tell = |found| tell(LookInsideNews::Optimal(Box::new(found)));
                Ok(LookInsideAnswer::Optimal(Box::new(optimal::optimal(&job, &mut models, host, &tell).await?)))
            }
            LookInside::Style(job) => {
                let mut models = host.or_cancelled(kept.style.lock()).await?;
                let tell = |found| tell(LookInsideNews::Style(Box::new(found)));
                let found = style::style(&job, &mut models, host, &tell).await?;
                Ok(LookInsideAnswer::Style(Box::new(found)))
            }
            LookInside::Excite(job) => {
                let tell = |found| tell(LookInsideNews::Excite(Box::new(found)));
                let mut session = host.or_cancelled(kept.excite.lock()).await?;
                let found = excite::excite(&job, &mut session, host, &tell).await?;
                Ok(LookInsideAnswer::Excite(Box::new(found)))
            }
            LookInside::Paint(job) => {
                let mut models = host.or_cancelled(kept.painters.lock()).await?;
                Ok(LookInsideAnswer::Painted(style::paint(&job, &mut models, host).await?))
            }
            LookInside::Trust(job) => {
                let tell = |row| tell(LookInsideNews::Trust(Box::new(row)));
                let mut models = host.or_cancelled(kept.trust.lock()).await?;
                Ok(LookInsideAnswer::Trust(trust::trust(&job, &mut models, host, &tell).await?))
            }
            LookInside::Invariance(job) => {
                let tell = |found| tell(LookInsideNews::Invariance(Box::new(found)));
                let mut models = host.or_cancelled(kept.invariance.lock()).await?;
                let found = invariance::invariance(&job, &mut models, host, &tell).await?;
                Ok(LookInsideAnswer::Invariance(Box::new(found)))
            }
            LookInside::Check(choice) => Ok(LookInsideAnswer::Checked(on_each(choice, host, facts::facts).await?)),
        }
    }
}
