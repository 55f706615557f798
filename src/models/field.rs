//! Receptive fields: which pixels of the picture each place of an activation depends on.

use crate::graph::op::{AdaptivePool2d, Conv2d, ConvTranspose2d, Matmul, Move, Pool2d, Reduce, Resize2d, Softmax};
use crate::graph::{Kind, Node};

/// The pixels that the places of an activation depend on, along one axis of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceptiveField {
    /// How many pixels one place sees where no edge is near.
    pub size: usize,
    /// Pixels from one place to the next.
    pub stride: usize,
    /// The first pixel that place 0 sees; negative in the padding.
    pub start: isize,
}

impl ReceptiveField {
    /// The pixels of a picture of this extent that a place sees. Where the lower edge cuts them off there may be fewer: strides
    /// can leave its last rows over.
    pub fn pixels(&self, place: usize, extent: usize) -> std::ops::Range<usize> {
        let start = self.start + (place * self.stride) as isize;
        let within = |pixel: isize| pixel.clamp(0, extent as isize) as usize;
        within(start)..within(start + self.size as isize)
    }

    /// Of windows over what has this field.
    fn of_windows(self, kernel: usize, stride: usize, padding: usize) -> Self {
        ReceptiveField {
            size: self.size + (kernel - 1) * self.stride,
            stride: self.stride * stride,
            start: self.start - (padding * self.stride) as isize,
        }
    }

    /// What sees both.
    fn with(self, other: Self) -> Self {
        let end = |field: ReceptiveField| field.start + field.size as isize;
        let start = self.start.min(other.start);
        let size = (end(self).max(end(other)) - start) as usize;
        ReceptiveField { size, start, stride: self.stride.max(other.stride) }
    }
}

/// What a node sees of the picture.
#[derive(Clone, Copy)]
enum Seen {
    /// It does not depend on it.
    Nothing,
    Part(ReceptiveField),
    All,
}

/// Of a picture. Kernels need not be square.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PictureAxis {
    Down,
    Across,
}

/// The field of each node along an axis, in the order of the graph; `None` where it sees all of the picture, or nothing.
pub(super) fn fields(nodes: &[Node], axis: PictureAxis) -> Vec<Option<ReceptiveField>> {
    let mut seen: Vec<Seen> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let here = match &node.kind {
            Kind::Input { .. } if node.spec.rank() == 4 => Seen::Part(ReceptiveField { size: 1, stride: 1, start: 0 }),
            Kind::Input { .. } | Kind::Variable { .. } | Kind::Constant(_) => Seen::Nothing,
            Kind::Op(_) => of_op(nodes, node, &seen, axis),
        };
        seen.push(here);
    }
    let part = |seen| match seen {
        Seen::Part(field) => Some(field),
        Seen::Nothing | Seen::All => None,
    };
    seen.into_iter().map(part).collect()
}

/// All that its inputs see, where it keeps places apart.
fn of_op(nodes: &[Node], node: &Node, seen: &[Seen], axis: PictureAxis) -> Seen {
    let mut field: Option<ReceptiveField> = None;
    for &input in &node.inputs {
        match seen[input] {
            Seen::Nothing => {}
            Seen::All => return Seen::All,
            Seen::Part(other) => field = Some(field.map_or(other, |known| known.with(other))),
        }
    }
    let (Some(field), Kind::Op(op)) = (field, &node.kind) else { return Seen::Nothing };
    let shape_of = |input: usize| nodes[node.inputs[input]].spec.shape.as_slice();
    let (x, y) = (shape_of(0), node.spec.shape.as_slice());
    let dim = axis as usize;
    if let Some(conv) = op.get::<Conv2d>() {
        let kernel = (shape_of(1)[2 + dim] - 1) * conv.dilation + 1;
        let padding = if axis == PictureAxis::Down { conv.padding.top } else { conv.padding.left };
        return Seen::Part(field.of_windows(kernel, conv.stride, padding));
    }
    if let Some(pool) = op.get::<Pool2d>() {
        return Seen::Part(field.of_windows(pool.kernel[dim], pool.stride[dim], pool.padding[dim]));
    }
    let mixes = match (op.get::<Reduce>(), op.get::<Move>()) {
        (Some(reduce), _) => reduce.end + 2 > x.len(),
        (_, Some(Move::Permute(dims))) => {
            let last = dims.len().saturating_sub(2);
            dims[last..] != [last, last + 1]
        }
        (_, Some(&Move::Narrow { dim, .. } | &Move::Flip(dim))) => dim + 2 >= x.len(),
        _ => {
            op.get::<Matmul>().is_some()
                || op.get::<Softmax>().is_some()
                || op.get::<Resize2d>().is_some()
                || op.get::<ConvTranspose2d>().is_some()
                || op.get::<AdaptivePool2d>().is_some()
        }
    };
    let planes = |shape: &[usize]| shape.last_chunk::<2>().copied();
    let widest = node.inputs.iter().filter_map(|&input| match seen[input] {
        Seen::Part(_) => planes(&nodes[input].spec.shape),
        Seen::Nothing | Seen::All => None,
    });
    if mixes || x.len() < 3 || widest.max() != planes(y) { Seen::All } else { Seen::Part(field) }
}
