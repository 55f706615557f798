//! Random small graphs: optimised, planned and on the GPU they give what the same graph gives as it stands.

use super::{difference, gpus};
use candle_core::Tensor as Host;
use neocog::backend::{Plan, cpu::CpuPlan, gpu::GpuPlan};
use neocog::graph::op::conv2d::{Conv2d, Padding};
use neocog::graph::op::{Conv2dWeight, Form, Given};
use neocog::graph::pass::StepWork;
use neocog::graph::plan::{Home, Memory, plan};
use neocog::graph::state::Layout;
use neocog::graph::{Graph, Init, KnownValue, NodeId, Program, ShapeError, Spec, Tensor};
use proptest::prelude::{Strategy, any, prop};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::collections::BTreeMap;

/// One operation: which one, on which earlier tensors, and how.
type Recipe = Vec<[u16; 4]>;

/// Most elements of any tensor.
const LARGEST: usize = 2048;

/// 64 elements are 256 bytes: parts of that size can be written straight into a join.
const INPUTS: [(&str, &[usize]); 7] = [
    ("a", &[1, 4, 4, 4]),
    ("b", &[1, 4, 4, 4]),
    ("c", &[8, 8]),
    ("d", &[2, 3, 4]),
    ("e", &[3, 4]),
    ("f", &[1, 4, 1, 1]),
    ("g", &[1]),
];

const VARIABLES: [(&str, &[usize]); 3] = [("scale", &[1, 4, 1, 1]), ("weight", &[8, 8]), ("filters", &[4, 4, 3, 3])];

fn value(name: &str, shape: &[usize]) -> Host {
    let salt = name.bytes().map(u32::from).sum();
    Given { spec: Spec::f32(shape), ..Given::signed([1]) }.value(salt).unwrap()
}

fn variable(name: &str) -> Option<KnownValue> {
    VARIABLES.iter().find(|(known, _)| *known == name).map(|(name, shape)| value(name, shape).into())
}

fn apply(
    [op, _, j, k]: [u16; 4],
    x: &Tensor,
    z: &Tensor,
    w: &Tensor,
    [scale, _, filters]: &[Tensor; 3],
) -> Result<Tensor, ShapeError> {
    let (rank, j, k) = (x.rank().max(1), usize::from(j), usize::from(k));
    let dim = j % rank;
    match op % 31 {
        0 => x.tanh(),
        1 => x.sigmoid(),
        2 => x.relu(),
        3 => x.neg(),
        4 => x.affine(0.5, 0.3),
        5 | 6 => x.add(z),
        7 => x.sub(z),
        8 | 9 => x.mul(z),
        10 => x.maximum(z),
        11 => x.relu()?.where_cond(z, w),
        12 => x.transpose(dim, k % rank),
        13 => x.narrow(dim, k % x.dims()[dim], 1 + (k / 7) % (x.dims()[dim] - k % x.dims()[dim])),
        14 => x.flip(dim),
        15 => x.broadcast_as([&[2], x.dims()].concat()),
        16 => x.flatten_from(dim),
        17 => x.reshape([1, 4, 4, 4]),
        18 => x.reshape([8, 8]),
        19 => x.reshape([64]),
        20 | 21 => Tensor::cat(&[x, z], dim),
        22 => Tensor::cat(&[x, z, x], dim),
        23 => Tensor::cat(&[x, z, w], dim),
        24 => [Tensor::mean_keepdim, Tensor::max_keepdim, Tensor::sum_keepdim][k % 3](x, dim),
        25 => x.softmax(),
        26 => x.conv2d(filters, 1, 1, 1, 1)?.affine(0.25, 0.0),
        // What folds into a convolution.
        27 => {
            let filters = if k % 2 == 0 { filters.clone() } else { filters.narrow(0, 0, 1)? };
            x.conv2d(&filters, 1, 1, 1, 1)?.add(scale)?.mul(scale)
        }
        28 => x.mul(scale),
        29 => x.matmul(z)?.affine(0.25, 0.0),
        _ => x.pad_with_zeros(dim, k % 2, 1),
    }
}

/// The outputs of the graph that a recipe makes. Operations that do not fit are left out.
fn build(recipe: &Recipe) -> Vec<Tensor> {
    let graph = Graph::new();
    let mut made: Vec<Tensor> = INPUTS.iter().map(|(name, shape)| graph.input(name, Spec::f32(*shape))).collect();
    let variables = VARIABLES.map(|(name, shape)| graph.variable(name, Spec::f32(shape), Init::Const(1.0)).unwrap());
    made.extend(variables.iter().cloned());
    made.push(graph.constant(&value("constant", &[4])).unwrap());
    for step in recipe {
        // Half of the time the latest: deep graphs.
        let pick = |n: u16| {
            let n = usize::from(n);
            if n % 2 == 0 { &made[made.len() - 1 - n / 2 % 3] } else { &made[n / 2 % made.len()] }
        };
        let applied = apply(*step, pick(step[1]), pick(step[2]), pick(step[3]), &variables);
        made.extend(applied.ok().filter(|y| y.elem_count() <= LARGEST));
    }
    let second = usize::from(recipe.first().map_or(0, |step| step[3])) % made.len();
    vec![made[made.len() - 1].clone(), made[second].clone()]
}

