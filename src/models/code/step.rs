//! One step of an outline, as every language reads it.

use crate::graph::NodeId;
use crate::models::outline::{Extent, Outline, OutlineStep, OutlineWork};

#[derive(Clone, Copy)]
pub(super) struct CodeStep<'a> {
    pub(super) outline: &'a Outline,
    pub(super) step: &'a OutlineStep,
}

impl CodeStep<'_> {
    /// The extents of an input, for one picture.
    pub(super) fn known(&self, id: NodeId) -> Vec<usize> {
        let plain = |extent: &Extent| match *extent {
            Extent::Fixed(extent) | Extent::Batch(extent) => extent,
        };
        self.outline.step(id).map(|step| step.shape.iter().map(plain).collect()).unwrap_or_default()
    }

    /// The extents of its own value, likewise.
    pub(super) fn own(&self) -> Vec<usize> {
        self.known(self.step.id)
    }

    /// Name and shape, where the input is a tensor of the checkpoint.
    pub(super) fn variable(&self, id: NodeId) -> Option<(String, Vec<usize>)> {
        match &self.outline.step(id)?.work {
            OutlineWork::Variable(name) => Some((name.clone(), self.known(id))),
            _ => None,
        }
    }

    /// The path of the layer whose tensors, in this order, the inputs behind the first are.
    pub(super) fn path(&self, names: &[&str]) -> Option<String> {
        let tensors = &self.step.inputs[1..];
        let (first, _) = self.variable(*tensors.first()?)?;
        let path = first.strip_suffix(names.first()?)?.strip_suffix('.')?.to_owned();
        let fits = tensors.len() <= names.len()
            && tensors
                .iter()
                .zip(names)
                .all(|(&id, name)| self.variable(id).is_some_and(|(own, _)| own == format!("{path}.{name}")));
        fits.then_some(path)
    }
}
