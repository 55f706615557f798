//! Boltzmann machines: general ones that are enumerated, restricted ones of any size, and how they learn.
//!
//! Everything is arithmetic in double precision on the thread of the engine: a machine that can be watched is small, and each
//! state of a chain waits for the one before.

mod bars;
mod chains;
mod enumeration;
mod examples;
mod facts;
mod file;
mod hopfield;
mod learn;
mod machine;
mod model;
mod partition;
mod recall;
mod report;
mod restricted;
mod session;
#[cfg(test)]
mod tests;

pub use bars::bars_and_stripes;
pub use chains::{Chains, TemperedChains};
pub use enumeration::{Enumeration, MOST_ENUMERATED};
pub use examples::BinaryExamples;
pub(super) use examples::binary;
pub(super) use facts::boltzmann_facts;
pub use file::BoltzmannRun;
pub use hopfield::HopfieldMemory;
pub use learn::{BoltzmannLearner, contrastive_angles, exact_gradient, mean_log_likelihood};
pub use machine::GeneralMachine;
pub use model::{BoltzmannModel, Units};
pub(super) use model::{sigmoid, softplus};
pub use partition::{AnnealedRuns, PartitionEstimate, PartitionSum};
pub(super) use recall::recall;
pub use report::{boltzmann_point, patterns_of, progress_of};
pub use restricted::RestrictedMachine;
pub use session::BoltzmannSession;
