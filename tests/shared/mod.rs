//! Finds the data that lies beside the repository: `../shared`, or where `NEOCOG_SHARED` points.

use std::path::{Path, PathBuf};

/// `under`, a path in the shared folder; where it is not there, says so, and the test that asked has nothing to do.
pub(crate) fn shared(under: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("NEOCOG_SHARED") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
    };
    let path = root.join(under);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}
