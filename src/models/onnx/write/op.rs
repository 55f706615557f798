//! For each kind of step the nodes that say it.

use super::writer::{Setting, Settings, Writer, fixed};
use super::{OnnxError, pool, unwritten};
use crate::graph::NodeId;
use crate::graph::op::arg_reduce::ArgFn;
use crate::graph::op::conv2d::Padding;
use crate::graph::op::gather::Indexes;
use crate::graph::op::matmul::Order;
use crate::graph::op::reduce::ReduceFn;
use crate::graph::op::resize2d::{Direction, ResizeFn};
use crate::graph::op::{
    AdaptivePool2d, ArgReduce, BatchNorm, Binary, Cast, Concat, Conv2d, ConvTranspose2d, Erf, Gather, Lrn, Matmul,
    Move, NAMES, Op, Pad, Pool2d, Reduce, Reshape, Resize2d, Rule, ScatterAdd, Softmax, Unary, WhereCond,
};
use crate::models::outline::{Extent, OutlineStep, OutlineWork};
use crate::models::rounding;

pub(super) type Written = Result<String, OnnxError>;

/// A step while its nodes are written.
pub(super) struct StepCall<'a, 'w> {
    pub(super) writer: &'a mut Writer<'w>,
    pub(super) step: &'a OutlineStep,
    /// Names of what it reads.
    pub(super) x: Vec<String>,
}

impl StepCall<'_, '_> {
    pub(super) fn node(&mut self, op: &str, inputs: &[&str], settings: Settings<'_>) -> String {
        self.writer.node(op, inputs, settings)
    }

    /// A node that reads all inputs.
    pub(super) fn all(&mut self, op: &str, settings: Settings<'_>) -> String {
        let x = self.x.clone();
        self.node(op, &x.iter().map(String::as_str).collect::<Vec<_>>(), settings)
    }

    /// A function of the first input.
    pub(super) fn one(&mut self, op: &str) -> String {
        let x = self.x[0].clone();
        self.node(op, &[&x], &[])
    }

    pub(super) fn with(&mut self, op: &str, x: &str, number: f64) -> String {
        let number = self.writer.number(number);
        self.node(op, &[x, &number], &[])
    }

    /// A comparison as the engine has it: 1 or 0.
    pub(super) fn float(&mut self, truth: &str) -> String {
        self.node("Cast", &[truth], &[("to", Setting::Int(1))])
    }

    /// Of an input.
    pub(super) fn shape(&self, at: usize) -> Vec<Extent> {
        self.step.inputs.get(at).map(|&id| self.writer.shape(id)).unwrap_or_default()
    }

    /// Of an input, where the number of pictures is no part of it.
    fn known(&self, at: usize) -> Result<Vec<usize>, OnnxError> {
        let known = self.shape(at).into_iter().map(|extent| fixed(extent).map(|extent| extent as usize));
        known.collect::<Option<Vec<_>>>().ok_or_else(|| unwritten(&"its weights depend on the number of pictures"))
    }

    /// Height and width of an input or, without one, of the result.
    pub(super) fn plane(&self, at: Option<usize>) -> Result<[usize; 2], OnnxError> {
        let shape = at.map_or_else(|| self.step.shape.clone(), |at| self.shape(at));
        match shape[..] {
            [.., Extent::Fixed(h), Extent::Fixed(w)] => Ok([h, w]),
            _ => Err(unwritten(&"its pictures have no size")),
        }
    }

    /// A row of numbers, from what may be broadcast along other dimensions.
    fn row(&mut self, at: usize) -> String {
        let name = self.x[at].clone();
        if self.shape(at).len() == 1 {
            return name;
        }
        let open = self.writer.ints(&[-1]);
        self.node("Reshape", &[&name, &open], &[])
    }

