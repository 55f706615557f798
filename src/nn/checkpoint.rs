//! Checkpoints: named tensors in a safetensors file.
//!
//! The format: a little-endian u64 (length of the header), a JSON object (name to dtype, shape and byte range), the data.
//! Sizes are checked before anything is allocated or converted, and every refusal names the file, the offset in it and
//! what was expected there.

mod bytes;
mod error;
mod header;
mod json;
mod kept;
mod save;
mod values;

use crate::sorted::SortedMap;

use crate::graph::{KeptTensor, KnownValue};
use candle_core::Tensor;
use safetensors::Dtype;
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

pub use bytes::{FileBytes, KeptFile};
pub use error::CheckpointError;
pub use header::TensorEntry;
#[cfg(not(target_arch = "wasm32"))]
pub use save::save;
pub use save::{Part, bytes_from_parts, bytes_from_tensors, halved};

/// A parsed file. The tensors stay in the file until they are asked for; a clone shares it.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    name: String,
    bytes: FileBytes,
    /// Whether the bytes are a safetensors file, not one of another program that has the tensors in it.
    is_whole: bool,
    metadata: SortedMap<String, String>,
    /// In the order of their data.
    entries: Vec<TensorEntry>,
}

impl Checkpoint {
    /// Reads and checks the header; `name` is the file's, for messages.
    ///
    /// # Errors
    /// Every [`CheckpointError`] but those of a single tensor.
    pub fn parse(name: &str, bytes: impl Into<FileBytes>) -> Result<Self, CheckpointError> {
        let bytes = bytes.into();
        let (metadata, entries) = header::parse(name, &bytes)?;
        Ok(Self { name: name.into(), bytes, is_whole: true, metadata, entries })
    }

    /// Of tensors that lie in a file of another format, which stays as it is.
    pub fn of_parts(
        name: &str,
        bytes: FileBytes,
        entries: Vec<TensorEntry>,
        metadata: SortedMap<String, String>,
    ) -> Self {
        Self { name: name.into(), bytes, is_whole: false, metadata, entries }
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The free text of the header's `__metadata__`.
    pub fn metadata(&self) -> &SortedMap<String, String> {
        &self.metadata
    }

    /// Of the whole file.
    pub fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The whole file.
    ///
    /// # Errors
    /// [`CheckpointError::Unread`].
    pub fn whole(&self) -> Result<Cow<'_, [u8]>, CheckpointError> {
        self.read(0..self.bytes.len())
    }

    /// The same tensors from another copy of the file that [`Self::parts`] gives.
    ///
    /// # Errors
    /// As of [`Self::parse`].
    pub fn moved_to(&self, bytes: FileBytes) -> Result<Self, CheckpointError> {
        let mut moved = Self::parse(&self.name, bytes)?;
        // Names and shapes may have been changed since the file was read; the order of the data is the same.
        if moved.entries.len() == self.entries.len() {
            for (moved, entry) in moved.entries.iter_mut().zip(&self.entries) {
                moved.name.clone_from(&entry.name);
                moved.shape.clone_from(&entry.shape);
            }
        }
        Ok(moved)
    }

