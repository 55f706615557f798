//! Why there is nothing to measure.

use crate::backend::RunError;
use crate::backend::gpu::GpuError;
use crate::graph::ShapeError;
use crate::graph::pass::PassError;
use crate::lab::LabError;

#[derive(Debug, thiserror::Error)]
pub(super) enum BenchError {
    /// The harness knows this beginning, and leaves the row empty.
    #[error("unsupported: {what}")]
    Unsupported { what: String },
    #[error("options that cannot be read: {detail}")]
    Options { detail: String },
    #[error("{url} could not be read: {detail}")]
    Fetch { url: String, detail: String },
    #[error("{set}: {detail}")]
    Data { set: String, detail: String },
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error(transparent)]
    Pass(#[from] PassError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Gpu(#[from] GpuError),
    #[error(transparent)]
    Host(#[from] candle_core::Error),
    #[error(transparent)]
    Lab(#[from] LabError),
}
