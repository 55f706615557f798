//! Where a file keeps its pickle and its storages: in a zip archive, or one behind the other.

use super::PyTorchError;
use super::pickle::{Pickle, Pickled};
use super::tensor::StorageType;
use crate::data::DataError;
use crate::data::files::{Member, zip_members};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The pickle of a number of 80 bits, 0x1950a86a20f9469cfc6c, which begins files of old.
const MAGIC: &[u8] = &[0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];

pub(super) fn is_legacy(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// PyTorch's archive begins with its pickle, whose name stands behind 30 bytes of header.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    is_zip(bytes) && bytes[..bytes.len().min(300)].windows(9).any(|at| at == b"/data.pkl" || at == b"constants")
}

pub(super) enum Container<'a> {
    Archive { bytes: &'a [u8], members: BTreeMap<String, Member>, pickle: Cow<'a, [u8]>, prefix: String },
    Legacy { pickle: &'a [u8], storages: &'a [u8] },
}

impl<'a> Container<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, PyTorchError> {
        if is_zip(bytes) { Self::archive(bytes) } else { Self::legacy(bytes) }
    }

    fn archive(bytes: &'a [u8]) -> Result<Self, PyTorchError> {
        let (found, _) = zip_members("it", bytes).map_err(|error| damaged(&error))?;
        let members: BTreeMap<String, Member> = found.into_iter().map(|member| (member.name.clone(), member)).collect();
        let has = |wanted: &str| members.keys().any(|name| name == wanted || name.ends_with(&format!("/{wanted}")));
        if has("constants.pkl") || members.keys().any(|name| name.contains("/code/__torch__")) {
            return Err(PyTorchError::TorchScript);
        }
        if has("archive_format") || has("models/model.json") || has("serialized_exported_program.json") {
            return Err(PyTorchError::Exported);
        }
        let pickled = members.keys().find(|name| name.as_str() == "data.pkl" || name.ends_with("/data.pkl"));
        let Some(pickled) = pickled else { return Err(PyTorchError::OtherArchive) };
        let prefix = pickled.trim_end_matches("data.pkl").to_owned();
        let read = |name: &str| match members.get(name) {
            Some(member) => member.unpacked("it", bytes).map_err(|error| damaged(&error)),
            None => Ok(Cow::default()),
        };
        if *read(&format!("{prefix}byteorder"))? == *b"big" {
            return Err(PyTorchError::BigEndian);
        }
        let pickle = read(pickled)?;
        Ok(Self::Archive { bytes, members, pickle, prefix })
    }

    /// A magic number, the version, facts on the machine, the pickle, the keys of the storages, the storages.
    fn legacy(bytes: &'a [u8]) -> Result<Self, PyTorchError> {
        if bytes.get(257..262) == Some(b"ustar") {
            return Err(PyTorchError::Tar);
        }
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            // A pickle without storages holds no tensors of PyTorch's, and may be a whole program.
            return Ok(Self::Legacy { pickle: bytes, storages: &[] });
        };
        let (_, version) = Pickle::read(rest)?;
        let rest = &rest[version..];
        let (machine, about) = Pickle::read(rest)?;
        if let Pickled::Dict(pairs) = machine.get(machine.root())
            && pairs.iter().any(|&(key, value)| {
                machine.text(key) == Some("little_endian") && matches!(machine.get(value), Pickled::Bool(false))
            })
        {
            return Err(PyTorchError::BigEndian);
        }
        let pickle = &rest[about..];
        let (_, length) = Pickle::read(pickle)?;
        Ok(Self::Legacy { pickle: &pickle[..length], storages: &pickle[length..] })
    }

    pub(super) fn pickle(&self) -> &[u8] {
        match self {
            Self::Archive { pickle, .. } => pickle,
            Self::Legacy { pickle, .. } => pickle,
        }
    }

    /// The storages of these keys. Together they take at most `limit` bytes: the same bytes may be packed under many names.
    pub(super) fn storages<'k>(
        &self,
        pickle: &Pickle<'_>,
        keys: BTreeSet<&'k str>,
        limit: usize,
    ) -> Result<BTreeMap<&'k str, Cow<'a, [u8]>>, PyTorchError> {
        match self {
            Self::Archive { bytes, members, prefix, .. } => {
                let mut left = limit as u64;
                let read = |key: &'k str| {
                    let name = format!("{prefix}data/{key}");
                    let missing = || PyTorchError::damaged(format!("{name} is missing in its archive"));
                    let member = members.get(&name).ok_or_else(missing)?;
                    left = left.checked_sub(member.size).ok_or_else(|| PyTorchError::TooLarge {
                        bytes: usize::try_from(member.size).unwrap_or(usize::MAX),
                        file_bytes: bytes.len(),
                    })?;
                    Ok((key, member.unpacked("it", bytes).map_err(|error| damaged(&error))?))
                };
                keys.into_iter().map(read).collect()
            }
            Self::Legacy { storages, .. } => {
                let found = legacy_storages(pickle, storages)?;
                let read = |key: &'k str| {
                    let bytes = found.get(key).copied();
                    let missing = || PyTorchError::damaged(format!("its storage {key} is missing"));
                    Ok((key, Cow::Borrowed(bytes.ok_or_else(missing)?)))
                };
                keys.into_iter().map(read).collect()
            }
        }
    }
}

/// All storages: a pickle with their keys, then for each how many elements it has, and these.
fn legacy_storages<'a>(pickle: &Pickle<'_>, bytes: &'a [u8]) -> Result<BTreeMap<&'a str, &'a [u8]>, PyTorchError> {
    let types = pickle.outside().filter_map(|about| StorageType::read(pickle, about));
    let sizes: BTreeMap<&str, usize> = types.map(|storage| (storage.key, storage.element_bytes())).collect();
    let (list, mut at) = Pickle::read(bytes)?;
    let mut found = BTreeMap::new();
    for &key in list.items(list.root()).unwrap_or_default() {
        let Some(key) = list.text(key) else { continue };
        let size = sizes
            .get(key)
            .ok_or_else(|| PyTorchError::damaged(format!("no tensor says what its storage {key} is of")))?;
        let cut = || PyTorchError::damaged(format!("it breaks off in its storage {key}"));
        let count = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).ok_or_else(cut)?;
        at += 8;
        let length = usize::try_from(u64::from_le_bytes(*count)).ok().and_then(|count| count.checked_mul(*size));
        let end = length.and_then(|length| at.checked_add(length)).ok_or_else(cut)?;
        found.insert(key, bytes.get(at..end).ok_or_else(cut)?);
        at = end;
    }
    Ok(found)
}

fn damaged(error: &DataError) -> PyTorchError {
    PyTorchError::damaged(error.to_string())
}