fn inputs(program: &Program) -> Vec<Host> {
    program.inputs.iter().map(|(name, id)| value(name, &program.node(*id).spec.shape)).collect()
}

fn optimised(outputs: &[Tensor]) -> Program {
    Program::inference(&outputs.iter().collect::<Vec<_>>(), &variable).unwrap()
}

fn as_it_stands(outputs: &[Tensor]) -> Program {
    Program::unoptimised(&outputs.iter().collect::<Vec<_>>(), &variable).unwrap()
}

fn on_the_cpu(program: Program) -> Vec<Host> {
    let inputs = inputs(&program);
    CpuPlan::new(program).run_now(&inputs).unwrap()
}

/// Planned memory, holding which element of which node was written to each word.
struct Words<'a> {
    program: &'a Program,
    memory: Memory,
    slots: Vec<Vec<Option<(NodeId, usize)>>>,
    /// What each node consists of: its own elements, or those of the parts that were written straight into it.
    content: BTreeMap<NodeId, Vec<(NodeId, usize)>>,
}

impl<'a> Words<'a> {
    fn new(program: &'a Program) -> Self {
        let memory = plan(program, &Layout::default());
        let slots = memory.slot_bytes.iter().map(|bytes| vec![None; bytes / 4]).collect();
        Self { program, memory, slots, content: BTreeMap::new() }
    }

    fn words(&mut self, id: NodeId) -> Option<&mut [Option<(NodeId, usize)>]> {
        let place = self.memory.places.get(&id)?;
        let start = place.offset_bytes / 4;
        let Home::Slot(slot) = place.home else { return None };
        Some(&mut self.slots[slot][start..start + self.program.node(id).spec.elem_count()])
    }

    fn write(&mut self, id: NodeId) {
        let content: Vec<_> = (0..self.program.node(id).spec.elem_count()).map(|k| (id, k)).collect();
        self.words(id).unwrap().iter_mut().zip(&content).for_each(|(word, &c)| *word = Some(c));
        self.content.insert(id, content);
    }

    fn read(&mut self, id: NodeId, by: &str) -> Result<(), String> {
        if self.program.frozen(id).is_some() {
            return Ok(());
        }
        let content = self.content.get(&id).cloned().ok_or_else(|| format!("{by} reads {id} before it is written"))?;
        let intact = self.words(id).unwrap().iter().zip(content).all(|(word, c)| *word == Some(c));
        if intact { Ok(()) } else { Err(format!("{by} reads {id}, which was overwritten")) }
    }

    /// Runs through the steps.
    fn check(mut self) -> Result<(), String> {
        let program = self.program;
        program.inputs.iter().for_each(|&(_, id)| self.write(id));
        for step in &program.steps {
            let (y, by) = (step.output, format!("step of {}", step.output));
            let mut reads = program.reads(step);
            let mut direct = Vec::new();
            if let (StepWork::Join, Some(Form::Join(join))) = (&step.work, program.form(y)) {
                let parts = reads.iter().copied().zip(join.starts);
                direct = parts.filter(|&(p, at)| join.outer == 1 && self.memory.is_inside(p, y, at * 4)).collect();
                for (part, _) in &direct {
                    reads.remove(reads.iter().position(|id| id == part).unwrap());
                }
            }
            let slot = |id: NodeId| self.memory.places.get(&id).map(|place| place.home);
            if let Some(id) = reads.iter().find(|&&id| program.frozen(id).is_none() && slot(id) == slot(y)) {
                return Err(format!("{by} reads {id} from the slot that it writes"));
            }
            if let StepWork::Fused { anchor, leaves, .. } = &step.work {
                let bound = 1 + anchor.map_or(0, |a| program.node(a).inputs.len()) + leaves.len();
                if bound > 8 {
                    return Err(format!("{by} binds {bound} buffers"));
                }
            }
            for id in reads {
                self.read(id, &by)?;
            }
            for &(part, _) in &direct {
                self.read(part, &by)?;
            }
            let before: Vec<_> = direct.iter().map(|&(part, at)| (at, self.content[&part].clone())).collect();
            self.write(y);
            // What was there already stays as it is.
            for (at, part) in before {
                self.words(y).unwrap()[at..at + part.len()]
                    .iter_mut()
                    .zip(&part)
                    .for_each(|(word, &c)| *word = Some(c));
                if let Some(content) = self.content.get_mut(&y) {
                    content[at..at + part.len()].copy_from_slice(&part);
                }
            }
        }
        for (_, id) in program.outputs() {
            self.read(id, "the caller")?;
        }
        Ok(())
    }
}

