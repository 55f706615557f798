//! PyTorch's files of weights: what `torch.save` writes, as an archive (since 1.6) or in a row (before). Either is a Python pickle,
//! which says how tensors lie in storages, and the storages. Nothing of it is run: see [`pickle`].
//!
//! A file is read once and becomes a checkpoint like any other, in the form of safetensors.

mod container;
mod error;
mod pickle;
mod state;
mod tensor;

pub use error::PyTorchError;

use crate::nn::checkpoint::{Checkpoint, CheckpointError, FileBytes, Part, TensorEntry, bytes_from_parts};
use container::Container;
use pickle::Pickle;
use std::borrow::Cow;

/// The key of the metadata with the names of the classes, as JSON, where the file has them beside its tensors.
pub const LABELS: &str = "labels";

/// Tensors may share their storage, and then take more room apart; more than this many times the file is an attack.
const MOST_GROWTH: usize = 4;

/// Beside that, for small files.
const SMALL_BYTES: usize = 1 << 20;

/// Whether a file of this name with these bytes is one of PyTorch's.
pub fn is_pytorch(name: &str, bytes: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let is_named_so = [".pt", ".pth", ".pt2", ".ckpt", ".bin"].iter().any(|ending| name.ends_with(ending));
    container::is_legacy(bytes)
        || container::is_archive(bytes)
        // A checkpoint's header of JSON begins behind its length.
        || is_named_so && bytes.get(8) != Some(&b'{') && (container::is_zip(bytes) || matches!(bytes, [0x80, 2..=5, ..]))
}

/// The tensors of the file's state dict under their names. They stay where they lie in the file, unless one of them is packed or
/// lies across its storage; `name` is for messages.
///
/// # Errors
/// All of [`PyTorchError`], each a sentence that goes on behind the file's name.
pub fn to_checkpoint(name: &str, file: &FileBytes) -> Result<Checkpoint, PyTorchError> {
    let bytes = &*file.whole().map_err(PyTorchError::Unread)?;
    let container = Container::open(bytes)?;
    let (pickle, _) = Pickle::read(container.pickle())?;
    let found = state::find(&pickle)?;
    let limit = bytes.len().saturating_mul(MOST_GROWTH).saturating_add(SMALL_BYTES);
    let mut views = Vec::new();
    let mut total = 0_usize;
    for (name, id) in found.tensors {
        let view = tensor::view(&pickle, name, id)?;
        total = total.saturating_add(view.len_bytes()?);
        views.push(view);
    }
    let keys = views.iter().map(|view| view.key).collect();
    let storages = container.storages(&pickle, keys, limit)?;
    if total > limit {
        return Err(PyTorchError::TooLarge { bytes: total, file_bytes: bytes.len() });
    }
    let mut parts = Vec::new();
    for view in views {
        let data = view.gathered(&storages[view.key])?;
        parts.push(Part { name: view.name.to_owned(), dtype: view.dtype, shape: view.shape, data });
    }
    let labels = found.labels.map(|labels| (LABELS.to_owned(), labels)).into_iter();
    if let Some(entries) = parts.iter().map(|part| entry(part, bytes)).collect() {
        return Ok(Checkpoint::of_parts(name, file.clone(), entries, labels.collect()));
    }
    let made = Checkpoint::parse(name, bytes_from_parts(parts, &labels.collect()));
    made.map_err(|error: CheckpointError| PyTorchError::damaged(error.to_string()))
}

/// Where a tensor lies in the bytes of its file, if it lies there.
fn entry(part: &Part<'_>, bytes: &[u8]) -> Option<TensorEntry> {
    let Cow::Borrowed(data) = part.data else { return None };
    let start = if data.is_empty() { 0 } else { data.as_ptr().addr().checked_sub(bytes.as_ptr().addr())? };
    let range = start..start + data.len();
    let is_inside = range.end <= bytes.len();
    is_inside.then(|| TensorEntry { name: part.name.clone(), dtype: part.dtype, shape: part.shape.clone(), range })
}
