//! Networks as text: one layer per line, for training networks that a person writes.
//!
//! ```text
//! input 1x28x28          # optional: the data's pictures are resized to this
//! init glorot            # for the layers after it; he unless said otherwise
//! conv 6 5 pad 2         # channels, kernel (3x1 has 3 rows and 1 column); see WORDS for all options
//! tanh
//! avgpool 2
//! repeat 2               # as if what is inside stood there twice
//!   residual             # y = f(x) + x; where shapes differ, zeros (option A) or `residual project`
//!     conv 6 3 pad same no_bias
//!     batchnorm
//!   end
//!   relu
//! end
//! linear classes         # flattens what is before it
//! ```
//!
//! Letter case, indentation, `_`, commas, colons, equals signs and brackets do not matter: `Conv(6, 5, pad=2)` is
//! `conv 6 5 pad 2`.
//!
//! # Names of parameters
//! A layer's index is its place among the layers of its block, from 0, with all layers counted (also those without parameters)
//! and `repeat` written out; `input`, `init`, `repeat`, `end` and comments are no layers. A layer's parameters are
//! `<index>.weight`, `<index>.bias`, and for a batch norm `<index>.running_mean` and `<index>.running_var` too: what PyTorch's
//! `nn.Sequential` calls them. A residual block is one layer and a sequence of its own: `3.0.weight` is the first layer inside
//! block 3. A projecting shortcut is `3.shortcut.0` (convolution or linear) and `3.shortcut.1` (batch norm). So the same text
//! has the same names, and a checkpoint that carries its text opens again.

mod build;
mod channels;
mod fault;
mod layer;
mod line;
mod measure;
mod number;
mod parse;
pub mod preset;
mod rewrite;
mod word;

pub use fault::{Fault, SpecError};
pub(crate) use number::number;
pub use rewrite::{LayerForm, LayerSplit, Rewritten, WeightedLayer};
pub use word::{WORDS, Word};

use crate::graph::order::sort_by_key;
use crate::graph::{Graph, ShapeError, Spec, Tensor};
use crate::nn::VarBuilder;
use layer::{Dims, PlacedLayer};
use line::Position;
use measure::{Measurements, check_values};

/// Who has more to mend reads the first ones.
const MOST_ERRORS: usize = 100;

/// A report on one line of the text, for one picture. A line inside `repeat` is the sum of its repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineReport {
    /// From 1.
    pub line: usize,
    /// Prefix of its parameters, of the first repetition.
    pub name: String,
    /// The word that the line begins with.
    pub word: &'static str,
    /// `[channels, height, width]` or `[values]`, of the last repetition.
    pub output: Vec<usize>,
    /// How often the layer is there.
    pub times: u32,
    /// Parameters, all repetitions together.
    pub params: u64,
    /// Multiply-accumulates, likewise.
    pub macs: u64,
    /// Values that training keeps for the backward pass.
    pub values: u64,
}

/// Of all layers, for one picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecTotals {
    /// How many layers.
    pub layers: u32,
    /// Their parameters.
    pub params: u64,
    /// Their multiply-accumulates.
    pub macs: u64,
    /// Values of their outputs.
    pub values: u64,
}

impl SpecTotals {
    /// The outputs of all layers for a batch, in F32.
    pub fn activation_bytes(&self, batch: usize) -> u128 {
        u128::from(self.values) * 4 * batch as u128
    }

    /// The approximate memory of training: weights, gradients and `slots` numbers of the optimiser for each parameter; every
    /// output and its gradient.
    pub fn training_bytes(&self, batch: usize, slots: usize) -> u128 {
        u128::from(self.params) * 4 * (2 + slots as u128) + 2 * self.activation_bytes(batch)
    }

    /// # Errors
    /// [`Fault::Memory`] where training would take more than `available_bytes`.
    pub fn fits(&self, batch: usize, slots: usize, available_bytes: u64) -> Result<(), Fault> {
        let (needed_bytes, available_bytes) = (self.training_bytes(batch, slots), u128::from(available_bytes));
        if needed_bytes <= available_bytes {
            return Ok(());
        }
        Err(Fault::Memory { batch, needed_bytes, available_bytes })
    }
}

/// The result of checking a text, also where it has errors.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Every layer up to the first one that does not fit, by line.
    pub lines: Vec<LineReport>,
    /// Of these layers.
    pub totals: SpecTotals,
    /// The first hundred, in the order of the text; empty exactly where there is a network.
    pub errors: Vec<SpecError>,
    /// The network, where nothing is wrong.
    pub network: Option<NetworkSpec>,
}

/// A network that fits its data. Made by [`NetworkSpec::parse`].
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSpec {
    text: String,
    /// Channels, height and width of the data's pictures.
    data: [usize; 3],
    /// The input of the first layer.
    input: [usize; 3],
    classes: usize,
    layers: Vec<PlacedLayer>,
    lines: Vec<LineReport>,
    totals: SpecTotals,
}

