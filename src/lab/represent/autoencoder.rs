//! Autoencoders: they learn by the trainer that all networks have, on any device; codes are looked at with the weights that were there
//! last, on the processor, so that a picture under a pointer waits for no step.

mod card;
mod examples;
mod facts;
mod model;
mod network;
mod session;
mod shared;
mod sizes;
mod task;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
mod unseen;

pub use card::{AutoencoderCard, AutoencoderFile};
pub(super) use examples::{picture_of, pictures_of, told_examples};
pub(super) use facts::autoencoder_facts;
pub use model::AutoencoderModel;
pub use network::AutoencoderShape;
pub use session::AutoencoderSession;
pub(super) use sizes::over_sizes;
pub use task::{AutoencoderProgram, AutoencoderTask, AutoencoderTrainer, CodeErrors};
pub use unseen::area_under_curve;
