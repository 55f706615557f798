//! Show and Tell (Vinyals et al. 2015): an LSTM first reads the encoder's output for a picture, then says the sentence word by
//! word.

use crate::graph::op::conv2d::Padding;
use crate::graph::{Init, ShapeError, Spec, Tensor};
use crate::nn::{
    BatchNorm, Conv2d, Dropout, Embedding, Linear, Lstm, LstmState, LstmStep, VarBuilder, batch_norm, config,
    conv2d_no_bias, dropout, embedding, linear, lstm,
};

/// What every vocabulary begins with.
pub const END: u32 = 0;
/// The word before the first one.
pub const START: u32 = 1;

/// The network's input for a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureInput {
    /// Square pictures in colour. The network has an encoder of its own, which learns too.
    Pixels {
        /// Height and width.
        side: usize,
    },
    /// The features that another network computed from a picture.
    Features {
        /// How many.
        count: usize,
    },
}

/// When the picture is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Looks {
    /// Before the first word, as in the paper. A network that sees few pictures again and again would memorise them.
    #[default]
    Once,
    /// Before the first word and again with each, beside the word. It learns faster, and where no two pictures are the same
    /// it cannot memorise them.
    Always,
}

/// Its sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShowAndTell {
    /// Its input.
    pub input: PictureInput,
    /// When it sees the picture.
    pub looks: Looks,
    /// Words, [`END`] and [`START`] included.
    pub words: usize,
    /// Numbers of a word, and of a picture.
    pub embedding: usize,
    /// Units of the LSTM.
    pub hidden: usize,
}

/// Channels and stride of the convolutions.
const BLOCKS: [(usize, usize); 6] = [(16, 2), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1)];
const EPS: f64 = 1e-5;

/// The encoder's output is normalised: without that, large steps of the optimiser shift all of it, saturate the gates, and the
/// LSTM learns to ignore the picture.
struct Encoder {
    /// None where features are given.
    blocks: Vec<(Conv2d, BatchNorm)>,
    fc: Linear,
    norm: BatchNorm,
}

/// The network with its variables in a graph.
pub struct CaptionNetwork {
    encoder: Encoder,
    embed: Embedding,
    lstm: Lstm,
    out: Linear,
    /// Of what the LSTM reads and of what it says, in training.
    dropped: Dropout,
    vb: VarBuilder,
    looks: Looks,
    hidden: usize,
}

impl ShowAndTell {
    /// # Errors
    /// Where the sizes make no network.
    pub fn build(&self, vb: &VarBuilder) -> Result<CaptionNetwork, ShapeError> {
        let at = vb.pp("encoder");
        let mut blocks = Vec::new();
        let numbers = match self.input {
            PictureInput::Pixels { side } => {
                let (mut channels, mut side) = (3, side);
                for (k, (out, stride)) in BLOCKS.into_iter().enumerate() {
                    let config = crate::graph::op::Conv2d { padding: Padding::even(1), stride, ..config() };
                    let conv = conv2d_no_bias(channels, out, 3, config, at.pp(format!("conv{}", k + 1)))?;
                    blocks.push((conv, batch_norm(out, EPS, at.pp(format!("bn{}", k + 1)))?));
                    (channels, side) = (out, side.div_ceil(stride));
                }
                channels * side * side
            }
            PictureInput::Features { count } => count,
        };
        let fc = linear(numbers, self.embedding, at.pp("fc"))?;
        let encoder = Encoder { blocks, fc, norm: batch_norm(self.embedding, EPS, at.pp("bn_fc"))? };
        Ok(CaptionNetwork {
            encoder,
            embed: embedding(self.words, self.embedding, vb.pp("embed"))?,
            lstm: lstm(self.read_size(), self.hidden, vb.pp("lstm"))?,
            out: linear(self.hidden, self.words, vb.pp("out").with_weight_init(Init::TorchUniform))?,
            dropped: dropout(0.0, vb.clone())?,
            vb: vb.clone(),
            looks: self.looks,
            hidden: self.hidden,
        })
    }

    /// Numbers that the LSTM reads at a time.
    fn read_size(&self) -> usize {
        match self.looks {
            Looks::Once => self.embedding,
            Looks::Always => 2 * self.embedding,
        }
    }

