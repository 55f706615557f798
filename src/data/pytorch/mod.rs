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

use crate::nn::checkpoint::{Part, bytes_from_parts};
use container::Container;
use pickle::Pickle;

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

/// The tensors of the file's state dict under their names, in the form of a safetensors file.
///
/// # Errors
/// All of [`PyTorchError`], each a sentence that goes on behind the file's name.
pub fn to_checkpoint(bytes: &[u8]) -> Result<Vec<u8>, PyTorchError> {
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
    let labels = found.labels.map(|labels| (LABELS.to_owned(), labels));
    Ok(bytes_from_parts(&parts, &labels.into_iter().collect()))
}
