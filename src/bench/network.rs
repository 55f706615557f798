//! The networks that the harness trains, from its numbers to a loss.

use super::error::BenchError;
use super::inputs::WorkloadSpec;
use crate::graph::{Host, Init, Spec, Tensor};
use crate::models::spec::NetworkSpec;
use crate::nn::{VarBuilder, loss};

const CNN: &str = "conv 32 3\nrelu\nconv 64 3\nrelu\nmaxpool 2\nlinear 128\nrelu\nlinear classes";
const MLP: &str = "linear 1200\nrelu\nlinear 1200\nrelu\nlinear classes";
const CLASSES: usize = 10;

pub(super) enum TrainedNetwork {
    /// Classifies pictures.
    Written { network: NetworkSpec, batch: usize },
    /// Says the next word, after each of `time` words.
    Lstm { batch: usize, time: usize, embed: usize, hidden: usize, vocab: usize },
}

impl TrainedNetwork {
    pub(super) fn of(work: &WorkloadSpec) -> Result<Self, BenchError> {
        let &WorkloadSpec { batch, time, embed, hidden, vocab, .. } = work;
        let (text, data) = match work.model.as_str() {
            "cnn" => (CNN, [1, 28, 28]),
            "mlp" => (MLP, [784, 1, 1]),
            "lstm" => return Ok(TrainedNetwork::Lstm { batch, time, embed, hidden, vocab }),
            other => return Err(BenchError::Unsupported { what: format!("there is no {other} here") }),
        };
        let wrong = |_| BenchError::Data { set: work.model.clone(), detail: "its network cannot be built".to_owned() };
        Ok(TrainedNetwork::Written { network: NetworkSpec::parse(text, data, CLASSES).map_err(wrong)?, batch })
    }

    /// One batch of inputs, flat.
    pub(super) fn x(&self) -> Spec {
        match self {
            TrainedNetwork::Written { network, batch } => Spec::f32([batch * network.data().iter().product::<usize>()]),
            TrainedNetwork::Lstm { batch, time, .. } => Spec::u32([batch * time]),
        }
    }

    /// Labels of a batch.
    pub(super) fn labels(&self) -> usize {
        match self {
            TrainedNetwork::Written { batch, .. } => *batch,
            TrainedNetwork::Lstm { batch, time, .. } => batch * time,
        }
    }

    /// A batch of inputs as the harness has it to one as [`Self::x`] says. Its words are `[batch, time]`; ours lie by times, as
    /// its labels do.
    pub(super) fn arranged(&self, x: &Host) -> candle_core::Result<Host> {
        match self {
            TrainedNetwork::Written { .. } => x.flatten_all(),
            TrainedNetwork::Lstm { .. } => x.t()?.contiguous()?.flatten_all(),
        }
    }

    /// The mean cross-entropy of a batch. Parameters are made in the harness's order.
    pub(super) fn loss(&self, x: &Tensor, labels: &Tensor, vb: &VarBuilder) -> Result<Tensor, BenchError> {
        let logits = match *self {
            TrainedNetwork::Written { ref network, batch } => {
                let [c, h, w] = network.data();
                network.forward(&x.reshape([batch, c, h, w])?, vb.clone())?
            }
            TrainedNetwork::Lstm { batch, time, embed, hidden, vocab } => {
                let weight = |shape: &[usize], name| vb.get_with_hints(shape.to_vec(), name, Init::Const(0.0));
                let words = weight(&[vocab, embed], "emb")?;
                let [wx, wh] = [weight(&[embed, 4 * hidden], "wx")?, weight(&[hidden, 4 * hidden], "wh")?];
                let b = weight(&[4 * hidden], "b")?;
                let [wo, bo] = [weight(&[hidden, vocab], "wo")?, weight(&[vocab], "bo")?];
                // The input's part of all gates at all times is one matrix product.
                let inputs = words.index_select(x, 0)?.matmul(&wx)?.broadcast_add(&b)?;
                let mut state: Option<(Tensor, Tensor)> = None;
                let mut seen = Vec::new();
                for t in 0..time {
                    let own = inputs.narrow(0, t * batch, batch)?;
                    let all = match &state {
                        Some((h, _)) => h.matmul(&wh)?.add(&own)?,
                        None => own,
                    };
                    let part = |k: usize| all.narrow(1, k * hidden, hidden);
                    let candidate = part(0)?.sigmoid()?.mul(&part(2)?.tanh()?)?;
                    let c = match &state {
                        Some((_, c)) => part(1)?.sigmoid()?.mul(c)?.add(&candidate)?,
                        None => candidate,
                    };
                    let h = part(3)?.sigmoid()?.mul(&c.tanh()?)?;
                    seen.push(h.clone());
                    state = Some((h, c));
                }
                let all = Tensor::cat(&seen.iter().collect::<Vec<_>>(), 0)?;
                all.matmul(&wo)?.broadcast_add(&bo)?
            }
        };
        Ok(loss::cross_entropy(&logits, labels, 0.0)?)
    }
}
