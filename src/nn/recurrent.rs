//! Recurrent layers: Elman's network (Elman 1990), the LSTM (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et
//! al. 2000) and gated recurrent units (Cho et al. 2014), with PyTorch's parameter names. Sequences are `[time · batch, features]`, with the rows of one time side by side:
//! the input of a step is then a run of rows.

use super::VarBuilder;
use crate::graph::{Init, ShapeError, Tensor};

/// A vector for each of a number of words: `weight [words, size]`.
pub struct Embedding {
    weight: Tensor,
}

/// First weights are uniform in ±1: about as large as PyTorch's, which are normal with variance 1.
pub fn embedding(words: usize, size: usize, vb: VarBuilder) -> Result<Embedding, ShapeError> {
    Ok(Embedding { weight: vb.get_with_hints([words, size], "weight", Init::Uniform(1.0))? })
}

impl Embedding {
    /// U32 `[count]` → `[count, size]`.
    pub fn forward(&self, words: &Tensor) -> Result<Tensor, ShapeError> {
        self.weight.index_select(words, 0)
    }
}

/// The parameters of both kinds of layer: weights for `gates` times the hidden units.
struct Weights {
    /// `weight_ih_l0 [gates · hidden, in]`.
    of_input: Tensor,
    /// `weight_hh_l0 [gates · hidden, hidden]`.
    of_hidden: Tensor,
    /// `bias_ih_l0`, `bias_hh_l0`, `[gates · hidden]` each.
    biases: [Tensor; 2],
}

impl Weights {
    /// All parameters start uniform in ±1/√hidden, as PyTorch's do.
    fn new(in_dim: usize, hidden: usize, gates: usize, vb: &VarBuilder) -> Result<Self, ShapeError> {
        let init = Init::Uniform(1.0 / (hidden.max(1) as f64).sqrt());
        let rows = gates * hidden;
        Ok(Self {
            of_input: vb.get_with_hints([rows, in_dim], "weight_ih_l0", init)?,
            of_hidden: vb.get_with_hints([rows, hidden], "weight_hh_l0", init)?,
            biases: [vb.get_with_hints([rows], "bias_ih_l0", init)?, vb.get_with_hints([rows], "bias_hh_l0", init)?],
        })
    }

    /// The input's part of all gates at all times, `[time · batch, gates · hidden]`: one matrix product.
    fn inputs(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let [ih, hh] = &self.biases;
        x.matmul(&self.of_input.t()?)?.broadcast_add(&ih.add(hh)?)
    }

    /// The gates of one time before their activation.
    fn gates(&self, inputs: &Tensor, hidden: &Tensor) -> Result<Tensor, ShapeError> {
        hidden.matmul(&self.of_hidden.t()?)?.add(inputs)
    }
}

/// Splits `[time · batch, …]` into its times.
fn times(x: &Tensor, batch: usize) -> Result<Vec<Tensor>, ShapeError> {
    let rows = x.dims().first().copied().unwrap_or_default();
    if x.rank() != 2 || batch == 0 || rows % batch != 0 || rows == 0 {
        let why = format!("rows of a sequence are times × {batch}, and there must be some");
        return Err(ShapeError::bad("recurrent", why, x.dims()));
    }
    (0..rows / batch).map(|t| x.narrow(0, t * batch, batch)).collect()
}

/// `h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)`.
pub struct Rnn(Weights);

/// Elman's layer with PyTorch's parameters: `weight_ih_l0 [hidden_dim, in_dim]`, `weight_hh_l0 [hidden_dim, hidden_dim]`,
/// `bias_ih_l0` and `bias_hh_l0 [hidden_dim]`.
///
/// # Errors
/// Where one of them is known with another shape.
pub fn rnn(in_dim: usize, hidden_dim: usize, vb: VarBuilder) -> Result<Rnn, ShapeError> {
    Ok(Rnn(Weights::new(in_dim, hidden_dim, 1, &vb)?))
}

impl Rnn {
    /// The hidden state after each time of `x [time · batch, in]`, from `hidden [batch, hidden]` on.
    pub fn seq(&self, x: &Tensor, hidden: &Tensor) -> Result<Vec<Tensor>, ShapeError> {
        let inputs = times(&self.0.inputs(x)?, hidden.dims()[0])?;
        let mut hidden = hidden.clone();
        let step = |inputs: Tensor| {
            hidden = self.0.gates(&inputs, &hidden)?.tanh()?;
            Ok(hidden.clone())
        };
        inputs.into_iter().map(step).collect()
    }
}

/// `i, f, o = σ(…)`, `g = tanh(…)` of `W_ih x_t + b_ih + W_hh h_{t-1} + b_hh`, in PyTorch's order i, f, g, o;
/// `c_t = f·c_{t-1} + i·g`, `h_t = o·tanh(c_t)`.
pub struct Lstm {
    weights: Weights,
    hidden_dim: usize,
}