    fn reshaped(&mut self, x: &str, shape: &[Extent]) -> Written {
        let mut open = shape.iter().filter(|extent| fixed(**extent).is_none());
        let shape = match (open.next(), open.next()) {
            // One extent is what is left.
            (Some(_), None) => {
                let extents: Vec<i64> = shape.iter().map(|extent| fixed(*extent).unwrap_or(-1)).collect();
                self.writer.ints(&extents)
            }
            _ => self.writer.extents(shape)?,
        };
        Ok(self.node("Reshape", &[x, &shape], &[]))
    }

    fn permuted(&mut self, x: &str, order: Vec<i64>) -> String {
        self.node("Transpose", &[x], &[("perm", Setting::Ints(order))])
    }

    pub(super) fn slice(&mut self, x: &str, dim: usize, [start, end, step]: [i64; 3]) -> String {
        let parts = [start, end, dim as i64, step].map(|value| self.writer.ints(&[value]));
        self.node("Slice", &[x, &parts[0], &parts[1], &parts[2], &parts[3]], &[])
    }
}

/// The name of its value.
pub(super) fn write(writer: &mut Writer<'_>, step: &OutlineStep) -> Written {
    let x = step.inputs.iter().map(|&id: &NodeId| writer.name(id)).collect::<Result<Vec<_>, _>>()?;
    let mut call = StepCall { writer, step, x };
    match &step.work {
        OutlineWork::Picture | OutlineWork::Variable(_) | OutlineWork::Constant(_) => {
            Err(unwritten(&"nothing computes it"))
        }
        OutlineWork::Convolution(conv) => conv.write(&mut call),
        OutlineWork::Linear => Ok(call.all("Gemm", &[("transB", Setting::Int(1))])),
        OutlineWork::Normalisation(eps) => Ok(normalised(&mut call, *eps)),
        OutlineWork::LayerNorm(dim, eps) => Ok(layer_norm(&mut call, *dim, *eps)),
        OutlineWork::Gelu => Ok(gelu(&mut call)),
        OutlineWork::SpatialMean => {
            let mean = call.one("GlobalAveragePool");
            Ok(call.node("Flatten", &[&mean], &[]))
        }
        OutlineWork::Quantised { scale, zero, most } => Ok(quantised(&mut call, *scale, *zero, *most)),
        OutlineWork::Op(op) if op.name() == rounding::NAME => Ok(call.one("Round")),
        OutlineWork::Op(op) => by_op(op, &mut call),
    }
}

/// An op that has nodes.
pub(super) trait WrittenOp: Rule {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written;
}

macro_rules! written {
    ($($name:ident),* $(,)?) => {
        fn by_op(op: &Op, call: &mut StepCall<'_, '_>) -> Written {
            $(if let Some(op) = op.get::<$name>() {
                return op.write(call);
            })*
            Err(unwritten(&format!("it has the op {}, which no network computes that only answers", op.name())))
        }

        /// Every op is written, or of training alone.
        const _: () = assert!(NAMES.len() == [$(<$name as Rule>::NAME),*].len() + OF_TRAINING);
    };
}

written! {
    Unary, Erf, Binary, Reshape, Move, Concat, Pad, Conv2d, ConvTranspose2d, Matmul, Pool2d, Reduce, Softmax, Lrn, ArgReduce, Cast,
    WhereCond, Gather, ScatterAdd, Resize2d, AdaptivePool2d, BatchNorm,
}

/// `Conv2dWeight`, `PoolIndex`, `Unpool2d`, `Random`, `Shuffle`, `Sequence`, `LoadBytes`, `LoadAugmented`, `Moments`, `ChannelSums`,
/// `Pack`, `OptimiserStep`.
const OF_TRAINING: usize = 12;

fn normalised(call: &mut StepCall<'_, '_>, eps: f64) -> String {
    let [mean, var, weight, bias] = [1, 2, 3, 4].map(|at| call.row(at));
    let x = call.x[0].clone();
    call.node("BatchNormalization", &[&x, &weight, &bias, &mean, &var], &[("epsilon", Setting::Float(eps))])
}

impl WrittenOp for BatchNorm {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        Ok(normalised(call, self.eps))
    }
}

