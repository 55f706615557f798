//! The CPU backend: steps on candle's host tensors, chains fused, memory freed at its last use.

mod profile;

use super::{Later, Plan, Profile, RunError, State, check_inputs, check_value};
use crate::graph::host::{Ahead, Chain, reorder, side_by_side};
use crate::graph::op::{Form, Prepared};
use crate::graph::pass::StepWork;
use crate::graph::state::{Layout, Stored};
use crate::graph::{Host, Kind, KnownValue, NodeId, Program, Spec};
use crate::sorted::SortedMap;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

pub use profile::CpuProfile;

/// The values of variables, by name.
pub struct CpuState {
    layout: Layout,
    values: RefCell<SortedMap<String, Host>>,
}

impl CpuState {
    /// Zeros everywhere.
    ///
    /// # Errors
    /// [`RunError::NoMemory`].
    pub fn new(layout: Layout) -> Result<Rc<CpuState>, RunError> {
        reserve(layout.variables().map(|stored| stored.spec.size_bytes()))?;
        let zeros = |stored: &Stored| -> candle_core::Result<(String, Host)> {
            let dtype = crate::graph::host::candle_dtype(stored.spec.dtype);
            let zeros = Host::zeros(stored.spec.shape.as_slice(), dtype, &candle_core::Device::Cpu)?;
            Ok((stored.name.clone(), zeros))
        };
        let values = layout.variables().map(zeros).collect::<candle_core::Result<_>>()?;
        Ok(Rc::new(CpuState { layout, values: RefCell::new(values) }))
    }

    /// The variables.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    fn value(&self, name: &str) -> Option<Host> {
        self.values.borrow().get(name).cloned()
    }

    fn set(&self, name: &str, value: Host) {
        self.values.borrow_mut().insert(name.to_owned(), value);
    }
}

impl State for CpuState {
    fn write(&self, name: &str, value: &Host) -> Result<(), RunError> {
        let (_, stored) = self.layout.find(name).ok_or_else(|| RunError::NoVariable { name: name.to_owned() })?;
        check_value(stored, value)?;
        self.set(name, value.contiguous()?);
        Ok(())
    }

    fn read<'a>(&'a self, names: &'a [&'a str]) -> Later<'a, Result<Vec<Host>, RunError>> {
        let value = |name: &&str| self.value(name).ok_or_else(|| RunError::NoVariable { name: (*name).to_owned() });
        Box::pin(async move { names.iter().map(value).collect() })
    }

    fn plan(self: Rc<Self>, program: Program) -> Later<'static, Result<Box<dyn Plan>, RunError>> {
        Box::pin(async move {
            let plan: Box<dyn Plan> = Box::new(CpuPlan::with_state(program, &self));
            Ok(plan)
        })
    }
}

/// Which results stay in memory.
#[derive(Clone, Copy)]
enum Keep {
    /// Those that a later step reads.
    Needed,
    All,
}

/// A program on the CPU.
pub struct CpuPlan {
    program: Program,
    steps: Vec<Ready>,
    /// Nodes that no step reads after this one.
    dying: Vec<Vec<NodeId>>,
    input_specs: Vec<Spec>,
    state: Option<Rc<CpuState>>,
    /// Whether there was room for all that one run needs.
    has_room: Cell<bool>,
}

impl CpuPlan {
    /// A program whose variables live in `state`.
    pub fn with_state(program: Program, state: &Rc<CpuState>) -> Self {
        Self { state: Some(state.clone()), ..Self::new(program) }
    }

