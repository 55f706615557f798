//! The memory planner: which results share which memory.
//!
//! Tensors whose lives do not overlap share a slot, the largest first (greedy by size; Pisarchyk & Lee 2020). Parts of a
//! join that lie one behind the other are written straight into the whole.
//!
//! State has memory of its own, which outlives the run.
//!
//! Invariant: within one step the output's slot is none of the slots that the step reads. A WebGPU dispatch may not bind a
//! buffer both for reading and for writing, at any offsets.

use super::op::Form;
use super::order::sort_by_key;
use super::pass::{Step, StepWork};
use super::state::Layout;
use super::{NodeId, Program};
use crate::sorted::SortedMap;

/// Slots and places inside them start on multiples of this: WebGPU's largest `minStorageBufferOffsetAlignment`.
pub const ALIGNMENT: usize = 256;

/// Where a node's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose memory it is in.
    pub home: Home,
    /// Where it begins there.
    pub offset_bytes: usize,
}

/// Whose memory it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Shared by results of one run.
    Slot(usize),
    /// A group of the state's layout.
    State(usize),
}

/// The plan for all nodes that are inputs or written by steps.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The place of each node.
    pub places: SortedMap<NodeId, Place>,
    /// How large each slot is.
    pub slot_bytes: Vec<usize>,
    /// Without sharing: one buffer per tensor.
    pub unplanned_bytes: usize,
}

impl Memory {
    /// All slots together.
    pub fn planned_bytes(&self) -> usize {
        self.slot_bytes.iter().sum()
    }

    /// Whether `part` was placed inside `whole`.
    pub fn is_inside(&self, part: NodeId, whole: NodeId, start_bytes: usize) -> bool {
        match (self.places.get(&part), self.places.get(&whole)) {
            (Some(p), Some(w)) => p.home == w.home && p.offset_bytes == w.offset_bytes + start_bytes,
            _ => false,
        }
    }
}

/// Bytes of a program: its variables, and what a run holds at once. Nothing is allocated for it.
pub fn bytes_of(program: &Program) -> u64 {
    let state = Layout::of(program);
    (state.size_bytes() + plan(program, &state).planned_bytes()) as u64
}

/// Plans the memory of a program whose state lies as `state` says. Inputs are alive from the start, outputs to the end.
pub fn plan(program: &Program, state: &Layout) -> Memory {
    let kept = kept_places(program, state);
    let parents = joins(program, &kept);
    let root_of = |id: NodeId| root_of(&parents, id);

    // First and last step in which each root is in use.
    let mut lives: SortedMap<NodeId, (usize, usize)> = SortedMap::new();
    let mut touch = |id: NodeId, at: usize| {
        if kept.contains_key(&id) {
            return;
        }
        let life = lives.or_insert_with(root_of(id).0, || (at, at));
        *life = (life.0.min(at), life.1.max(at));
    };
    program.inputs.iter().for_each(|&(_, id)| touch(id, 0));
    for (at, step) in program.steps.iter().enumerate() {
        touch(step.output, at);
        program.reads(step).into_iter().filter(|&id| program.frozen(id).is_none()).for_each(|id| touch(id, at));
    }
    let assigned = program.assigns().iter().map(|&(_, value)| program.resolve(value));
    for id in program.outputs().map(|(_, id)| id).chain(assigned).filter(|&id| program.frozen(id).is_none()) {
        touch(id, program.steps.len());
    }
    // Elements between the parts of a join, which no step writes, must stay zero.
    for step in &program.steps {
        if has_gaps(program, step)
            && let Some(life) = lives.get_mut(&root_of(step.output).0)
        {
            *life = (0, usize::MAX);
        }
    }

    let size = |id: NodeId| program.node(id).spec.size_bytes().next_multiple_of(ALIGNMENT);
    let mut roots: Vec<NodeId> = lives.keys().copied().collect();
    sort_by_key(&mut roots, |&id| std::cmp::Reverse(size(id)));
    let mut slots: Vec<(usize, Vec<(usize, usize)>)> = Vec::new();
    let mut slot_of: SortedMap<NodeId, usize> = SortedMap::new();
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
            memory.places.insert(id, Place { home: Home::Slot(slot), offset_bytes });
            memory.unplanned_bytes += size(id);
        }
    }
    memory.places.extend(kept);
    memory
}