/// Fewer bits than a byte are a narrower range of one.
fn quantised(call: &mut StepCall<'_, '_>, scale: f32, zero: u32, most: u32) -> String {
    let mut x = call.x[0].clone();
    if most < 255 {
        let ends = rounding::around([0.0, f64::from(most)], f64::from(zero));
        let [low, high] = ends.map(|end| call.writer.number(end * f64::from(scale)));
        x = call.node("Clip", &[&x, &low, &high], &[]);
    }
    let (scale, zero) = (call.writer.number(f64::from(scale)), call.writer.byte(zero as u8));
    let whole = call.node("QuantizeLinear", &[&x, &scale, &zero], &[]);
    call.node("DequantizeLinear", &[&whole, &scale, &zero], &[])
}

fn layer_norm(call: &mut StepCall<'_, '_>, dim: usize, eps: f64) -> String {
    let last = call.step.shape.len() - 1;
    let settings = [("axis", Setting::Int(-1)), ("epsilon", Setting::Float(eps))];
    if dim == last {
        return call.all("LayerNormalization", &settings);
    }
    let mut order: Vec<i64> = (0..=last as i64).collect();
    order.swap(dim, last);
    let [x, weight, bias] = [0, 1, 2].map(|at| call.x[at].clone());
    let x = call.permuted(&x, order.clone());
    let y = call.node("LayerNormalization", &[&x, &weight, &bias], &settings);
    call.permuted(&y, order)
}

/// `x · (erf(x / √2) + 1) / 2`; an operator of its own came later than [`super::OPSET`].
fn gelu(call: &mut StepCall<'_, '_>) -> String {
    let x = call.x[0].clone();
    let root = call.with("Mul", &x, std::f64::consts::FRAC_1_SQRT_2);
    let erf = call.node("Erf", &[&root], &[]);
    let twice = call.with("Add", &erf, 1.0);
    let product = call.node("Mul", &[&x, &twice], &[]);
    call.with("Mul", &product, 0.5)
}

impl WrittenOp for Reshape {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let (x, shape) = (call.x[0].clone(), call.step.shape.clone());
        call.reshaped(&x, &shape)
    }
}

impl WrittenOp for Move {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let x = call.x[0].clone();
        Ok(match self {
            Move::Permute(dims) => call.permuted(&x, dims.iter().map(|&dim| dim as i64).collect()),
            Move::BroadcastAs(_) => {
                // What is there already need not be said, and so the number of pictures need not be read in most cases.
                let (from, mut to) = (call.shape(0), call.step.shape.clone());
                let lead = to.len() - from.len();
                from.iter()
                    .zip(&mut to[lead..])
                    .filter(|(from, to)| from == to)
                    .for_each(|(_, to)| *to = Extent::Fixed(1));
                let shape = call.writer.extents(&to)?;
                call.node("Expand", &[&x, &shape], &[])
            }
            Move::Narrow { dim, start, .. } => {
                let (from, to) = (call.shape(0)[*dim], call.step.shape[*dim]);
                let end = match (from, to) {
                    (_, Extent::Fixed(len)) => (start + len) as i64,
                    (from, to) if from == to => i64::MAX,
                    _ => return Err(unwritten(&"it takes a part of the pictures")),
                };
                call.slice(&x, *dim, [*start as i64, end, 1])
            }
            Move::Flip(dim) => call.slice(&x, *dim, [-1, i64::MIN, -1]),
        })
    }
}

impl WrittenOp for Concat {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        Ok(call.all("Concat", &[("axis", Setting::Int(self.dim as i64))]))
    }
}

impl WrittenOp for Pad {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let rank = call.step.shape.len();
        let mut pads = vec![0; 2 * rank];
        pads[self.dim] = self.left as i64;
        pads[rank + self.dim] = self.right as i64;
        let (x, pads) = (call.x[0].clone(), call.writer.ints(&pads));
        Ok(call.node("Pad", &[&x, &pads], &[]))
    }
}