    /// A program without state: all its variables are frozen.
    pub fn new(mut program: Program) -> Self {
        // What cannot be read now is tried again, and refused, when it runs.
        if reserve([program.kept_bytes()].into_iter()).is_ok() {
            let _ = program.load();
        }
        let (mut last, mut reads) = (vec![None; program.len()], vec![0_usize; program.len()]);
        for (at, step) in program.steps.iter().enumerate() {
            for id in program.reads(step) {
                (last[id], reads[id]) = (Some(at), reads[id] + 1);
            }
        }
        let assigned = program.assigns().iter().map(|&(_, value)| program.resolve(value));
        for id in program.outputs().map(|(_, id)| id).chain(assigned) {
            (last[id], reads[id]) = (None, usize::MAX);
        }
        let mut steps = Vec::new();
        for at in 0..program.steps.len() {
            let ready = Ready::new(&program, &program.steps[at].work);
            if let (Some(_), StepWork::Fused { anchor: Some(anchor), .. }) = (&ready.prepared, &program.steps[at].work)
            {
                let weights = program.node(*anchor).inputs[1];
                if reads[weights] == 1 {
                    program.forget(weights);
                }
            }
            steps.push(ready);
        }
        let mut dying = vec![Vec::new(); program.steps.len()];
        for (id, at) in last.iter().enumerate().filter(|(id, _)| program.frozen(*id).is_none()) {
            at.iter().for_each(|&at| dying[at].push(id));
        }
        let input_specs = program.inputs.iter().map(|&(_, id)| program.node(id).spec.clone()).collect();
        Self { program, steps, dying, input_specs, state: None, has_room: Cell::new(false) }
    }

    /// Runs the program; synchronous.
    pub fn run_now(&self, inputs: &[Host]) -> Result<Vec<Host>, RunError> {
        let mut values = self.begin(inputs)?;
        let program = &self.program;
        self.advance(&mut values, 0..program.steps.len(), Keep::Needed)?;
        let value = |values: &[Option<Host>], id: NodeId, shape: &[usize]| self.value(values, id, shape);
        if let Some(state) = &self.state {
            for &(target, new) in program.assigns() {
                let new = value(&values, program.resolve(new), &program.node(target).spec.shape)?;
                self.assign(state, target, new)?;
            }
        }
        let outputs = program.outputs().map(|(id, source)| value(&values, source, &program.node(id).spec.shape));
        Ok(outputs.collect::<candle_core::Result<_>>()?)
    }

    /// Inputs and state: what the steps begin with.
    fn begin(&self, inputs: &[Host]) -> Result<Vec<Option<Host>>, RunError> {
        check_inputs(&self.input_specs, inputs)?;
        self.check_room()?;
        let mut values: Vec<Option<Host>> = vec![None; self.program.len()];
        for (&(_, id), input) in self.program.inputs.iter().zip(inputs) {
            values[id] = Some(input.contiguous()?);
        }
        self.read_state(&mut values)?;
        Ok(values)
    }

    /// An allocation that fails in the middle of a run ends the program, so it is tried once ahead of the first one.
    fn check_room(&self) -> Result<(), RunError> {
        if self.has_room.get() {
            return Ok(());
        }
        let size = |id: NodeId| program_bytes(&self.program, id);
        let (mut alive, mut bytes) = (Vec::new(), 0_usize);
        let (mut most, mut at_most) = (0, Vec::new());
        for (step, dying) in self.program.steps.iter().zip(&self.dying) {
            alive.push(step.output);
            bytes = bytes.saturating_add(size(step.output));
            if bytes > most {
                (most, at_most) = (bytes, alive.clone());
            }
            alive.retain(|id| !dying.contains(id));
            bytes = alive.iter().fold(0, |sum: usize, &id| sum.saturating_add(size(id)));
        }
        reserve(at_most.into_iter().map(size).chain([self.program.kept_bytes()]))?;
        self.has_room.set(true);
        Ok(())
    }

    fn value(&self, values: &[Option<Host>], id: NodeId, shape: &[usize]) -> candle_core::Result<Host> {
        let host = match (&values[id], self.program.frozen(id)) {
            (Some(host), _) => host.clone(),
            (None, Some(known)) => known.host()?,
            (None, None) => candle_core::bail!("node {id} is read before it is written"),
        };
        if host.dims() == shape { Ok(host) } else { host.reshape(shape) }
    }

