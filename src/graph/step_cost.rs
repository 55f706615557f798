//! The least cost of each step of a program, and the steps' names.

use super::launch::Traits;
use super::op::{Cost, Form};
use super::pass::{Step, StepWork};
use super::{Kind, NodeId, Program};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepCost {
    /// The layer, where its variables tell it; the op; what it is computed with, where that is known; the shape of the result:
    /// `features.3.squeeze conv2d 16×64×1×1 → 1×16×55×55`.
    pub name: String,
    /// Two for each multiply-accumulate. An op without multiply-accumulates counts one for each element that it computes; an op
    /// that only moves elements counts none.
    pub flops: u64,
    /// Read and written at least once, by this step alone.
    pub bytes: u64,
}

impl Program {
    /// The cost of every step, in order, on a GPU with these traits or, without one, on the CPU.
    pub fn step_costs(&self, gpu: Option<&Traits>) -> Vec<StepCost> {
        let cost =
            |step: &Step| StepCost { name: self.title(step), flops: self.flops(step, gpu), bytes: self.bytes(step) };
        self.steps.iter().map(cost).collect()
    }

    /// Floating-point operations and bytes of all steps together, as [`StepCost`] counts them.
    pub fn flops_and_bytes(&self, gpu: Option<&Traits>) -> (u64, u64) {
        self.steps.iter().fold((0, 0), |(flops, bytes), step| (flops + self.flops(step, gpu), bytes + self.bytes(step)))
    }

    fn own(&self, id: NodeId) -> Cost {
        match &self.node(id).kind {
            Kind::Op(op) => op.cost(&self.input_specs(id), &self.node(id).spec),
            _ => Cost::default(),
        }
    }

    /// Multiply-accumulates of a node.
    fn macs(&self, id: NodeId, gpu: Option<&Traits>) -> u64 {
        let done = match self.form(id) {
            Some(Form::Kernel(rule) | Form::Rewrite(rule)) => {
                let known: Vec<bool> = self.sources(id).into_iter().map(|id| self.frozen(id).is_some()).collect();
                rule.macs(&self.input_specs(id), &self.node(id).spec, &known, gpu)
            }
            _ => None,
        };
        done.unwrap_or_else(|| self.own(id).macs)
    }

    fn flops(&self, step: &Step, gpu: Option<&Traits>) -> u64 {
        let of_node = |id: NodeId| match (self.form(id), self.macs(id, gpu)) {
            (Some(Form::Pointwise(_) | Form::Kernel(_) | Form::Rewrite(_)), 0) => {
                self.node(id).spec.elem_count() as u64
            }
            (_, macs) => 2 * macs,
        };
        match &step.work {
            StepWork::Fused { anchor, links, .. } => {
                anchor.iter().copied().chain(links.iter().map(|link| link.node)).map(of_node).sum()
            }
            StepWork::Copy { .. } | StepWork::Join => 0,
        }
    }

    fn bytes(&self, step: &Step) -> u64 {
        let size = |id: NodeId| self.node(id).spec.size_bytes() as u64;
        let written = size(step.output);
        match &step.work {
            StepWork::Fused { anchor, leaves, .. } => {
                // A step that reads a part of a tensor reads at most as many bytes as its result has.
                let read: u64 = leaves.iter().map(|leaf| size(leaf.node).min(written)).sum();
                read + anchor.map_or(written, |anchor| self.own(anchor).bytes)
            }
            StepWork::Copy { source, .. } => written + size(*source).min(written),
            StepWork::Join => 2 * written,
        }
    }

    fn title(&self, step: &Step) -> String {
        let shape = |id: NodeId| {
            let extents: Vec<String> = self.node(id).spec.shape.iter().map(usize::to_string).collect();
            extents.join("×")
        };
        let (main, leaves) = match &step.work {
            StepWork::Fused { anchor, links, leaves } => {
                (anchor.or_else(|| links.last().map(|link| link.node)), leaves.as_slice())
            }
            StepWork::Copy { .. } | StepWork::Join => (None, [].as_slice()),
        };
        let main = main.unwrap_or(step.output);
        let read: Vec<NodeId> = self.sources(main).into_iter().chain(leaves.iter().map(|leaf| leaf.node)).collect();
        let layer = read.iter().find_map(|&id| match &self.node(id).kind {
            Kind::Variable { name, .. } => name.rsplit_once('.').map(|(layer, _)| format!("{layer} ")),
            _ => None,
        });
        let weights = read.iter().find(|&&id| self.frozen(id).is_some_and(|value| value.dims().len() > 1));
        let weights = weights.map(|&id| format!(" {}", shape(id)));
        format!(
            "{}{}{} → {}",
            layer.unwrap_or_default(),
            self.name(main),
            weights.unwrap_or_default(),
            shape(step.output)
        )
    }
}
