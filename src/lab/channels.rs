//! A layer whose channels are asked: its sizes, and what its places see.

use super::LabError;
use super::layer::layer_named;
use crate::models::{Network, NetworkGraph, ReceptiveField, WiredNode};
use crate::protocol::LayerGrid;
use std::ops::Range;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct AskedLayer {
    pub(super) path: String,
    /// Of its output for one picture.
    pub(super) shape: Vec<usize>,
    pub(super) channels: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// A transformer's layers are `[B, tokens, C]`.
    is_last: bool,
    /// Downwards and across; `None` where each place sees all of the picture.
    pub(super) field: Option<[ReceptiveField; 2]>,
    /// Of the network's input.
    height: usize,
    width: usize,
}

/// A part of a picture, in pixels of the network's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

impl Part {
    pub(super) fn has(&self, row: usize, column: usize) -> bool {
        self.rows.contains(&row) && self.columns.contains(&column)
    }
}

/// Those that have channels, from the first on.
pub(super) fn layers_of(network: &Network) -> Result<Vec<LayerGrid>, LabError> {
    let nodes = network.layered(1)?.wiring();
    let grid = |node: &WiredNode| Some(LayerGrid { path: node.path.clone(), shape: grid_of(&node.shape)? });
    Ok(nodes.iter().skip(1).filter_map(grid).collect())
}

/// Channels, height, width of a layer's output for one picture.
fn grid_of(shape: &[usize]) -> Option<[usize; 3]> {
    match *shape {
        [1, channels] => Some([channels, 1, 1]),
        [1, tokens, channels] => Some([channels, 1, tokens]),
        [1, channels, height, width] => Some([channels, height, width]),
        _ => None,
    }
}

impl AskedLayer {
    pub(super) fn of(network: &Network, path: Option<&str>) -> Result<Self, LabError> {
        let graph = network.layered(1)?;
        let node = match path {
            Some(path) => layer_named(network, &graph, path)?,
            None => usual(network, &graph)?,
        };
        let title = &network.title;
        let is_input = node.output == graph.input.id();
        ensure!(!is_input, "{} of {title} is the picture itself; choose a layer that answers to it", node.path);
        let Some([channels, rows, columns]) = grid_of(&node.shape) else {
            return Err(bad_setup!(
                "{} of {title} gives {:?}, which has no channels; choose another layer",
                node.path,
                node.shape
            ));
        };
        let [_, height, width] = network.input;
        let field = if node.shape.len() == 4 { graph.field(node.output) } else { None };
        let is_last = node.shape.len() == 3;
        let (path, shape) = (node.path, node.shape);
        Ok(Self { path, shape, channels, rows, columns, is_last, field, height, width })
    }

    pub(super) fn places(&self) -> usize {
        self.rows * self.columns
    }

    /// Where a channel's value of a place lies in the layer's output for a picture.
    pub(super) fn at(&self, channel: usize, place: usize) -> usize {
        if self.is_last { place * self.channels + channel } else { channel * self.places() + place }
    }

    /// The longer side of what a place sees, in pixels.
    pub(super) fn sees(&self) -> usize {
        let all = self.height.max(self.width);
        self.field.map_or(all, |[down, across]| down.size.max(across.size).min(all))
    }

    /// What a place sees.
    pub(super) fn part(&self, place: usize) -> Part {
        let [row, column] = [place / self.columns, place % self.columns];
        match self.field {
            Some([down, across]) => {
                Part { rows: down.pixels(row, self.height), columns: across.pixels(column, self.width) }
            }
            None => Part { rows: 0..self.height, columns: 0..self.width },
        }
    }
}

/// The last layer whose places see at most half of the picture's side, so that there is a part to show; else the last with places.
fn usual(network: &Network, graph: &NetworkGraph) -> Result<WiredNode, LabError> {
    let nodes = graph.wiring();
    let has_places = |node: &&WiredNode| matches!(*node.shape.as_slice(), [1, _, height, width] if height * width > 1);
    let [_, height, width] = network.input;
    let is_part = |node: &&WiredNode| {
        let size = |field: ReceptiveField| field.size * 2;
        has_places(node)
            && graph.field(node.output).is_some_and(|[down, across]| size(down) <= height && size(across) <= width)
    };
    let all = &nodes[1.min(nodes.len())..];
    let found = all.iter().rfind(is_part).or_else(|| all.iter().rfind(has_places)).or(all.last());
    found.cloned().ok_or_else(|| bad_setup!("{} has no layer", network.title))
}

/// The path of the first layer whose places see at least so many pixels either way; else of the last one with places, else of the last.
pub(super) fn first_seeing(network: &Network, pixels: usize) -> Result<String, LabError> {
    let graph = network.layered(1)?;
    let nodes = graph.wiring();
    let has_places = |node: &&WiredNode| matches!(*node.shape.as_slice(), [1, _, height, width] if height * width > 1);
    let sees = |node: &&WiredNode| {
        let sees = |[down, across]: [ReceptiveField; 2]| down.size.min(across.size) >= pixels;
        has_places(node) && graph.field(node.output).is_none_or(sees)
    };
    let all = &nodes[1.min(nodes.len())..];
    let found = all.iter().find(sees).or_else(|| all.iter().rfind(has_places)).or(all.last());
    found.map(|node| node.path.clone()).ok_or_else(|| bad_setup!("{} has no layer", network.title))
}
