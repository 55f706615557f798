//! The network: from a picture to its code, and back.

use crate::graph::op::conv2d::{Conv2d as Window, Padding};
use crate::graph::{Graph, Init, ShapeError, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::trainer::NamedVariable;
use crate::nn::{Conv2d, Linear, VarBuilder, config, conv2d, linear};
use crate::protocol::{AutoencoderTrain, CodeNetwork, CodeRule};
use serde::{Deserialize, Serialize};

/// What each pixel is in the mean of the pictures that are learnt from: it is taken off before the first layer.
pub(super) const MEAN: &str = "encoder.mean";
/// Of a convolutional network: smaller pictures leave nothing of themselves after two strides.
const LEAST_SIDE: usize = 4;
/// Units of the first hidden layer for each channel of the first convolution.
const UNITS_A_CHANNEL: usize = 16;
/// Log-variances beyond this are no use: a single's exponential of more is none.
const MOST_LOG_VARIANCE: f64 = 10.0;

/// All that decides which variables a network has, and what is computed with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AutoencoderShape {
    /// Channels, height, width.
    pub picture: [usize; 3],
    pub network: CodeNetwork,
    pub rule: CodeRule,
    pub code: usize,
    pub width: usize,
    pub layers: usize,
}

/// What a picture becomes.
pub(super) struct Encoded {
    /// `[batch, code]`; of a distribution its mean.
    pub(super) code: Tensor,
    /// Of a variational code, the logarithm of its variance.
    pub(super) log_variance: Option<Tensor>,
    /// What each layer gave, the code last: of tied weights.
    pub(super) layers: Vec<Tensor>,
}

impl AutoencoderShape {
    /// # Errors
    /// [`LabError::Setup`] of what cannot be a network for such pictures.
    pub fn of(setup: &AutoencoderTrain, picture: [usize; 3]) -> Result<Self, LabError> {
        let AutoencoderTrain { network, rule, code, width, layers, strength, .. } = *setup;
        let [channels, height, side] = picture;
        let numbers = picture.iter().product::<usize>();
        let known = AutoencoderTrain::CODE;
        ensure!(known.holds(code), "a code of {code} numbers cannot be learnt here; choose {known}");
        ensure!(
            (code as usize) < numbers,
            "a code of {code} numbers is no smaller than a picture of {height} × {side} with {channels} channels, which has {numbers}; \
             choose fewer"
        );
        let known = AutoencoderTrain::WIDTH;
        ensure!(known.holds(width), "a first hidden layer of {width} units is not possible here; choose {known}");
        let known = AutoencoderTrain::LAYERS;
        ensure!(known.holds(layers), "{layers} hidden layers are not possible here; choose {known}");
        let known = AutoencoderTrain::STRENGTH;
        ensure!(known.holds(strength), "a strength of {strength} is not possible; choose {known}");
        ensure!(
            rule != CodeRule::Denoising || strength < 1.0,
            "where a share of {strength} of the pixels is set to nothing, nothing is left to learn from; choose less than 1"
        );
        ensure!(
            network != CodeNetwork::Linear || rule == CodeRule::Plain,
            "a linear autoencoder is there to be compared with principal components, and learns plainly; choose a dense network for other rules"
        );
        ensure!(
            network != CodeNetwork::Convolutional || rule != CodeRule::Contractive,
            "the exact Jacobian of a contractive code is computed of dense layers only; choose a dense network"
        );
        ensure!(
            network != CodeNetwork::Convolutional || height.min(side) >= LEAST_SIDE,
            "pictures of {height} × {side} are too small for two convolutions with stride 2; choose a dense network"
        );
        Ok(Self { picture, network, rule, code: code as usize, width: width as usize, layers: layers as usize })
    }

    pub fn numbers(&self) -> usize {
        self.picture.iter().product()
    }

    /// Units of the hidden layers before the code.
    fn widths(&self) -> Vec<usize> {
        match self.network {
            CodeNetwork::Linear => Vec::new(),
            CodeNetwork::Dense => (0..self.layers).map(|layer| (self.width >> layer).max(1)).collect(),
            CodeNetwork::Convolutional => vec![(self.width / 2).max(1)],
        }
    }

    fn channels(&self) -> [usize; 2] {
        let first = (self.width / UNITS_A_CHANNEL).max(1);
        [first, 2 * first]
    }

