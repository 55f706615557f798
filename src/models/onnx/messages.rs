//! A file's messages walked through before they are parsed: the parser follows graphs in graphs on the stack, and believes every
//! length that it reads.

use super::OnnxError;

/// The kinds of messages that the parser reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Value,
    Type,
    TensorType,
    Shape,
    /// Numbers and texts alone.
    Leaf,
}

/// The fields of a message that hold others.
fn parts(kind: Kind) -> &'static [(u64, Kind)] {
    use Kind::{Attribute, Graph, Leaf, Model, Node, Shape, Tensor, TensorType, Type, Value};
    match kind {
        Model => &[(7, Graph), (8, Leaf), (14, Leaf)],
        Graph => &[(1, Node), (5, Tensor), (11, Value), (12, Value), (13, Value)],
        Node => &[(5, Attribute)],
        Attribute => &[(5, Tensor), (6, Graph), (10, Tensor), (11, Graph)],
        Tensor => &[(13, Leaf)],
        Value => &[(2, Type)],
        Type => &[(1, TensorType), (4, TensorType)],
        TensorType => &[(1, Type), (2, Shape)],
        Shape => &[(1, Leaf)],
        Leaf => &[],
    }
}

/// Refuses a file with messages nested deeper than graphs of this depth need, and one whose fields reach beyond their message.
pub(super) fn check(bytes: &[u8], limit: usize) -> Result<(), OnnxError> {
    // What is still to be looked at, and how many graphs or types it lies in.
    let mut open = vec![(bytes, Kind::Model, 0)];
    while let Some((mut rest, kind, depth)) = open.pop() {
        if depth > limit {
            return Err(OnnxError::Deep { limit });
        }
        while !rest.is_empty() {
            let Some((number, content, behind)) = field(rest) else {
                return Err(damaged(kind));
            };
            rest = behind;
            let part = parts(kind).iter().find(|(own, _)| *own == number);
            if let (Some(content), Some((_, part))) = (content, part) {
                let is_deeper = matches!((kind, part), (Kind::Attribute, Kind::Graph) | (Kind::TensorType, Kind::Type));
                open.push((content, *part, depth + usize::from(is_deeper)));
            }
        }
    }
    Ok(())
}

pub(super) fn damaged(kind: Kind) -> OnnxError {
    OnnxError::Damaged { detail: format!("a field of a {} reaches beyond its end", format!("{kind:?}").to_lowercase()) }
}

/// Number of a field, its content where that is of bytes, and what follows.
type Field<'a> = (u64, Option<&'a [u8]>, &'a [u8]);

/// The first one of a message.
fn field(bytes: &[u8]) -> Option<Field<'_>> {
    let (key, rest) = varint(bytes)?;
    match key & 7 {
        0 => varint(rest).map(|(_, rest)| (key >> 3, None, rest)),
        1 => rest.get(8..).map(|rest| (key >> 3, None, rest)),
        2 => {
            let (len, rest) = varint(rest)?;
            let (content, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
            Some((key >> 3, Some(content), rest))
        }
        5 => rest.get(4..).map(|rest| (key >> 3, None, rest)),
        _ => None,
    }
}

/// Whether a file begins as ONNX models do: with the format's version, then the name of a program, its version, a domain or the graph.
pub fn is_onnx(bytes: &[u8]) -> bool {
    matches!(bytes, [8, 1..=32, 0x12 | 0x1a | 0x22 | 0x3a, ..])
}

/// The number that is written first, and what follows.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 127) << (7 * at);
        if byte < 128 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}
