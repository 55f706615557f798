//! A closer look at a run between two of its steps: what it gets wrong, its filters, its numbers, what it sees of a plane.

mod answers;
mod paint;
mod plane;
mod weights;

pub(super) use plane::{plane, plane_program};

use super::{LabError, TrainingRun};
use crate::lab::Monitor;
use crate::protocol::{Look, Looked};

impl TrainingRun {
    pub async fn look(&mut self, look: Look, watch: &impl Monitor) -> Result<Looked, LabError> {
        match look {
            Look::Confusion { part, mistakes } => self.confusion(part, mistakes, watch).await,
            Look::Filters => self.filters().await,
            Look::Histograms { bins } => self.histograms(bins).await,
            Look::Surface { side } => self.surface(side).await,
            Look::Try { pixels } => self.attempt(&pixels).await,
            Look::Examples { count } => self.examples(count).await,
        }
    }
}