    /// Heights and widths after no, one and two convolutions.
    fn sides(&self) -> [[usize; 2]; 3] {
        let [_, height, width] = self.picture;
        let half = |side: [usize; 2]| side.map(|side: usize| side.div_ceil(2));
        let once = half([height, width]);
        [[height, width], once, half(once)]
    }

    /// Hidden layers of tied weights have units between -1 and 1, whose slope changes smoothly.
    fn hidden(&self, x: &Tensor) -> Result<Tensor, ShapeError> {
        if self.rule == CodeRule::Contractive { x.tanh() } else { x.relu() }
    }

    /// Reconstructions of a linear network are as they are; of others logits.
    pub(super) fn is_linear(&self) -> bool {
        self.network == CodeNetwork::Linear
    }

    /// Between 0 and 1, but for a linear network, which may leave that.
    pub(super) fn picture_from(&self, said: &Tensor) -> Result<Tensor, ShapeError> {
        if self.is_linear() { Ok(said.clone()) } else { said.sigmoid() }
    }

    /// `x [batch, channels, height, width]` in 0…1.
    pub(super) fn encode(&self, x: &Tensor, vb: &VarBuilder) -> Result<Encoded, ShapeError> {
        let vb = vb.pp("encoder");
        let batch = x.dims()[0];
        let mean = vb.get_statistic([self.numbers()], "mean", Init::Const(0.0))?;
        let mut y = x.reshape([batch, self.numbers()])?.broadcast_sub(&mean)?;
        if self.network == CodeNetwork::Convolutional {
            y = y.reshape(x.dims())?;
            for (at, convolution) in self.convolutions(&vb)?.iter().enumerate() {
                debug_assert!(at < 2);
                y = convolution.forward(&y)?.relu()?;
            }
            y = y.flatten_from(1)?;
        }
        let mut layers = Vec::new();
        for (at, units) in self.widths().into_iter().enumerate() {
            y = self.hidden(&dense(y.dims()[1], units, &vb.pp(format!("fc{}", at + 1)))?.forward(&y)?)?;
            layers.push(y.clone());
        }
        let init = if self.is_linear() { Init::LeCunNormal } else { Init::GlorotUniform };
        let place = vb.pp("code").with_weight_init(init);
        let count = if self.rule == CodeRule::Variational { 2 * self.code } else { self.code };
        let said = linear(y.dims()[1], count, place)?.forward(&y)?;
        let (code, log_variance) = match self.rule {
            CodeRule::Plain | CodeRule::Denoising => (said, None),
            CodeRule::Sparse => (said.sigmoid()?, None),
            CodeRule::Contractive => (said.tanh()?, None),
            CodeRule::Variational => {
                let log = said.narrow(1, self.code, self.code)?.clamp(-MOST_LOG_VARIANCE, MOST_LOG_VARIANCE)?;
                (said.narrow(1, 0, self.code)?, Some(log))
            }
        };
        layers.push(code.clone());
        Ok(Encoded { code, log_variance, layers })
    }

    fn convolutions(&self, vb: &VarBuilder) -> Result<Vec<Conv2d>, ShapeError> {
        let window = || Window { padding: Padding::even(1), stride: 2, ..config() };
        let [first, second] = self.channels();
        [(self.picture[0], first), (first, second)]
            .into_iter()
            .enumerate()
            .map(|(at, (from, to))| conv2d(from, to, 3, window(), vb.pp(format!("conv{}", at + 1))))
            .collect()
    }

    /// `[batch, code]` → `[batch, numbers]`: what [`Self::picture_from`] makes a picture of.
    pub(super) fn decode(&self, code: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
        if self.rule == CodeRule::Contractive {
            return self.decode_tied(code, vb);
        }
        let vb = vb.pp("decoder");
        let mut y = code.clone();
        for (at, units) in self.widths().into_iter().rev().enumerate() {
            y = dense(y.dims()[1], units, &vb.pp(format!("fc{}", at + 1)))?.forward(&y)?.relu()?;
        }
        if self.network == CodeNetwork::Convolutional {
            return self.enlarge(&y, &vb);
        }
        let init = if self.is_linear() { Init::LeCunNormal } else { Init::GlorotUniform };
        linear(y.dims()[1], self.numbers(), vb.pp("picture").with_weight_init(init))?.forward(&y)
    }

