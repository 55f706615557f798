//! A piecewise linear network as affine programs with kinks between them, compiled for many inputs at once.

use super::kink::{Kink, ROWS, Role, role};
use crate::graph::op::{Binary, Op, Unary};
use crate::graph::{Graph, Host, Kind, Node, NodeId, Program, Spec, Tensor};
use crate::lab::device::{CompiledProgram, Device};
use crate::lab::{LabError, Weights};
use crate::models::Network;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// For the values of a stage that are computed at once.
const BATCH_BYTES: usize = 24 << 20;
/// Inputs at once, of which each is an affine map, at most.
const MOST_MAPS: usize = 8;

/// Numbers of a node: values, and what they gain across and up where they are an affine map.
#[derive(Clone)]
pub(super) enum Numbers {
    Affine(Rc<Vec<f32>>),
    /// What a kink makes of its argument, in these pieces.
    Kinked {
        argument: Rc<Vec<f32>>,
        taken: Rc<Vec<u8>>,
        stage: usize,
    },
}

/// Numbers that later stages read.
pub(super) type KnownNumbers = Vec<(NodeId, Numbers)>;

/// All up to a kink, from the one before it on.
struct Stage {
    /// None where all that it reads is known.
    program: Option<CompiledProgram>,
    /// What the program reads.
    inputs: Vec<(NodeId, Vec<usize>)>,
    /// What it gives, and what each is of zeros.
    outputs: Vec<(NodeId, Vec<f32>)>,
    /// What the kink makes pieces of; of the last stage the logits.
    argument: NodeId,
    kink: Option<(NodeId, Kink)>,
    /// What later stages read.
    kept: Vec<NodeId>,
}

pub(super) struct Stages {
    stages: Vec<Stage>,
    batch: usize,
    input: NodeId,
}

/// What of the network's graph lies in a stage.
struct Segment {
    outputs: Vec<NodeId>,
    argument: NodeId,
    kink: Option<(NodeId, Kink)>,
    kept: Vec<NodeId>,
    /// The last node of the stage before.
    before: NodeId,
}

/// A network's graph, and what of it depends on the picture.
struct Outline {
    nodes: Vec<Node>,
    varies: Vec<bool>,
    input: NodeId,
    logits: NodeId,
}

impl Outline {
    fn of(network: &Network, batch: usize) -> Result<Self, LabError> {
        let (input, logits) = network.graph(batch)?;
        let nodes = logits.graph().nodes().clone();
        let (input, logits) = (input.id(), logits.id());
        let mut varies = vec![false; nodes.len()];
        varies[input] = true;
        for id in input + 1..nodes.len() {
            varies[id] = nodes[id].inputs.iter().any(|&read| varies[read]);
        }
        // What the logits do not read is nobody's.
        let mut is_read = vec![false; nodes.len()];
        is_read[logits] = true;
        for id in (0..=logits).rev().filter(|&id| id > input) {
            if is_read[id] {
                nodes[id].inputs.iter().for_each(|&read| is_read[read] = true);
            }
        }
        varies.iter_mut().zip(is_read).for_each(|(varies, is_read)| *varies &= is_read);
        Ok(Self { nodes, varies, input, logits })
    }

    fn segments(&self, network: &Network) -> Result<Vec<Segment>, LabError> {
        let mut kinks = Vec::new();
        for id in (self.input + 1..=self.logits).filter(|&id| self.varies[id]) {
            let node = &self.nodes[id];
            let Kind::Op(op) = &node.kind else { continue };
            let specs: Vec<&Spec> = node.inputs.iter().map(|&read| &self.nodes[read].spec).collect();
            let varies: Vec<bool> = node.inputs.iter().map(|&read| self.varies[read]).collect();
            match role(op, &specs, &node.spec, &varies) {
                Some(Role::Affine) => {}
                Some(Role::Kink(kink)) => kinks.push((id, Some(kink))),
                None => return Err(not_linear(network, id, &name_of(op))),
            }
        }
        ensure!(
            !kinks.is_empty(),
            "{} is affine everywhere: all of the plane is one region; choose a network with rectifiers",
            network.title
        );
        let ends = kinks.into_iter().chain([(self.logits, None)]);
        let (mut segments, mut before) = (Vec::new(), self.input);
        for (end, kink) in ends {
            let argument = if kink.is_some() { self.first_varying(end) } else { end };
            let is_kept = |&id: &NodeId| self.varies[id] && (end + 1..=self.logits).any(|later| self.reads(later, id));
            let kept: Vec<NodeId> = (self.input..=end).filter(is_kept).collect();
            let last = if kink.is_some() { end } else { end + 1 };
            let is_new = |id: &NodeId| *id > before && *id < last;
            let mut outputs: Vec<NodeId> = kept.iter().copied().filter(is_new).collect();
            if is_new(&argument) && !outputs.contains(&argument) {
                outputs.push(argument);
            }
            segments.push(Segment { outputs, argument, kink: kink.map(|kink| (end, kink)), kept, before });
            before = end;
        }
        Ok(segments)
    }

