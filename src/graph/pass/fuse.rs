//! Groups nodes into steps: a kernel with the elementwise operations that follow it, or a chain of those alone. Backends
//! run steps; each step writes one node.

use super::Flat;
use crate::graph::launch::Movement;
use crate::graph::op::Form;
use crate::graph::order::sort_by_key;
use crate::graph::{Kind, NodeId, Spec, strides_of};

/// Most tensors that one step reads and writes: WebGPU's smallest promise of storage buffers.
const MOST_BUFFERS: usize = 8;

/// One piece of work.
#[derive(Clone, Debug)]
pub struct Step {
    /// The node that it computes.
    pub output: NodeId,
    /// How.
    pub work: StepWork,
}

/// The work of a step.
#[derive(Clone, Debug)]
pub enum StepWork {
    /// The kernel of `anchor` (or the first leaves), then the links in order on every element. The last link is the output, or
    /// the anchor where there are no links.
    Fused {
        /// The node whose kernel runs.
        anchor: Option<NodeId>,
        /// The operations on each of its elements.
        links: Vec<Link>,
        /// The other tensors that the links read.
        leaves: Vec<Leaf>,
    },
    /// A copy in another order.
    Copy {
        /// The node that is copied.
        source: NodeId,
        /// Its order.
        movement: Movement,
    },
    /// The op's inputs side by side.
    Join,
}

/// One elementwise operation of a step.
#[derive(Clone, Debug)]
pub struct Link {
    /// The node that it computes.
    pub node: NodeId,
    /// Its operands, in the op's order.
    pub terms: Vec<Term>,
}

/// An operand of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// The result of the step's kernel.
    Anchor,
    /// The result of an earlier link of the step.
    Link(usize),
    /// A leaf of the step.
    Leaf(usize),
}

/// A tensor that a step reads besides its anchor's own inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// The node that it reads.
    pub node: NodeId,
    /// Over the shape of the step's output.
    pub movement: Movement,
}

/// The node whose memory `id` is: itself, or what it renames.
pub(crate) fn resolve(flat: &Flat, known: &dyn Fn(NodeId) -> bool, mut id: NodeId) -> NodeId {
    while !known(id) && matches!(form_of(flat, id), Some(Form::Alias)) {
        id = flat.nodes[id].inputs[0];
    }
    id
}

/// The form of an op node; none for inputs, variables and constants.
pub(crate) fn form_of(flat: &Flat, id: NodeId) -> Option<Form<'_>> {
    let node = &flat.nodes[id];
    match &node.kind {
        Kind::Op(op) => {
            let specs: Vec<&Spec> = node.inputs.iter().map(|&i| &flat.nodes[i].spec).collect();
            Some(op.form(&specs, &node.spec))
        }
        _ => None,
    }
}

/// The steps that compute the outputs, in order. Nodes for which `known` holds have values already.
pub(crate) fn fuse(flat: &Flat, known: &dyn Fn(NodeId) -> bool) -> Vec<Step> {
    let count = flat.nodes.len();
    let mut readers: Vec<Vec<NodeId>> = vec![Vec::new(); count];
    for (id, node) in flat.nodes.iter().enumerate().filter(|(id, _)| !known(*id)) {
        node.inputs.iter().for_each(|&input| readers[input].push(id));
    }
    let mut fuser = Fuser { flat, known, readers, taken: vec![false; count], wanted: vec![false; count] };
    flat.outputs.iter().for_each(|&id| fuser.want(id));
    let mut steps = Vec::new();
    for id in (0..count).rev() {
        if fuser.wanted[id] && !fuser.taken[id] && !known(id) {
            steps.extend(fuser.step(id));
        }
    }
    steps.reverse();
    steps
}

struct Fuser<'a> {
    flat: &'a Flat,
    known: &'a dyn Fn(NodeId) -> bool,
    readers: Vec<Vec<NodeId>>,
    /// Computed inside the step of another node.
    taken: Vec<bool>,
    /// Must exist in memory.
    wanted: Vec<bool>,
}