    /// From a hidden layer to maps, and to twice their size by the nearest pixel before each convolution: no checkerboards (Odena,
    /// Dumoulin & Olah 2016).
    fn enlarge(&self, y: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
        let ([first, second], [whole, once, twice]) = (self.channels(), self.sides());
        let batch = y.dims()[0];
        let window = || Window { padding: Padding::even(1), ..config() };
        let y = dense(y.dims()[1], second * twice[0] * twice[1], &vb.pp("maps"))?.forward(y)?.relu()?;
        let y = y.reshape([batch, second, twice[0], twice[1]])?.upsample_nearest2d(once[0], once[1])?;
        let y = conv2d(second, first, 3, window(), vb.pp("conv1"))?.forward(&y)?.relu()?;
        let last = vb.pp("picture").with_weight_init(Init::GlorotUniform);
        let y =
            conv2d(first, self.picture[0], 3, window(), last)?.forward(&y.upsample_nearest2d(whole[0], whole[1])?)?;
        y.flatten_from(1)
    }

    /// With the encoder's weights turned round, and biases of its own.
    fn decode_tied(&self, code: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
        let weights = self.tied_weights(vb)?;
        let vb = vb.pp("decoder");
        let mut y = code.clone();
        for (at, weight) in weights.iter().enumerate().rev() {
            let units = weight.dims()[1];
            let place = if at == 0 { vb.pp("picture") } else { vb.pp(format!("fc{}", weights.len() - at)) };
            let bias = place.get_with_hints([units], "bias", Init::Const(0.0))?;
            y = y.matmul(weight)?.broadcast_add(&bias)?;
            if at > 0 {
                y = self.hidden(&y)?;
            }
        }
        Ok(y)
    }

    /// Of the encoder, from the picture on: `[out, in]`.
    fn tied_weights(&self, vb: &VarBuilder) -> Result<Vec<Tensor>, ShapeError> {
        let (vb, mut from) = (vb.pp("encoder"), self.numbers());
        let mut weights = Vec::new();
        for (at, units) in self.widths().into_iter().enumerate() {
            let place = vb.pp(format!("fc{}", at + 1));
            weights.push(place.get_with_hints([units, from], "weight", place.weight_init())?);
            from = units;
        }
        weights.push(vb.pp("code").get_with_hints([self.code, from], "weight", Init::GlorotUniform)?);
        Ok(weights)
    }

    /// `‖∂ code / ∂ x‖²` in the mean over the batch, exactly: the Jacobian is the product of weights and slopes `1 - y²`, from the code
    /// back to the picture.
    pub(super) fn contraction(&self, encoded: &Encoded, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
        let weights = self.tied_weights(vb)?;
        let (batch, code) = (encoded.code.dims()[0], self.code);
        let slope = |y: &Tensor| y.sqr()?.affine(-1.0, 1.0);
        let last = weights.len() - 1;
        let first = slope(&encoded.layers[last])?.unsqueeze(2)?;
        let mut jacobian = first.broadcast_mul(&weights[last].unsqueeze(0)?)?;
        for at in (0..last).rev() {
            let units = weights[at].dims()[0];
            let sloped = jacobian.broadcast_mul(&slope(&encoded.layers[at])?.unsqueeze(1)?)?;
            jacobian = sloped.reshape([batch * code, units])?.matmul(&weights[at])?;
            jacobian = jacobian.reshape([batch, code, weights[at].dims()[1]])?;
        }
        jacobian.sqr()?.sum_all()?.affine(1.0 / batch as f64, 0.0)
    }

    pub(super) fn weights(&self) -> Result<Vec<NamedVariable>, ShapeError> {
        let graph = Graph::new();
        let vb = VarBuilder::new(&graph);
        self.again(&graph, 1, &vb)?;
        let named = vb.parameters().into_iter().chain(vb.statistics());
        Ok(named.map(|(name, tensor, start)| (name, tensor.dims().to_vec(), start)).collect())
    }

    /// Pictures `x` as an input, and the same again.
    pub(super) fn again(&self, graph: &Graph, count: usize, vb: &VarBuilder) -> Result<Encoded, ShapeError> {
        let [channels, height, width] = self.picture;
        let x = graph.input("x", Spec::f32([count, channels, height, width]));
        let encoded = self.encode(&x, vb)?;
        let said = self.decode(&encoded.code, vb)?;
        let picture = self.picture_from(&said)?;
        Ok(Encoded { layers: vec![picture], ..encoded })
    }
}

fn dense(from: usize, to: usize, vb: &VarBuilder) -> Result<Linear, ShapeError> {
    linear(from, to, vb.clone())
}
