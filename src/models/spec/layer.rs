//! The layers that a spec can name, and the sizes that follow from them.

use super::fault::Fault;
use super::line::Position;
use crate::graph::Init;
use crate::graph::op::conv2d::Padding;

/// A layer where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlacedLayer {
    pub(super) at: Position,
    /// Its word in the language.
    pub(super) word: &'static str,
    pub(super) layer: Layer,
    /// How its weights start.
    pub(super) init: Init,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Layer {
    Conv(Conv),
    Linear {
        units: usize,
        bias: bool,
    },
    Pool {
        average: bool,
        kernel: usize,
        stride: usize,
        pad: usize,
    },
    GlobalPool,
    Flatten,
    BatchNorm,
    Dropout(f64),
    Activation(Activation),
    Residual {
        shortcut: Shortcut,
        body: Vec<PlacedLayer>,
    },
    /// A line that could not be read: the layers after it have no known input.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Activation {
    Relu,
    LeakyRelu(f64),
    /// One trained slope per channel (He et al. 2015, delving deep into rectifiers).
    Prelu,
    Sigmoid,
    Tanh,
    /// 1.7159 tanh(2x / 3) (LeCun et al. 1998, efficient backprop).
    LecunTanh,
    Gelu,
    Elu(f64),
    Silu,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bias {
    None,
    /// One per output channel.
    Channel,
    /// One per output value.
    Unit,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Conv {
    pub(super) out: usize,
    /// Rows and columns.
    pub(super) kernel: [usize; 2],
    pub(super) stride: usize,
    pub(super) dilation: usize,
    /// On every side; where not given, such that the output has ⌈input / stride⌉ rows.
    pub(super) pad: Option<usize>,
    /// The value of the padding.
    pub(super) fill: f64,
    pub(super) groups: usize,
    /// Channels that each group reads, from its share on and round; its share where not given.
    pub(super) reads: Option<usize>,
    pub(super) bias: Bias,
}

impl Conv {
    pub(super) fn padding(&self, height: usize, width: usize) -> Padding {
        match self.pad {
            Some(pad) => Padding::even(pad),
            None => {
                let [down, across] = self.reach();
                let rows = Padding::same(height, down, self.stride);
                Padding { top: rows.top, bottom: rows.bottom, ..Padding::same(width, across, self.stride) }
            }
        }
    }

    /// From the first to the last tap, both counted.
    fn reach(&self) -> [usize; 2] {
        self.kernel.map(|taps| self.dilation * (taps - 1) + 1)
    }

    /// Channels that one output channel reads.
    pub(super) fn depth(&self, channels: usize) -> Result<usize, Fault> {
        let groups = self.groups;
        if !self.out.is_multiple_of(groups) {
            return Err(Fault::Groups { groups, channels: self.out, side: "out" });
        }
        match self.reads {
            Some(reads) if reads > channels => Err(Fault::Reads { reads, channels }),
            Some(reads) => Ok(reads),
            None if !channels.is_multiple_of(groups) => Err(Fault::Groups { groups, channels, side: "in" }),
            None => Ok(channels / groups),
        }
    }

    /// Height and width of the output.
    pub(super) fn output(&self, height: usize, width: usize) -> Result<[usize; 2], Fault> {
        let p = self.padding(height, width);
        let reach @ [down, across] = self.reach();
        let kernel = Fault::Kernel { reach, height, width };
        let extent = |size: usize, reach: usize| size.checked_sub(reach).map(|room| room / self.stride + 1);
        let both = extent(height + p.top + p.bottom, down).zip(extent(width + p.left + p.right, across));
        both.map(|(h, w)| [h, w]).ok_or(kernel)
    }
}

/// The values between two layers, for one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dims {
    /// Channels, height, width.
    Map([usize; 3]),
    Flat(usize),
}

impl Dims {
    pub(super) fn of(dims: &[usize]) -> Self {
        match *dims {
            [_, c, h, w] => Self::Map([c, h, w]),
            _ => Self::Flat(dims.iter().skip(1).product()),
        }
    }

    pub(super) fn values(self) -> u128 {
        match self {
            Self::Map([c, h, w]) => c as u128 * h as u128 * w as u128,
            Self::Flat(n) => n as u128,
        }
    }

    pub(super) fn dims(self) -> Vec<usize> {
        match self {
            Self::Map(dims) => dims.to_vec(),
            Self::Flat(n) => vec![n],
        }
    }

    pub(super) fn map(self) -> Result<[usize; 3], Fault> {
        match self {
            Self::Map(dims) => Ok(dims),
            Self::Flat(values) => Err(Fault::NotAPicture { values }),
        }
    }

    /// The number of parameters of each kind in a batch norm or a PReLU.
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Map([c, ..]) => c,
            Self::Flat(n) => n,
        }
    }
}

impl std::fmt::Display for Dims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Map([c, h, w]) => write!(f, "{c}×{h}×{w}"),
            Self::Flat(1) => write!(f, "1 value"),
            Self::Flat(n) => write!(f, "{n} values"),
        }
    }
}

/// The shortcut of a residual block where shapes differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shortcut {
    /// Option A of He et al. 2015: every n-th pixel, missing channels zero.
    Pad,
    /// Option B: a 1×1 convolution and a batch norm.
    Project,
}

/// How the shortcut gets from one shape to the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bypass {
    Identity,
    /// Every `stride`-th pixel, zeros in `before` channels and in `after` ones.
    Pad {
        stride: usize,
        before: usize,
        after: usize,
    },
    ProjectMap {
        stride: usize,
    },
    ProjectFlat,
}

impl Shortcut {
    pub(super) fn way(self, from: Dims, to: Dims) -> Result<Bypass, Fault> {
        let none = |why| Fault::Shortcut { from: from.to_string(), to: to.to_string(), why };
        let ([c, h, w], [out, oh, ow]) = match (from, to) {
            _ if from == to => return Ok(Bypass::Identity),
            (Dims::Map(from), Dims::Map(to)) => (from, to),
            (Dims::Flat(_), Dims::Flat(_)) if self == Self::Project => return Ok(Bypass::ProjectFlat),
            (Dims::Flat(_), Dims::Flat(_)) => return Err(none("the widths differ; write `residual project`")),
            _ => return Err(none("a picture cannot be added to values in a row; flatten behind the block")),
        };
        let stride = h.div_ceil(oh);
        if h.div_ceil(stride) != oh || w.div_ceil(stride) != ow {
            return Err(none("height and width must stay, or shrink by a stride; pad the convolutions inside"));
        }
        match (self, out.checked_sub(c)) {
            (Self::Project, _) => Ok(Bypass::ProjectMap { stride }),
            (Self::Pad, Some(missing)) => Ok(Bypass::Pad { stride, before: missing / 2, after: missing - missing / 2 }),
            (Self::Pad, None) => Err(none("there are fewer channels behind; write `residual project`")),
        }
    }
}
