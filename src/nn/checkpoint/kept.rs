//! A tensor that stays in its file.

use super::header::TensorEntry;
use super::{FileBytes, STRIP_BYTES, values};
use crate::graph::KeptTensor;
use safetensors::Dtype;

pub(super) struct InFile {
    pub(super) file: String,
    pub(super) bytes: FileBytes,
    /// Of floats.
    pub(super) entry: TensorEntry,
}

impl KeptTensor for InFile {
    fn dims(&self) -> &[usize] {
        &self.entry.shape
    }

    fn read(&self, start: usize, to: &mut [f32]) -> Result<(), String> {
        let size = self.entry.dtype.bitsize() / 8;
        let mut at = self.entry.range.start + start * size;
        for to in to.chunks_mut(STRIP_BYTES / size) {
            let end = at + to.len() * size;
            let unread = |detail| format!("{} of {}: {detail}", self.entry.name, self.file);
            values::read_le(self.entry.dtype, &self.bytes.read(at..end).map_err(unread)?, to);
            at = end;
        }
        Ok(())
    }

    fn is_half(&self) -> bool {
        self.entry.dtype == Dtype::F16
    }
}
