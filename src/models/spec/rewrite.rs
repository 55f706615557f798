//! A network in which a layer with weights became two: as text again, and where the parameters of each layer went.

use super::NetworkSpec;
use super::layer::{Activation, Bias, Conv, Dims, Layer, PlacedLayer, Shortcut};
use super::word::INITS;
use crate::graph::Init;
use std::fmt::Write;

/// A convolution or a fully connected layer where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedLayer {
    /// Prefix of its parameters.
    pub name: String,
    /// What it is.
    pub form: LayerForm,
    /// Places at which its weights are applied to one picture.
    pub places: u64,
}

/// How a layer's weights are used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LayerForm {
    /// `weight [units, inputs]`
    Linear {
        /// Rows.
        units: usize,
        /// Columns.
        inputs: usize,
        /// Channels, rows and columns of the map whose values these are, where each is one of its own.
        map: Option<[usize; 3]>,
    },
    /// `weight [out, depth, rows, columns]`
    Conv {
        /// Channels of the output.
        out: usize,
        /// Channels that each of them reads.
        depth: usize,
        /// Rows and columns.
        kernel: [usize; 2],
        /// In one group, so that it can be split.
        is_whole: bool,
        /// Of stride 1 with a padding that each direction can have by itself.
        is_separable: bool,
    },
}

impl LayerForm {
    /// How many weights it has, biases left out.
    pub fn weights(&self) -> usize {
        match *self {
            Self::Linear { units, inputs, .. } => units * inputs,
            Self::Conv { out, depth, kernel: [rows, columns], .. } => out * depth * rows * columns,
        }
    }
}

/// How one layer becomes two with so many channels or units between them, or has fewer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerSplit {
    /// As it was with fewer outputs, then 1 × 1 (Denton et al. 2014, Zhang et al. 2015); of a fully connected layer `W = U V`.
    Channel(usize),
    /// A column of the kernel, then a row (Jaderberg, Vedaldi & Zisserman 2014).
    Spatial(usize),
    /// One layer with so many filters or units; a depthwise convolution has as many groups.
    Narrow(usize),
}

/// A text, and what became of the layers of another one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rewritten {
    /// In the language of [`super`].
    pub text: String,
    /// The prefix of each layer's parameters before, and those after: two where it was split.
    pub names: Vec<(String, Vec<String>)>,
}

impl NetworkSpec {
    /// Layers whose weights can be approximated, from the first on; projections of shortcuts are none.
    pub fn weighted(&self) -> Vec<WeightedLayer> {
        let mut found = Vec::new();
        gather(&self.layers, Dims::Map(self.input), "", &mut found);
        found
    }

    /// The same network in which each layer that `split` says is two.
    pub fn rewritten(&self, split: &dyn Fn(&str) -> Option<LayerSplit>) -> Rewritten {
        let mut writer = Writer { made: Rewritten::default(), init: Init::HeNormal, split };
        if self.input != self.data {
            let [channels, height, width] = self.input;
            writer.line(0, &format!("input {channels}x{height}x{width}"));
        }
        writer.list(&self.layers, ["", ""], 0);
        writer.made
    }
}

fn within(prefix: &str, index: usize) -> String {
    if prefix.is_empty() { index.to_string() } else { format!("{prefix}.{index}") }
}

/// What comes out of the layers.
fn gather(layers: &[PlacedLayer], mut x: Dims, prefix: &str, found: &mut Vec<WeightedLayer>) -> Dims {
    let mut map = None;
    for (index, placed) in layers.iter().enumerate() {
        let name = within(prefix, index);
        map = match x {
            Dims::Map(dims) => Some(dims),
            // Value by value.
            Dims::Flat(values) => map.filter(|dims: &[usize; 3]| dims.iter().product::<usize>() == values),
        };
        let inside = match &placed.layer {
            Layer::Residual { body, .. } => gather(body, x, &name, found),
            _ => x,
        };
        let y = super::measure::output(&placed.layer, x, inside).unwrap_or(x);
        match &placed.layer {
            Layer::Linear { units, .. } => {
                let form = LayerForm::Linear { units: *units, inputs: x.values() as usize, map };
                found.push(WeightedLayer { name, form, places: 1 });
            }
            Layer::Conv(conv) => {
                if let (Dims::Map([channels, height, width]), Dims::Map([_, rows, columns])) = (x, y)
                    && let Ok(depth) = conv.depth(channels)
                {
                    let form = LayerForm::Conv {
                        out: conv.out,
                        depth,
                        kernel: conv.kernel,
                        is_whole: conv.groups == 1 && conv.reads.is_none(),
                        is_separable: is_separable(conv, height, width),
                    };
                    found.push(WeightedLayer { name, form, places: (rows * columns) as u64 });
                }
            }
            _ => {}
        }
        // Behind these a value is where it was.
        let keeps =
            matches!(placed.layer, Layer::Flatten | Layer::BatchNorm | Layer::Dropout(_) | Layer::Activation(_));
        map = map.filter(|_| keeps);
        x = y;
    }
    x
}

/// Whether its padding can be written for a column and a row of its kernel each.
fn is_separable(conv: &Conv, height: usize, width: usize) -> bool {
    let is_same = conv.padding(height, width) == Conv { pad: None, ..conv.clone() }.padding(height, width);
    let is_plain = conv.stride == 1 && conv.fill == 0.0 && conv.groups == 1 && conv.reads.is_none();
    is_plain && conv.kernel.iter().all(|&taps| taps > 1) && (is_same || conv.pad == Some(0))
}

