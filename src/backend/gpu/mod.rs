//! The GPU backend: WebGPU through wgpu, in the browser and natively.

mod any;
mod buffer;
mod codegen;
mod device;
mod halves;
mod memory;
mod plan;
mod replay;
mod sizes;
mod state;
#[cfg(target_arch = "wasm32")]
mod subgroups;

pub use any::{NO_ADAPTER, find};
pub use codegen::specialise;
pub use device::{Gpu, adapters};
pub use halves::halved;
pub use plan::{GpuPlan, GpuProfile};
pub use state::GpuState;

/// An error of a GPU.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what its fields are")]
pub enum GpuError {
    /// There is no GPU, or none for us.
    #[error("no GPU adapter: {detail}")]
    NoAdapter { detail: String },
    /// There is a GPU, but it does not give us a device.
    #[error("the GPU gave no device: {detail}")]
    NoDevice { detail: String },
    /// The device is gone, with all that was made on it.
    #[error("the GPU was lost: {detail}")]
    Lost { detail: String },
    /// A tensor is larger than a kernel may bind.
    #[error("{what} needs a buffer of {needed} bytes; this GPU allows {limit}")]
    TooLarge { what: String, needed: u64, limit: u64 },
    /// A buffer could not be created.
    #[error("the GPU has no room for {needed} more bytes: {detail}")]
    OutOfMemory { needed: u64, detail: String },
    /// A shader did not compile.
    #[error("a kernel for {op} was refused: {detail}")]
    Kernel { op: &'static str, detail: String },
    /// A command was invalid.
    #[error("the GPU refused a command: {detail}")]
    Refused { detail: String },
    /// The program computes in double precision.
    #[error("{op} computes {dtype:?}, which GPUs here cannot; use the CPU")]
    Type { op: &'static str, dtype: crate::graph::DType },
}

impl GpuError {
    fn refused(detail: impl ToString) -> Self {
        Self::Refused { detail: detail.to_string() }
    }
}
