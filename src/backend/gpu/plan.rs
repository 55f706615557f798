//! A program on the GPU: every pipeline, bind group and buffer made once, then one pass and one submit per run.

mod profile;

use super::buffer::Buffer;
use super::codegen::{epilogue, index, specialise, start};
use super::halves::halved;
use super::memory::{Buffers, Region, STAGED, bytes_of, host_of, refused};
use super::replay::{Dispatch, Replay};
use super::{Gpu, GpuError, GpuState};
use crate::backend::{Later, Plan, Profile, RunError, check_inputs};
use crate::graph::host::{from_elements, reorder, with_elements};
use crate::graph::launch::{Launch, Movement, Packing, Source as Reads, Target};
use crate::graph::op::{Form, wgsl};
use crate::graph::pass::{Step, StepWork};
use crate::graph::plan::{Home, Memory, plan};
use crate::graph::state::Layout;
use crate::graph::{DType, Host, Kind, KnownValue, NodeId, Program, Spec};
use crate::sorted::SortedMap;
use std::ops::Range;
use std::rc::Rc;

pub use profile::GpuProfile;

const ELEMENTWISE: &str = wgsl!("op/elementwise.wgsl");
const COPY: &str = wgsl!("op/copy.wgsl");
const PLACE: &str = wgsl!("op/place.wgsl");

/// A program compiled for one GPU.
pub struct GpuPlan {
    gpu: Rc<Gpu>,
    replay: Replay,
    /// The dispatches of each step.
    steps: Vec<Range<usize>>,
    buffers: Buffers,
    inputs: Vec<(Region, Spec)>,
    outputs: Vec<(Spec, Source)>,
    /// Copies of the outputs at the end of a run: from where, and where in the staging buffer they go.
    copies: Vec<(Region, u64)>,
    /// Copies at the end of every run: new values of state that was not changed in place.
    assigns: Vec<(Region, Region)>,
    staging: Buffer,
    planned: (usize, usize),
    constant_bytes: u64,
}

/// Where a run's output is read.
enum Source {
    /// In the staging buffer: from which byte, and how many.
    Computed(u64, u64),
    Known(Host),
}

impl GpuPlan {
    /// What its weights and other constants take on the device.
    pub fn constant_bytes(&self) -> u64 {
        self.constant_bytes
    }

    /// Plans memory, uploads constants, and compiles all kernels, in parallel where the platform can.
    pub async fn new(gpu: &Rc<Gpu>, program: &Program) -> Result<GpuPlan, GpuError> {
        Self::make(gpu, program, &Layout::default(), &[]).await
    }

    /// A program whose variables live in `state`.
    pub async fn with_state(gpu: &Rc<Gpu>, program: &Program, state: &GpuState) -> Result<GpuPlan, GpuError> {
        Self::make(gpu, program, state.layout(), &state.buffers).await
    }