    fn first_varying(&self, id: NodeId) -> NodeId {
        let inputs = &self.nodes[id].inputs;
        inputs.iter().copied().find(|&read| self.varies[read]).unwrap_or(inputs[0])
    }

    fn reads(&self, later: NodeId, id: NodeId) -> bool {
        self.varies[later] && self.nodes[later].inputs.contains(&id)
    }

    /// A stage's part as a graph of its own, in which what is known before it is an input; the nodes that are inputs now, and the outputs.
    fn part(&self, segment: &Segment) -> Result<(Vec<NodeId>, Vec<Tensor>), LabError> {
        let graph = Graph::new();
        let mut copies: Vec<Option<Tensor>> = vec![None; self.nodes.len()];
        let mut inputs = Vec::new();
        let mut is_needed = vec![false; self.nodes.len()];
        segment.outputs.iter().for_each(|&id| is_needed[id] = true);
        let is_known = |id: NodeId| self.varies[id] && id <= segment.before;
        for id in (0..self.nodes.len()).rev() {
            if is_needed[id] && !is_known(id) {
                self.nodes[id].inputs.iter().for_each(|&read| is_needed[read] = true);
            }
        }
        for id in (0..self.nodes.len()).filter(|&id| is_needed[id]) {
            let node = &self.nodes[id];
            let copy = match &node.kind {
                _ if is_known(id) => {
                    inputs.push(id);
                    graph.input(&id.to_string(), node.spec.clone())
                }
                Kind::Input { name } => graph.input(name, node.spec.clone()),
                Kind::Variable { name, init } => graph.variable(name, node.spec.clone(), *init)?,
                Kind::Constant(value) => graph.constant(value)?,
                Kind::Op(op) => {
                    let read: Vec<&Tensor> = node.inputs.iter().filter_map(|&read| copies[read].as_ref()).collect();
                    graph.apply(op.clone(), &read)?
                }
            };
            copies[id] = Some(copy);
        }
        Ok((inputs, segment.outputs.iter().filter_map(|&id| copies[id].clone()).collect()))
    }

    /// The most numbers that one input has anywhere.
    fn widest(&self, batch: usize) -> usize {
        let of = |(node, varies): (&Node, &bool)| if *varies { node.spec.elem_count() / batch } else { 0 };
        self.nodes.iter().zip(&self.varies).map(of).max().unwrap_or(1)
    }
}

/// What people call it.
fn name_of(op: &Op) -> String {
    let name = match (op.get(), op.get()) {
        (Some(Unary(function)), _) => format!("{function:?}"),
        (_, Some(Binary(function))) => format!("{function:?}"),
        (None, None) => op.name().to_owned(),
    };
    // Without its figures.
    name.split('(').next().unwrap_or_default().to_lowercase()
}

fn not_linear(network: &Network, id: NodeId, op: &str) -> LabError {
    let place = network.graph(1).ok().and_then(|(_, logits)| {
        let modules = logits.graph().modules();
        let holding = modules.iter().filter(|(_, output)| *output >= id);
        holding.min_by_key(|(_, output)| *output).map(|(path, _)| path.clone())
    });
    let place = place.map_or_else(String::new, |path| format!(" at {path}"));
    bad_setup!(
        "{} has no linear regions: {op}{place} is not piecewise linear; choose a network of rectifiers",
        network.title
    )
}

impl Numbers {
    /// Row by row, appended.
    fn write(&self, stages: &[Stage], rows: usize, out: &mut Vec<f32>) {
        match self {
            Self::Affine(numbers) => out.extend(numbers.iter()),
            Self::Kinked { argument, taken, stage } => match &stages[*stage].kink {
                Some((_, kink)) => kink.apply(argument, rows, taken, out),
                None => out.extend(argument.iter()),
            },
        }
    }
}

impl Stages {
    /// # Errors
    /// [`LabError::Setup`] of a network that is not piecewise linear, or affine; what a device refuses.
    pub(super) async fn new(weights: &Weights, device: &Device) -> Result<Self, LabError> {
        let network = weights.network();
        let maps = BATCH_BYTES / (4 * ROWS * Outline::of(network, 1)?.widest(1));
        let batch = ROWS * maps.clamp(1, MOST_MAPS);
        let outline = Outline::of(network, batch)?;
        let mut stages = Vec::new();
        for segment in outline.segments(network)? {
            let mut stage = Stage {
                program: None,
                inputs: Vec::new(),
                outputs: Vec::new(),
                argument: segment.argument,
                kink: None,
                kept: Vec::new(),
            };
            if !segment.outputs.is_empty() {
                let (inputs, outputs) = outline.part(&segment)?;
                let outputs: Vec<&Tensor> = outputs.iter().collect();
                let program = Program::inference(&outputs, &|name| weights.value(name))?;
                stage.program = Some(device.compile(program).await?);
                stage.inputs = inputs.iter().map(|&id| (id, outline.nodes[id].spec.shape.clone())).collect();
                let zeros = |shape: &[usize]| vec![0.0; shape.iter().product()];
                let values = stage.inputs.iter().map(|(_, shape)| zeros(shape)).collect();
                let found = stage.computed(values).await?;
                let first = |values: Vec<f32>| values[..values.len() / batch].to_vec();
                stage.outputs = segment.outputs.iter().copied().zip(found.into_iter().map(first)).collect();
            }
            (stage.kink, stage.kept) = (segment.kink, segment.kept);
            stages.push(stage);
        }
        Ok(Self { stages, batch, input: outline.input })
    }