fn recipes() -> impl Strategy<Value = Recipe> {
    prop::collection::vec(any::<[u16; 4]>(), 1..40)
}

#[test]
fn optimising_changes_no_result() {
    let mut runner = TestRunner::new_with_rng(config(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let checked = runner.run(&recipes(), |recipe| {
        let outputs = build(&recipe);
        for program in [optimised(&outputs), as_it_stands(&outputs)] {
            Words::new(&program).check().map_err(|why| TestCaseError::fail(format!("{why}: {:#?}", program.steps)))?;
        }
        let (got, want) = (on_the_cpu(optimised(&outputs)), on_the_cpu(as_it_stands(&outputs)));
        for (got, want) in got.iter().zip(&want) {
            let off = difference(got, want);
            if off > 1e-5 {
                return Err(TestCaseError::fail(format!("off by {off:e}: {:#?}", outputs[0].graph().nodes())));
            }
        }
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_gpu_agrees() {
    for gpu in gpus() {
        let mut runner = TestRunner::deterministic();
        for _ in 0..48 {
            let recipe = recipes().new_tree(&mut runner).unwrap().current();
            let outputs = build(&recipe);
            let program = optimised(&outputs);
            let inputs = inputs(&program);
            let got = pollster::block_on(async { GpuPlan::new(&gpu, &program).await?.run(&inputs).await });
            let got = got.unwrap_or_else(|error| panic!("{error}: {recipe:?}"));
            for (got, want) in got.iter().zip(&on_the_cpu(as_it_stands(&outputs))) {
                let off = difference(got, want);
                assert!(off < 1e-4, "off by {off:e}: {recipe:?}");
            }
        }
    }
}

fn config() -> Config {
    Config { cases: 1000, failure_persistence: None, ..Config::default() }
}

/// Sums that are cut leave their parts in memory that the next kernel uses again.
#[test]
fn steps_share_scratch_memory() {
    let graph = Graph::new();
    let x = graph.input("a", Spec::f32([8, 6, 16, 16]));
    let steps: Vec<Tensor> = [(1, 40), (2, 5), (1, 9)]
        .into_iter()
        .map(|(stride, channels)| {
            let conv = Conv2d { padding: Padding::even(1), stride, dilation: 1, groups: 1 };
            let size = 16 / stride;
            let dy = graph.input(&format!("dy{channels}"), Spec::f32([8, channels, size, size]));
            graph.apply(Conv2dWeight { conv, kernel: [3, 3] }, &[&x, &dy]).unwrap().affine(0.5, 1.0).unwrap()
        })
        .collect();
    let program = optimised(&steps);
    let inputs = inputs(&program);
    for gpu in gpus() {
        let mut plan = pollster::block_on(GpuPlan::new(&gpu, &program)).unwrap();
        assert_eq!(plan.dispatches(), 6, "each sum is cut");
        let got = pollster::block_on(plan.run(&inputs)).unwrap();
        for (got, want) in got.iter().zip(&on_the_cpu(optimised(&steps))) {
            let off = difference(got, want);
            assert!(off < 2e-5, "off by {off:e}");
        }
    }
}

/// Neither join moves anything: the short one is a stretch of the long one.
#[test]
fn a_join_lies_within_another_one() {
    let graph = Graph::new();
    let x = graph.input("c", Spec::f32([8, 8]));
    let parts = [0.5, 1.0, 1.5, 2.0].map(|scale| x.affine(scale, 0.0).unwrap().softmax().unwrap());
    let long = Tensor::cat(&parts.each_ref(), 0).unwrap();
    let short = Tensor::cat(&[&parts[1], &parts[2]], 0).unwrap();
    let outputs = [&long, &short].map(|join| join.t().unwrap().matmul(join).unwrap());
    let program = optimised(&outputs);
    Words::new(&program).check().unwrap();
    let joins: Vec<_> = program.steps.iter().filter(|step| matches!(step.work, StepWork::Join)).collect();
    let memory = plan(&program, &Layout::default());
    let [long, short] = [32, 16].map(|rows| {
        let join = joins.iter().find(|step| program.node(step.output).spec.shape[0] == rows).unwrap();
        memory.places[&join.output]
    });
    assert_eq!((short.home, short.offset_bytes), (long.home, long.offset_bytes + 256));
    for gpu in gpus() {
        let mut plan = pollster::block_on(GpuPlan::new(&gpu, &program)).unwrap();
        assert_eq!(plan.dispatches(), 10, "four scales, four softmaxes, two products");
        let got = pollster::block_on(plan.run(&inputs(&program))).unwrap();
        for (got, want) in got.iter().zip(&on_the_cpu(as_it_stands(&outputs))) {
            assert!(difference(got, want) < 1e-5);
        }
    }
}
