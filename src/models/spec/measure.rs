//! Shapes, parameters and operations of a spec's layers, without building a graph: cheap enough for every keystroke.

use super::fault::{Fault, SpecError};
use super::layer::{Activation, Bias, Bypass, Dims, Layer, PlacedLayer};
use super::{LineReport, SpecTotals};
use crate::graph::order::sort_by_key;

/// Beyond that the weights alone take 256 MB, and an optimiser twice as much again.
const MOST_PARAMETERS: u128 = 64_000_000;
/// Values between two layers for one picture: 256 MB.
const MOST_VALUES: u128 = 1 << 26;

/// Parameters, multiply-accumulates and output values of one layer, for one picture.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    params: u128,
    macs: u128,
    values: u128,
}

/// The results of the walk through the layers.
#[derive(Default)]
pub(super) struct Measurements {
    pub(super) lines: Vec<LineReport>,
    pub(super) totals: SpecTotals,
    pub(super) errors: Vec<SpecError>,
    pub(super) output: Option<Dims>,
}

impl Measurements {
    pub(super) fn of(layers: &[PlacedLayer], input: [usize; 3]) -> Self {
        let mut measured = Self::default();
        measured.output = measured.walk(layers, Some(Dims::Map(input)), "");
        sort_by_key(&mut measured.lines, |line| line.line);
        measured
    }

    /// The extent behind these layers; `None` behind the first fault.
    fn walk(&mut self, layers: &[PlacedLayer], mut x: Option<Dims>, prefix: &str) -> Option<Dims> {
        for (index, placed) in layers.iter().enumerate() {
            let name = if prefix.is_empty() { index.to_string() } else { format!("{prefix}.{index}") };
            x = self.step(placed, x, &name);
        }
        x
    }

    fn step(&mut self, placed: &PlacedLayer, x: Option<Dims>, name: &str) -> Option<Dims> {
        let x = match &placed.layer {
            // The layers inside have their own lines.
            Layer::Residual { body, .. } => x.zip(self.walk(body, x, name)),
            _ => x.map(|x| (x, x)),
        };
        let (from, inside) = x?;
        let result = layer(&placed.layer, from, inside).and_then(|(y, weight)| {
            let params = u128::from(self.totals.params) + weight.params;
            if params > MOST_PARAMETERS {
                return Err(Fault::TooManyParameters { params, limit: MOST_PARAMETERS });
            }
            check_values(y)?;
            Ok((y, weight))
        });
        match result {
            Ok((y, weight)) => {
                self.record(placed, name, y, weight);
                Some(y)
            }
            Err(Fault::Empty) => None,
            Err(fault) => {
                self.errors.push(placed.at.error(fault));
                None
            }
        }
    }

    fn record(&mut self, placed: &PlacedLayer, name: &str, y: Dims, weight: Weight) {
        // Limits above keep these within u64.
        let [params, macs, values] = [weight.params, weight.macs, weight.values].map(|n| n as u64);
        self.totals.params += params;
        self.totals.macs += macs;
        self.totals.values += values;
        self.totals.layers += 1;
        let line = placed.at.line;
        let known = self.lines.iter().position(|known| known.line == line).unwrap_or_else(|| {
            self.lines.push(LineReport { line, name: name.to_owned(), word: placed.word, ..LineReport::default() });
            self.lines.len() - 1
        });
        let report = &mut self.lines[known];
        report.output = y.dims();
        report.times += 1;
        report.params += params;
        report.macs += macs;
        report.values += values;
    }
}

pub(super) fn check_values(extent: Dims) -> Result<(), Fault> {
    match extent.values() {
        values if values > MOST_VALUES => Err(Fault::TooManyValues { values, limit: MOST_VALUES }),
        _ => Ok(()),
    }
}

/// The output of one layer; `inside` is what a residual block's own layers make of `x`.
pub(super) fn output(of: &Layer, x: Dims, inside: Dims) -> Result<Dims, Fault> {
    layer(of, x, inside).map(|(y, _)| y)
}

/// The output of one layer and what it costs. `inside` is what a residual block's own layers make of `x`.
fn layer(layer: &Layer, x: Dims, inside: Dims) -> Result<(Dims, Weight), Fault> {
    let (y, params, macs) = match layer {
        Layer::Conv(conv) => {
            let [channels, h, w] = x.map()?;
            let depth = conv.depth(channels)?;
            let [oh, ow] = conv.output(h, w)?;
            // Intermediate values, where groups overlap or the border has a colour.
            if conv.reads.is_some() || conv.fill != 0.0 {
                let p = conv.padding(h, w);
                check_values(Dims::Map([
                    depth.saturating_mul(conv.groups),
                    h + p.top + p.bottom,
                    w + p.left + p.right,
                ]))?;
            }
            let y = Dims::Map([conv.out, oh, ow]);
            let weights = conv.out as u128 * depth as u128 * (conv.kernel[0] * conv.kernel[1]) as u128;
            let biases = match conv.bias {
                Bias::None => 0,
                Bias::Channel => conv.out as u128,
                Bias::Unit => y.values(),
            };
            (y, weights + biases, weights * oh as u128 * ow as u128)
        }
        Layer::Linear { units, bias } => {
            let weights = x.values() * *units as u128;
            (Dims::Flat(*units), weights + if *bias { *units as u128 } else { 0 }, weights)
        }
        Layer::Pool { kernel, stride, pad, .. } => {
            let [channels, h, w] = x.map()?;
            if pad * 2 > *kernel {
                return Err(Fault::PoolPadding { pad: *pad, kernel: *kernel });
            }
            let extent = |size: usize| (size + 2 * pad).checked_sub(*kernel).map(|room| room / stride + 1);
            let (Some(oh), Some(ow)) = (extent(h), extent(w)) else {
                return Err(Fault::Kernel { reach: [*kernel; 2], height: h, width: w });
            };
            (Dims::Map([channels, oh, ow]), 0, 0)
        }
        Layer::GlobalPool => (Dims::Flat(x.map()?[0]), 0, 0),
        // The input's values were within limits.
        Layer::Flatten => (Dims::Flat(x.values() as usize), 0, 0),
        Layer::BatchNorm => (x, 2 * x.channels() as u128, 0),
        Layer::Activation(Activation::Prelu) => (x, x.channels() as u128, 0),
        Layer::Dropout(_) | Layer::Activation(_) => (x, 0, 0),
        Layer::Residual { shortcut, .. } => {
            let (params, macs) = match shortcut.way(x, inside)? {
                Bypass::Identity | Bypass::Pad { .. } => (0, 0),
                Bypass::ProjectMap { .. } | Bypass::ProjectFlat => {
                    let weights = x.channels() as u128 * inside.channels() as u128;
                    let pixels = inside.values() / inside.channels().max(1) as u128;
                    (weights + 2 * inside.channels() as u128, weights * pixels)
                }
            };
            (inside, params, macs)
        }
        // The parser has reported its error.
        Layer::Broken => return Err(Fault::Empty),
    };
    let values = if let Layer::Flatten = layer { 0 } else { y.values() };
    Ok((y, Weight { params, macs, values }))
}
