//! Why a file is not a checkpoint. Offsets count from the start of the file.

use crate::graph::host::HostError;
use safetensors::Dtype;

/// Why a file is not a checkpoint, or a tensor cannot be read from it or saved.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what its fields are")]
pub enum CheckpointError {
    #[error("{file}: {detail}")]
    Unread { file: String, detail: String },
    #[error("{file} is empty")]
    Empty { file: String },
    #[error("{file} ends after {bytes} bytes, inside the 8 bytes of the header's length at offset 0")]
    NoHeaderLength { file: String, bytes: usize },
    #[error("{file}: the length at offset 0 says that the header has {length} bytes; at most {limit} are allowed")]
    HeaderTooLong { file: String, length: u64, limit: u64 },
    #[error(
        "{file}: the header at offset 8 should have {length} bytes, but the file ends {available} bytes after its start"
    )]
    HeaderPastEnd { file: String, length: u64, available: u64 },
    #[error("{file}: the header is not JSON text at offset {offset}: {detail}")]
    BadJson { file: String, offset: usize, detail: String },
    /// JSON, but not of the expected form: an object of `{dtype, shape, data_offsets}`.
    #[error("{file}: the header at offset 8 describes {tensor} wrongly: {detail}")]
    BadEntry { file: String, tensor: String, detail: String },
    #[error("{file}: {tensor} has the unknown dtype {dtype}; expected F32, F16, BF16, F64 or another of safetensors")]
    UnknownDtype { file: String, tensor: String, dtype: String },
    #[error(
        "{file}: {tensor} of {dtype} {shape:?} needs {expected} bytes, but its range at offset {offset} has {found}"
    )]
    WrongLength {
        file: String,
        tensor: String,
        dtype: Dtype,
        shape: Box<[usize]>,
        offset: u64,
        expected: u64,
        found: u64,
    },
    #[error("{file}: {tensor} starts at offset {offset}, but {before} before it ends at {expected}; they overlap")]
    Overlap { file: String, tensor: String, before: String, offset: u64, expected: u64 },
    #[error("{file}: nothing describes the {bytes} bytes at offset {offset}")]
    Hole { file: String, offset: u64, bytes: u64 },
    #[error("{file} is cut short: {tensor} ends at offset {expected}, the file at {found}")]
    Truncated { file: String, tensor: String, expected: u64, found: u64 },
    #[error("{file} has no tensor {tensor}")]
    NoTensor { file: String, tensor: String },
    #[error("{file}: {tensor} is {dtype}; only F32, F16, BF16 and F64 become weights")]
    NotFloat { file: String, tensor: String, dtype: Dtype },
    #[error("{file}: {tensor} cannot be made: {source}")]
    Tensor { file: String, tensor: String, source: HostError },
    #[error("{file} cannot be written: {detail}")]
    Save { file: String, detail: String },
}
