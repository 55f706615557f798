//! Times a stretch of dispatches by the GPU's own clock, or, where it has none, waits for their end.

#[cfg(not(target_arch = "wasm32"))]
use super::native::{Marks, marks};
#[cfg(target_arch = "wasm32")]
use super::web::{Marks, marks};
use crate::backend::gpu::buffer::Buffer;
use crate::backend::gpu::{Gpu, GpuError};

pub(in crate::backend::gpu) struct Stopwatch {
    /// Before and after the stretch; none where the device has no clock.
    pub(super) marks: Option<Marks>,
    pub(super) resolved: Buffer,
    /// Reading this waits for the stretch.
    pub(super) staging: Buffer,
    tick_nanos: f64,
}

impl Stopwatch {
    /// Of two marks.
    pub(super) const BYTES: u64 = 16;

    pub(in crate::backend::gpu) fn new(gpu: &Gpu) -> Self {
        use wgpu::BufferUsages as Usage;
        let marks = marks(gpu);
        let resolve = if marks.is_some() { Usage::QUERY_RESOLVE } else { Usage::COPY_DST };
        let buffer = |usage| Buffer::new(gpu, "stopwatch", Self::BYTES, usage);
        Self {
            resolved: buffer(resolve | Usage::COPY_SRC),
            staging: buffer(Usage::MAP_READ | Usage::COPY_DST),
            marks,
            tick_nanos: f64::from(gpu.queue.get_timestamp_period()),
        }
    }

    /// Waits for the end of the last stretch. None without a clock, or where it did not move.
    pub(in crate::backend::gpu) async fn seconds(&self, gpu: &Gpu) -> Result<Option<f64>, GpuError> {
        super::map(gpu, &self.staging).await?;
        let ticks = {
            let view = self.staging.get_mapped_range(..).map_err(GpuError::refused)?;
            let (marks, _) = view.as_chunks::<8>();
            let mark = |k: usize| marks.get(k).map(|bytes| u64::from_le_bytes(*bytes));
            mark(0).zip(mark(1)).and_then(|(begin, end)| end.checked_sub(begin)).unwrap_or_default()
        };
        self.staging.unmap();
        Ok((self.marks.is_some() && ticks > 0).then_some(ticks as f64 * self.tick_nanos * 1e-9))
    }
}