    /// Name, dtype and shape of every tensor, in the order of their data.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Dtype, &[usize])> {
        self.entries.iter().map(|entry| (entry.name.as_str(), entry.dtype, entry.shape.as_slice()))
    }

    /// The tensors' names, in the order of their data.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The shape of a tensor, where there is one of this name.
    pub fn shape(&self, tensor: &str) -> Option<&[usize]> {
        self.entry(tensor).map(|entry| entry.shape.as_slice())
    }

    /// The same tensors under the names that `name_of` gives, which share the file's bytes; where as many numbers are wanted in
    /// another shape, in that.
    #[must_use]
    pub fn renamed(&self, name_of: impl Fn(&str) -> Option<String>, wanted: &[(String, Vec<usize>)]) -> Self {
        let mut renamed = self.clone();
        for entry in &mut renamed.entries {
            if let Some(name) = name_of(&entry.name) {
                let count: usize = entry.shape.iter().product();
                let shape = wanted.iter().find(|(known, _)| *known == name).map(|(_, shape)| shape);
                if let Some(shape) = shape.filter(|shape| shape.iter().product::<usize>() == count) {
                    entry.shape.clone_from(shape);
                }
                entry.name = name;
            }
        }
        renamed
    }

    /// The tensor as f32 on the CPU; F16, BF16 and F64 are converted.
    ///
    /// # Errors
    /// [`CheckpointError::NoTensor`], [`CheckpointError::NotFloat`] for integers and narrower floats,
    /// [`CheckpointError::Tensor`] where candle cannot make it.
    pub fn tensor(&self, tensor: &str) -> Result<Tensor, CheckpointError> {
        let entry = self.check_float(tensor)?;
        KnownValue::from(self.kept(entry)).host().map_err(|source| CheckpointError::Tensor {
            file: self.name.clone(),
            tensor: tensor.into(),
            source: source.into(),
        })
    }

    /// There is such a tensor, and its numbers become f32.
    ///
    /// # Errors
    /// [`CheckpointError::NoTensor`], [`CheckpointError::NotFloat`].
    pub fn check_float(&self, tensor: &str) -> Result<&TensorEntry, CheckpointError> {
        let (file, tensor) = (self.name.clone(), tensor.to_owned());
        match self.entry(&tensor) {
            None => Err(CheckpointError::NoTensor { file, tensor }),
            Some(entry) if values::is_float(entry.dtype) => Ok(entry),
            Some(TensorEntry { dtype, .. }) => Err(CheckpointError::NotFloat { file, tensor, dtype: *dtype }),
        }
    }

    /// The tensor as [`Self::tensor`] gives it, which stays in its file until it is wanted; `None` where there is no such tensor
    /// of floats.
    pub fn value(&self, tensor: &str) -> Option<KnownValue> {
        let entry = self.entry(tensor).filter(|entry| values::is_float(entry.dtype))?;
        Some(self.kept(entry).into())
    }

    /// The bytes of a tensor, as they lie in the file.
    ///
    /// # Errors
    /// [`CheckpointError::NoTensor`], [`CheckpointError::Unread`].
    pub fn raw(&self, tensor: &str) -> Result<Cow<'_, [u8]>, CheckpointError> {
        let missing = || CheckpointError::NoTensor { file: self.name.clone(), tensor: tensor.into() };
        self.read(self.entry(tensor).ok_or_else(missing)?.range.clone())
    }

    /// The first tensor with NaN or infinity, and how many values of it are so.
    ///
    /// # Errors
    /// [`CheckpointError::Unread`].
    pub fn first_not_finite(&self) -> Result<Option<(&str, u64)>, CheckpointError> {
        for entry in &self.entries {
            let mut count = 0;
            for part in strips(entry.range.clone()) {
                count += values::not_finite(entry.dtype, &self.read(part)?);
            }
            if count > 0 {
                return Ok(Some((&entry.name, count)));
            }
        }
        Ok(None)
    }

    fn entry(&self, tensor: &str) -> Option<&TensorEntry> {
        self.entries.iter().find(|entry| entry.name == tensor)
    }

    fn kept(&self, entry: &TensorEntry) -> Rc<dyn KeptTensor> {
        Rc::new(kept::InFile { file: self.name.clone(), bytes: self.bytes.clone(), entry: entry.clone() })
    }

    fn read(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>, CheckpointError> {
        self.bytes.read(range).map_err(|detail| CheckpointError::Unread { file: self.name.clone(), detail })
    }
}

/// Bytes that are read at a time; a multiple of each element's size.
const STRIP_BYTES: usize = 1 << 22;

/// The range in parts.
fn strips(range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    range.clone().step_by(STRIP_BYTES).map(move |start| start..range.end.min(start + STRIP_BYTES))
}

#[cfg(test)]
mod tests;
