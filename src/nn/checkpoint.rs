//! Checkpoints: named tensors in a safetensors file.
//!
//! The format: a little-endian u64 (length of the header), a JSON object (name to dtype, shape and byte range), the data.
//! Sizes are checked before anything is allocated or converted, and every refusal names the file, the offset in it and
//! what was expected there.

mod bytes;
mod error;
mod header;
mod json;
mod save;
mod values;

use crate::sorted::SortedMap;

use candle_core::{Device, Tensor};
use safetensors::Dtype;

pub use bytes::FileBytes;
pub use error::CheckpointError;
#[cfg(not(target_arch = "wasm32"))]
pub use save::save;
pub use save::{Part, bytes_from_parts, bytes_from_tensors, halved};

use header::TensorEntry;

/// A parsed file. The tensors stay in its bytes until they are asked for; a clone shares them.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    name: String,
    bytes: FileBytes,
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
        Ok(Self { name: name.into(), bytes, metadata, entries })
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The free text of the header's `__metadata__`.
    pub fn metadata(&self) -> &SortedMap<String, String> {
        &self.metadata
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Of the whole file.
    pub fn len_bytes(&self) -> usize {
        self.bytes.len()
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
        let Some(entry) = self.entry(tensor) else {
            return Err(CheckpointError::NoTensor { file: self.name.clone(), tensor: tensor.into() });
        };
        let Some(values) = values::f32_from_le(entry.dtype, self.data(entry)) else {
            let (file, dtype) = (self.name.clone(), entry.dtype);
            return Err(CheckpointError::NotFloat { file, tensor: tensor.into(), dtype });
        };
        let made = Tensor::from_vec(values, entry.shape.as_slice(), &Device::Cpu);
        made.map_err(|source| CheckpointError::Tensor {
            file: self.name.clone(),
            tensor: tensor.into(),
            source: source.into(),
        })
    }

    /// The bytes of a tensor, as they lie in the file.
    pub fn raw(&self, tensor: &str) -> Option<&[u8]> {
        self.entry(tensor).map(|entry| self.data(entry))
    }

    /// The first tensor with NaN or infinity, and how many values of it are so.
    pub fn first_not_finite(&self) -> Option<(&str, u64)> {
        let mut counted =
            self.entries.iter().map(|entry| (entry.name.as_str(), values::not_finite(entry.dtype, self.data(entry))));
        counted.find(|&(_, count)| count > 0)
    }

    fn entry(&self, tensor: &str) -> Option<&TensorEntry> {
        self.entries.iter().find(|entry| entry.name == tensor)
    }

    fn data(&self, entry: &TensorEntry) -> &[u8] {
        &self.bytes[entry.range.clone()]
    }
}

#[cfg(test)]
mod tests;