/// Between two times: `h` and `c`, both `[batch, hidden]`.
#[derive(Clone)]
pub struct LstmState {
    /// The hidden state.
    pub h: Tensor,
    /// The cell.
    pub c: Tensor,
}

/// One time: the state after it, and the gates as they were, `[batch, hidden]` each.
#[derive(Clone)]
pub struct LstmStep {
    /// The state after it.
    pub state: LstmState,
    /// Input, forget, candidate, output.
    pub gates: [Tensor; 4],
}

/// An LSTM with PyTorch's parameters: those of [`rnn`], of `4 · hidden_dim` rows.
///
/// # Errors
/// Where one of them is known with another shape.
pub fn lstm(in_dim: usize, hidden_dim: usize, vb: VarBuilder) -> Result<Lstm, ShapeError> {
    Ok(Lstm { weights: Weights::new(in_dim, hidden_dim, 4, &vb)?, hidden_dim })
}

impl Lstm {
    /// All times of `x [time · batch, in]`, from `state` on. The input's part of the gates is one matrix product for all;
    /// a time then is one more with its sum, and an elementwise kernel each for `c` and `h`.
    pub fn seq(&self, x: &Tensor, state: &LstmState) -> Result<Vec<LstmStep>, ShapeError> {
        let inputs = times(&self.weights.inputs(x)?, state.h.dims()[0])?;
        let mut state = state.clone();
        let step = |inputs: Tensor| {
            let step = self.at(&inputs, &state)?;
            state = step.state.clone();
            Ok(step)
        };
        inputs.into_iter().map(step).collect()
    }

    /// One time: `x [batch, in]`.
    pub fn step(&self, x: &Tensor, state: &LstmState) -> Result<LstmStep, ShapeError> {
        self.at(&self.weights.inputs(x)?, state)
    }

    fn at(&self, inputs: &Tensor, state: &LstmState) -> Result<LstmStep, ShapeError> {
        let all = self.weights.gates(inputs, &state.h)?;
        let part = |k: usize| all.narrow(1, k * self.hidden_dim, self.hidden_dim);
        let [i, f, o] = [part(0)?.sigmoid()?, part(1)?.sigmoid()?, part(3)?.sigmoid()?];
        let g = part(2)?.tanh()?;
        let c = f.mul(&state.c)?.add(&i.mul(&g)?)?;
        let h = o.mul(&c.tanh()?)?;
        Ok(LstmStep { state: LstmState { h, c }, gates: [i, f, g, o] })
    }
}

/// `r, z = σ(…)` of `W_ih x_t + b_ih + W_hh h_{t-1} + b_hh`, `n = tanh(W_in x_t + b_in + r·(W_hn h_{t-1} + b_hn))`, in PyTorch's order
/// r, z, n; `h_t = (1 - z)·n + z·h_{t-1}`.
pub struct Gru {
    weights: Weights,
    hidden_dim: usize,
}

/// One time: the hidden state after it, and the gates as they were, `[batch, hidden]` each.
#[derive(Clone)]
pub struct GruStep {
    /// The state after it.
    pub hidden: Tensor,
    /// Reset, update.
    pub gates: [Tensor; 2],
}

/// Gated recurrent units with PyTorch's parameters: those of [`rnn`], of `3 · hidden_dim` rows.
///
/// # Errors
/// Where one of them is known with another shape.
pub fn gru(in_dim: usize, hidden_dim: usize, vb: VarBuilder) -> Result<Gru, ShapeError> {
    Ok(Gru { weights: Weights::new(in_dim, hidden_dim, 3, &vb)?, hidden_dim })
}

impl Gru {
    /// All times of `x [time · batch, in]`, from `hidden [batch, hidden]` on.
    pub fn seq(&self, x: &Tensor, hidden: &Tensor) -> Result<Vec<GruStep>, ShapeError> {
        let Weights { of_input, of_hidden, biases: [ih, hh] } = &self.weights;
        let inputs = times(&x.matmul(&of_input.t()?)?.broadcast_add(ih)?, hidden.dims()[0])?;
        let size = self.hidden_dim;
        let mut hidden = hidden.clone();
        let step = |inputs: Tensor| {
            let before = hidden.matmul(&of_hidden.t()?)?.broadcast_add(hh)?;
            let both = inputs.narrow(1, 0, 2 * size)?.add(&before.narrow(1, 0, 2 * size)?)?.sigmoid()?;
            let [r, z] = [both.narrow(1, 0, size)?, both.narrow(1, size, size)?];
            let n = inputs.narrow(1, 2 * size, size)?.add(&r.mul(&before.narrow(1, 2 * size, size)?)?)?.tanh()?;
            hidden = n.add(&z.mul(&hidden.sub(&n)?)?)?;
            Ok(GruStep { hidden: hidden.clone(), gates: [r, z] })
        };
        inputs.into_iter().map(step).collect()
    }
}

// The fixture is read with serde_json.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