fn padding(p: &Padding) -> Vec<i64> {
    [p.top, p.left, p.bottom, p.right].map(|extent| extent as i64).to_vec()
}

fn of_conv(conv: &Conv2d, kernel: &[usize]) -> [(&'static str, Setting); 5] {
    [
        ("kernel_shape", Setting::Ints(kernel.iter().map(|&extent| extent as i64).collect())),
        ("strides", Setting::Ints(vec![conv.stride as i64; 2])),
        ("pads", Setting::Ints(padding(&conv.padding))),
        ("dilations", Setting::Ints(vec![conv.dilation as i64; 2])),
        ("group", Setting::Int(conv.groups as i64)),
    ]
}

impl WrittenOp for Conv2d {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let kernel = call.known(1)?[2..].to_vec();
        Ok(call.all("Conv", &of_conv(self, &kernel)))
    }
}

impl WrittenOp for ConvTranspose2d {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let kernel = call.known(1)?[2..].to_vec();
        let (from, p) = (call.plane(Some(0))?, &self.conv.padding);
        let around = [p.top + p.bottom, p.left + p.right];
        let more = |d: usize| {
            let full = (from[d] - 1) * self.conv.stride + self.conv.dilation * (kernel[d] - 1) + 1;
            (self.size[d] + around[d]) as i64 - full as i64
        };
        let more = ("output_padding", Setting::Ints(vec![more(0), more(1)]));
        let settings: Vec<_> = of_conv(&self.conv, &kernel).into_iter().chain([more]).collect();
        Ok(call.all("ConvTranspose", &settings))
    }
}

impl WrittenOp for Matmul {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let rank = call.step.shape.len();
        let turned = [self.a, self.b].map(|order| order == Order::Columns);
        if rank == 2 && turned != [false; 2] {
            let flag = |is: bool| Setting::Int(i64::from(is));
            return Ok(call.all("Gemm", &[("transA", flag(turned[0])), ("transB", flag(turned[1]))]));
        }
        let mut order: Vec<i64> = (0..rank as i64).collect();
        order.swap(rank - 2, rank - 1);
        let [a, b] = [0, 1].map(|at| {
            let x = call.x[at].clone();
            if turned[at] { call.permuted(&x, order.clone()) } else { x }
        });
        Ok(call.node("MatMul", &[&a, &b], &[]))
    }
}

impl WrittenOp for Pool2d {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        pool::windows(self, call)
    }
}

impl WrittenOp for AdaptivePool2d {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        pool::adaptive(self, call)
    }
}

pub(super) fn reduced(call: &mut StepCall<'_, '_>, x: &str, reduce: ReduceFn, axes: &[i64]) -> String {
    let op = match reduce {
        ReduceFn::Sum => "ReduceSum",
        ReduceFn::Mean => "ReduceMean",
        ReduceFn::Max => "ReduceMax",
        ReduceFn::Min => "ReduceMin",
    };
    let axes = call.writer.ints(axes);
    call.node(op, &[x, &axes], &[("keepdims", Setting::Int(1))])
}

impl WrittenOp for Reduce {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let axes: Vec<i64> = (self.start as i64..self.end as i64).collect();
        let x = call.x[0].clone();
        Ok(reduced(call, &x, self.reduce, &axes))
    }
}

impl WrittenOp for Softmax {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let op = if self.log { "LogSoftmax" } else { "Softmax" };
        Ok(call.all(op, &[("axis", Setting::Int(-1))]))
    }
}

