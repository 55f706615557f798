//! Folds per-channel scales into the weights of the convolution before them. A batch norm at inference is
//! `scale · x + shift`; after this pass its scale is in the weights and its shift is the convolution's bias.

use super::{Flat, Known, PassError, fixed};
use crate::graph::op::binary::{Binary, BinaryFn};
use crate::graph::op::{Conv2d, Reshape};
use crate::graph::{Kind, Node, NodeId, Op, Spec};

struct Folder<'a> {
    old: &'a Flat,
    /// How many nodes read each old node, outputs counted.
    uses: Vec<usize>,
    /// Depends on known variables and constants alone.
    fixed: Vec<bool>,
    nodes: Vec<Node>,
    renamed: Vec<NodeId>,
    origins: Vec<NodeId>,
}

pub(super) fn fold_scales(flat: &Flat, known: Known<'_>) -> Result<Flat, PassError> {
    let mut uses = vec![0; flat.nodes.len()];
    flat.nodes.iter().flat_map(|n| &n.inputs).chain(&flat.outputs).for_each(|&id| uses[id] += 1);
    let fixed = fixed(flat, known);
    let mut folder = Folder { old: flat, uses, fixed, nodes: Vec::new(), renamed: Vec::new(), origins: Vec::new() };
    for id in 0..flat.nodes.len() {
        let new = match folder.scaled_channels(id) {
            Some((source, scale)) => match folder.fold(source, scale)? {
                Some(folded) => folded,
                None => folder.copy(id),
            },
            None => folder.copy(id),
        };
        folder.renamed.push(new);
    }
    let outputs = flat.outputs.iter().map(|&id| folder.renamed[id]).collect();
    Ok(Flat { nodes: folder.nodes, outputs, origins: folder.origins })
}

impl Folder<'_> {
    fn copy(&mut self, id: NodeId) -> NodeId {
        let mut node = self.old.nodes[id].clone();
        node.inputs.iter_mut().for_each(|input| *input = self.renamed[*input]);
        self.nodes.push(node);
        self.origins.push(self.old.origins[id]);
        self.nodes.len() - 1
    }

    /// In the place of `old`.
    fn add(&mut self, old: NodeId, op: impl Into<Op>, inputs: &[NodeId]) -> Result<NodeId, PassError> {
        let op = op.into();
        let specs: Vec<&Spec> = inputs.iter().map(|&i| &self.nodes[i].spec).collect();
        let spec = op.spec(&specs)?;
        self.nodes.push(Node { kind: Kind::Op(op), inputs: inputs.to_vec(), spec });
        self.origins.push(self.old.origins[old]);
        Ok(self.nodes.len() - 1)
    }

    fn op(&self, id: NodeId) -> Option<&Op> {
        match &self.old.nodes[id].kind {
            Kind::Op(op) => Some(op),
            _ => None,
        }
    }

    /// `id` = other · fixed, with one factor per channel: (other, fixed).
    fn scaled_channels(&self, id: NodeId) -> Option<(NodeId, NodeId)> {
        let (other, factor) = self.with_fixed(id, BinaryFn::Mul)?;
        let channels = *self.old.nodes[id].spec.shape.get(1)?;
        (self.old.nodes[factor].spec.shape == [1, channels, 1, 1]).then_some((other, factor))
    }

    /// `id` = other ∘ fixed or fixed ∘ other: (other, fixed).
    fn with_fixed(&self, id: NodeId, f: BinaryFn) -> Option<(NodeId, NodeId)> {
        match (self.op(id)?.get()?, self.old.nodes[id].inputs.as_slice()) {
            (Binary(g), &[a, b]) if *g == f => match (self.fixed[a], self.fixed[b]) {
                (false, true) => Some((a, b)),
                (true, false) => Some((b, a)),
                _ => None,
            },
            _ => None,
        }
    }

    /// New node for `source · scale`, if the scale can go into a convolution's weights.
    fn fold(&mut self, source: NodeId, scale: NodeId) -> Result<Option<NodeId>, PassError> {
        if self.uses[source] != 1 {
            return Ok(None);
        }
        let new_scale = self.renamed[scale];
        if let (Some(conv), &[x, w]) = (self.op(source).and_then(Op::get::<Conv2d>), self.old.nodes[source].inputs.as_slice())
            && self.fixed[w]
            // One factor per filter, not one filter broadcast to many factors.
            && self.old.nodes[w].spec.shape[0] == self.old.nodes[scale].spec.elem_count()
        {
            let conv = conv.clone();
            let channels = self.old.nodes[w].spec.shape[0];
            let per_filter = self.add(source, Reshape { shape: vec![channels, 1, 1, 1] }, &[new_scale])?;
            let scaled = self.add(source, Binary(BinaryFn::Mul), &[self.renamed[w], per_filter])?;
            return Ok(Some(self.add(source, conv, &[self.renamed[x], scaled])?));
        }
        // (inner + bias) · scale = inner · scale + bias · scale
        if let Some((inner, bias)) = self.with_fixed(source, BinaryFn::Add)
            && let Some(folded) = self.fold(inner, scale)?
        {
            let bias = self.add(source, Binary(BinaryFn::Mul), &[self.renamed[bias], new_scale])?;
            return Ok(Some(self.add(source, Binary(BinaryFn::Add), &[folded, bias])?));
        }
        Ok(None)
    }
}