/// The output of one layer.
pub struct LayerOutput {
    /// Prefix of the layer's parameters.
    pub name: String,
    /// The word that made the layer.
    pub word: &'static str,
    /// `[B, …]`
    pub output: Tensor,
}

/// Reads and measures a text, for data of pictures `[channels, height, width]` and this many classes (each at least 1). Never
/// panics, whatever the text.
pub fn check(text: &str, data: [usize; 3], classes: usize) -> Checked {
    let (data, classes) = (data.map(|extent| extent.max(1)), classes.max(1));
    let parsed = parse::parse(text, classes);
    let mut errors = parsed.errors;
    let (at, input) = parsed.input.unwrap_or((Position { line: 1, ..Position::default() }, data));
    let fault = match check_values(Dims::Map(input)) {
        Ok(()) if input[0] != data[0] => Some(Fault::InputChannels { want: input[0], got: data[0] }),
        other => other.err(),
    };
    let measured = match fault {
        Some(fault) => {
            errors.push(at.error(fault));
            Measurements::default()
        }
        None => Measurements::of(&parsed.layers, input),
    };
    let Measurements { lines, totals, errors: found, output } = measured;
    errors.extend(found);
    if let (Some(output), Some(last)) = (output, parsed.layers.last())
        && output.values() != classes as u128
        && errors.is_empty()
    {
        errors.push(last.at.error(Fault::NotClasses { got: output.to_string(), classes }));
    }
    sort_by_key(&mut errors, |error| (error.line, error.columns.start));
    errors.truncate(MOST_ERRORS);
    let network = errors.is_empty().then(|| {
        let (text, lines) = (text.to_owned(), lines.clone());
        NetworkSpec { text, data, input, classes, layers: parsed.layers, lines, totals }
    });
    Checked { lines, totals, errors, network }
}

impl NetworkSpec {
    /// [`check`], for callers who want a network or the reasons why there is none.
    ///
    /// # Errors
    /// The errors, in the order of the text.
    pub fn parse(text: &str, data: [usize; 3], classes: usize) -> Result<Self, Vec<SpecError>> {
        let Checked { errors, network, .. } = check(text, data, classes);
        network.ok_or(errors)
    }

    /// As it was given. With [`Self::data`] and [`Self::classes`] it makes this network again.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Channels, height and width of the data's pictures.
    pub fn data(&self) -> [usize; 3] {
        self.data
    }

    /// Channels, height and width that the first layer sees.
    pub fn input(&self) -> [usize; 3] {
        self.input
    }

    /// Logits that it gives.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// A report on each line of the text.
    pub fn lines(&self) -> &[LineReport] {
        &self.lines
    }

    /// Of all layers.
    pub fn totals(&self) -> SpecTotals {
        self.totals
    }

    /// Pictures `[B, C, H, W]` to logits `[B, classes]`. Pictures of another size than [`Self::input`] are resized: by area
    /// where neither side grows, bilinearly otherwise.
    ///
    /// # Errors
    /// Where `x` has other channels than the network.
    pub fn forward(&self, x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError> {
        let [batch, _, _, _] = x.spec().nchw("spec")?;
        let last = self.stages(x, vb)?.pop().map_or_else(|| x.clone(), |stage| stage.output);
        build::flat(&last)?.reshape([batch, self.classes])
    }

    /// The outputs of each layer on the way to the logits; a residual block is one layer.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn stages(&self, x: &Tensor, vb: VarBuilder) -> Result<Vec<LayerOutput>, ShapeError> {
        let [_, channels, h, w] = x.spec().nchw("spec")?;
        let [want, height, width] = self.input;
        if channels != want {
            return Err(ShapeError::bad("spec", format!("the network wants pictures of {want} channels"), x.dims()));
        }
        let x = match (height, width) {
            _ if (h, w) == (height, width) => x.clone(),
            _ if height <= h && width <= w => x.adaptive_avg_pool2d(height, width)?,
            _ => x.resize2d(crate::graph::op::resize2d::ResizeFn::Bilinear, [height, width])?,
        };
        let outputs = build::outputs(&self.layers, &x, &vb)?;
        let named = self.layers.iter().enumerate().zip(outputs);
        Ok(named
            .map(|((index, placed), output)| LayerOutput { name: index.to_string(), word: placed.word, output })
            .collect())
    }

    /// A graph of this network alone, for inference: its input, named `image`, and its logits.
    pub fn graph(&self, batch: usize) -> Result<(Tensor, Tensor), ShapeError> {
        let graph = Graph::new();
        let [c, h, w] = self.data;
        let x = graph.input("image", Spec::f32([batch, c, h, w]));
        let logits = self.forward(&x, VarBuilder::new(&graph))?;
        Ok((x, logits))
    }
}

// proptest is a native dependency.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
