//! The GPU backend: WebGPU through wgpu, in the browser and natively.

mod any;
mod buffer;
mod codegen;
mod device;
mod memory;
mod plan;
mod replay;
mod sizes;
mod state;
#[cfg(target_arch = "wasm32")]
mod subgroups;

pub use any::find;
pub use codegen::specialise;
pub use device::{Gpu, adapters};
pub use plan::{GpuPlan, GpuProfile};
pub use state::GpuState;

/// What can go wrong on a GPU.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GpuError {
    #[error("no GPU adapter: {detail}")]
    NoAdapter { detail: String },
    #[error("the GPU gave no device: {detail}")]
    NoDevice { detail: String },
    #[error("the GPU was lost: {detail}")]
    Lost { detail: String },
    #[error("{what} needs a buffer of {needed} bytes; this GPU allows {limit}")]
    TooLarge { what: String, needed: u64, limit: u64 },
    #[error("the GPU has no room for {needed} more bytes: {detail}")]
    OutOfMemory { needed: u64, detail: String },
    #[error("a kernel for {op} was refused: {detail}")]
    Kernel { op: &'static str, detail: String },
    #[error("the GPU refused a command: {detail}")]
    Refused { detail: String },
    #[error("{op} computes {dtype:?}, which GPUs here cannot; use the CPU")]
    Type { op: &'static str, dtype: crate::graph::DType },
}
