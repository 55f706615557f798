//! Buffers of a plan: slots for intermediate results, and the packed constants.

use super::buffer::Buffer;
use super::{Gpu, GpuError};
use crate::graph::host::{HostError, from_elements, with_elements};
use crate::graph::plan::ALIGNMENT;
use crate::graph::{DType, Host, Spec};
use half::f16;

/// The usage of buffers that kernels read and write.
pub(super) const STORED: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);
/// The usage of buffers that the host reads.
pub(super) const STAGED: wgpu::BufferUsages = wgpu::BufferUsages::MAP_READ.union(wgpu::BufferUsages::COPY_DST);

/// A range of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) buffer: usize,
    pub(super) offset: u64,
    pub(super) bytes: u64,
    /// Whether floats lie there in 16 bits each.
    pub(super) is_half: bool,
}

impl Region {
    pub(super) fn new(buffer: usize, offset: u64, bytes: u64) -> Self {
        Self { buffer, offset, bytes, is_half: false }
    }
}

/// All buffers of a plan.
#[derive(Default)]
pub(super) struct Buffers {
    pub(super) list: Vec<Buffer>,
    /// Constants still to be uploaded: filled up before a buffer is made.
    pending: Vec<u8>,
    /// Index that the buffer of the pending constants will have.
    pending_index: Option<usize>,
}

/// The floats of a host tensor in 16 bits each, in whole words.
fn half_bytes_of(host: &Host) -> Result<Vec<u8>, GpuError> {
    let halves = |x: &[f32]| x.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
    let mut bytes: Vec<u8> = with_elements(host, halves).map_err(refused)?;
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    Ok(bytes)
}

/// Bytes of a host tensor as the GPU sees them.
pub(super) fn bytes_of(host: &Host, dtype: DType) -> Result<Vec<u8>, GpuError> {
    let read = match dtype {
        DType::F32 => with_elements(host, |x: &[f32]| x.iter().flat_map(|v| v.to_le_bytes()).collect()),
        DType::U32 => with_elements(host, |x: &[u32]| x.iter().flat_map(|v| v.to_le_bytes()).collect()),
        DType::F64(_) => return Err(GpuError::Type { op: "upload", dtype }),
    };
    read.map_err(refused)
}

/// A tensor that the host refuses.
pub(super) fn refused(error: candle_core::Error) -> GpuError {
    GpuError::refused(HostError::from(error))
}

/// The reverse.
pub(super) fn host_of(bytes: &[u8], spec: &Spec) -> candle_core::Result<Host> {
    let words = bytes.as_chunks().0.iter().copied();
    match spec.dtype {
        DType::U32 => from_elements(words.map(u32::from_le_bytes).collect(), spec),
        _ => from_elements(words.map(f32::from_le_bytes).collect(), spec),
    }
}

/// Refuses a buffer that no kernel can bind.
pub(super) fn check_bindable(gpu: &Gpu, what: &str, needed: u64) -> Result<(), GpuError> {
    let limit = gpu.largest_binding();
    if needed > limit { Err(GpuError::TooLarge { what: what.to_owned(), needed, limit }) } else { Ok(()) }
}

impl Buffers {
    /// A storage buffer of this size.
    pub(super) fn make(&mut self, gpu: &Gpu, what: &str, bytes: u64) -> Result<usize, GpuError> {
        check_bindable(gpu, what, bytes)?;
        self.list.push(Buffer::new(gpu, what, bytes.max(16), STORED));
        Ok(self.list.len() - 1)
    }

    /// Packs a constant behind others, and its bytes go up with [`Self::upload`]; a large one goes up at once, part by part.
    pub(super) fn constant(&mut self, gpu: &Gpu, host: &Host, dtype: DType, is_half: bool) -> Result<Region, GpuError> {
        // Constants share buffers of at most this size: few buffers, and no huge staging copy.
        const CHUNK: usize = 32 << 20;
        let size = if is_half { 2 } else { dtype.size_bytes() };
        let bytes_of = |host: &Host| if is_half { half_bytes_of(host) } else { bytes_of(host, dtype) };
        let bytes = (host.elem_count() * size).next_multiple_of(4);
        check_bindable(gpu, "a parameter", bytes as u64)?;
        if bytes > CHUNK {
            self.upload(gpu)?;
            let buffer = self.make(gpu, "a parameter", bytes.next_multiple_of(ALIGNMENT) as u64)?;
            let flat = host.flatten_all().map_err(refused)?;
            let (count, part) = (host.elem_count(), CHUNK / size);
            for start in (0..count).step_by(part) {
                let data = bytes_of(&flat.narrow(0, start, part.min(count - start)).map_err(refused)?)?;
                gpu.queue.write_buffer(&self.list[buffer], (start * size) as u64, &data);
            }
            return Ok(Region { is_half, ..Region::new(buffer, 0, bytes as u64) });
        }
        let data = bytes_of(host)?;
        if self.pending_index.is_some() && self.pending.len() + data.len() > CHUNK {
            self.upload(gpu)?;
        }
        let buffer = *self.pending_index.get_or_insert(self.list.len());
        let offset = self.pending.len() as u64;
        self.pending.extend_from_slice(&data);
        self.pending.resize(self.pending.len().next_multiple_of(ALIGNMENT), 0);
        Ok(Region { is_half, ..Region::new(buffer, offset, data.len() as u64) })
    }

    /// Makes the buffer of the pending constants and fills it. Call before any other buffer is made.
    pub(super) fn upload(&mut self, gpu: &Gpu) -> Result<(), GpuError> {
        if self.pending_index.take().is_some() {
            let data = std::mem::take(&mut self.pending);
            let index = self.make(gpu, "parameters", data.len() as u64)?;
            gpu.queue.write_buffer(&self.list[index], 0, &data);
        }
        Ok(())
    }
}
