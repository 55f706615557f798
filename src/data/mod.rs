//! Inputs and labels of networks: pictures, their decoding and preprocessing, class names; and data sets for training, drawn
//! here or read from files.
//!
//! Nothing here knows the page, the worker or a device; all but the native decoder is the same code on every target, so
//! that a picture becomes the same numbers everywhere.

pub mod apng;
pub mod boxes;
pub mod captions;
mod coco;
pub mod dataset;
#[cfg(not(target_arch = "wasm32"))]
mod decode;
mod error;
pub mod files;
pub mod foreign;
pub mod gallery;
pub mod ink;
pub mod keypoints;
pub mod labels;
mod maths;
pub mod objects;
pub mod orientation;
mod picture;
pub mod png;
pub mod preprocess;
pub mod probe;
pub mod procedural;
pub mod pytorch;
mod random;
pub mod resize;
pub mod scenes;
mod shape;
pub mod text;

pub use dataset::Dataset;
#[cfg(not(target_arch = "wasm32"))]
pub use decode::decode;
pub use error::DataError;
pub use picture::{Fit, Rgb};
