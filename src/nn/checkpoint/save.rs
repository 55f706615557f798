//! Writing checkpoints: what is written is parsed back unchanged, and the same tensors give the same bytes.
//!
//! The header is written here because the safetensors crate keeps the metadata in a hash map, in another order every run.

use std::borrow::Cow;
use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};
use serde_json::{Map, Value, json};

use super::{Checkpoint, CheckpointError, strips};
use crate::graph::host::{to_dtype, with_elements};
use crate::sorted::SortedMap;
use half::f16;
use safetensors::Dtype;

/// The tensors as F32 (F16 ones as they are), in the form of a safetensors file; `file` is for messages.
///
/// # Errors
/// [`CheckpointError::Save`] where a tensor cannot be read as f32.
pub fn bytes_from_tensors(
    file: &str,
    tensors: &BTreeMap<String, Tensor>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, CheckpointError> {
    let entries = tensors.iter().map(|(name, tensor)| {
        let (dtype, size) = if tensor.dtype() == DType::F16 { ("F16", 2) } else { ("F32", 4) };
        (name.as_str(), dtype, tensor.dims(), tensor.elem_count() * size)
    });
    let total = entries.clone().map(|(.., len)| len).sum();
    let mut bytes = header(entries, json!(metadata));
    bytes.reserve_exact(total);
    for tensor in tensors.values() {
        let data: candle_core::Result<Vec<u8>> = if tensor.dtype() == DType::F16 {
            let le = |x: &[f16]| x.iter().flat_map(|value| value.to_le_bytes()).collect();
            tensor.contiguous().and_then(|tensor| with_elements(&tensor, le))
        } else {
            let le = |x: &[f32]| x.iter().flat_map(|value| value.to_le_bytes()).collect();
            to_dtype(tensor, crate::graph::DType::F32).and_then(|tensor| with_elements(&tensor, le))
        };
        bytes.extend(data.map_err(|source| failed(file, &source))?);
    }
    Ok(bytes)
}

/// Name, type, shape and little-endian bytes of each tensor, in the form of a safetensors file. Each is let go when it is written.
pub fn bytes_from_parts(tensors: Vec<Part<'_>>, metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let dtypes: Vec<String> = tensors.iter().map(|part| part.dtype.to_string()).collect();
    let entries = tensors.iter().zip(&dtypes);
    let entries =
        entries.map(|(part, dtype)| (part.name.as_str(), dtype.as_str(), part.shape.as_slice(), part.data.len()));
    let total = entries.clone().map(|(.., len)| len).sum();
    let mut bytes = header(entries, json!(metadata));
    bytes.reserve_exact(total);
    tensors.into_iter().for_each(|part| bytes.extend_from_slice(&part.data));
    bytes
}

/// A tensor as it lies in a file.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Unique in its file.
    pub name: String,
    /// Of the elements.
    pub dtype: Dtype,
    /// The extent of each dimension.
    pub shape: Vec<usize>,
    /// Little-endian, in row-major order.
    pub data: Cow<'a, [u8]>,
}

/// The length of the header and the header, for tensors of these names, types, shapes and lengths in bytes, one after another.
fn header<'a>(entries: impl Iterator<Item = (&'a str, &'a str, &'a [usize], usize)>, metadata: Value) -> Vec<u8> {
    let mut header = Map::new();
    if metadata.as_object().is_some_and(|metadata| !metadata.is_empty()) {
        header.insert("__metadata__".into(), metadata);
    }
    let mut offset = 0;
    for (name, dtype, shape, len) in entries {
        let end = offset + len;
        header.insert(name.to_owned(), json!({ "dtype": dtype, "shape": shape, "data_offsets": [offset, end] }));
        offset = end;
    }
    let mut json = Value::Object(header).to_string().into_bytes();
    // Spaces, so that the data starts at a multiple of 8.
    json.resize(json.len().next_multiple_of(8), b' ');
    let mut bytes = Vec::with_capacity(8 + json.len());
    bytes.extend((json.len() as u64).to_le_bytes());
    bytes.extend(json);
    bytes
}

impl Checkpoint {
    /// The same tensors, byte for byte, in a file with this metadata.
    ///
    /// # Errors
    /// [`CheckpointError::Unread`].
    pub fn with_metadata(&self, metadata: &SortedMap<String, String>) -> Result<Vec<u8>, CheckpointError> {
        let mut bytes = self.header(metadata);
        bytes.reserve_exact(self.entries.iter().map(|entry| entry.range.len()).sum());
        for entry in &self.entries {
            bytes.extend_from_slice(&self.read(entry.range.clone())?);
        }
        Ok(bytes)
    }

    fn header(&self, metadata: &SortedMap<String, String>) -> Vec<u8> {
        let dtypes: Vec<String> = self.entries.iter().map(|entry| entry.dtype.to_string()).collect();
        let entries = self.entries.iter().zip(&dtypes);
        let entries = entries
            .map(|(entry, dtype)| (entry.name.as_str(), dtype.as_str(), entry.shape.as_slice(), entry.range.len()));
        let metadata: Map<String, Value> = metadata.iter().map(|(key, text)| (key.clone(), json!(text))).collect();
        header(entries, Value::Object(metadata))
    }

    /// How many bytes [`Self::parts`] gives.
    pub fn kept_len(&self) -> usize {
        let tensors = || self.entries.iter().map(|entry| entry.range.len()).sum::<usize>();
        if self.is_whole { self.len_bytes() } else { self.header(&self.metadata).len() + tensors() }
    }

    /// The file in the form of safetensors, part by part: as it is where it has that form.
    pub fn parts(&self) -> impl Iterator<Item = Result<Cow<'_, [u8]>, CheckpointError>> {
        let header = (!self.is_whole).then(|| Ok(Cow::Owned(self.header(&self.metadata))));
        let whole = self.is_whole.then(|| 0..self.bytes.len());
        let tensors = self.entries.iter().filter(|_| !self.is_whole).map(|entry| entry.range.clone());
        let parts = whole.into_iter().chain(tensors).flat_map(strips).map(|part| self.read(part));
        header.into_iter().chain(parts)
    }
}

/// The tensor as 16-bit floats: half the bytes, three decimal digits.
pub fn halved(tensor: &Tensor) -> candle_core::Result<Tensor> {
    let whole = to_dtype(tensor, crate::graph::DType::F32)?;
    let values: Vec<f16> = with_elements(&whole, |x: &[f32]| x.iter().map(|&v| f16::from_f32(v)).collect())?;
    Tensor::from_vec(values, whole.dims(), &Device::Cpu)
}

/// [`bytes_from_tensors`] into a file.
///
/// # Errors
/// [`CheckpointError::Save`], with the system's words where the file cannot be written.
#[cfg(not(target_arch = "wasm32"))]
pub fn save(
    path: &std::path::Path,
    tensors: &BTreeMap<String, Tensor>,
    metadata: &BTreeMap<String, String>,
) -> Result<(), CheckpointError> {
    let file = path.display().to_string();
    let bytes = bytes_from_tensors(&file, tensors, metadata)?;
    std::fs::write(path, bytes).map_err(|source| failed(&file, &source))
}

fn failed(file: &str, source: &dyn std::error::Error) -> CheckpointError {
    CheckpointError::Save { file: file.into(), detail: source.to_string() }
}
