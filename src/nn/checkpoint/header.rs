//! The header: where each tensor lies, with every claim checked against the file's true size.

use crate::sorted::SortedMap;
use std::borrow::Cow;
use std::ops::Range;

use safetensors::Dtype;
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::Error as DtypeError},
};

use super::json::{JsonFault, Reader, What};
use super::{CheckpointError, FileBytes};
use crate::graph::order::sort_by_key;

/// As the safetensors crate has it.
const LIMIT_HEADER_BYTES: u64 = 100_000_000;
const LENGTH_BYTES: usize = 8;
const METADATA: &str = "__metadata__";

/// One tensor of a file.
#[derive(Clone, Debug)]
pub struct TensorEntry {
    /// Unique among the tensors.
    pub name: String,
    /// Of the elements.
    pub dtype: Dtype,
    /// The extent of each dimension.
    pub shape: Vec<usize>,
    /// In the file's bytes: little-endian, in row-major order.
    pub range: Range<usize>,
}

/// A tensor's fields as the header writes them.
#[derive(Default)]
struct Claim {
    dtype: Option<String>,
    shape: Option<Vec<u64>>,
    data_offsets: Option<(u64, u64)>,
}

type Parsed = (SortedMap<String, String>, Vec<TensorEntry>);

/// Metadata, and the tensors in the order of their data.
pub(super) fn parse(file: &str, bytes: &FileBytes) -> Result<Parsed, CheckpointError> {
    let json = json_bytes(file, bytes)?;
    let data_start = LENGTH_BYTES + json.len();
    let mut metadata = SortedMap::new();
    let mut claims = Vec::new();
    let mut tensor = None;
    let mut reader = Reader::new(&json);
    let read = reader.object(|reader, name| {
        tensor = Some(name.clone());
        if name == METADATA {
            metadata = SortedMap::new();
            // Some programs write null where they have none.
            if reader.is_null() {
                return reader.skip();
            }
            return reader.object(|reader, key| {
                metadata.insert(key, reader.string()?);
                Ok(())
            });
        }
        claims.push((name, claim(reader)?));
        tensor = None;
        Ok(())
    });
    read.and_then(|()| reader.end()).map_err(|fault| refusal(file, tensor, fault))?;
    let mut entries = Vec::with_capacity(claims.len());
    for (name, claim) in claims {
        entries.push(entry(file, name, claim, data_start, bytes.len())?);
    }
    sort_by_key(&mut entries, |entry| (entry.range.start, entry.range.end));
    check_tiling(file, &entries, data_start, bytes.len())?;
    Ok((metadata, entries))
}

fn claim(reader: &mut Reader<'_>) -> Result<Claim, JsonFault> {
    let mut claim = Claim::default();
    reader.object(|reader, key| {
        match key.as_str() {
            "dtype" => claim.dtype = Some(reader.string()?),
            "shape" => claim.shape = Some(numbers(reader)?),
            "data_offsets" => {
                let offsets = numbers(reader)?;
                claim.data_offsets =
                    offsets.first().copied().zip(offsets.get(1).copied()).filter(|_| offsets.len() == 2);
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(claim)
}

fn numbers(reader: &mut Reader<'_>) -> Result<Vec<u64>, JsonFault> {
    let mut numbers = Vec::new();
    reader.array(|reader| {
        numbers.push(reader.whole()?);
        Ok(())
    })?;
    Ok(numbers)
}

/// `tensor` is the tensor that was being read, if any.
fn refusal(file: &str, tensor: Option<String>, fault: JsonFault) -> CheckpointError {
    let detail = match (fault.what, tensor) {
        (What::Form(detail), Some(tensor)) => return bad_entry(file, &tensor, &detail),
        (What::Form(detail), None) => detail,
        (What::Text(detail), _) => detail.into(),
    };
    CheckpointError::BadJson { file: file.into(), offset: LENGTH_BYTES + fault.at, detail }
}

fn json_bytes<'a>(file: &str, bytes: &'a FileBytes) -> Result<Cow<'a, [u8]>, CheckpointError> {
    let file = || file.to_owned();
    let read = |range| bytes.read(range).map_err(|detail| CheckpointError::Unread { file: file(), detail });
    if bytes.is_empty() {
        return Err(CheckpointError::Empty { file: file() });
    }
    let start = read(0..LENGTH_BYTES)?;
    let Some(length) = start.first_chunk::<LENGTH_BYTES>() else {
        return Err(CheckpointError::NoHeaderLength { file: file(), bytes: bytes.len() });
    };
    let length = u64::from_le_bytes(*length);
    if length > LIMIT_HEADER_BYTES {
        return Err(CheckpointError::HeaderTooLong { file: file(), length, limit: LIMIT_HEADER_BYTES });
    }
    let available = (bytes.len() - LENGTH_BYTES) as u64;
    if length > available {
        return Err(CheckpointError::HeaderPastEnd { file: file(), length, available });
    }
    read(LENGTH_BYTES..LENGTH_BYTES + length as usize)
}

fn bad_entry(file: &str, tensor: &str, detail: &str) -> CheckpointError {
    CheckpointError::BadEntry { file: file.into(), tensor: tensor.into(), detail: detail.into() }
}

/// Dtype, shape and range agree with each other and lie within the file.
fn entry(file: &str, name: String, claim: Claim, data: usize, end: usize) -> Result<TensorEntry, CheckpointError> {
    let Claim { dtype: Some(dtype_name), shape: Some(claimed), data_offsets: Some((start, stop)) } = claim else {
        return Err(bad_entry(file, &name, "dtype, shape and two data_offsets are wanted"));
    };
    let dtype = match Dtype::deserialize(IntoDeserializer::<DtypeError>::into_deserializer(dtype_name.as_str())) {
        Ok(dtype) => dtype,
        Err(_) => return Err(CheckpointError::UnknownDtype { file: file.into(), tensor: name, dtype: dtype_name }),
    };
    let Some(length) = stop.checked_sub(start) else {
        return Err(bad_entry(file, &name, &format!("its data_offsets end at {stop} before they start at {start}")));
    };
    // A size that does not even fit u64 stays None.
    let bits = claimed.iter().try_fold(dtype.bitsize() as u64, |product, &side| product.checked_mul(side));
    let shape: Option<Vec<usize>> = claimed.iter().map(|&side| usize::try_from(side).ok()).collect();
    let (Some(shape), Some(bits)) = (shape, bits) else {
        return Err(bad_entry(file, &name, &format!("the shape {:?} has too many elements", claimed)));
    };
    let absolute = |offset: u64| offset.saturating_add(data as u64);
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
    Ok(TensorEntry { name, dtype, shape, range: absolute(start) as usize..absolute(stop) as usize })
}

/// The tensors follow each other without overlap or hole, up to the end of the file.
fn check_tiling(file: &str, entries: &[TensorEntry], data_start: usize, end: usize) -> Result<(), CheckpointError> {
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
