//! Deep belief nets (Hinton, Osindero & Teh 2006): restricted machines learn on top of each other, pictures come down from the top, and
//! their weights are what a classifier begins with.

mod facts;
mod learn;
mod net;
mod pictures;
mod session;
#[cfg(test)]
mod tests;
mod tune;

pub(super) use facts::stack_facts;
pub use learn::StackLearner;
pub use net::BeliefNet;
pub use pictures::StackPictures;
pub use session::StackSession;
pub use tune::{TuneTask, TuneTrainer};
