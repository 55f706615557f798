//! The content of a file: in memory once, or read part by part where it is kept.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A file outside of memory, whose parts can be read at any time.
pub trait KeptFile {
    /// Fills `to` with the bytes from `at` on.
    ///
    /// # Errors
    /// In the words of the system.
    fn read_at(&self, at: u64, to: &mut [u8]) -> Result<(), String>;
}

/// Bytes that several hold. Made of a vector they are not copied: a file may have half a gigabyte.
#[derive(Clone)]
pub struct FileBytes(Content);

#[derive(Clone)]
enum Content {
    Memory(Arc<Vec<u8>>),
    /// With its length.
    Kept(Arc<dyn KeptFile>, usize),
}

impl FileBytes {
    /// A file of this length that stays where it is.
    pub fn kept(file: Arc<dyn KeptFile>, len: usize) -> Self {
        Self(Content::Kept(file, len))
    }

    /// A file on a disk, which stays there.
    ///
    /// # Errors
    /// Those of the system.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(path: &std::path::Path) -> std::io::Result<Self> {
        let file = std::fs::File::open(path)?;
        let len = usize::try_from(file.metadata()?.len()).map_err(std::io::Error::other)?;
        Ok(Self::kept(Arc::new(std::sync::Mutex::new(file)), len))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Content::Memory(bytes) => bytes.len(),
            Content::Kept(_, len) => *len,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Some of them; a range that reaches beyond the end has what there is of it.
    ///
    /// # Errors
    /// A sentence: what cannot be read, and why.
    pub fn read(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>, String> {
        let range = range.start.min(self.len())..range.end.min(self.len());
        match &self.0 {
            Content::Memory(bytes) => Ok(Cow::Borrowed(&bytes[range])),
            Content::Kept(file, _) => {
                let (at, len, mut bytes) = (range.start, range.len(), Vec::new());
                let no_room = |_| format!("there is no room for {len} more bytes");
                bytes.try_reserve_exact(len).map_err(no_room)?;
                bytes.resize(len, 0);
                let unread = |detail| format!("{len} bytes at offset {at} cannot be read: {detail}");
                file.read_at(at as u64, &mut bytes).map_err(unread)?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    /// All of them.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub fn whole(&self) -> Result<Cow<'_, [u8]>, String> {
        self.read(0..self.len())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl KeptFile for std::sync::Mutex<std::fs::File> {
    fn read_at(&self, at: u64, to: &mut [u8]) -> Result<(), String> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = self.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let read = file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(to));
        read.map_err(|error| error.to_string())
    }
}

impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if matches!(self.0, Content::Memory(_)) { "in memory" } else { "kept" };
        write!(f, "{} bytes {place}", self.len())
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Content::Memory(Arc::new(bytes)))
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