    /// Multiply-accumulates of one picture and the words that are said of it, forward.
    pub fn macs(&self, words: usize) -> u64 {
        let (mut macs, mut channels) = (0, 3);
        match self.input {
            PictureInput::Pixels { side } => {
                let mut side = side;
                for (out, stride) in BLOCKS {
                    side = side.div_ceil(stride);
                    macs += channels * 9 * out * side * side;
                    channels = out;
                }
                macs += channels * side * side * self.embedding;
            }
            PictureInput::Features { count } => macs += count * self.embedding,
        }
        let step = 4 * self.hidden * (self.read_size() + self.hidden);
        (macs + (words + 1) * step + words * self.hidden * self.words) as u64
    }
}

impl CaptionNetwork {
    /// In training, this share of what the LSTM reads and of what it says is zero (Zaremba et al. 2014).
    ///
    /// # Errors
    /// Unless `0 ≤ share < 1`.
    pub fn with_dropout(self, share: f64) -> Result<Self, ShapeError> {
        Ok(Self { dropped: dropout(share, self.vb.clone())?, ..self })
    }

    /// `x [batch, 3, side, side]` in -1…1 or `[batch, count]` → `[batch, embedding]`.
    pub fn embed(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        let Encoder { blocks, fc, norm } = &self.encoder;
        let mut x = x.clone();
        for (conv, norm) in blocks {
            x = norm.forward(&conv.forward(&x)?)?.relu()?;
        }
        norm.forward(&fc.forward(&x.flatten_from(1)?)?)
    }

    /// Before it has read anything.
    pub fn blank(&self, batch: usize) -> Result<LstmState, ShapeError> {
        let zeros = || self.vb.graph().full(0.0, Spec::f32([batch, self.hidden]));
        Ok(LstmState { h: zeros()?, c: zeros()? })
    }

    /// The LSTM's outputs for a picture and the `words` (U32 `[time · batch]`, the first of all times [`START`]): one
    /// step for the picture, then one for each time.
    pub fn read(&self, picture: &Tensor, words: &Tensor) -> Result<Vec<LstmStep>, ShapeError> {
        let &[batch, size] = picture.dims() else {
            return Err(ShapeError::Rank { op: "read", want: "2 (batch, embedding)", got: picture.dims().to_vec() });
        };
        let words = self.embed.forward(words)?;
        let times = words.dims()[0] / batch.max(1);
        let seen = picture.unsqueeze(0)?.broadcast_as([times, batch, size])?.reshape([times * batch, size])?;
        let all = Tensor::cat(&[&self.beside(None, picture)?, &self.beside(Some(&words), &seen)?], 0)?;
        self.lstm.seq(&self.dropped.forward(&all)?, &self.blank(batch)?)
    }

    /// The LSTM's input, `[rows, read]`: a picture `[rows, embedding]`, or a word of the same size with it.
    fn beside(&self, word: Option<&Tensor>, picture: &Tensor) -> Result<Tensor, ShapeError> {
        match (self.looks, word) {
            (Looks::Once, None) => Ok(picture.clone()),
            (Looks::Once, Some(word)) => Ok(word.clone()),
            (Looks::Always, None) => {
                let silence = self.vb.graph().full(0.0, picture.spec().clone())?;
                Tensor::cat(&[&silence, picture], 1)
            }
            (Looks::Always, Some(word)) => Tensor::cat(&[word, picture], 1),
        }
    }

    /// The first step, for the picture alone.
    pub fn encode(&self, picture: &Tensor) -> Result<LstmStep, ShapeError> {
        self.lstm.step(&self.beside(None, picture)?, &self.blank(picture.dims()[0])?)
    }

    /// One word (U32 `[batch]`) further; `picture` is `[batch, embedding]`.
    pub fn step(&self, picture: &Tensor, word: &Tensor, state: &LstmState) -> Result<LstmStep, ShapeError> {
        self.lstm.step(&self.beside(Some(&self.embed.forward(word)?), picture)?, state)
    }

    /// Logits `[rows, words]` of the word that follows, from `h [rows, hidden]`. [`START`] is never said.
    pub fn project(&self, h: &Tensor) -> Result<Tensor, ShapeError> {
        let logits = self.out.forward(&self.dropped.forward(h)?)?;
        let words = logits.dims()[1];
        let never: Vec<f64> = (0..words as u32).map(|word| if word == START { NEVER } else { 0.0 }).collect();
        let never = logits.graph().constant_of("project", &never, &Spec::f32([1, words]))?;
        logits.broadcast_add(&never)
    }
}

/// Far below any logit, and far from where f32 ends.
const NEVER: f64 = -1e4;
