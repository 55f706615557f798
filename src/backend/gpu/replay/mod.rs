//! A list of dispatches, made once and replayed: one pass, one submit.
//!
//! Two twins: through wgpu natively, and straight on the browser's own objects on the web, where wgpu would clone several
//! handles per dispatch and can compile pipelines only one after another.

#[cfg(not(target_arch = "wasm32"))]
mod native;
mod stopwatch;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::{Pipeline, Replay};
#[cfg(target_arch = "wasm32")]
pub(super) use web::{Pipeline, Replay};

pub(super) use stopwatch::Stopwatch;

use super::buffer::Buffer;
use super::memory::Region;
use super::{Gpu, GpuError};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// One dispatch before it is made ready: binding 0 is written, the others are read. Sizes, where there are any, are a uniform
/// behind them.
pub(super) struct Dispatch {
    pub(super) op: &'static str,
    pub(super) source: String,
    pub(super) bindings: Vec<Region>,
    pub(super) sizes: Vec<u32>,
    pub(super) groups: [u32; 3],
}

impl Region {
    /// Kernels that read four elements at a time see whole quads.
    fn bound_bytes(&self) -> u64 {
        self.bytes.next_multiple_of(16)
    }
}

/// Dispatches with as many storage buffers, and both with or both without sizes, have one layout.
type Shape = (usize, bool);

impl Dispatch {
    fn shape(&self) -> Shape {
        (self.bindings.len(), !self.sizes.is_empty())
    }

    fn sizes_bytes(&self) -> u64 {
        self.sizes.len() as u64 * 4
    }
}

/// The sizes of all dispatches in one buffer, and where those of each begin.
fn sizes(gpu: &Gpu, dispatches: &[Dispatch]) -> (Buffer, Vec<u64>) {
    let align = gpu.limits.min_uniform_buffer_offset_alignment as usize;
    let mut bytes: Vec<u8> = Vec::new();
    let begins = dispatches.iter().map(|d| {
        let begin = bytes.len();
        bytes.extend(d.sizes.iter().flat_map(|size| size.to_le_bytes()));
        bytes.resize(bytes.len().next_multiple_of(align), 0);
        begin as u64
    });
    let begins = begins.collect();
    let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
    let buffer = Buffer::new(gpu, "sizes", (bytes.len() as u64).max(16), usage);
    gpu.queue.write_buffer(&buffer, 0, &bytes);
    (buffer, begins)
}

/// Waits until the staging buffer can be read.
pub(super) async fn map(gpu: &Gpu, staging: &wgpu::Buffer) -> Result<(), GpuError> {
    type Shared = Arc<Mutex<(Option<Result<(), wgpu::BufferAsyncError>>, Option<Waker>)>>;
    let shared: Shared = Shared::default();
    let theirs = shared.clone();
    staging.map_async(wgpu::MapMode::Read, .., move |result| {
        if let Ok(mut state) = theirs.lock() {
            state.0 = Some(result);
            state.1.take().into_iter().for_each(Waker::wake);
        }
    });
    // Natively this waits; in the browser the event loop calls back.
    if let Err(error) = gpu.device.poll(wgpu::PollType::wait_indefinitely()) {
        return Err(gpu.fault().unwrap_or(GpuError::Lost { detail: error.to_string() }));
    }
    let mapped = std::future::poll_fn(|context| match shared.lock() {
        Ok(mut state) => match state.0.take() {
            Some(result) => Poll::Ready(result.map_err(|error| error.to_string())),
            None => {
                state.1 = Some(context.waker().clone());
                Poll::Pending
            }
        },
        Err(error) => Poll::Ready(Err(error.to_string())),
    });
    mapped.await.map_err(|detail| gpu.fault().unwrap_or(GpuError::Lost { detail }))
}
