//! Reference-counted buffers, destroyed as soon as no one holds them: otherwise the browser would wait for its garbage
//! collector, which does not see how large they are.

use super::Gpu;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes and number of the buffers that are held on one device.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Arc<[AtomicU64; 2]>);

impl Tally {
    pub(super) fn held(&self) -> [u64; 2] {
        [0, 1].map(|k| self.0[k].load(Ordering::Relaxed))
    }
}

/// A buffer, shared by its clones; the last one destroys it. Work that was submitted before that is still done.
#[derive(Clone)]
pub(super) struct Buffer(Rc<Counted>);

struct Counted {
    buffer: wgpu::Buffer,
    tally: Tally,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Tally(held) = &self.tally;
        held[0].fetch_sub(self.buffer.size(), Ordering::Relaxed);
        held[1].fetch_sub(1, Ordering::Relaxed);
        self.buffer.destroy();
    }
}

impl Deref for Buffer {
    type Target = wgpu::Buffer;

    fn deref(&self) -> &wgpu::Buffer {
        &self.0.buffer
    }
}

impl Buffer {
    pub(super) fn new(gpu: &Gpu, what: &str, bytes: u64, usage: wgpu::BufferUsages) -> Buffer {
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(what),
            size: bytes,
            usage,
            mapped_at_creation: false,
        });
        let Tally(held) = &gpu.tally;
        held[0].fetch_add(buffer.size(), Ordering::Relaxed);
        held[1].fetch_add(1, Ordering::Relaxed);
        Buffer(Rc::new(Counted { buffer, tally: gpu.tally.clone() }))
    }
}