impl WrittenOp for Lrn {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let settings = [
            ("size", Setting::Int(self.size as i64)),
            ("alpha", Setting::Float(self.alpha)),
            ("beta", Setting::Float(self.beta)),
            ("bias", Setting::Float(self.k)),
        ];
        if self.size % 2 == 1 {
            return Ok(call.all("LRN", &settings));
        }
        // Even windows lie otherwise in ONNX, and few programs take them.
        let (x, Extent::Fixed(channels)) = (call.x[0].clone(), call.step.shape[1]) else {
            return Err(unwritten(&"its channels depend on the number of pictures"));
        };
        let square = call.node("Mul", &[&x, &x], &[]);
        let pads = call.writer.ints(&[0, self.size as i64 / 2, 0, 0, 0, (self.size as i64 - 1) / 2, 0, 0]);
        let wide = call.node("Pad", &[&square, &pads], &[]);
        let mut sum = call.slice(&wide, 1, [0, channels as i64, 1]);
        for shift in 1..self.size as i64 {
            let part = call.slice(&wide, 1, [shift, shift + channels as i64, 1]);
            sum = call.node("Add", &[&sum, &part], &[]);
        }
        let share = call.with("Mul", &sum, self.alpha / self.size as f64);
        let base = call.with("Add", &share, self.k);
        let quotient = call.with("Pow", &base, self.beta);
        Ok(call.node("Div", &[&x, &quotient], &[]))
    }
}

impl WrittenOp for ArgReduce {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let op = match self.arg {
            ArgFn::Max => "ArgMax",
            ArgFn::Min => "ArgMin",
        };
        Ok(call.all(op, &[("axis", Setting::Int(self.dim as i64)), ("keepdims", Setting::Int(1))]))
    }
}

impl WrittenOp for Cast {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let to = super::writer::type_of(self.to).ok_or_else(|| unwritten(&"it computes in doubles"))?;
        Ok(call.all("Cast", &[("to", Setting::Int(i64::from(to.0)))]))
    }
}

impl WrittenOp for WhereCond {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let [cond, yes, no] = [0, 1, 2].map(|at| call.x[at].clone());
        let truth = call.node("Cast", &[&cond], &[("to", Setting::Int(9))]);
        Ok(call.node("Where", &[&truth, &yes, &no], &[]))
    }
}

impl WrittenOp for Gather {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let op = match self.indexes {
            Indexes::PerElement => "GatherElements",
            Indexes::PerSlice => "Gather",
        };
        Ok(call.all(op, &[("axis", Setting::Int(self.dim as i64))]))
    }
}

impl WrittenOp for ScatterAdd {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        let [mut ids, source] = [0, 1].map(|at| call.x[at].clone());
        let (shape, whole) = (call.shape(1), call.step.shape.clone());
        if self.indexes == Indexes::PerSlice {
            let mut row = vec![Extent::Fixed(1); shape.len()];
            row[self.dim] = shape[self.dim];
            let row = call.reshaped(&ids, &row)?;
            let extents = call.writer.extents(&shape)?;
            ids = call.node("Expand", &[&row, &extents], &[]);
        }
        let (zero, extents) = (call.writer.number(0.0), call.writer.extents(&whole)?);
        let zeros = call.node("Expand", &[&zero, &extents], &[]);
        let settings = [("axis", Setting::Int(self.dim as i64)), ("reduction", Setting::Text("add"))];
        Ok(call.node("ScatterElements", &[&zeros, &ids, &source], &settings))
    }
}

impl WrittenOp for Resize2d {
    fn write(&self, call: &mut StepCall<'_, '_>) -> Written {
        if self.direction == Direction::Transposed {
            return Err(unwritten(&"it computes a gradient"));
        }
        let (mode, places) = match self.resize {
            ResizeFn::Nearest => ("nearest", "asymmetric"),
            ResizeFn::Bilinear => ("linear", "half_pixel"),
            ResizeFn::BilinearAligned => ("linear", "align_corners"),
        };
        let (x, sizes) = (call.x[0].clone(), call.writer.ints(&self.size.map(|extent| extent as i64)));
        let settings = [
            ("axes", Setting::Ints(vec![2, 3])),
            ("mode", Setting::Text(mode)),
            ("coordinate_transformation_mode", Setting::Text(places)),
            ("nearest_mode", Setting::Text("floor")),
        ];
        Ok(call.node("Resize", &[&x, "", "", &sizes], &settings))
    }
}
