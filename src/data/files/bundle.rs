//! Dropped files and what is packed in them, as one list of names; each is unpacked when it is read.

use std::borrow::Cow;

use super::{
    DataFile, check_bytes,
    inflate::{crc32, gunzip, inflate, is_gzip},
    split_path, tar, zip,
};
use crate::data::DataError;

/// Files within files.
#[derive(Debug)]
pub(super) struct Bundle {
    blobs: Vec<Blob>,
    /// Sorted by name.
    entries: Vec<BundleEntry>,
}

#[derive(Debug)]
struct Blob {
    name: String,
    bytes: Vec<u8>,
}

/// One file, as it lies in a dropped one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BundleEntry {
    pub(super) name: String,
    blob: usize,
    member: Member,
}

/// How a file is stored in an archive, by the archive's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) offset: usize,
    pub(super) packed: usize,
    pub(super) size: u64,
    pub(super) packing: Coding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// As it is, without a checksum: a file of its own, or in a tar.
    Plain,
    /// As it is, in a zip.
    Stored {
        crc: u32,
    },
    Deflated {
        crc: u32,
    },
}

impl Bundle {
    /// # Errors
    /// [`DataError::Empty`] for a file of no bytes, those of zip, tar and gzip, and [`DataError::TooManyBytes`] where all
    /// together unpack to too much.
    pub(super) fn open(files: Vec<DataFile>) -> Result<Self, DataError> {
        let mut bundle = Self { blobs: Vec::new(), entries: Vec::new() };
        let mut total = 0_u64;
        for DataFile { name, bytes } in files {
            if is_hidden(&name) {
                continue;
            }
            if bytes.is_empty() {
                return Err(DataError::Empty { file: name });
            }
            let bytes = if is_gzip(&bytes) { gunzip(&name, &bytes)? } else { bytes };
            let (members, archive) = if zip::is_zip(&bytes) {
                (zip::members(&name, &bytes)?, true)
            } else if tar::is_tar(&bytes) {
                (tar::members(&name, &bytes)?, true)
            } else {
                let (packed, size) = (bytes.len(), bytes.len() as u64);
                (vec![Member { name: name.clone(), offset: 0, packed, size, packing: Coding::Plain }], false)
            };
            let blob = bundle.blobs.len();
            for member in members {
                if is_hidden(&member.name) {
                    continue;
                }
                total = total.saturating_add(member.size);
                check_bytes(&name, total)?;
                // Only files that were dropped in folders keep the archive's own place.
                let entry = if archive { member.name.clone() } else { name.clone() };
                bundle.entries.push(BundleEntry { name: entry, blob, member });
            }
            bundle.blobs.push(Blob { name, bytes });
        }
        bundle.entries.sort_unstable_by(|a, b| (&a.name, a.blob).cmp(&(&b.name, b.blob)));
        Ok(bundle)
    }

    pub(super) fn entries(&self) -> &[BundleEntry] {
        &self.entries
    }

    /// The content of an entry, gzip within an archive unpacked too.
    ///
    /// # Errors
    /// Those of unpacking, and [`DataError::Unexpected`] where a checksum is wrong.
    pub(super) fn read(&self, index: usize) -> Result<Cow<'_, [u8]>, DataError> {
        let BundleEntry { name, blob, member } = &self.entries[index];
        let blob = &self.blobs[*blob];
        // The archive's directory was checked against its size.
        let packed = &blob.bytes[member.offset..][..member.packed];
        let (content, crc) = match member.packing {
            Coding::Plain => (Cow::Borrowed(packed), None),
            Coding::Stored { crc } => (Cow::Borrowed(packed), Some(crc)),
            Coding::Deflated { crc } => (Cow::Owned(inflate(name, packed, member.offset, member.size)?), Some(crc)),
        };
        if let Some(expected) = crc
            && crc32(&content) != expected
        {
            return Err(DataError::unexpected(
                &format!("{name} in {}", blob.name),
                member.offset,
                format_args!("data of the checksum {expected:#010x}"),
                format_args!("{:#010x}", crc32(&content)),
            ));
        }
        if is_gzip(&content) {
            return gunzip(name, &content).map(Cow::Owned);
        }
        Ok(content)
    }
}

/// Whether a file is one that operating systems leave in folders and archives.
fn is_hidden(name: &str) -> bool {
    let (_, stem) = split_path(name);
    let folder = name.split('/').any(|part| part.starts_with('.') && part != "." && part != ".." || part == "__MACOSX");
    folder || stem.is_empty() || ["Thumbs.db", "desktop.ini"].contains(&stem)
}
