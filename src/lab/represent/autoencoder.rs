//! Autoencoders: they learn by the trainer that all networks have, on any device; codes are looked at with the weights that were there
//! last, on the processor, so that a picture under a pointer waits for no step.

mod card;
mod examples;
mod model;
mod network;
mod session;
mod shared;
mod task;
#[cfg(test)]
mod tests;

pub use card::{AutoencoderCard, AutoencoderFile};
pub use model::AutoencoderModel;
pub use network::AutoencoderShape;
pub use session::AutoencoderSession;
pub use task::{AutoencoderProgram, AutoencoderTask, AutoencoderTrainer, CodeErrors};