    /// Runs some steps in order.
    fn advance(&self, values: &mut [Option<Host>], steps: Range<usize>, keep: Keep) -> Result<(), RunError> {
        let program = &self.program;
        let value = |values: &[Option<Host>], id: NodeId, shape: &[usize]| self.value(values, id, shape);
        for (at, step) in program.steps.iter().enumerate().take(steps.end).skip(steps.start) {
            let y = &program.node(step.output).spec;
            let arguments = |id: NodeId| -> candle_core::Result<Vec<Host>> {
                let specs = program.input_specs(id);
                program.sources(id).iter().zip(specs).map(|(&i, spec)| value(values, i, &spec.shape)).collect()
            };
            let output = match &step.work {
                StepWork::Copy { source, movement } => {
                    reorder(&value(values, *source, &program.node(*source).spec.shape)?, movement, y)?
                }
                StepWork::Join => match program.form(step.output) {
                    Some(Form::Join(join)) => side_by_side(&arguments(step.output)?, &join, y)?,
                    _ => return Err(candle_core::Error::Msg("a join step needs a join".to_owned()).into()),
                },
                StepWork::Fused { anchor, leaves, .. } => {
                    let read = |id: NodeId| value(values, id, &program.node(id).spec.shape);
                    let leaves: Vec<Host> =
                        leaves.iter().map(|leaf| read(leaf.node)).collect::<candle_core::Result<_>>()?;
                    let Ready { ahead, prepared, chain } = &self.steps[at];
                    let base = match anchor.map(|a| (a, program.form(a))) {
                        Some((a, Some(Form::Kernel(rule) | Form::Rewrite(rule)))) => {
                            let (x, y) = (arguments(a)?, &program.node(a).spec);
                            Some(match (ahead, rule.finishing()) {
                                (Some(ahead), Some(rule)) => {
                                    rule.cpu_finished(&x, y, &ahead.around(&leaves, prepared.as_ref()))?
                                }
                                _ => rule.cpu(&x, y)?,
                            })
                        }
                        _ => None,
                    };
                    match (chain, base) {
                        (Some(chain), base) => chain.run(base, &leaves, y)?,
                        (None, Some(base)) => base,
                        (None, None) => {
                            return Err(candle_core::Error::Msg("an empty step".to_owned()).into());
                        }
                    }
                }
            };
            values[step.output] = Some(output);
            if let Keep::Needed = keep {
                self.dying[at].iter().for_each(|&id| values[id] = None);
            }
        }
        Ok(())
    }
}

impl CpuPlan {
    fn read_state(&self, values: &mut [Option<Host>]) -> Result<(), RunError> {
        for id in (0..self.program.len()).filter(|&id| self.program.frozen(id).is_none()) {
            if let Kind::Variable { name, .. } = &self.program.node(id).kind {
                let found = self.state.as_ref().and_then(|state| state.value(name));
                values[id] = Some(found.ok_or_else(|| RunError::NoVariable { name: name.clone() })?);
            }
        }
        Ok(())
    }

    /// A variable, or variables packed together, each of which gets its part.
    fn assign(&self, state: &CpuState, target: NodeId, new: Host) -> Result<(), RunError> {
        let node = self.program.node(target);
        if let (Some(Form::Join(join)), Kind::Op(_)) = (self.program.form(target), &node.kind) {
            for (&part, &start) in node.inputs.iter().zip(&join.starts) {
                let part = self.program.node(part);
                if let Kind::Variable { name, .. } = &part.kind {
                    let own = new.narrow(0, start, part.spec.elem_count())?.reshape(part.spec.shape.as_slice())?;
                    state.set(name, own);
                }
            }
        } else if let Kind::Variable { name, .. } = &node.kind {
            state.set(name, new);
        }
        Ok(())
    }
}

impl Plan for CpuPlan {
    fn step(&mut self, inputs: &[Host]) -> Result<(), RunError> {
        self.run_now(inputs).map(|_| ())
    }