    async fn make(gpu: &Rc<Gpu>, program: &Program, layout: &Layout, state: &[Buffer]) -> Result<GpuPlan, GpuError> {
        let memory = plan(program, layout);
        let mut buffers = Buffers::default();
        buffers.list.extend_from_slice(state);
        let (known, scratch) = (SortedMap::new(), SortedMap::new());
        let mut builder = Builder { gpu, program, memory: &memory, buffers, known, first_slot: 0, scratch };
        builder.upload_constants()?;
        for &bytes in &memory.slot_bytes {
            builder.buffers.make(gpu, "intermediate results", bytes as u64)?;
        }
        builder.make_scratch()?;
        let (mut dispatches, mut steps) = (Vec::new(), Vec::new());
        for step in &program.steps {
            let first = dispatches.len();
            builder.dispatches(step, &mut dispatches)?;
            steps.push(first..dispatches.len());
        }
        let mut staged = 0;
        let (mut outputs, mut copies) = (Vec::new(), Vec::new());
        for (id, source) in program.outputs() {
            let spec = program.node(id).spec.clone();
            let source = match program.frozen(source) {
                Some(known) => Source::Known(known.host().map_err(refused)?),
                None => {
                    let region = builder.region(source)?;
                    let at = staged;
                    copies.push((region, at));
                    staged += region.bytes.next_multiple_of(16);
                    Source::Computed(at, region.bytes)
                }
            };
            outputs.push((spec, source));
        }
        let inputs = program.inputs.iter().map(|&(_, id)| Ok((builder.region(id)?, program.node(id).spec.clone())));
        let inputs = inputs.collect::<Result<_, GpuError>>()?;
        let mut assigns = Vec::new();
        for &(target, value) in program.assigns() {
            let value = program.resolve(value);
            if !program.rewrites_state(value) {
                assigns.push((builder.region(value)?, builder.region(target)?));
            }
        }
        let scratch_bytes: u64 = builder.scratch.values().map(|region| region.bytes).sum();
        let constant_bytes = builder.known.values().map(|region| region.bytes).sum();
        let buffers = builder.buffers;
        let staging = Buffer::new(gpu, "readback", staged.max(16), STAGED);
        let replay = Replay::new(gpu, &buffers.list, dispatches).await?;
        gpu.check()?;
        let planned = (memory.planned_bytes() + scratch_bytes as usize, memory.unplanned_bytes);
        let gpu = gpu.clone();
        Ok(GpuPlan { gpu, replay, steps, buffers, inputs, outputs, copies, assigns, staging, planned, constant_bytes })
    }

    async fn read(&self) -> Result<Vec<Host>, RunError> {
        if !self.copies.is_empty() {
            super::replay::map(&self.gpu, &self.staging).await?;
        }
        let mut hosts = Vec::new();
        for (spec, source) in &self.outputs {
            hosts.push(match source {
                Source::Known(host) => host.reshape(spec.shape.as_slice())?,
                Source::Computed(at, bytes) => {
                    let view = self.staging.get_mapped_range(*at..at + bytes).map_err(GpuError::refused)?;
                    host_of(&view, spec)?
                }
            });
        }
        if !self.copies.is_empty() {
            self.staging.unmap();
        }
        Ok(hosts)
    }
}

impl Plan for GpuPlan {
    fn run<'a>(&'a mut self, inputs: &'a [Host]) -> Later<'a, Result<Vec<Host>, RunError>> {
        Box::pin(async move {
            self.upload(inputs)?;
            self.replay.submit(&self.gpu, &self.buffers.list, &self.assigns, &self.copies, &self.staging);
            let hosts = self.read().await;
            self.gpu.check()?;
            hosts
        })
    }

    fn step(&mut self, inputs: &[Host]) -> Result<(), RunError> {
        self.upload(inputs)?;
        self.replay.submit(&self.gpu, &self.buffers.list, &self.assigns, &[], &self.staging);
        Ok(self.gpu.check()?)
    }

    fn dispatches(&self) -> usize {
        self.replay.len()
    }

    fn memory_bytes(&self) -> (usize, usize) {
        self.planned
    }

    fn profile<'a>(&'a mut self, inputs: &'a [Host]) -> Later<'a, Result<Box<dyn Profile + 'a>, RunError>> {
        Box::pin(async move {
            let profile: Box<dyn Profile> = Box::new(GpuPlan::profile(self, inputs).await?);
            Ok(profile)
        })
    }
}

impl GpuPlan {
    fn upload(&self, inputs: &[Host]) -> Result<(), RunError> {
        let specs: Vec<Spec> = self.inputs.iter().map(|(_, spec)| spec.clone()).collect();
        check_inputs(&specs, inputs)?;
        for ((region, spec), input) in self.inputs.iter().zip(inputs) {
            let data = bytes_of(&input.contiguous()?, spec.dtype)?;
            self.gpu.queue.write_buffer(&self.buffers.list[region.buffer], region.offset, &data);
        }
        Ok(())
    }
}