impl Fuser<'_> {
    fn want(&mut self, id: NodeId) {
        let id = resolve(self.flat, self.known, id);
        self.wanted[id] = true;
    }

    fn step(&mut self, id: NodeId) -> Option<Step> {
        let inputs = self.flat.nodes[id].inputs.clone();
        let work = match form_of(self.flat, id)? {
            Form::Alias => return None,
            Form::Pointwise(_) => self.chain(id),
            Form::Movement(movement) => {
                self.want(inputs[0]);
                StepWork::Copy { source: resolve(self.flat, self.known, inputs[0]), movement }
            }
            Form::Join(_) => {
                inputs.iter().for_each(|&i| self.want(i));
                StepWork::Join
            }
            Form::Kernel(_) | Form::Rewrite(_) => {
                inputs.iter().for_each(|&i| self.want(i));
                StepWork::Fused { anchor: Some(id), links: Vec::new(), leaves: Vec::new() }
            }
        };
        Some(Step { output: id, work })
    }

    /// The step of an elementwise node. It also computes those of its inputs that no other node reads.
    fn chain(&mut self, root: NodeId) -> StepWork {
        let mut members = vec![root];
        let mut anchor = None;
        loop {
            let found = members
                .iter()
                .flat_map(|&m| &self.flat.nodes[m].inputs)
                .copied()
                .filter(|&p| !members.contains(&p) && anchor != Some(p))
                .find(|&p| self.joins(p, root, &members, anchor));
            let Some(p) = found else { break };
            if matches!(form_of(self.flat, p), Some(Form::Kernel(_))) {
                anchor = Some(p);
            } else {
                members.push(p);
            }
        }
        sort_by_key(&mut members, |&m| m);
        members.iter().chain(&anchor).for_each(|&m| self.taken[m] = true);
        self.taken[root] = false;

        let shape = self.flat.nodes[root].spec.shape.clone();
        let mut leaves: Vec<Leaf> = Vec::new();
        let mut links = Vec::new();
        for &m in &members {
            let mut terms = Vec::new();
            for &p in &self.flat.nodes[m].inputs {
                terms.push(if anchor == Some(p) {
                    Term::Anchor
                } else if let Some(link) = members.iter().position(|&other| other == p) {
                    Term::Link(link)
                } else {
                    let leaf = self.leaf(p, &shape);
                    let at = leaves.iter().position(|other| *other == leaf).unwrap_or_else(|| {
                        leaves.push(leaf);
                        leaves.len() - 1
                    });
                    Term::Leaf(at)
                });
            }
            links.push(Link { node: m, terms });
        }
        leaves.iter().for_each(|leaf| self.wanted[leaf.node] = true);
        if let Some(anchor) = anchor {
            self.flat.nodes[anchor].inputs.iter().for_each(|&i| self.want(i));
        }
        StepWork::Fused { anchor, links, leaves }
    }

    /// Whether `p` can be computed inside the step of `root`.
    fn joins(&self, p: NodeId, root: NodeId, members: &[NodeId], anchor: Option<NodeId>) -> bool {
        let (node, goal) = (&self.flat.nodes[p], &self.flat.nodes[root].spec);
        let private = !(self.known)(p)
            && !self.wanted[p]
            && !self.flat.outputs.contains(&p)
            && node.spec == *goal
            && self.readers[p].iter().all(|r| members.contains(r));
        if !private {
            return false;
        }
        let fits = match form_of(self.flat, p) {
            Some(Form::Pointwise(_)) => true,
            Some(Form::Kernel(rule)) => anchor.is_none() && rule.takes_epilogue(),
            _ => false,
        };
        // The buffers of the step: its output, its kernel's inputs, and its leaves (some perhaps twice).
        let kernel = anchor.or_else(|| matches!(form_of(self.flat, p), Some(Form::Kernel(_))).then_some(p));
        let inside = |id: NodeId| members.contains(&id) || id == p || kernel == Some(id);
        let computed = members.iter().chain((kernel != Some(p)).then_some(&p));
        let mut leaves: Vec<NodeId> =
            computed.flat_map(|&m| &self.flat.nodes[m].inputs).copied().filter(|&r| !inside(r)).collect();
        sort_by_key(&mut leaves, |&leaf| leaf);
        leaves.dedup();
        let operands = kernel.map_or(0, |k| self.flat.nodes[k].inputs.len());
        fits && 1 + operands + leaves.len() <= MOST_BUFFERS
    }

    /// How a step over `shape` reads `p`: broadcast, and through the strides of a movement that no other step needs in memory.
    fn leaf(&self, p: NodeId, shape: &[usize]) -> Leaf {
        let node = &self.flat.nodes[p];
        // A known node has lost its inputs, and with them its form.
        let free = !(self.known)(p) && !self.wanted[p];
        let moved = match free.then(|| form_of(self.flat, p)).flatten() {
            Some(Form::Movement(movement)) => Some(movement),
            _ => None,
        };
        let (source, offset, strides) = match moved {
            Some(m) => (node.inputs[0], m.offset, m.strides),
            None => (p, 0, strides_of(&node.spec.shape).into_iter().map(|s| s as isize).collect()),
        };
        let lead = shape.len() - strides.len();
        let strides = (0..shape.len())
            .map(|d| if d < lead || (node.spec.shape[d - lead] == 1 && shape[d] != 1) { 0 } else { strides[d - lead] })
            .collect();
        Leaf {
            node: resolve(self.flat, self.known, source),
            movement: Movement { shape: shape.to_vec(), offset, strides },
        }
    }
}
