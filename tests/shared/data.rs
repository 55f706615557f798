//! Finds the data that lies beside the repository: `../shared`, or where `NEOCOG_SHARED` points.

use crate::skip::skip;
use std::path::{Path, PathBuf};

/// `under`, a path in the shared folder; `None`, with its reason told, where it is not there.
pub(crate) fn shared(under: &str) -> Option<PathBuf> {
    let root = std::env::var_os("NEOCOG_SHARED").filter(|root| !root.is_empty());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(root.unwrap_or_else(|| "../shared".into())).join(under);
    if path.exists() {
        return Some(path);
    }
    skip(&format!("{} is not there", path.display()));
    None
}