struct Builder<'a> {
    gpu: &'a Gpu,
    program: &'a Program,
    memory: &'a Memory,
    buffers: Buffers,
    known: SortedMap<String, Region>,
    /// The index of the first slot's buffer: slots follow the constants in the list of buffers.
    first_slot: usize,
    /// Scratch buffers by their number, each as large as the step that wants most of it.
    scratch: SortedMap<usize, Region>,
}

impl Builder<'_> {
    /// Every constant that some kernel reads goes up before the slots are made.
    fn upload_constants(&mut self) -> Result<(), GpuError> {
        for step in &self.program.steps {
            // Frozen nodes, as they are in the graph or as a kernel wants them.
            let mut wanted: Vec<(NodeId, Option<Packing>)> = Vec::new();
            match &step.work {
                StepWork::Fused { anchor, leaves, .. } => {
                    for launch in anchor.iter().flat_map(|&a| self.launches(a)) {
                        for operand in launch.operands {
                            let Reads::Input(input) = operand.source else { continue };
                            wanted.push((self.program.sources(anchor.unwrap_or(step.output))[input], operand.packed));
                        }
                    }
                    if let Some(anchor) = anchor.filter(|&a| matches!(self.program.form(a), Some(Form::Rewrite(_)))) {
                        wanted.push((self.program.sources(anchor)[0], None));
                    }
                    wanted.extend(leaves.iter().map(|leaf| (leaf.node, None)));
                }
                StepWork::Copy { source, .. } => wanted.push((*source, None)),
                StepWork::Join => wanted.extend(self.program.sources(step.output).into_iter().map(|id| (id, None))),
            }
            for (id, packed) in wanted {
                let Some(known) = self.program.frozen(id) else { continue };
                let key = format!("{id} {packed:?}");
                if self.known.contains_key(&key) {
                    continue;
                }
                let dtype = self.program.node(id).spec.dtype;
                let is_half = packed.as_ref().is_none_or(|packing| packing.made.is_none()) && self.is_half(id, known);
                let host = match &packed {
                    None => known.host(),
                    Some(packing) => packed_host(known, packing, dtype),
                };
                let region = self.buffers.constant(self.gpu, &host.map_err(refused)?, dtype, is_half)?;
                self.known.insert(key, region);
            }
        }
        self.buffers.upload(self.gpu)?;
        self.first_slot = self.buffers.list.len();
        Ok(())
    }

    /// Whether a constant stays in 16 bits: a few numbers are not worth a kernel of their own, and what becomes state is copied.
    fn is_half(&self, id: NodeId, known: &KnownValue) -> bool {
        const FEWEST: usize = 4096;
        let is_large = self.program.node(id).spec.elem_count() >= FEWEST;
        let becomes_state = |&(_, value): &(NodeId, NodeId)| self.program.resolve(value) == id;
        is_large && known.is_half() && !self.program.assigns().iter().any(becomes_state)
    }

    /// The scratch buffers of all steps: dispatches run one after another, so that steps share them.
    fn make_scratch(&mut self) -> Result<(), GpuError> {
        let mut wanted: SortedMap<usize, u64> = SortedMap::new();
        for step in &self.program.steps {
            let StepWork::Fused { anchor: Some(anchor), .. } = &step.work else { continue };
            for launch in self.launches(*anchor) {
                if let Target::Scratch { buffer, elements } = launch.target {
                    let bytes = wanted.or_insert_with(buffer, || 0);
                    *bytes = (*bytes).max(elements as u64 * 4);
                }
            }
        }
        for (number, bytes) in wanted {
            let buffer = self.buffers.make(self.gpu, "partial results", bytes.next_multiple_of(16))?;
            self.scratch.insert(number, Region::new(buffer, 0, bytes));
        }
        Ok(())
    }

    fn scratch(&self, number: usize) -> Result<Region, GpuError> {
        let missing = || GpuError::refused(format!("no launch writes scratch buffer {number}"));
        self.scratch.get(&number).copied().ok_or_else(missing)
    }

    fn launches(&self, id: NodeId) -> Vec<Launch> {
        let node = self.program.node(id);
        let rule = match (self.program.form(id), &node.kind) {
            (Some(Form::Kernel(_) | Form::Rewrite(_)), Kind::Op(op)) => op.gpu(),
            _ => None,
        };
        rule.map(|rule| rule.gpu(&self.program.input_specs(id), &node.spec, &self.gpu.traits)).unwrap_or_default()
    }

    fn name(&self, id: NodeId) -> &'static str {
        match &self.program.node(id).kind {
            Kind::Op(op) => op.name(),
            _ => "input",
        }
    }

    /// Where a node's bytes are.
    fn region(&self, id: NodeId) -> Result<Region, GpuError> {
        let spec = &self.program.node(id).spec;
        if spec.dtype.is_wide() {
            return Err(GpuError::Type { op: self.name(id), dtype: spec.dtype });
        }
        if let Some(region) = self.known.get(&format!("{id} None")) {
            return Ok(*region);
        }
        let missing = || GpuError::refused(format!("node {id} ({}) has no place in memory", self.name(id)));
        let place = self.memory.places.get(&id).ok_or_else(missing)?;
        let buffer = match place.home {
            Home::Slot(slot) => self.first_slot + slot,
            Home::State(group) => group,
        };
        Ok(Region::new(buffer, place.offset_bytes as u64, spec.size_bytes() as u64))
    }

    fn dispatches(&mut self, step: &Step, list: &mut Vec<Dispatch>) -> Result<(), GpuError> {
        let y = self.region(step.output)?;
        let count = self.program.node(step.output).spec.elem_count();
        match &step.work {
            StepWork::Copy { source, movement } => {
                let x = self.region(*source)?;
                list.push(self.packs(step.output, x, y, &movement.clone().into())?);
            }
            StepWork::Join => {
                let Some(Form::Join(join)) = self.program.form(step.output) else { return Ok(()) };
                for (part, start) in self.program.sources(step.output).into_iter().zip(join.starts) {
                    let size = self.program.node(part).spec.dtype.size_bytes();
                    if join.outer == 1 && self.memory.is_inside(part, step.output, start * size) {
                        continue;
                    }
                    let elements = self.program.node(part).spec.elem_count();
                    let sizes = [("ROW", join.row), ("START", start), ("PART", elements / join.outer)];
                    let launch = Launch::each(PLACE, 1, elements).constants(sizes);
                    let x = self.region(part)?;
                    list.push(self.dispatch(step.output, launch, vec![y, x])?);
                }
            }
            StepWork::Fused { anchor, links, leaves } => {
                if let Some(anchor) = anchor {
                    self.begin_rewrite(*anchor, y, list)?;
                }
                let launches = match anchor {
                    Some(anchor) => self.launches(*anchor),
                    None => vec![Launch::flat(ELEMENTWISE, 0, count, 64).sizes([("COUNT", count)])],
                };
                for mut launch in launches {
                    let mut bindings = vec![match launch.target {
                        Target::Output => y,
                        Target::Scratch { buffer, .. } => self.scratch(buffer)?,
                    }];
                    for operand in &launch.operands {
                        let input = match operand.source {
                            Reads::Input(input) => input,
                            Reads::Scratch(number) => {
                                bindings.push(self.scratch(number)?);
                                continue;
                            }
                        };
                        let source = self.program.sources(anchor.unwrap_or(step.output))[input];
                        bindings.push(match &operand.packed {
                            None => self.region(source)?,
                            Some(packing) => match self.known.get(&format!("{source} {:?}", operand.packed)) {
                                Some(region) => *region,
                                None => self.pack(source, packing, list)?,
                            },
                        });
                    }
                    if !links.is_empty() && launch.target == Target::Output {
                        let text = epilogue(self.program, links, leaves, bindings.len(), launch.rows)?;
                        launch.slots.push(("epilogue", text.into()));
                        // Offsets are only added, so they cost nothing as sizes.
                        let open = !launch.sizes.is_empty();
                        for (k, leaf) in leaves.iter().enumerate() {
                            bindings.push(self.region(leaf.node)?);
                            if open {
                                launch.sizes.push((start(k).into(), leaf.movement.offset as u32));
                            }
                        }
                    }
                    list.push(self.dispatch(anchor.unwrap_or(step.output), launch, bindings)?);
                }
            }
        }
        Ok(())
    }

    /// A kernel that changes its first input begins with a copy of it, unless it is in that very memory.
    fn begin_rewrite(&self, id: NodeId, y: Region, list: &mut Vec<Dispatch>) -> Result<(), GpuError> {
        let (Some(Form::Rewrite(_)), false) = (self.program.form(id), self.program.rewrites_state(id)) else {
            return Ok(());
        };
        let spec = &self.program.node(id).spec;
        let x = self.region(self.program.sources(id)[0])?;
        list.push(self.packs(id, x, y, &Movement::broadcast(&spec.shape, &spec.shape).into())?);
        Ok(())
    }

    /// Packs a tensor that changes from run to run, in a dispatch and a buffer of its own.
    fn pack(&mut self, source: NodeId, packing: &Packing, list: &mut Vec<Dispatch>) -> Result<Region, GpuError> {
        let x = self.region(source)?;
        let bytes = packing.extents()[1] as u64 * 4;
        let buffer = self.buffers.make(self.gpu, "a packed operand", bytes.next_multiple_of(16))?;
        let y = Region::new(buffer, 0, bytes);
        list.push(self.packs(source, x, y, packing)?);
        Ok(y)
    }

    /// The dispatch that packs `x` into `y`; in the plainest case it copies.
    fn packs(&self, id: NodeId, x: Region, y: Region, packing: &Packing) -> Result<Dispatch, GpuError> {
        let [count, _] = packing.extents();
        let wgsl = packing.made.map_or(COPY, |made| made.wgsl);
        let mut launch = Launch::each(wgsl, 1, count);
        let movement = &packing.movement;
        let begin = format!("{}u", movement.offset);
        let body = format!("fn source(i: u32) -> u32 {{\n    return {};\n}}\n", index(movement, &begin, None));
        launch.slots.push(("source", body.into()));
        self.dispatch(id, launch, vec![y, x])
    }

    fn dispatch(&self, id: NodeId, launch: Launch, bindings: Vec<Region>) -> Result<Dispatch, GpuError> {
        let op = self.name(id);
        let wrong = |detail| GpuError::Kernel { op, detail };
        let mut source = specialise(&launch, bindings.len()).map_err(wrong)?;
        for (binding, _) in bindings.iter().enumerate().filter(|(_, region)| region.is_half) {
            source = halved(&source, binding).map_err(wrong)?;
        }
        let sizes = launch.sizes.into_iter().map(|(_, value)| value).collect();
        Ok(Dispatch { op, source, bindings, sizes, groups: launch.groups })
    }
}

/// A constant, packed.
fn packed_host(known: &KnownValue, packing: &Packing, dtype: DType) -> candle_core::Result<Host> {
    let spec = Spec::new(packing.movement.shape.clone(), dtype);
    let moved = match known.moved(&packing.movement) {
        Some(moved) => moved.host()?,
        None => reorder(&known.host()?, &packing.movement, &spec)?,
    };
    match packing.made {
        None => Ok(moved),
        Some(made) => from_elements(with_elements(&moved, made.host)?, &Spec::f32([packing.extents()[1]])),
    }
}
