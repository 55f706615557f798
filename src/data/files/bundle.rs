//! Dropped files and what is packed in them, as one list of names; each is unpacked when it is read.

use std::borrow::Cow;

use super::{
    DataFile, check_bytes,
    inflate::{crc32, gunzip, inflate, is_gzip},
    split_path, tar, zip,
};
use crate::data::DataError;
use crate::data::text::{Legacy, composed};

/// Files within files.
#[derive(Debug)]
pub(super) struct Bundle {
    blobs: Vec<Blob>,
    /// Sorted by name.
    entries: Vec<BundleEntry>,
    /// The encoding of an archive's names, where that is not UTF-8.
    legacy: Option<Legacy>,
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
pub(in crate::data) struct Member {
    pub(in crate::data) name: String,
    pub(super) offset: usize,
    pub(super) packed: usize,
    pub(in crate::data) size: u64,
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

impl Member {
    /// Its content, from the bytes of its archive.
    ///
    /// # Errors
    /// Those of unpacking, and [`DataError::Unexpected`] where a checksum is wrong.
    pub(in crate::data) fn unpacked<'a>(&self, archive: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, DataError> {
        let name = &self.name;
        // The archive's directory was checked against its size.
        let packed = &bytes[self.offset..][..self.packed];
        let (content, crc) = match self.packing {
            Coding::Plain => (Cow::Borrowed(packed), None),
            Coding::Stored { crc } => (Cow::Borrowed(packed), Some(crc)),
            Coding::Deflated { crc } => (Cow::Owned(inflate(name, packed, self.offset, self.size)?), Some(crc)),
        };
        if let Some(expected) = crc
            && crc32(&content) != expected
        {
            return Err(DataError::unexpected(
                &format!("{name} in {archive}"),
                self.offset,
                format_args!("data of the checksum {expected:#010x}"),
                format_args!("{:#010x}", crc32(&content)),
            ));
        }
        Ok(content)
    }
}

impl Bundle {
    /// # Errors
    /// Those of zip, tar and gzip, and [`DataError::TooManyBytes`] where all together unpack to too much.
    pub(super) fn open(files: Vec<DataFile>) -> Result<Self, DataError> {
        let mut bundle = Self { blobs: Vec::new(), entries: Vec::new(), legacy: None };
        let mut total = 0_u64;
        for DataFile { name, bytes } in files {
            if is_hidden(&name) {
                continue;
            }
            let bytes = if is_gzip(&bytes) { gunzip(&name, &bytes)? } else { bytes };
            let archive = if zip::is_zip(&bytes) {
                Some(zip::members(&name, &bytes)?)
            } else if tar::is_tar(&bytes) {
                Some(tar::members(&name, &bytes)?)
            } else {
                None
            };
            bundle.legacy = bundle.legacy.or(archive.as_ref().and_then(|(_, legacy)| *legacy));
            let members = archive.map(|(members, _)| members).unwrap_or_else(|| {
                let (name, packed, size) = (composed(&name).into_owned(), bytes.len(), bytes.len() as u64);
                vec![Member { name, offset: 0, packed, size, packing: Coding::Plain }]
            });
            let blob = bundle.blobs.len();
            for member in members {
                if is_hidden(&member.name) {
                    continue;
                }
                total = total.saturating_add(member.size);
                check_bytes(&name, total)?;
                bundle.entries.push(BundleEntry { name: member.name.clone(), blob, member });
            }
            bundle.blobs.push(Blob { name, bytes });
        }
        bundle.entries.sort_unstable_by(|a, b| (&a.name, a.blob).cmp(&(&b.name, b.blob)));
        Ok(bundle)
    }

    /// The dropped file that an entry is, or lies in.
    pub(super) fn archive(&self, index: usize) -> &str {
        &self.blobs[self.entries[index].blob].name
    }

    /// The encoding of an archive's names, where that is not UTF-8.
    pub(super) fn legacy(&self) -> Option<Legacy> {
        self.legacy
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
        let content = member.unpacked(&blob.name, &blob.bytes)?;
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
