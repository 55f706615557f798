//! What a program costs, and what the engine holds.

use serde::{Deserialize, Serialize};

/// What one run of a program has to do at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
    pub flops: u64,
    pub bytes: u64,
    /// Kernel calls: GPU dispatches, or steps on the CPU.
    pub dispatches: u32,
}

/// What the engine holds of the device's memory at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Of WebAssembly's memory, which grows and never shrinks.
    pub wasm_bytes: u64,
    /// Of buffers on the GPU.
    pub gpu_bytes: u64,
    pub gpu_buffers: u64,
}
