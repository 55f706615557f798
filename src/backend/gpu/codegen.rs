//! From a launch to the text of its shader: constants and fused operations filled in, sizes read from a uniform.

use super::{GpuError, sizes};
use crate::graph::Program;
use crate::graph::launch::{Launch, Movement};
use crate::graph::op::Form;
use crate::graph::pass::{Leaf, Link, Term};
use std::fmt::Write;

/// The shader of a launch: its constants and slots filled in, its sizes read from a uniform behind `bindings` other bindings. A
/// name that the file does not have is an error.
pub fn specialise(launch: &Launch, bindings: usize) -> Result<String, String> {
    let mut text = launch.wgsl.to_owned();
    for (name, value) in &launch.constants {
        let head = format!("const {name}: u32 = ");
        let start = text.find(&head).ok_or_else(|| format!("no constant {name}"))? + head.len();
        let end = text[start..].find(';').ok_or_else(|| format!("constant {name} has no end"))?;
        text.replace_range(start..start + end, &format!("{value}u"));
    }
    for (name, body) in &launch.slots {
        let head = format!("//:slot {name}\n");
        let start = text.find(&head).ok_or_else(|| format!("no slot {name}"))?;
        let end = text[start..].find("//:end").ok_or_else(|| format!("slot {name} has no end"))?;
        text.replace_range(start..start + end + "//:end".len(), body);
    }
    if launch.sizes.is_empty() {
        return Ok(text);
    }
    let names: Vec<&str> = launch.sizes.iter().map(|(name, _)| name.as_ref()).collect();
    sizes::opened(&text, &names, bindings)
}

/// The name in an epilogue of the offset where the elements of leaf `k` begin.
pub(super) fn start(k: usize) -> String {
    format!("E{k}")
}

/// The WGSL expression for the source element of result element `i`; `start` is that of the offset. Where `rows` says how long
/// they are, `row` and `column` are known too.
pub(super) fn index(movement: &Movement, start: &str, rows: Option<usize>) -> String {
    if movement.is_identity() {
        return "i".to_owned();
    }
    let movement = movement.collapsed();
    let mut text = start.to_owned();
    let mut below = 1;
    for d in (0..movement.shape.len()).rev() {
        let (extent, stride) = (movement.shape[d], movement.strides[d]);
        if stride != 0 {
            let (mut coordinate, modulo) = match rows {
                Some(length) if below == length => ("row".to_owned(), d > 0),
                Some(length) if below == 1 && extent == length => ("column".to_owned(), false),
                _ if below > 1 => (format!("i / {below}u"), d > 0),
                _ => ("i".to_owned(), d > 0),
            };
            if modulo {
                coordinate = format!("{coordinate} % {extent}u");
            }
            let sign = if stride < 0 { '-' } else { '+' };
            // Additions first: a difference must not dip below zero on the way.
            let term = format!(" {sign} ({coordinate}) * {}u", stride.unsigned_abs());
            if stride < 0 {
                text.push_str(&term);
            } else {
                text.insert_str(text.find(" -").unwrap_or(text.len()), &term);
            }
        }
        below *= extent;
    }
    text
}

/// The slot `epilogue` for these links: the operations on the value `v` of output element `i`. Leaves are bound from
/// `first_binding` on.
pub(super) fn epilogue(
    program: &Program,
    links: &[Link],
    leaves: &[Leaf],
    first_binding: usize,
    rows: Option<usize>,
) -> Result<String, GpuError> {
    let mut text = String::new();
    // Writing to a String cannot fail.
    for (k, leaf) in leaves.iter().enumerate() {
        _ = writeln!(text, "@group(0) @binding({}) var<storage, read> e{k}: array<f32>;", first_binding + k);
        _ = writeln!(text, "const {}: u32 = {}u;", start(k), leaf.movement.offset);
    }
    let place = if rows.is_some() { ", row: u32, column: u32" } else { "" };
    _ = writeln!(text, "fn epilogue(v: f32, i: u32{place}) -> f32 {{");
    for (k, leaf) in leaves.iter().enumerate() {
        _ = writeln!(text, "    let l{k} = e{k}[{}];", index(&leaf.movement, &start(k), rows));
    }
    for (k, link) in links.iter().enumerate() {
        let Some(Form::Pointwise(pointwise)) = program.form(link.node) else {
            return Err(GpuError::Kernel { op: "elementwise chain", detail: "a link must be elementwise".to_owned() });
        };
        let mut expression = pointwise.wgsl;
        for (slot, term) in link.terms.iter().enumerate() {
            let name = match term {
                Term::Anchor => "v".to_owned(),
                Term::Link(link) => format!("t{link}"),
                Term::Leaf(leaf) => format!("l{leaf}"),
            };
            expression = expression.replace(&format!("{{{slot}}}"), &name);
        }
        _ = writeln!(text, "    let t{k} = {expression};");
    }
    _ = writeln!(text, "    return t{};\n}}", links.len() - 1);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_expressions_walk_the_strides() {
        let channels = Movement { shape: vec![2, 3, 4, 4], offset: 0, strides: vec![0, 1, 0, 0] };
        assert_eq!(index(&channels, "0u", None), "0u + (i / 16u % 3u) * 1u");
        assert_eq!(index(&channels, "E0", Some(16)), "E0 + (row % 3u) * 1u");
        assert_eq!(index(&Movement::broadcast(&[4], &[3, 4]), "E0", Some(4)), "E0 + (column) * 1u");
        let flipped = Movement { shape: vec![2, 3], offset: 2, strides: vec![3, -1] };
        assert_eq!(index(&flipped, "2u", None), "2u + (i / 3u) * 3u - (i % 3u) * 1u");
    }

    #[test]
    fn unknown_names_are_refused() {
        let launch = Launch::flat("const N: u32 = 1u;", 1, 1, 64);
        assert_eq!(specialise(&launch.clone().constants([("N", 7)]), 2).unwrap(), "const N: u32 = 7u;");
        assert!(specialise(&launch.constants([("M", 7)]), 2).is_err());
    }
}