    fn run<'a>(&'a mut self, inputs: &'a [Host]) -> Later<'a, Result<Vec<Host>, RunError>> {
        Box::pin(async move { self.run_now(inputs) })
    }

    fn dispatches(&self) -> usize {
        self.program.steps.len()
    }

    fn memory_bytes(&self) -> (usize, usize) {
        let size = |id: NodeId| program_bytes(&self.program, id);
        let mut alive: usize = self.program.inputs.iter().map(|&(_, id)| size(id)).sum();
        let (mut peak, mut total) = (alive, alive);
        for (step, dying) in self.program.steps.iter().zip(&self.dying) {
            alive += size(step.output);
            total += size(step.output);
            peak = peak.max(alive);
            // State outlives the run.
            let is_result = |id: &&NodeId| !matches!(self.program.node(**id).kind, Kind::Variable { .. });
            alive -= dying.iter().filter(is_result).map(|&id| size(id)).sum::<usize>();
        }
        (peak, total)
    }

    fn profile<'a>(&'a mut self, inputs: &'a [Host]) -> Later<'a, Result<Box<dyn Profile + 'a>, RunError>> {
        Box::pin(async move {
            let profile: Box<dyn Profile> = Box::new(CpuPlan::profile(self, inputs)?);
            Ok(profile)
        })
    }
}

/// The data that is prepared once for all runs of a step.
struct Ready {
    /// The beginning of the chain, which its kernel applies.
    ahead: Option<Ahead>,
    prepared: Option<Prepared>,
    /// The rest of the chain.
    chain: Option<Chain>,
}

impl Ready {
    fn new(program: &Program, work: &StepWork) -> Self {
        let StepWork::Fused { anchor, links, leaves } = work else {
            return Self { ahead: None, prepared: None, chain: None };
        };
        let pointwise = |node: NodeId| match program.form(node) {
            Some(Form::Pointwise(pointwise)) => Some(pointwise),
            _ => None,
        };
        let mut links: Vec<_> =
            links.iter().filter_map(|link| Some((pointwise(link.node)?, link.terms.clone()))).collect();
        let leaves: Vec<_> = leaves.iter().map(|leaf| leaf.movement.clone()).collect();
        let (mut ahead, mut prepared) = (None, None);
        if let Some(anchor) = *anchor
            && let Some(Form::Kernel(rule)) = program.form(anchor)
            && let Some(rule) = rule.finishing()
        {
            ahead = Some(Ahead::take(&mut links, &leaves));
            let here = |id: &NodeId| match program.frozen(*id) {
                Some(KnownValue::Here(host)) => Some(host),
                Some(KnownValue::Kept(..)) | None => None,
            };
            let fixed: Vec<_> = program.node(anchor).inputs.iter().map(here).collect();
            // A step that cannot be prepared now fails, with a reason, when it runs.
            prepared = rule.prepare(&fixed, &program.input_specs(anchor), &program.node(anchor).spec).ok().flatten();
        }
        Self { ahead, prepared, chain: (!links.is_empty()).then(|| Chain::new(links, leaves)) }
    }
}

/// Whether there is room for all of these at once.
fn reserve(sizes: impl Iterator<Item = usize>) -> Result<(), RunError> {
    let (mut held, mut has_room, mut needed_bytes) = (Vec::new(), true, 0_u64);
    for bytes in sizes {
        let mut one = Vec::<u8>::new();
        has_room = has_room && one.try_reserve_exact(bytes).is_ok();
        // The compiler may leave out an unused allocation, as if it had succeeded.
        held.push(std::hint::black_box(one));
        needed_bytes = needed_bytes.saturating_add(bytes as u64);
    }
    if has_room { Ok(()) } else { Err(RunError::NoMemory { needed_bytes }) }
}

fn program_bytes(program: &Program, id: NodeId) -> usize {
    program.node(id).spec.size_bytes()
}
