//! A network as a drawn graph: its parts as boxes, what they read as lines with their shapes, open blocks as frames.

use super::fold::{Folding, Part};
use super::layout::{HEIGHT, WIDTH, layout};
use crate::models::WiredNode;
use crate::protocol::{DrawnEdge, DrawnFrame, DrawnNode, NetworkDrawing};
use std::collections::BTreeMap;

/// From a frame to what is in it, for each level of frames.
const INSET: f32 = 9.0;
/// Of a frame's title.
const TITLE: f32 = 14.0;
/// A value is an f32.
const VALUE_BYTES: u64 = 4;

pub(super) fn drawing(network: &str, nodes: &[WiredNode], open: Option<&[String]>) -> NetworkDrawing {
    let folding = Folding::new(nodes, open);
    let parts = folding.parts();
    let mut part_of = vec![0; nodes.len()];
    for (at, part) in parts.iter().enumerate() {
        part.nodes.iter().for_each(|&node| part_of[node] = at);
    }
    // One line for each shape that goes from one part to another.
    let mut reads: Vec<(usize, usize, &[usize])> = Vec::new();
    for (id, node) in nodes.iter().enumerate() {
        for (source, shape) in &node.inputs {
            let edge = (part_of[*source], part_of[id], shape.as_slice());
            if edge.0 != edge.1 && !reads.contains(&edge) {
                reads.push(edge);
            }
        }
    }
    let ends: Vec<[usize; 2]> = reads.iter().map(|(from, to, _)| [*from, *to]).collect();
    let laid = layout(parts.len(), &ends);
    let margin = parts.iter().map(|part| part.frames.len()).max().unwrap_or(0) as f32 * INSET + TITLE;
    let moved = |[x, y]: [f32; 2]| [x + margin, y + margin];
    let places: Vec<[f32; 2]> = laid.places.iter().copied().map(moved).collect();
    let mut labelled: Vec<(usize, &[usize])> = Vec::new();
    let edges = reads.iter().zip(laid.lines).map(|(&(from, to, shape), line)| {
        let points: Vec<[f32; 2]> = line.into_iter().map(moved).collect();
        // All that leaves a node with one shape is one tensor: it is named once.
        let is_first = !labelled.contains(&(from, shape));
        labelled.push((from, shape));
        DrawnEdge { from: from as u32, to: to as u32, shape: shape.to_vec(), points, is_named: is_first }
    });
    let edges = edges.collect();
    let drawn = parts.iter().zip(&places).map(|(part, place)| node_of(part, nodes, *place)).collect();
    NetworkDrawing {
        network: network.to_owned(),
        open: folding.open.iter().map(|block| (*block).to_owned()).collect(),
        nodes: drawn,
        edges,
        frames: frames(&parts, &places),
        size: [laid.size[0] + 2.0 * margin, laid.size[1] + 2.0 * margin],
        node_size: [WIDTH, HEIGHT],
    }
}

fn node_of(part: &Part<'_>, nodes: &[WiredNode], place: [f32; 2]) -> DrawnNode {
    let inside = || part.nodes.iter().map(|&node| &nodes[node]);
    let last = &nodes[part.nodes.last().copied().unwrap_or_default()];
    let values = |node: &WiredNode| node.shape.iter().product::<usize>() as u64;
    DrawnNode {
        path: part.path.to_owned(),
        // What the frames around it say already is left out.
        title: part
            .frames
            .last()
            .and_then(|frame| part.path.strip_prefix(*frame)?.strip_prefix('.'))
            .unwrap_or(part.path)
            .to_owned(),
        kind: if part.is_block { "block".to_owned() } else { last.kind.clone() },
        is_block: part.is_block,
        inside: inside().map(|node| node.path.clone()).collect(),
        shape: last.shape.clone(),
        field: last.field.map(|field| [field.size as u32, field.stride as u32]),
        params: inside().map(|node| node.params).sum(),
        macs: inside().map(|node| node.macs).sum(),
        bytes: inside().map(values).sum::<u64>() * VALUE_BYTES,
        place,
    }
}

/// Round what is in each open block, the outermost first.
fn frames(parts: &[Part<'_>], places: &[[f32; 2]]) -> Vec<DrawnFrame> {
    let mut found: BTreeMap<&str, [f32; 4]> = BTreeMap::new();
    for (part, [x, y]) in parts.iter().zip(places) {
        for (depth, frame) in part.frames.iter().enumerate() {
            let inset = (part.frames.len() - depth) as f32 * INSET;
            let own = [x - inset, y - inset - TITLE / 2.0, x + WIDTH + inset, y + HEIGHT + inset];
            let all = found.entry(frame).or_insert(own);
            *all = [all[0].min(own[0]), all[1].min(own[1]), all[2].max(own[2]), all[3].max(own[3])];
        }
    }
    let mut frames: Vec<DrawnFrame> = found
        .into_iter()
        .map(|(path, [left, top, right, bottom])| DrawnFrame {
            path: path.to_owned(),
            place: [left, top],
            size: [right - left, bottom - top],
        })
        .collect();
    frames.sort_by_key(|frame| frame.path.matches('.').count());
    frames
}