/// Nodes that are state, or are computed in its memory.
fn kept_places(program: &Program, state: &Layout) -> SortedMap<NodeId, Place> {
    let place = |id: NodeId| {
        state.place(program, id).map(|(group, start)| {
            let offset_bytes = start * program.node(id).spec.dtype.size_bytes();
            Place { home: Home::State(group), offset_bytes }
        })
    };
    let mut kept: SortedMap<NodeId, Place> = (0..program.len()).filter_map(|id| Some((id, place(id)?))).collect();
    for id in (0..program.len()).filter(|&id| program.rewrites_state(id)) {
        if let Some(&target) = program.sources(id).first().and_then(|target| kept.get(target)) {
            kept.insert(id, target);
        }
    }
    kept
}

/// Whether a step leaves elements of its output unwritten.
fn has_gaps(program: &Program, step: &Step) -> bool {
    let written = parts(program, step).iter().map(|&(part, _)| program.node(part).spec.elem_count()).sum::<usize>();
    matches!(step.work, StepWork::Join)
        && matches!(program.form(step.output), Some(Form::Join(join)) if join.outer == 1 && written < join.row)
}

/// Parts that are written straight into their join: part → (whole, bytes before it).
type Parents = SortedMap<NodeId, (NodeId, usize)>;

/// The outermost tensor that a node lies in (joins nest), and the bytes before it there.
fn root_of(parents: &Parents, mut id: NodeId) -> (NodeId, usize) {
    let mut offset = 0;
    while let Some(&(whole, start)) = parents.get(&id) {
        offset += start;
        id = whole;
    }
    (id, offset)
}

/// Puts into its join each part that can be there: it starts on an aligned offset, and no step comes to read the memory that
/// it writes. A join whose parts lie side by side in a longer one is a stretch of that.
fn joins(program: &Program, kept: &SortedMap<NodeId, Place>) -> Parents {
    let mut parents = Parents::new();
    let mut written = vec![false; program.len()];
    program.steps.iter().for_each(|step| written[step.output] = true);
    let mut steps: Vec<&Step> = program.steps.iter().collect();
    sort_by_key(&mut steps, |step| std::cmp::Reverse(program.node(step.output).spec.elem_count()));
    for step in steps {
        let own = kept.contains_key(&step.output) || parents.contains_key(&step.output);
        let within = stretch(program, &parents, step).filter(|_| !own && !is_output(program, step.output));
        if let Some(place) = within {
            parents.insert(step.output, place);
            if !program.steps.iter().any(|step| clashes(program, &parents, step)) {
                continue;
            }
            parents.remove(&step.output);
        }
        for (part, start) in parts(program, step) {
            let once = parts(program, step).iter().filter(|&&(other, _)| other == part).count() == 1;
            let stays = kept.contains_key(&part) || kept.contains_key(&step.output);
            let free = written[part] && !parents.contains_key(&part) && !stays;
            if once && free && !is_output(program, part) && start.is_multiple_of(ALIGNMENT) {
                parents.insert(part, (step.output, start));
                if program.steps.iter().any(|step| clashes(program, &parents, step)) {
                    parents.remove(&part);
                }
            }
        }
    }
    parents
}

fn is_output(program: &Program, id: NodeId) -> bool {
    program.outputs().any(|(_, output)| output == id)
}

/// Where in another join all parts of this one lie as they should in this one.
fn stretch(program: &Program, parents: &Parents, step: &Step) -> Option<(NodeId, usize)> {
    let parts = parts(program, step);
    let &(first, _) = parts.first()?;
    let &(whole, begin) = parents.get(&first)?;
    let lies = |&(part, start): &(NodeId, usize)| parents.get(&part) == Some(&(whole, begin + start));
    (parts.iter().all(lies) && !has_gaps(program, step)).then_some((whole, begin))
}

/// The parts of a join that lie one behind the other in it, and the bytes before each.
fn parts(program: &Program, step: &Step) -> Vec<(NodeId, usize)> {
    if !matches!(step.work, StepWork::Join) {
        return Vec::new();
    }
    match program.form(step.output) {
        Some(Form::Join(join)) if join.outer == 1 => {
            let size = program.node(step.output).spec.dtype.size_bytes();
            program.sources(step.output).into_iter().zip(join.starts.iter().map(|start| start * size)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a step reads the memory that it writes. A join does not read what already is in its place.
fn clashes(program: &Program, parents: &Parents, step: &Step) -> bool {
    let (root, offset) = root_of(parents, step.output);
    let parts = parts(program, step);
    program.reads(step).into_iter().enumerate().any(|(k, id)| {
        let place = root_of(parents, id);
        let in_place = parts.get(k).is_some_and(|&(_, start)| place == (root, offset + start));
        place.0 == root && !in_place
    })
}
