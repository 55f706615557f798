//! The memory planner: which results share which memory.
//!
//! Tensors whose lives do not overlap share a slot, the largest first (greedy by size; Pisarchyk & Lee 2020). Parts of a
//! join that lie one behind the other are written straight into the whole.
//!
//! Invariant: within one step the output's slot is none of the slots that the step reads. A WebGPU dispatch may not bind a
//! buffer both for reading and for writing, at whatever offsets.

use super::op::Form;
use super::pass::Work;
use super::{NodeId, Program};
use std::collections::BTreeMap;

/// Slots and places inside them start on multiples of this: WebGPU's largest `minStorageBufferOffsetAlignment`.
pub const ALIGNMENT: usize = 256;

/// Where a node's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub slot: usize,
    pub offset_bytes: usize,
}

/// The plan for all nodes that are inputs or written by steps.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub places: BTreeMap<NodeId, Place>,
    pub slot_bytes: Vec<usize>,
    /// Without sharing: one buffer per tensor.
    pub unplanned_bytes: usize,
}

impl Memory {
    pub fn planned_bytes(&self) -> usize {
        self.slot_bytes.iter().sum()
    }

    /// Whether `part` was placed inside `whole`.
    pub fn is_inside(&self, part: NodeId, whole: NodeId, start_bytes: usize) -> bool {
        match (self.places.get(&part), self.places.get(&whole)) {
            (Some(p), Some(w)) => p.slot == w.slot && p.offset_bytes == w.offset_bytes + start_bytes,
            _ => false,
        }
    }
}

/// Plans the memory of a program. Inputs are alive from the start, outputs to the end.
pub fn plan(program: &Program) -> Memory {
    let parents = joins(program);
    let root_of = |mut id: NodeId| {
        let mut offset = 0;
        while let Some(&(whole, start)) = parents.get(&id) {
            offset += start;
            id = whole;
        }
        (id, offset)
    };

    // First and last step in which each root is in use.
    let mut lives: BTreeMap<NodeId, (usize, usize)> = BTreeMap::new();
    let mut touch = |id: NodeId, at: usize| {
        let life = lives.entry(root_of(id).0).or_insert((at, at));
        *life = (life.0.min(at), life.1.max(at));
    };
    program.inputs.iter().for_each(|&(_, id)| touch(id, 0));
    for (at, step) in program.steps.iter().enumerate() {
        touch(step.output, at);
        program.reads(step).into_iter().filter(|&id| program.frozen(id).is_none()).for_each(|id| touch(id, at));
    }
    for (_, id) in program.outputs().filter(|&(_, id)| program.frozen(id).is_none()) {
        touch(id, program.steps.len());
    }

    let size = |id: NodeId| program.node(id).spec.size_bytes().next_multiple_of(ALIGNMENT);
    let mut roots: Vec<NodeId> = lives.keys().copied().collect();
    roots.sort_by_key(|&id| std::cmp::Reverse(size(id)));
    let mut slots: Vec<(usize, Vec<(usize, usize)>)> = Vec::new();
    let mut slot_of: BTreeMap<NodeId, usize> = BTreeMap::new();
    for id in roots {
        let (start, end) = lives[&id];
        let free = slots.iter().position(|(_, used)| used.iter().all(|&(s, e)| end < s || e < start));
        let slot = free.unwrap_or_else(|| {
            slots.push((size(id), Vec::new()));
            slots.len() - 1
        });
        slots[slot].1.push((start, end));
        slot_of.insert(id, slot);
    }

    let written = program.inputs.iter().map(|&(_, id)| id).chain(program.steps.iter().map(|s| s.output));
    let mut memory = Memory { slot_bytes: slots.into_iter().map(|(bytes, _)| bytes).collect(), ..Memory::default() };
    for id in written {
        let (root, offset_bytes) = root_of(id);
        if let Some(&slot) = slot_of.get(&root) {
            memory.places.insert(id, Place { slot, offset_bytes });
        }
        memory.unplanned_bytes += size(id);
    }
    memory
}

/// Parts that can be written straight into their join: part → (whole, bytes before it).
fn joins(program: &Program) -> BTreeMap<NodeId, (NodeId, usize)> {
    let mut parents: BTreeMap<NodeId, (NodeId, usize)> = BTreeMap::new();
    let written: BTreeMap<NodeId, usize> = program.steps.iter().enumerate().map(|(at, s)| (s.output, at)).collect();
    for step in &program.steps {
        let (Work::Join, Some(Form::Join(join))) = (&step.work, program.form(step.output)) else { continue };
        if join.outer != 1 {
            continue;
        }
        let size = program.node(step.output).spec.dtype.size_bytes();
        let parts = program.sources(step.output);
        for (&part, start) in parts.iter().zip(join.starts.iter().map(|s| s * size)) {
            let once = parts.iter().filter(|&&p| p == part).count() == 1;
            let Some(&at) = written.get(&part) else { continue };
            // A step that reads one part and writes another would bind the whole for both.
            let apart = |p: NodeId| program.reads(&program.steps[at]).contains(&p);
            let conflict = parts.iter().any(|&other| other != part && apart(other))
                || parts
                    .iter()
                    .filter_map(|p| written.get(p))
                    .any(|&w| program.reads(&program.steps[w]).contains(&part));
            let is_output = program.outputs().any(|(_, id)| id == part);
            if once && !conflict && !is_output && start.is_multiple_of(ALIGNMENT) && !parents.contains_key(&part) {
                parents.insert(part, (step.output, start));
            }
        }
    }
    // Nested joins: reading a grandchild while writing its sibling is the same conflict one level up.
    let root = |mut id: NodeId| {
        while let Some(&(whole, _)) = parents.get(&id) {
            id = whole;
        }
        id
    };
    let clash: Vec<NodeId> = program
        .steps
        .iter()
        .filter(|s| !matches!(s.work, Work::Join))
        .filter(|s| parents.contains_key(&s.output) && program.reads(s).iter().any(|&r| root(r) == root(s.output)))
        .map(|s| s.output)
        .collect();
    clash.iter().for_each(|id| _ = parents.remove(id));
    parents
}
