//! A model without its large values, which stay where they lie in the file: half a gigabyte of weights is neither copied nor
//! decoded to find out what the network is.

use super::OnnxError;
use super::messages::{Kind, damaged, varint};
use crate::nn::checkpoint::FileBytes;
use std::borrow::Cow;
use std::ops::Range;

/// Smaller values are decoded with the graph: shapes and scales are computed with.
const LARGE_BYTES: usize = 1024;

/// Read at a time from a file that is not in memory.
const WINDOW_BYTES: usize = 1 << 16;

/// Of a node.
const OP_TYPE: u64 = 4;

// Of a tensor.
const DATA_TYPE: u64 = 2;
const FLOAT_DATA: u64 = 4;
const RAW_DATA: u64 = 9;
const EXTERNAL_DATA: u64 = 13;
const DATA_LOCATION: u64 = 14;

/// The field of a tensor that says that it holds f32.
const OF_F32: [u8; 2] = [(DATA_TYPE << 3) as u8, 1];

/// What a tensor says of its data where they are the file's own: the place of external data, in a file without a name.
fn reference(range: &Range<usize>) -> Vec<u8> {
    let mut tensor = Vec::new();
    for (key, value) in
        [("location", String::new()), ("offset", range.start.to_string()), ("length", range.len().to_string())]
    {
        let mut entry = Vec::new();
        put(&mut entry, 1, key.as_bytes());
        put(&mut entry, 2, value.as_bytes());
        put(&mut tensor, EXTERNAL_DATA, &entry);
    }
    // A number, and the one for data that lie outside.
    tensor.extend([(DATA_LOCATION << 3) as u8, 1]);
    tensor
}

/// A field with content.
fn put(to: &mut Vec<u8>, number: u64, content: &[u8]) {
    put_varint(to, number << 3 | 2);
    put_varint(to, content.len() as u64);
    to.extend_from_slice(content);
}

fn put_varint(to: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        to.push(value as u8 | 128);
        value >>= 7;
    }
    to.push(value as u8);
}

/// The model in which large values of the graph are references to the file.
///
/// # Errors
/// [`OnnxError::Damaged`] where a field reaches beyond the end of what it lies in, [`OnnxError::Unread`].
pub(super) fn without_large_values(file: &FileBytes) -> Result<Vec<u8>, OnnxError> {
    let mut from = Source { file, window: Cow::Borrowed(&[]), start: 0 };
    from.message(Kind::Model, 0..file.len())
}

/// A file and the part of it that was read last.
struct Source<'a> {
    file: &'a FileBytes,
    window: Cow<'a, [u8]>,
    start: usize,
}

/// A field of a message: its number, all of it, and its content where that is of bytes.
struct Field {
    number: u64,
    whole: Range<usize>,
    content: Option<Range<usize>>,
}