    pub(super) fn count(&self) -> usize {
        self.stages.len()
    }

    /// Inputs at once, where each has so many rows.
    pub(super) fn at_once(&self, rows: usize) -> usize {
        self.batch / rows
    }

    pub(super) fn start(&self, numbers: Vec<f32>) -> KnownNumbers {
        vec![(self.input, Numbers::Affine(Rc::new(numbers)))]
    }

    pub(super) fn kink(&self, stage: usize) -> Option<&Kink> {
        self.stages[stage].kink.as_ref().map(|(_, kink)| kink)
    }

    /// The numbers of a stage's kink (of the last stage, the logits) for each of up to [`Self::at_once`] inputs; what is known of each
    /// grows by what later stages read.
    pub(super) async fn run(
        &mut self,
        at: usize,
        known: &mut [KnownNumbers],
        rows: usize,
    ) -> Result<Vec<Rc<Vec<f32>>>, LabError> {
        let mut values = Vec::new();
        for (id, shape) in &self.stages[at].inputs {
            let mut all = Vec::with_capacity(shape.iter().product());
            for known in &*known {
                if let Some((_, numbers)) = known.iter().find(|(of, _)| of == id) {
                    numbers.write(&self.stages, rows, &mut all);
                }
            }
            all.resize(shape.iter().product(), 0.0);
            values.push(all);
        }
        if self.stages[at].program.is_some() {
            let found = self.stages[at].computed(values).await?;
            for ((id, zeros), found) in self.stages[at].outputs.iter().zip(found) {
                for (known, numbers) in known.iter_mut().zip(found.chunks_exact(rows * zeros.len())) {
                    let mut numbers = numbers.to_vec();
                    // What is gained is what is given without what is given anyway.
                    for row in numbers.chunks_exact_mut(zeros.len()).skip(1) {
                        row.iter_mut().zip(zeros).for_each(|(number, zero)| *number -= zero);
                    }
                    known.push((*id, Numbers::Affine(Rc::new(numbers))));
                }
            }
        }
        let stage = &self.stages[at];
        let mut arguments = Vec::new();
        for known in &mut *known {
            let argument = known.iter().find(|(id, _)| *id == stage.argument).map(|(_, numbers)| numbers.clone());
            arguments.push(match argument {
                Some(Numbers::Affine(numbers)) => numbers,
                Some(numbers) => {
                    let mut all = Vec::new();
                    numbers.write(&self.stages, rows, &mut all);
                    Rc::new(all)
                }
                None => return Err(bad_setup!("stage {at} of this network does not find what it reads")),
            });
            known.retain(|(id, _)| stage.kept.contains(id));
        }
        Ok(arguments)
    }

    /// What is known behind a stage's kink that takes these pieces.
    pub(super) fn bent(
        &self,
        at: usize,
        known: &KnownNumbers,
        argument: &Rc<Vec<f32>>,
        taken: Vec<u8>,
    ) -> KnownNumbers {
        let mut known = known.clone();
        if let Some((id, _)) = self.stages[at].kink {
            let (argument, taken) = (argument.clone(), Rc::new(taken));
            known.push((id, Numbers::Kinked { argument, taken, stage: at }));
        }
        known
    }
}

impl Stage {
    async fn computed(&mut self, values: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, LabError> {
        let Some(program) = &mut self.program else { return Ok(Vec::new()) };
        let hosts = self.inputs.iter().zip(values).map(|((id, shape), values)| {
            Ok((id.to_string(), Host::from_vec(values, shape.as_slice(), &HostDevice::Cpu)?))
        });
        let hosts: Vec<(String, Host)> = hosts.collect::<Result<_, LabError>>()?;
        let missing = Host::zeros((), candle_core::DType::F32, &HostDevice::Cpu)?;
        let find = |name: &str| hosts.iter().find(|(of, _)| of == name).map_or(&missing, |(_, host)| host).clone();
        let found = program.run(find).await?;
        found.iter().map(|host| Ok(host.flatten_all()?.to_vec1::<f32>()?)).collect()
    }
}
