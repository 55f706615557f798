//! Which channels of a graph's layers stay or go together: what is added or multiplied is one channel, what is concatenated lies side by
//! side, and a depthwise convolution, a batch norm and a pool pass channels on. What it does not know keeps its channels.

use super::{Extent, Outline, OutlineStep, OutlineWork};
use crate::graph::NodeId;
use crate::graph::op::{
    AdaptivePool2d, Binary, Concat, Conv2d, Move, Op, Pad, Pool2d, Reduce, Reshape, Resize2d, Unary,
};
use crate::models::channels::{AxisRole, ChannelWalk, LinkedChannels};
use crate::models::rounding;
use std::collections::BTreeMap;

/// A graph, the groups of its channels, and where they lie between its steps.
pub struct LinkedOutline {
    outline: Outline,
    /// The groups along the second dimension of a step's value.
    flows: BTreeMap<NodeId, Vec<Option<usize>>>,
    /// In its tensors.
    pub linked: LinkedChannels,
}

impl Outline {
    /// Channels of the picture and logits stay.
    pub fn linked(self) -> LinkedOutline {
        let mut walk = GraphWalk { outline: &self, walk: ChannelWalk::default(), flows: BTreeMap::new() };
        for step in &self.steps {
            walk.step(step);
        }
        if let Some(ids) = walk.flows.get(&self.output).cloned() {
            walk.hold(&ids);
        }
        let GraphWalk { walk, flows, .. } = walk;
        let (linked, groups) = walk.finished();
        let of = |ids: Vec<usize>| ids.into_iter().map(|id| groups[id]).collect();
        let flows = flows.into_iter().map(|(step, ids)| (step, of(ids))).collect();
        LinkedOutline { outline: self, flows, linked }
    }

    fn extent(&self, id: NodeId, dim: usize) -> Option<usize> {
        match self.step(id)?.shape.get(dim)? {
            Extent::Fixed(extent) => Some(*extent),
            Extent::Batch(_) => None,
        }
    }
}

struct GraphWalk<'a> {
    outline: &'a Outline,
    walk: ChannelWalk,
    flows: BTreeMap<NodeId, Vec<usize>>,
}

