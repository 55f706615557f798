//! The networks: features of a unit, a recurrent layer or blocks of attention, and logits of the next unit. Sequences are rows
//! `[time · batch]`, those of one time side by side.

use crate::graph::{Graph, Init, Program, ShapeError, Spec, Tensor, grad};
use crate::lab::LabError;
use crate::lab::trainer::NamedVariable;
use crate::nn::{
    CausalBlock, Embedding, Gru, LayerNorm, Linear, Lstm, LstmState, Rnn, VarBuilder, causal_block, embedding, gru,
    layer_norm, linear, lstm, rnn,
};
use crate::protocol::LanguageModel;
use serde::{Deserialize, Serialize};

/// Inputs of programs: units, the ones that follow them, and states.
pub(super) const UNITS: &str = "units";
pub(super) const TARGETS: &str = "targets";
pub(super) const STATES: [&str; 2] = ["h", "c"];
/// Attention looks in so many ways at once, where that divides its width.
const HEADS: usize = 4;
const EPS: f64 = 1e-5;

/// Everything that decides a network's shapes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LanguageNet {
    pub model: LanguageModel,
    /// Different units.
    pub words: usize,
    /// Of a state, and of a unit's features.
    pub hidden: usize,
    /// Of the transformer: blocks, and places that it knows.
    pub blocks: usize,
    pub window: usize,
}

enum Layers {
    Rnn(Rnn),
    Lstm(Lstm),
    Gru(Gru),
    Blocks { places: Tensor, blocks: Vec<CausalBlock>, norm: LayerNorm },
}

/// The network with its variables in a graph.
pub(super) struct LanguageNetwork {
    net: LanguageNet,
    embed: Embedding,
    layers: Layers,
    out: Linear,
}

/// What it makes of a sequence.
pub(super) struct SequenceRead {
    /// `[time · batch, words]`.
    pub(super) logits: Tensor,
    /// Features of the units that were read, `[time · batch, hidden]`.
    pub(super) features: Tensor,
    /// `[time · batch, hidden]`.
    pub(super) hidden: Tensor,
    /// States after the last time, as [`LanguageNet::states`] has them.
    pub(super) states: Vec<Tensor>,
    /// By name, `[time · batch, hidden]` each.
    pub(super) gates: Vec<(&'static str, Tensor)>,
}

impl LanguageNet {
    /// How many states, `[batch, hidden]` each, go from one time to the next.
    pub(super) fn states(&self) -> usize {
        match self.model {
            LanguageModel::Rnn | LanguageModel::Gru => 1,
            LanguageModel::Lstm => 2,
            LanguageModel::Transformer => 0,
        }
    }

    pub(super) fn network(&self, vb: &VarBuilder) -> Result<LanguageNetwork, ShapeError> {
        let vb = vb.with_weight_init(Init::TorchUniform);
        let Self { hidden, words, .. } = *self;
        let layers = match self.model {
            LanguageModel::Rnn => Layers::Rnn(rnn(hidden, hidden, vb.pp("rnn"))?),
            LanguageModel::Lstm => Layers::Lstm(lstm(hidden, hidden, vb.pp("lstm"))?),
            LanguageModel::Gru => Layers::Gru(gru(hidden, hidden, vb.pp("gru"))?),
            LanguageModel::Transformer => {
                let heads = if hidden.is_multiple_of(HEADS) { HEADS } else { 1 };
                let block = |at: usize| causal_block(hidden, heads, vb.pp("blocks").pp(at));
                Layers::Blocks {
                    places: vb.get_with_hints([1, self.window, hidden], "places", Init::Uniform(0.1))?,
                    blocks: (0..self.blocks).map(block).collect::<Result<_, _>>()?,
                    norm: layer_norm(hidden, EPS, vb.pp("norm"))?,
                }
            }
        };
        let embed = embedding(words, hidden, vb.pp("embed"))?;
        Ok(LanguageNetwork { net: *self, embed, layers, out: linear(hidden, words, vb.pp("out"))? })
    }

    /// Its variables.
    pub(super) fn weights(&self) -> Result<Vec<NamedVariable>, ShapeError> {
        let graph = Graph::new();
        let vb = VarBuilder::new(&graph);
        self.network(&vb)?;
        Ok(vb.parameters().into_iter().map(|(name, tensor, init)| (name, tensor.dims().to_vec(), init)).collect())
    }

    fn states_of(&self, graph: &Graph, batch: usize) -> Vec<Tensor> {
        let input = |name: &&str| graph.input(name, Spec::f32([batch, self.hidden]));
        STATES[..self.states()].iter().map(input).collect()
    }

    /// Log-probabilities of what follows, and the states after it: `units` U32 `[times · batch]`. With `targets`, of those only, F32
    /// `[times · batch]`; else of all units `[times · batch, words]`.
    pub(super) fn reads(&self, [times, batch]: [usize; 2], of_targets: bool) -> Result<Program, LabError> {
        let graph = Graph::new();
        let rows = Spec::u32([times * batch]);
        let units = graph.input(UNITS, rows.clone());
        let states = self.states_of(&graph, batch);
        let read = self.network(&VarBuilder::new(&graph))?.read(&units, batch, &states)?;
        let log_p = read.logits.log_softmax()?;
        let log_p = match of_targets {
            true => log_p.gather(&graph.input(TARGETS, rows).unsqueeze(1)?, 1)?.squeeze(1)?,
            false => log_p,
        };
        let outputs: Vec<&Tensor> = std::iter::once(&log_p).chain(&read.states).collect();
        Ok(Program::step(&outputs, &[])?)
    }