impl Source<'_> {
    fn read(&mut self, range: Range<usize>) -> Result<&[u8], OnnxError> {
        let is_there = range.start >= self.start && range.end <= self.start + self.window.len();
        if !is_there {
            let end = range.end.max(range.start + WINDOW_BYTES).min(self.file.len());
            self.window = self.file.read(range.start..end).map_err(|detail| OnnxError::Unread { detail })?;
            self.start = range.start;
        }
        Ok(&self.window[range.start - self.start..range.end - self.start])
    }

    /// The field that begins here, in a message of this kind that ends there.
    fn field(&mut self, kind: Kind, at: usize, end: usize) -> Result<Field, OnnxError> {
        // A key and a length take ten bytes each at most.
        let head = self.read(at..end.min(at + 20))?;
        let found = varint(head).and_then(|(key, rest)| {
            let head_len = head.len() - rest.len();
            Some(match key & 7 {
                0 => (key >> 3, head.len() - varint(rest)?.1.len(), None),
                1 => (key >> 3, head_len + 8, None),
                2 => {
                    let (len, behind) = varint(rest)?;
                    (key >> 3, head.len() - behind.len(), Some(usize::try_from(len).ok()?))
                }
                5 => (key >> 3, head_len + 4, None),
                _ => return None,
            })
        });
        let field = found.and_then(|(number, head, len)| {
            let start = at + head;
            let whole = at..start.checked_add(len.unwrap_or(0)).filter(|&last| last <= end)?;
            Some(Field { number, content: len.map(|_| start..whole.end), whole })
        });
        field.ok_or_else(|| damaged(kind))
    }

    fn fields(&mut self, kind: Kind, message: Range<usize>) -> Result<Vec<Field>, OnnxError> {
        let (mut fields, mut at) = (Vec::new(), message.start);
        while at < message.end {
            let field = self.field(kind, at, message.end)?;
            at = field.whole.end;
            fields.push(field);
        }
        Ok(fields)
    }

    fn message(&mut self, kind: Kind, message: Range<usize>) -> Result<Vec<u8>, OnnxError> {
        if kind != Kind::Model && message.len() <= LARGE_BYTES {
            return Ok(self.read(message)?.to_vec());
        }
        let fields = self.fields(kind, message.clone())?;
        if kind == Kind::Tensor {
            return self.tensor(fields);
        }
        if kind == Kind::Node && !self.is_constant(&fields)? {
            return Ok(self.read(message)?.to_vec());
        }
        let mut slim = Vec::new();
        for Field { number, whole, content } in fields {
            // The graph, its nodes and initial values, and the value of a node that is one.
            let part = match (kind, number) {
                (Kind::Model, 7) => Some(Kind::Graph),
                (Kind::Graph, 1) => Some(Kind::Node),
                (Kind::Node, 5) => Some(Kind::Attribute),
                (Kind::Graph | Kind::Attribute, 5) => Some(Kind::Tensor),
                _ => None,
            };
            match (part, content) {
                (Some(part), Some(content)) => put(&mut slim, number, &self.message(part, content)?),
                _ => slim.extend_from_slice(self.read(whole)?),
            }
        }
        Ok(slim)
    }

    fn is_constant(&mut self, fields: &[Field]) -> Result<bool, OnnxError> {
        let op = fields.iter().rfind(|field| field.number == OP_TYPE).and_then(|field| field.content.clone());
        op.map_or(Ok(false), |op| Ok(self.read(op)? == b"Constant"))
    }

    fn tensor(&mut self, fields: Vec<Field>) -> Result<Vec<u8>, OnnxError> {
        let Some(data) = self.data(&fields)? else {
            let mut whole = Vec::new();
            for field in fields {
                whole.extend_from_slice(self.read(field.whole)?);
            }
            return Ok(whole);
        };
        let mut slim = Vec::new();
        for field in fields {
            if ![FLOAT_DATA, RAW_DATA, EXTERNAL_DATA, DATA_LOCATION].contains(&field.number) {
                slim.extend_from_slice(self.read(field.whole)?);
            }
        }
        slim.extend(reference(&data));
        Ok(slim)
    }

    /// Where the little-endian elements of a tensor lie, if they are many and lie together.
    fn data(&mut self, fields: &[Field]) -> Result<Option<Range<usize>>, OnnxError> {
        let is_large = |data: &Range<usize>| data.len() > LARGE_BYTES;
        // Where there are several, the last one counts.
        let raw = fields.iter().rfind(|field| field.number == RAW_DATA).and_then(|field| field.content.clone());
        if let Some(raw) = raw.filter(|raw| !raw.is_empty()) {
            return Ok(Some(raw).filter(is_large));
        }
        let mut packed = fields.iter().filter(|field| field.number == FLOAT_DATA);
        let (Some(Field { content: Some(floats), .. }), None) = (packed.next(), packed.next()) else { return Ok(None) };
        for field in fields.iter().filter(|field| field.number == DATA_TYPE) {
            if self.read(field.whole.clone())? != OF_F32 {
                return Ok(None);
            }
        }
        Ok(Some(floats.clone()).filter(is_large))
    }
}