struct Writer<'a> {
    made: Rewritten,
    init: Init,
    split: &'a dyn Fn(&str) -> Option<LayerSplit>,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        // Writing to a string cannot fail.
        _ = writeln!(self.made.text, "{:1$}{text}", "", 2 * depth);
    }

    fn list(&mut self, layers: &[PlacedLayer], [before, after]: [&str; 2], depth: usize) {
        let mut next = 0;
        for (index, placed) in layers.iter().enumerate() {
            let old = within(before, index);
            if placed.init != self.init
                && let Some((names, _)) = INITS.iter().find(|(_, init)| *init == placed.init)
            {
                self.init = placed.init;
                self.line(depth, &format!("init {}", names[0]));
            }
            let parts = match &placed.layer {
                Layer::Residual { shortcut, body } => {
                    let new = within(after, next);
                    let project = if *shortcut == Shortcut::Project { " project" } else { "" };
                    self.line(depth, &format!("residual{project}"));
                    self.list(body, [&old, &new], depth + 1);
                    self.line(depth, "end");
                    next += 1;
                    self.made.names.push((format!("{old}.shortcut"), vec![format!("{new}.shortcut")]));
                    continue;
                }
                layer => match (self.split)(&old) {
                    Some(split) => parts(layer, split),
                    None => vec![layer.clone()],
                },
            };
            for part in &parts {
                self.line(depth, &line_of(part));
            }
            self.made.names.push((old, (next..next + parts.len()).map(|place| within(after, place)).collect()));
            next += parts.len();
        }
    }
}

/// A layer that has no weights stays as it is.
fn parts(layer: &Layer, split: LayerSplit) -> Vec<Layer> {
    match (layer, split) {
        (Layer::Linear { units, bias }, LayerSplit::Channel(rank) | LayerSplit::Spatial(rank)) => {
            vec![Layer::Linear { units: rank, bias: false }, Layer::Linear { units: *units, bias: *bias }]
        }
        (Layer::Linear { bias, .. }, LayerSplit::Narrow(units)) => vec![Layer::Linear { units, bias: *bias }],
        (Layer::Conv(conv), LayerSplit::Narrow(out)) => {
            let groups = if conv.groups == conv.out { out } else { conv.groups };
            vec![Layer::Conv(Conv { out, groups, ..conv.clone() })]
        }
        (Layer::Conv(conv), LayerSplit::Channel(rank)) => {
            let first = Conv { out: rank, bias: Bias::None, ..conv.clone() };
            let (kernel, pad) = ([1; 2], Some(0));
            let second = Conv { kernel, stride: 1, dilation: 1, pad, fill: 0.0, ..conv.clone() };
            vec![Layer::Conv(first), Layer::Conv(second)]
        }
        (Layer::Conv(conv), LayerSplit::Spatial(rank)) => {
            let pad = conv.pad.filter(|pad| *pad == 0);
            let [rows, columns] = conv.kernel;
            let first = Conv { out: rank, kernel: [rows, 1], pad, bias: Bias::None, ..conv.clone() };
            vec![Layer::Conv(first), Layer::Conv(Conv { kernel: [1, columns], pad, ..conv.clone() })]
        }
        (layer, _) => vec![layer.clone()],
    }
}

fn line_of(layer: &Layer) -> String {
    match layer {
        Layer::Conv(conv) => conv_line(conv),
        Layer::Linear { units, bias } => format!("linear {units}{}", if *bias { "" } else { " no_bias" }),
        Layer::Pool { average, kernel, stride, pad } => {
            let word = if *average { "avgpool" } else { "maxpool" };
            let pad = if *pad == 0 { String::new() } else { format!(" pad {pad}") };
            let stride = if stride == kernel { String::new() } else { format!(" stride {stride}") };
            format!("{word} {kernel}{stride}{pad}")
        }
        Layer::GlobalPool => "globalpool".to_owned(),
        Layer::Flatten => "flatten".to_owned(),
        Layer::BatchNorm => "batchnorm".to_owned(),
        Layer::Dropout(share) => format!("dropout {share}"),
        Layer::Activation(activation) => match activation {
            Activation::Relu => "relu".to_owned(),
            Activation::LeakyRelu(slope) => format!("leaky_relu {slope}"),
            Activation::Prelu => "prelu".to_owned(),
            Activation::Sigmoid => "sigmoid".to_owned(),
            Activation::Tanh => "tanh".to_owned(),
            Activation::LecunTanh => "lecun_tanh".to_owned(),
            Activation::Gelu => "gelu".to_owned(),
            Activation::Elu(alpha) => format!("elu {alpha}"),
            Activation::Silu => "silu".to_owned(),
        },
        // A network that was parsed has none of the latter.
        Layer::Residual { .. } | Layer::Broken => String::new(),
    }
}

fn conv_line(conv: &Conv) -> String {
    let [rows, columns] = conv.kernel;
    let kernel = if rows == columns { rows.to_string() } else { format!("{rows}x{columns}") };
    let mut line = format!("conv {} {kernel}", conv.out);
    let mut option = |is_there: bool, text: String| {
        if is_there {
            line.push(' ');
            line.push_str(&text);
        }
    };
    option(conv.stride > 1, format!("stride {}", conv.stride));
    match conv.pad {
        Some(pad) => option(pad > 0, format!("pad {pad}")),
        None => option(true, "pad same".to_owned()),
    }
    option(conv.fill != 0.0, format!("fill {}", conv.fill));
    option(conv.dilation > 1, format!("dilation {}", conv.dilation));
    option(conv.groups > 1, format!("groups {}", conv.groups));
    option(conv.reads.is_some(), format!("reads {}", conv.reads.unwrap_or_default()));
    option(conv.bias == Bias::None, "no_bias".to_owned());
    option(conv.bias == Bias::Unit, "unit_bias".to_owned());
    line
}
