//! The graphs of a captioning network: a training step, sentences without choice, one word further, and why a word is targets.

use crate::graph::pass::PassError;
use crate::graph::{Graph, Host, Init, Program, ShapeError, Spec, Tensor, grad};
use crate::lab::trainer::NamedVariable;
use crate::models::show_and_tell::{CaptionNetwork, PictureInput, START, ShowAndTell};
use crate::nn::{LstmState, LstmStep, VarBuilder, loss};
use candle_core::Device;

pub(super) const PICTURES: &str = "pictures";
pub(super) const INPUTS: &str = "inputs";
pub(super) const TARGETS: &str = "targets";
pub(super) const MASK: &str = "mask";
pub(super) const PARENTS: &str = "parents";

/// What the beams have in compiled between two words.
const BEAM_H: &str = "beam.h";
const BEAM_C: &str = "beam.c";
/// The picture that they see.
const BEAM_X: &str = "beam.x";

fn constant(graph: &Graph, host: candle_core::Result<Host>) -> Result<Tensor, ShapeError> {
    let made = host.and_then(|host| graph.constant(&host));
    made.map_err(|error| ShapeError::Bad { op: "caption", why: error.to_string(), got: Vec::new() })
}

/// Pictures as they are given, and as the network wants them: `[batch, 3, side, side]` in -1…1, or features.
fn pictures(graph: &Graph, input: PictureInput, batch: usize) -> Result<Tensor, ShapeError> {
    match input {
        PictureInput::Pixels { side } => {
            let shape = [3, side, side];
            let row = shape.iter().product::<usize>().div_ceil(4);
            let words = graph.input(PICTURES, Spec::u32([batch, row]));
            let all = constant(graph, Host::arange(0, batch as u32, &Device::Cpu))?;
            words.load_bytes(&all, shape)?.affine(1.0 / 127.5, -1.0)
        }
        PictureInput::Features { count } => Ok(graph.input(PICTURES, Spec::f32([batch, count]))),
    }
}

/// The forward pass over whole sentences: logits `[times · batch, words]`.
fn logits(network: &CaptionNetwork, x: &Tensor, inputs: &Tensor) -> Result<Tensor, ShapeError> {
    let steps = network.read(&network.embed(x)?, inputs)?;
    // The step for the picture says nothing.
    let hidden: Vec<&Tensor> = steps.iter().skip(1).map(|step| &step.state.h).collect();
    network.project(&Tensor::cat(&hidden, 0)?)
}

/// The mean loss of a word, in training mode.
pub(super) fn loss(
    net: &ShowAndTell,
    vb: &VarBuilder,
    [batch, times]: [usize; 2],
    dropout: f64,
) -> Result<Tensor, ShapeError> {
    let graph = vb.graph();
    let network = net.build(vb)?.with_dropout(dropout)?;
    let rows = times * batch;
    let inputs = graph.input(INPUTS, Spec::u32([rows]));
    let logits = logits(&network, &pictures(graph, net.input, batch)?, &inputs)?;
    let [targets, mask] = [graph.input(TARGETS, Spec::u32([rows])), graph.input(MASK, Spec::f32([rows]))];
    loss::masked_cross_entropy(&logits, &targets, &mask)
}

/// What is thought of sentences as they are given: the log-probability of each word, F32 `[times · batch]`.
pub(super) fn log_p(net: &ShowAndTell, [batch, times]: [usize; 2]) -> Result<Program, PassError> {
    let graph = Graph::new();
    let network = net.build(&VarBuilder::new(&graph))?;
    let [inputs, targets] = [INPUTS, TARGETS].map(|name| graph.input(name, Spec::u32([times * batch])));
    let log_p = logits(&network, &pictures(&graph, net.input, batch)?, &inputs)?.log_softmax()?;
    Program::step(&[&log_p.gather(&targets.unsqueeze(1)?, 1)?.squeeze(1)?], &[])
}

/// The variables of a network at inference.
pub(super) fn weights_of(net: &ShowAndTell) -> Result<Vec<NamedVariable>, ShapeError> {
    let vb = VarBuilder::new(&Graph::new());
    net.build(&vb)?;
    let named = vb.parameters().into_iter().chain(vb.statistics());
    Ok(named.map(|(name, tensor, start)| (name, tensor.dims().to_vec(), start)).collect())
}

/// The likeliest word again and again, all times in one plan. Outputs: its number, U32 `[times · batch]`, and its
/// log-probability.
pub(super) fn greedy(net: &ShowAndTell, [batch, times]: [usize; 2]) -> Result<Program, PassError> {
    let graph = Graph::new();
    let network = net.build(&VarBuilder::new(&graph))?;
    let picture = network.embed(&pictures(&graph, net.input, batch)?)?;
    let mut state = network.encode(&picture)?.state;
    let mut word = constant(&graph, Host::from_vec(vec![START; batch], batch, &Device::Cpu))?;
    let (mut words, mut log_ps) = (Vec::new(), Vec::new());
    for _ in 0..times {
        state = network.step(&picture, &word, &state)?.state;
        let log_p = network.project(&state.h)?.log_softmax()?;
        word = log_p.argmax(1)?;
        words.push(word.clone());
        log_ps.push(log_p.max(1)?);
    }
    let whole = |parts: &[Tensor]| Tensor::cat(&parts.iter().collect::<Vec<_>>(), 0);
    Program::step(&[&whole(&words)?, &whole(&log_ps)?], &[])
}