    /// The gradient of the sum over rows of `-log p` of the last time's target by the features of every time,
    /// `[times · batch, hidden]`, from states of nothing.
    pub(super) fn looks_back(&self, [times, batch]: [usize; 2]) -> Result<Program, LabError> {
        let graph = Graph::new();
        let units = graph.input(UNITS, Spec::u32([times * batch]));
        let targets = graph.input(TARGETS, Spec::u32([batch]));
        let vb = VarBuilder::new(&graph);
        let read = self.network(&vb)?.read(&units, batch, &self.nothing(&graph, batch)?)?;
        let last = read.logits.narrow(0, (times - 1) * batch, batch)?.log_softmax()?;
        let loss = last.gather(&targets.unsqueeze(1)?, 1)?.sum_all()?.neg()?;
        let by = grad(&loss, &[&read.features])?;
        Ok(Program::step(&[&by[0], &loss], &[])?)
    }

    /// Of one sequence from states of nothing: log-probabilities of what follows `[times]`, the gradient of the last one's loss by the
    /// features of every time, and states, `[times, hidden]` each.
    pub(super) fn unrolls(&self, times: usize) -> Result<Program, LabError> {
        let graph = Graph::new();
        let [units, targets] = [UNITS, TARGETS].map(|name| graph.input(name, Spec::u32([times])));
        let vb = VarBuilder::new(&graph);
        let read = self.network(&vb)?.read(&units, 1, &self.nothing(&graph, 1)?)?;
        let log_p = read.logits.log_softmax()?.gather(&targets.unsqueeze(1)?, 1)?.squeeze(1)?;
        let loss = log_p.narrow(0, times - 1, 1)?.sum_all()?.neg()?;
        let by = grad(&loss, &[&read.features])?;
        Ok(Program::step(&[&log_p, &by[0], &read.hidden], &[])?)
    }

    /// Everything that is shown of a sequence: by the names of [`LanguageNet::shown`], `[times, hidden]` each.
    pub(super) fn shows(&self, times: usize) -> Result<Program, LabError> {
        let graph = Graph::new();
        let units = graph.input(UNITS, Spec::u32([times]));
        let vb = VarBuilder::new(&graph);
        let read = self.network(&vb)?.read(&units, 1, &self.nothing(&graph, 1)?)?;
        let outputs: Vec<&Tensor> = read.gates.iter().map(|(_, gate)| gate).chain([&read.hidden]).collect();
        Ok(Program::step(&outputs, &[])?)
    }

    pub(super) fn shown(&self) -> &'static [&'static str] {
        match self.model {
            LanguageModel::Rnn | LanguageModel::Transformer => &["hidden"],
            LanguageModel::Lstm => &["cell", "input", "forget", "output", "hidden"],
            LanguageModel::Gru => &["reset", "update", "hidden"],
        }
    }

    pub(super) fn nothing(&self, graph: &Graph, batch: usize) -> Result<Vec<Tensor>, ShapeError> {
        (0..self.states()).map(|_| graph.full(0.0, Spec::f32([batch, self.hidden]))).collect()
    }
}

impl LanguageNetwork {
    /// `units` U32 `[time · batch]`, from `states` on.
    pub(super) fn read(&self, units: &Tensor, batch: usize, states: &[Tensor]) -> Result<SequenceRead, ShapeError> {
        let features = self.embed.forward(units)?;
        let joined = |rows: Vec<Tensor>| Tensor::cat(&rows.iter().collect::<Vec<_>>(), 0);
        let missing = || ShapeError::bad("language", "a state is missing", units.dims());
        let (hidden, states, gates) = match &self.layers {
            Layers::Rnn(layer) => {
                let all = layer.seq(&features, states.first().ok_or_else(missing)?)?;
                let last = all.last().ok_or_else(missing)?.clone();
                (joined(all)?, vec![last], Vec::new())
            }
            Layers::Gru(layer) => {
                let all = layer.seq(&features, states.first().ok_or_else(missing)?)?;
                let last = all.last().ok_or_else(missing)?.hidden.clone();
                let gate = |at: usize| joined(all.iter().map(|step| step.gates[at].clone()).collect());
                let gates = vec![("reset", gate(0)?), ("update", gate(1)?)];
                (joined(all.into_iter().map(|step| step.hidden).collect())?, vec![last], gates)
            }
            Layers::Lstm(layer) => {
                let [h, c] = states else { return Err(missing()) };
                let all = layer.seq(&features, &LstmState { h: h.clone(), c: c.clone() })?;
                let last = all.last().ok_or_else(missing)?.state.clone();
                let gate = |at: usize| joined(all.iter().map(|step| step.gates[at].clone()).collect());
                let cell = joined(all.iter().map(|step| step.state.c.clone()).collect())?;
                let gates = vec![("cell", cell), ("input", gate(0)?), ("forget", gate(1)?), ("output", gate(3)?)];
                (joined(all.into_iter().map(|step| step.state.h).collect())?, vec![last.h, last.c], gates)
            }
            Layers::Blocks { places, blocks, norm } => {
                let (times, width) = (features.dims()[0] / batch, self.net.hidden);
                let mut x = features.reshape([times, batch, width])?.transpose(0, 1)?;
                x = x.broadcast_add(&places.narrow(1, 0, times)?)?;
                for block in blocks {
                    x = block.forward(&x)?;
                }
                let x = norm.forward(&x)?.transpose(0, 1)?.reshape([times * batch, width])?;
                (x, Vec::new(), Vec::new())
            }
        };
        Ok(SequenceRead { logits: self.out.forward(&hidden)?, features, hidden, states, gates })
    }
}
