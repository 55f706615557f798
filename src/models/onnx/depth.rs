//! How deep a file nests its graphs, told before it is parsed: the parser follows every one of them on the stack.

use super::OnnxError;

/// Fields of a message that hold messages with graphs: of the model its graph, of a graph its nodes, of a node its attributes, of
/// an attribute its graphs.
const NESTS: [&[u64]; 4] = [&[7], &[1], &[5], &[6, 11]];

/// Refuses a file with graphs nested deeper than this. What is no message is left to the parser.
pub(super) fn check(bytes: &[u8], limit: usize) -> Result<(), OnnxError> {
    // What is still to be looked at: the part of the file, which kind of message it is, and how many graphs it lies in.
    let mut open = vec![(bytes, 0, 0)];
    while let Some((mut rest, kind, depth)) = open.pop() {
        if depth > limit {
            return Err(OnnxError::Deep { limit });
        }
        while let Some((field, content, behind)) = field(rest) {
            rest = behind;
            if let (Some(content), true) = (content, NESTS[kind].contains(&field)) {
                // An attribute's graph holds nodes as the model's does.
                let next = if kind == 3 { 1 } else { kind + 1 };
                open.push((content, next, depth + usize::from(kind == 3)));
            }
        }
    }
    Ok(())
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

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 127) << (7 * at);
        if byte < 128 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}
