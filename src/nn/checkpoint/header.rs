//! The header: where each tensor lies, with every claim checked against the file's true size.

use std::{collections::BTreeMap, ops::Range};

use safetensors::Dtype;
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::Error as DtypeError},
};
use serde_json::Value;

use super::CheckpointError;
use crate::graph::order::sort_by_key;

/// As the safetensors crate has it.
const LIMIT_HEADER_BYTES: u64 = 100_000_000;
const LENGTH_BYTES: usize = 8;

/// One tensor of the file.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    /// In the file's bytes.
    pub(super) range: Range<usize>,
}

/// As the header writes it.
#[derive(Deserialize)]
struct Claim {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

type Parsed = (BTreeMap<String, String>, Vec<Entry>);

/// Metadata, and the tensors in the order of their data.
pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Parsed, CheckpointError> {
    let json = json_bytes(file, bytes)?;
    let object: BTreeMap<String, Value> = serde_json::from_slice(json).map_err(|error| bad_json(file, json, &error))?;
    let data_start = LENGTH_BYTES + json.len();
    let mut metadata = BTreeMap::new();
    let mut entries = Vec::with_capacity(object.len());
    for (name, value) in object {
        if name == "__metadata__" {
            metadata = Deserialize::deserialize(value).map_err(|error| bad_entry(file, &name, &error.to_string()))?;
        } else {
            let claim = Claim::deserialize(value).map_err(|error| bad_entry(file, &name, &error.to_string()))?;
            entries.push(entry(file, name, claim, data_start, bytes.len())?);
        }
    }
    sort_by_key(&mut entries, |entry| (entry.range.start, entry.range.end));
    check_tiling(file, &entries, data_start, bytes.len())?;
    Ok((metadata, entries))
}

fn json_bytes<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a [u8], CheckpointError> {
    let file = || file.to_owned();
    if bytes.is_empty() {
        return Err(CheckpointError::Empty { file: file() });
    }
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
        return Err(CheckpointError::NoHeaderLength { file: file(), bytes: bytes.len() });
    };
    let length = u64::from_le_bytes(*length);
    if length > LIMIT_HEADER_BYTES {
        return Err(CheckpointError::HeaderTooLong { file: file(), length, limit: LIMIT_HEADER_BYTES });
    }
    let available = rest.len() as u64;
    rest.get(..length as usize).ok_or_else(|| CheckpointError::HeaderPastEnd { file: file(), length, available })
}

/// serde_json tells line and column; headers are one line as a rule, but need not be.
fn bad_json(file: &str, json: &[u8], error: &serde_json::Error) -> CheckpointError {
    let lines_before = json.split_inclusive(|&byte| byte == b'\n').take(error.line().saturating_sub(1));
    let offset = LENGTH_BYTES + lines_before.map(<[u8]>::len).sum::<usize>() + error.column().saturating_sub(1);
    CheckpointError::BadJson { file: file.into(), offset, detail: error.to_string() }
}

fn bad_entry(file: &str, tensor: &str, detail: &str) -> CheckpointError {
    CheckpointError::BadEntry { file: file.into(), tensor: tensor.into(), detail: detail.into() }
}

/// Dtype, shape and range agree with each other and lie within the file.
fn entry(file: &str, name: String, claim: Claim, data_start: usize, end: usize) -> Result<Entry, CheckpointError> {
    let dtype = match Dtype::deserialize(IntoDeserializer::<DtypeError>::into_deserializer(claim.dtype.as_str())) {
        Ok(dtype) => dtype,
        Err(_) => return Err(CheckpointError::UnknownDtype { file: file.into(), tensor: name, dtype: claim.dtype }),
    };
    let (start, stop) = claim.data_offsets;
    let Some(length) = stop.checked_sub(start) else {
        return Err(bad_entry(file, &name, &format!("its data_offsets end at {stop} before they start at {start}")));
    };
    // A size that does not even fit u64 stays None.
    let bits = claim.shape.iter().try_fold(dtype.bitsize() as u64, |product, &side| product.checked_mul(side));
    let shape: Option<Vec<usize>> = claim.shape.iter().map(|&side| usize::try_from(side).ok()).collect();
    let (Some(shape), Some(bits)) = (shape, bits) else {
        return Err(bad_entry(file, &name, &format!("the shape {:?} has too many elements", claim.shape)));
    };
    let absolute = |offset: u64| offset.saturating_add(data_start as u64);
    let expected = bits.div_ceil(8);
    if length != expected {
        return Err(CheckpointError::WrongLength {
            file: file.into(),
            tensor: name,
            dtype,
            shape: shape.into(),
            offset: absolute(start),
            expected,
            found: length,
        });
    }
    let found = end as u64;
    if absolute(stop) > found {
        return Err(CheckpointError::Truncated { file: file.into(), tensor: name, expected: absolute(stop), found });
    }
    // Within the file, therefore within usize.
    Ok(Entry { name, dtype, shape, range: absolute(start) as usize..absolute(stop) as usize })
}

/// The tensors follow each other without overlap or hole, up to the end of the file.
fn check_tiling(file: &str, entries: &[Entry], data_start: usize, end: usize) -> Result<(), CheckpointError> {
    let mut reached = data_start;
    let mut before = "the header";
    let hole = |offset: usize, to: usize| CheckpointError::Hole {
        file: file.into(),
        offset: offset as u64,
        bytes: (to - offset) as u64,
    };
    for entry in entries {
        if entry.range.start < reached {
            return Err(CheckpointError::Overlap {
                file: file.into(),
                tensor: entry.name.clone(),
                before: before.into(),
                offset: entry.range.start as u64,
                expected: reached as u64,
            });
        }
        if entry.range.start > reached {
            return Err(hole(reached, entry.range.start));
        }
        reached = entry.range.end;
        before = &entry.name;
    }
    if reached < end { Err(hole(reached, end)) } else { Ok(()) }
}
