//! Layers, parameters and checkpoints, in candle-nn's vocabulary.

pub mod checkpoint;
mod layer;
mod normalise;
mod var_builder;

pub use layer::{BatchNorm, Conv2d, Linear, batch_norm, config, conv2d, conv2d_no_bias, linear, linear_no_bias};
pub use normalise::Normalise;
pub use var_builder::VarBuilder;