impl GraphWalk<'_> {
    fn hold(&mut self, ids: &[usize]) {
        ids.iter().for_each(|&id| self.walk.hold(id));
    }

    fn variable(&self, id: NodeId) -> Option<String> {
        match &self.outline.step(id)?.work {
            OutlineWork::Variable(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// Of an input of a step; none of a tensor of the checkpoint.
    fn read(&self, step: &OutlineStep, at: usize) -> Option<Vec<usize>> {
        self.flows.get(step.inputs.get(at)?).cloned()
    }

    /// Channels that stay, as many as lie along the second dimension.
    fn kept(&mut self, step: &OutlineStep) -> Vec<usize> {
        let count = self.outline.extent(step.id, 1).unwrap_or(0);
        let ids = self.walk.fresh(count);
        self.hold(&ids);
        ids
    }

    /// Names an axis of a tensor that one layer alone reads; channels of another one stay.
    fn axis(&mut self, tensor: &str, axis: usize, role: AxisRole, ids: &[usize]) {
        if self.walk.is_known(tensor, axis) {
            self.hold(ids);
            self.walk.hold_axis(tensor, axis);
        }
        self.walk.axis(tensor.to_owned(), axis, role, ids);
    }

    fn step(&mut self, step: &OutlineStep) {
        if matches!(step.work, OutlineWork::Variable(_) | OutlineWork::Constant(_)) {
            return;
        }
        let ids = match self.passed(step) {
            Some(ids) if Some(ids.len()) == self.outline.extent(step.id, 1) => ids,
            _ => {
                // Nothing is known of it: what it reads stays as it is.
                for at in 0..step.inputs.len() {
                    let ids = self.read(step, at).unwrap_or_default();
                    self.hold(&ids);
                }
                self.kept(step)
            }
        };
        self.flows.insert(step.id, ids);
    }

    /// The channels of its value, where they are known.
    fn passed(&mut self, step: &OutlineStep) -> Option<Vec<usize>> {
        let x = || self.read(step, 0);
        match &step.work {
            OutlineWork::Convolution(conv) => self.convolution(step, conv),
            OutlineWork::Linear => self.layer(step, false),
            OutlineWork::Normalisation(_) => {
                let ids = x()?;
                let names: Option<Vec<String>> = step.inputs[1..].iter().map(|&id| self.variable(id)).collect();
                let roles = [AxisRole::Others, AxisRole::Others, AxisRole::Scales, AxisRole::Others];
                for (name, role) in names?.iter().zip(roles) {
                    self.axis(name, 0, role, &ids);
                }
                Some(ids)
            }
            OutlineWork::Gelu | OutlineWork::SpatialMean | OutlineWork::Quantised { .. } => x(),
            OutlineWork::Op(op) => self.op(step, op),
            OutlineWork::Picture | OutlineWork::LayerNorm(..) => None,
            OutlineWork::Variable(_) | OutlineWork::Constant(_) => None,
        }
    }

    fn convolution(&mut self, step: &OutlineStep, conv: &Conv2d) -> Option<Vec<usize>> {
        if conv.groups == 1 {
            return self.layer(step, false);
        }
        let (channels, out) = (self.read(step, 0)?.len(), self.outline.extent(step.id, 1)?);
        if [channels, out] == [conv.groups; 2] { self.layer(step, true) } else { None }
    }

    /// Weights with a row for each of its channels, and perhaps biases.
    fn layer(&mut self, step: &OutlineStep, is_depthwise: bool) -> Option<Vec<usize>> {
        let x = self.read(step, 0)?;
        let weight = self.variable(step.inputs[1])?;
        let bias = match step.inputs.get(2) {
            Some(&id) => Some(self.variable(id)?),
            None => None,
        };
        let ids = if is_depthwise { x.clone() } else { self.walk.fresh(self.outline.extent(step.id, 1)?) };
        if !is_depthwise {
            self.axis(&weight, 1, AxisRole::Inputs, &x);
        }
        self.axis(&weight, 0, AxisRole::Filters, &ids);
        if let Some(bias) = bias {
            self.axis(&bias, 0, AxisRole::Biases, &ids);
        }
        Some(ids)
    }

    fn op(&mut self, step: &OutlineStep, op: &Op) -> Option<Vec<usize>> {
        let x = self.read(step, 0);
        if op.get::<Unary>().is_some() || op.name() == rounding::NAME {
            return x;
        }
        let is_map = step.shape.len() == 4;
        if op.get::<Pool2d>().is_some() || op.get::<AdaptivePool2d>().is_some() || op.get::<Resize2d>().is_some() {
            return x.filter(|_| is_map);
        }
        if let Some(pad) = op.get::<Pad>() {
            return x.filter(|_| pad.dim > 1);
        }
        if let Some(reduce) = op.get::<Reduce>() {
            return x.filter(|_| reduce.start > 1);
        }
        if let Some(concat) = op.get::<Concat>() {
            let parts: Option<Vec<_>> = (0..step.inputs.len()).map(|at| self.read(step, at)).collect();
            return (concat.dim == 1).then_some(parts?.concat());
        }
        if op.get::<Reshape>().is_some() {
            return self.reshaped(step, x?);
        }
        match op.get::<Move>() {
            Some(Move::Narrow { dim: 1, start, len }) => return x?.get(*start..start + len).map(<[usize]>::to_vec),
            Some(Move::Narrow { dim, .. } | Move::Flip(dim)) => return x.filter(|_| *dim > 1),
            Some(Move::BroadcastAs(_)) => return x.filter(|_| self.rank(step, 0) == step.shape.len()),
            Some(Move::Permute(_)) | None => {}
        }
        op.get::<Binary>()?;
        self.both(step)
    }

    fn rank(&self, step: &OutlineStep, at: usize) -> usize {
        step.inputs.get(at).and_then(|&id| self.outline.step(id)).map_or(0, |of| of.shape.len())
    }

    /// What is computed of two values channel by channel; a number alone has none.
    fn both(&mut self, step: &OutlineStep) -> Option<Vec<usize>> {
        let is_number = |at: usize| -> bool {
            let of = step.inputs.get(at).and_then(|&id| self.outline.step(id));
            of.is_some_and(|of| of.shape.iter().all(|extent| *extent == Extent::Fixed(1)))
        };
        match (self.read(step, 0), self.read(step, 1)) {
            (Some(one), Some(other)) => {
                let is_same = one.len() == other.len() && self.rank(step, 0) == self.rank(step, 1);
                is_same.then(|| one.iter().zip(&other).for_each(|(&one, &other)| self.walk.link(one, other)))?;
                Some(one)
            }
            (Some(one), None) => is_number(1).then_some(one),
            (None, Some(other)) => is_number(0).then_some(other),
            (None, None) => None,
        }
    }

    /// A map value by value, or the same channels under another shape.
    fn reshaped(&self, step: &OutlineStep, x: Vec<usize>) -> Option<Vec<usize>> {
        let from = &self.outline.step(step.inputs[0])?.shape;
        if from.first() != step.shape.first() {
            return None;
        }
        let inner: Option<usize> = (2..from.len()).map(|dim| self.outline.extent(step.inputs[0], dim)).product();
        let (own, inner) = (self.outline.extent(step.id, 1)?, inner?);
        match (own == x.len(), step.shape.len()) {
            (true, _) => Some(x),
            (false, 2) if own == x.len() * inner => {
                Some(x.iter().flat_map(|&id| std::iter::repeat_n(id, inner)).collect())
            }
            _ => None,
        }
    }
}

impl LinkedOutline {
    /// The graph of the groups that stay.
    pub fn narrowed(&self, stay: &[bool]) -> Outline {
        let count = |groups: &[Option<usize>]| groups.iter().filter(|of| of.is_none_or(|of| stay[of])).count();
        let mut made = self.outline.clone();
        for step in &mut made.steps {
            if let OutlineWork::Variable(name) = &step.work {
                for axis in self.linked.axes.iter().filter(|axis| axis.tensor == *name) {
                    step.shape[axis.axis] = Extent::Fixed(count(&axis.groups));
                }
                continue;
            }
            let Some(groups) = self.flows.get(&step.id) else { continue };
            let own = count(groups);
            if let Some(Extent::Fixed(extent)) = step.shape.get_mut(1) {
                *extent = own;
            }
            match &mut step.work {
                OutlineWork::Convolution(conv) if conv.groups > 1 && conv.groups == groups.len() => conv.groups = own,
                OutlineWork::Op(op) => {
                    if let Some(Move::Narrow { dim: 1, start, .. }) = op.get() {
                        let before = step.inputs.first().and_then(|id| self.flows.get(id)).map_or(&[][..], |of| of);
                        let start = count(&before[..(*start).min(before.len())]);
                        *op = Move::Narrow { dim: 1, start, len: own }.into();
                    }
                }
                _ => {}
            }
        }
        made
    }

    /// How many multiply-accumulates fewer its layers then need for one picture.
    pub fn saved(&self, stay: &[bool]) -> u64 {
        let sum =
            |outline: &Outline| outline.weighted().iter().map(|of| of.form.weights() as u64 * of.places).sum::<u64>();
        sum(&self.outline).saturating_sub(sum(&self.narrowed(stay)))
    }
}