/// All beams have seen the picture afterwards.
pub(super) fn encode(net: &ShowAndTell, beams: usize) -> Result<Program, PassError> {
    let graph = Graph::new();
    let network = net.build(&VarBuilder::new(&graph))?;
    let picture = network.embed(&pictures(&graph, net.input, 1)?)?;
    let state = network.encode(&picture)?.state;
    let [x, h, c] = beam_state(&graph, net, beams)?;
    let wide = |one: &Tensor| one.broadcast_as([beams, one.dims()[1]]);
    Program::step(&[], &[(&x, &wide(&picture)?), (&h, &wide(&state.h)?), (&c, &wide(&state.c)?)])
}

/// Each beam goes on from one of the last step's ([`PARENTS`], U32 `[beams]`) with a word ([`INPUTS`], U32 `[beams]`). Output: the
/// log-probability of every word that may follow, `[beams, words]`.
pub(super) fn step(net: &ShowAndTell, beams: usize) -> Result<Program, PassError> {
    let graph = Graph::new();
    let network = net.build(&VarBuilder::new(&graph))?;
    let [parents, inputs] = [PARENTS, INPUTS].map(|name| graph.input(name, Spec::u32([beams])));
    let [x, h, c] = beam_state(&graph, net, beams)?;
    let before = LstmState { h: h.index_select(&parents, 0)?, c: c.index_select(&parents, 0)? };
    let after = network.step(&x, &inputs, &before)?.state;
    let log_p = network.project(&after.h)?.log_softmax()?;
    Program::step(&[&log_p], &[(&h, &after.h), (&c, &after.c)])
}

fn beam_state(graph: &Graph, net: &ShowAndTell, beams: usize) -> Result<[Tensor; 3], ShapeError> {
    let state = |name, size| graph.variable(name, Spec::f32([beams, size]), Init::Const(0.0));
    Ok([state(BEAM_X, net.embedding)?, state(BEAM_H, net.hidden)?, state(BEAM_C, net.hidden)?])
}

/// A sentence as it is given. Outputs: the log-probability of every word at each time, `[times, words]`; and what the LSTM
/// does at the picture and at each time, `[times + 1, 6 · hidden]`: input, forget, candidate and output gate, `c`, `h`.
pub(super) fn read(net: &ShowAndTell, times: usize) -> Result<Program, PassError> {
    let graph = Graph::new();
    let network = net.build(&VarBuilder::new(&graph))?;
    let inputs = graph.input(INPUTS, Spec::u32([times]));
    let steps = network.read(&network.embed(&pictures(&graph, net.input, 1)?)?, &inputs)?;
    let hidden: Vec<&Tensor> = steps.iter().skip(1).map(|step| &step.state.h).collect();
    let log_p = network.project(&Tensor::cat(&hidden, 0)?)?.log_softmax()?;
    let row = |LstmStep { state, gates: [i, f, g, o] }: &LstmStep| Tensor::cat(&[i, f, g, o, &state.c, &state.h], 1);
    let rows = steps.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    Program::step(&[&log_p, &Tensor::cat(&rows.iter().collect::<Vec<_>>(), 0)?], &[])
}

/// The gradient of each word's log-probability by the picture, `[times, 3, side, side]`: the picture stands in the batch once
/// for each word, and of each copy one word counts ([`MASK`], F32 `[times · times]`, 1 where row and word are the same).
pub(super) fn explain(net: &ShowAndTell, times: usize) -> Result<Program, PassError> {
    let graph = Graph::new();
    let network = net.build(&VarBuilder::new(&graph))?;
    let x = pictures(&graph, net.input, 1)?;
    let mut shape = x.dims().to_vec();
    shape[0] = times;
    let copies = x.broadcast_as(shape)?;
    let rows = times * times;
    let [inputs, targets] = [INPUTS, TARGETS].map(|name| graph.input(name, Spec::u32([rows])));
    let mask = graph.input(MASK, Spec::f32([rows]));
    let log_p = logits(&network, &copies, &inputs)?.log_softmax()?;
    let of_words = log_p.gather(&targets.unsqueeze(1)?, 1)?.squeeze(1)?.mul(&mask)?.sum_all()?;
    let gradient = grad(&of_words, &[&copies])?.remove(0);
    Program::step(&[&gradient], &[])
}

/// Never run: all state of the plans that speak, for its layout.
pub(super) fn everything(net: &ShowAndTell, beams: usize) -> Result<Program, PassError> {
    let graph = Graph::new();
    let network = net.build(&VarBuilder::new(&graph))?;
    let picture = network.embed(&pictures(&graph, net.input, 1)?)?;
    let seen = network.encode(&picture)?.state;
    let after = network.step(&picture, &graph.input(INPUTS, Spec::u32([1])), &seen)?.state;
    let [x, h, c] = beam_state(&graph, net, beams)?;
    let wide = |one: &Tensor| one.broadcast_as([beams, one.dims()[1]]);
    let assigns = [(&x, &wide(&picture)?), (&h, &wide(&after.h)?), (&c, &wide(&after.c)?)];
    Program::step(&[&network.project(&after.h)?], &assigns)
}
