//! The content of a file in memory, once.

use std::ops::Deref;
use std::sync::Arc;

/// Bytes that several hold. Made of a vector they are not copied: a file may have half a gigabyte.
#[derive(Clone, Debug)]
pub struct FileBytes(Arc<Vec<u8>>);

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl From<&[u8]> for FileBytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl<const N: usize> From<&[u8; N]> for FileBytes {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.to_vec().into()
    }
}
