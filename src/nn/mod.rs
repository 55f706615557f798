//! Layers, parameters, losses and checkpoints, in candle-nn's vocabulary.

pub mod checkpoint;
mod clip;
mod dropout;
pub mod init;
mod layer;
pub mod loss;
mod norm;
mod normalise;
mod recurrent;
mod var_builder;

/// For those who know this room alone.
pub use crate::graph::host::HostError;
pub use clip::clip_by_norm;
pub use dropout::{Dropout, dropout};
pub use layer::{Conv2d, Linear, bias_init, config, conv2d, conv2d_no_bias, linear, linear_no_bias};
pub use norm::{BatchNorm, batch_norm};
pub use normalise::Normalise;
pub use recurrent::{Embedding, Lstm, LstmState, LstmStep, Rnn, embedding, lstm, rnn};
pub use var_builder::{Training, VarBuilder};
