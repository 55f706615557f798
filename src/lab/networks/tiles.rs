//! Values as small pictures side by side: channels of an activation, filters of a layer.

use crate::graph::Kind;
use crate::lab::Weights;
use crate::models::{NetworkGraph, WiredNode};
use crate::protocol::{LayerWeights, Tiles};

/// All tiles together.
const MOST_VALUES: usize = 1 << 20;
/// Filters between channels, and rows and columns of a matrix.
const MOST_FILTERS: usize = 576;
const MOST_SIDE: usize = 256;

/// How many, and of which height and width, for a result without its batch.
pub(super) fn sizes(shape: &[usize]) -> [usize; 3] {
    match *shape {
        [channels, height, width] => [channels, height, width],
        [height, width] => [1, height, width],
        _ => [shape.iter().product(), 1, 1],
    }
}

/// One after the other, as many as there is room for.
pub(super) fn planes(values: &[f32], [count, height, width]: [usize; 3]) -> Tiles {
    let plane = (height * width).max(1);
    let shown = count.min((MOST_VALUES / plane).max(1));
    tiles(&values[..(shown * plane).min(values.len())], [shown, height, width], count, false)
}

/// Each value as a share of the largest, in 127ths, from 128 on.
fn tiles(values: &[f32], [count, height, width]: [usize; 3], of: usize, is_coloured: bool) -> Tiles {
    let most = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let share = if most > 0.0 { 127.0 / most } else { 0.0 };
    let bytes: Vec<u8> = values.iter().map(|value| (128.0 + (value * share).round()) as u8).collect();
    Tiles {
        width: width as u32,
        height: height as u32,
        count: count as u32,
        of: of as u32,
        most,
        is_coloured,
        values: bytes.into(),
    }
}

/// Of the first tensor of this node that has rows: filters of three channels in colours, others channel by channel, matrices whole.
pub(super) fn weights_of(weights: &Weights, graph: &NetworkGraph, node: &WiredNode) -> Option<LayerWeights> {
    let nodes = graph.input.graph().nodes();
    let read = node.nodes.iter().flat_map(|&id| nodes[id].inputs.iter());
    let mut named = read.filter_map(|&id| match &nodes[id].kind {
        Kind::Variable { name, .. } if nodes[id].spec.rank() > 1 => Some(name.clone()),
        _ => None,
    });
    let name = named.next()?;
    let value = weights.value(&name)?.host().ok()?;
    let shape = value.dims().to_vec();
    let values: Vec<f32> = value.flatten_all().ok()?.to_vec1().ok()?;
    let tiles = match *shape.as_slice() {
        [filters, 3, height, width] if height * width > 1 => {
            let plane = height * width;
            let colours = |filter: usize| {
                let from = filter * 3 * plane;
                (0..plane).flat_map(move |at| [from + at, from + plane + at, from + 2 * plane + at])
            };
            let coloured: Vec<f32> = (0..filters).flat_map(colours).map(|at| values[at]).collect();
            tiles(&coloured, [filters, height, width], filters, true)
        }
        [filters, channels, height, width] if height * width > 1 => {
            let (all, plane) = (filters * channels, height * width);
            let shown = all.min(MOST_FILTERS);
            tiles(&values[..shown * plane], [shown, height, width], all, false)
        }
        [rows, columns, ..] => {
            let (high, wide) = (rows.min(MOST_SIDE), columns.min(MOST_SIDE));
            let part: Vec<f32> =
                (0..high).flat_map(|row| values[row * columns..row * columns + wide].iter().copied()).collect();
            tiles(&part, [1, high, wide], 1, false)
        }
        _ => return None,
    };
    Some(LayerWeights { name, shape, tiles })
}
