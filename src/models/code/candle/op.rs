//! What candle calls each step.

use super::super::lines::Expression;
use super::super::step::CodeStep;
use super::super::{CodeError, refuse};
use super::got;
use crate::graph::op::adaptive_pool2d::AdaptiveFn;
use crate::graph::op::arg_reduce::ArgFn;
use crate::graph::op::binary::BinaryFn;
use crate::graph::op::conv2d::Padding;
use crate::graph::op::gather::Indexes;
use crate::graph::op::matmul::Order;
use crate::graph::op::pool2d::PoolFn;
use crate::graph::op::reduce::ReduceFn;
use crate::graph::op::resize2d::{Direction, ResizeFn};
use crate::graph::op::unary::UnaryFn;
use crate::graph::op::{
    AdaptivePool2d, ArgReduce, BatchNorm, Binary, Cast, Concat, Conv2d, ConvTranspose2d, Erf, Gather, Lrn, Matmul,
    Move, Op, Pad, Pool2d, Reduce, Reshape, Resize2d, Softmax, Unary, WhereCond,
};
use crate::graph::{DType, NodeId};
use crate::models::outline::{Extent, OutlineWork, overhang};
use crate::models::rounding;

/// One step. Every expression is a tensor, or borrows one.
pub(super) struct CandleText<'a>(pub(super) CodeStep<'a>);

/// The path of a field, its type, and what makes it.
type Layer = (String, &'static str, String);

impl CandleText<'_> {
    /// Where all its tensors are of the file, a layer.
    pub(super) fn layer(&self) -> Option<Layer> {
        let CodeStep { step, .. } = self.0;
        let tensors = step.inputs[1..].iter().map(|&id| self.0.variable(id)).collect::<Option<Vec<_>>>()?;
        let (first, shape) = tensors.first()?.clone();
        let got: Vec<String> = tensors.iter().map(|(name, shape)| got(name, shape)).collect();
        let bias = got.get(1).map_or("None".to_owned(), |bias| format!("Some({bias})"));
        let field = first.rsplit_once('.').map_or(first.as_str(), |(path, _)| path).to_owned();
        // With the names that candle's own functions read.
        let path = |names: &[&str]| self.0.path(names).filter(|path| !path.is_empty());
        let or_no_bias = |name: &str| if tensors.len() == 2 { name.to_owned() } else { format!("{name}_no_bias") };
        Some(match &step.work {
            OutlineWork::Convolution(conv) => {
                let (&[out, fan_in, h, w], config) = (&shape[..], config(conv)) else { return None };
                let made = match path(&["weight", "bias"]) {
                    Some(path) if h == w => {
                        let make = or_no_bias("conv2d");
                        format!("{make}({}, {out}, {h}, {config}, vb.pp({path:?}))?", fan_in * conv.groups)
                    }
                    _ => format!("Conv2d::new({}, {bias}, {config})", got[0]),
                };
                (field, "Conv2d", made)
            }
            OutlineWork::Linear => {
                let &[out, fan_in] = &shape[..] else { return None };
                let made = match path(&["weight", "bias"]) {
                    Some(path) => format!("{}({fan_in}, {out}, vb.pp({path:?}))?", or_no_bias("linear")),
                    None => format!("Linear::new({}, {bias})", got[0]),
                };
                (field, "Linear", made)
            }
            OutlineWork::Normalisation(eps) => {
                let channels = shape[0];
                let made = match path(&["running_mean", "running_var", "weight", "bias"]) {
                    Some(path) => format!("batch_norm({channels}, {eps:?}, vb.pp({path:?}))?"),
                    None => format!("BatchNorm::new({channels}, {}, {eps:?})?", got.join(", ")),
                };
                (field, "BatchNorm", made)
            }
            OutlineWork::LayerNorm(_, eps) => {
                let made = match path(&["weight", "bias"]) {
                    Some(path) => format!("layer_norm({}, {eps:?}, vb.pp({path:?}))?", shape[0]),
                    None => format!("LayerNorm::new({}, {eps:?})", got.join(", ")),
                };
                (field, "LayerNorm", made)
            }
            _ => return None,
        })
    }

    /// The call of its layer.
    pub(super) fn module(&self, layer: &str) -> Expression {
        let x = self.contiguous(0);
        Expression::call(match &self.0.step.work {
            OutlineWork::Convolution(conv) => format!("{layer}.forward(&{})?", padded(conv)),
            OutlineWork::Normalisation(_) => format!("{layer}.forward_t(&{{0}}, false)?"),
            OutlineWork::LayerNorm(dim, _) => self.over_last(*dim, |x| format!("{layer}.forward(&{x})?")),
            _ => format!("{layer}.forward(&{x})?"),
        })
    }

    /// `of` a tensor whose dimension `dim` is its last meanwhile.
    fn over_last(&self, dim: usize, of: impl Fn(&str) -> String) -> String {
        let rank = self.0.step.shape.len();
        if dim + 1 == rank {
            return of("{0}");
        }
        let there: Vec<usize> = (0..rank).filter(|&d| d != dim).chain([dim]).collect();
        let back: Vec<usize> =
            (0..rank).map(|d| there.iter().position(|&from| from == d).unwrap_or_default()).collect();
        let turned = of(&format!("{{0}}.permute({})?.contiguous()?", tuple(&there)));
        format!("{turned}.permute({})?", tuple(&back))
    }

    pub(super) fn expression(&self) -> Result<Expression, CodeError> {
        let bias = |shape: &str| match self.0.step.inputs.len() {
            3 => format!(".broadcast_add(&{{2}}{shape})?"),
            _ => String::new(),
        };
        let channels = |id: usize| self.0.known(self.0.step.inputs[id])[0];
        Ok(Expression::call(match &self.0.step.work {
            OutlineWork::Convolution(conv) => {
                let Conv2d { padding, stride, dilation, groups } = conv;
                let pad = if is_even(padding) { padding.top } else { 0 };
                let bias = bias(&format!(".reshape((1, {}, 1, 1))?", channels(1)));
                format!("{}.conv2d(&{{1}}, {pad}, {stride}, {dilation}, {groups})?{bias}", padded(conv))
            }
            OutlineWork::Linear => format!("{}.matmul(&{{1}}.t()?)?{}", self.contiguous(0), bias("")),
            OutlineWork::Normalisation(eps) => {
                let tensors = [1, 2, 3, 4].map(|at| format!("{{{at}}}.clone()")).join(", ");
                format!("candle_nn::BatchNorm::new({}, {tensors}, {eps:?})?.forward_t(&{{0}}, false)?", channels(1))
            }
            OutlineWork::LayerNorm(dim, eps) => self.over_last(*dim, |x| {
                format!("candle_nn::LayerNorm::new({{1}}.clone(), {{2}}.clone(), {eps:?}).forward(&{x})?")
            }),
            OutlineWork::Gelu => "{0}.gelu_erf()?".to_owned(),
            OutlineWork::SpatialMean => "{0}.mean((2, 3))?".to_owned(),
            OutlineWork::Quantised { scale, zero, most } => {
                let (over, zero, back) = (1.0 / f64::from(*scale), f64::from(*zero), f64::from(*scale));
                format!(
                    "{{0}}.affine({over:?}, 0.0)?.round()?.affine(1.0, {zero:?})?.clamp(0f32, {most}f32)?.affine({back:?}, {:?})?",
                    -zero * back
                )
            }
            OutlineWork::Op(op) if op.name() == rounding::NAME => "{0}.round()?".to_owned(),
            OutlineWork::Op(op) => self.op(op)?,
            OutlineWork::Picture | OutlineWork::Variable(_) | OutlineWork::Constant(_) => String::new(),
        }))
    }

    /// An input for what reads memory from place to place: some ops give a view alone.
    fn contiguous(&self, at: usize) -> String {
        let is_view = self.0.step.inputs.get(at).is_some_and(|&id| self.is_moved(id));
        format!("{{{at}}}{}", if is_view { ".contiguous()?" } else { "" })
    }

    fn is_moved(&self, id: NodeId) -> bool {
        let step = self.0.outline.step(id);
        step.is_some_and(|step| matches!(&step.work, OutlineWork::Op(op) if op.get::<Move>().is_some()))
    }

    fn extent(extent: &Extent) -> String {
        match *extent {
            Extent::Fixed(extent) => extent.to_string(),
            Extent::Batch(1) => "pictures".to_owned(),
            Extent::Batch(times) => format!("{times} * pictures"),
        }
    }

    fn extents(&self) -> String {
        tupled(self.0.step.shape.iter().map(Self::extent).collect())
    }

    fn op(&self, op: &Op) -> Result<String, CodeError> {
        let inputs = &self.0.step.inputs;
        if let Some(Unary(function)) = op.get() {
            return Ok(unary(*function));
        }
        if let Some(Binary(function)) = op.get() {
            let shape = |at: usize| self.0.outline.step(inputs[at]).map(|step| &step.shape);
            return binary(*function, shape(0) == shape(1));
        }
        if let Some(of) = op.get::<Matmul>() {
            let [a, b] = [(0, of.a), (1, of.b)].map(|(at, order)| {
                format!("{}{}", self.contiguous(at), if order == Order::Columns { ".t()?" } else { "" })
            });
            return Ok(format!("{a}.matmul(&{b})?"));
        }
        if let Some(of) = op.get::<Move>() {
            return Ok(self.moved(of));
        }
        Ok(if op.get::<Erf>().is_some() {
            "{0}.erf()?".to_owned()
        } else if op.get::<Reshape>().is_some() {
            format!("{{0}}.reshape({})?", self.extents())
        } else if let Some(Concat { dim }) = op.get() {
            let parts = (0..inputs.len()).map(|at| format!("&{{{at}}}")).collect::<Vec<_>>().join(", ");
            format!("Tensor::cat(&[{parts}], {dim})?")
        } else if let Some(Pad { dim, left, right }) = op.get() {
            format!("{{0}}.pad_with_zeros({dim}, {left}, {right})?")
        } else if let Some(of) = op.get::<ConvTranspose2d>() {
            self.transposed(of)?
        } else if let Some(pool) = op.get::<Pool2d>() {
            self.pooled(pool)
        } else if let Some(AdaptivePool2d { pool, size }) = op.get() {
            match pool {
                AdaptiveFn::Avg if *size == [1, 1] => "{0}.mean_keepdim((2, 3))?".to_owned(),
                AdaptiveFn::Avg => format!("adaptive_avg_pool2d(&{{0}}, {size:?})?"),
                AdaptiveFn::Max => format!("adaptive_max_pool2d(&{{0}}, {size:?})?"),
                AdaptiveFn::Sum => return refuse("it sums up windows, as gradients do"),
            }
        } else if let Some(Reduce { reduce, start, end }) = op.get() {
            let dims: Vec<usize> = (*start..*end).collect();
            let each = |name: &str| dims.iter().map(|dim| format!(".{name}_keepdim({dim})?")).collect::<String>();
            match reduce {
                ReduceFn::Sum => format!("{{0}}.sum_keepdim({})?", tuple(&dims)),
                ReduceFn::Mean => format!("{{0}}.mean_keepdim({})?", tuple(&dims)),
                ReduceFn::Max => format!("{{0}}{}", each("max")),
                ReduceFn::Min => format!("{{0}}{}", each("min")),
            }
        } else if let Some(Softmax { log }) = op.get() {
            format!("ops::{}softmax(&{{0}}, D::Minus1)?", if *log { "log_" } else { "" })
        } else if let Some(Lrn { size, alpha, beta, k }) = op.get() {
            format!("local_response_norm(&{{0}}, {size}, {alpha:?}, {beta:?}, {k:?})?")
        } else if let Some(ArgReduce { arg, dim }) = op.get() {
            let name = if *arg == ArgFn::Max { "argmax" } else { "argmin" };
            format!("{{0}}.{name}_keepdim({dim})?")
        } else if let Some(Cast { to }) = op.get() {
            format!("{{0}}.to_dtype(DType::{})?", if *to == DType::U32 { "U32" } else { "F32" })
        } else if op.get::<WhereCond>().is_some() {
            "{0}.ne(0.0)?.where_cond(&{1}, &{2})?".to_owned()
        } else if let Some(Gather { dim, indexes }) = op.get() {
            let name = if *indexes == Indexes::PerSlice { "index_select" } else { "gather" };
            format!("{{0}}.contiguous()?.{name}(&{}, {dim})?", self.contiguous(1))
        } else if let Some(Resize2d { resize, direction: Direction::Forward, size: [h, w] }) = op.get() {
            match resize {
                ResizeFn::Nearest => format!("{{0}}.upsample_nearest2d({h}, {w})?"),
                ResizeFn::Bilinear => format!("{{0}}.upsample_bilinear2d({h}, {w}, false)?"),
                ResizeFn::BilinearAligned => format!("{{0}}.upsample_bilinear2d({h}, {w}, true)?"),
            }
        } else if let Some(BatchNorm { eps }) = op.get() {
            let channels = self.0.step.shape.get(1).map_or_else(String::new, Self::extent);
            let rows = [1, 2, 3, 4].map(|at| format!("{{{at}}}.flatten_all()?")).join(", ");
            format!("candle_nn::BatchNorm::new({channels}, {rows}, {eps:?})?.forward_t(&{{0}}, false)?")
        } else {
            return refuse(format!("it has the op {}, which candle lacks", op.name()));
        })
    }

    fn moved(&self, of: &Move) -> String {
        match of {
            Move::Permute(dims) => format!("{{0}}.permute({})?", tuple(dims)),
            Move::BroadcastAs(_) => format!("{{0}}.broadcast_as({})?", self.extents()),
            Move::Narrow { dim, start, .. } => {
                format!("{{0}}.narrow({dim}, {start}, {})?", Self::extent(&self.0.step.shape[*dim]))
            }
            Move::Flip(dim) => format!("{{0}}.contiguous()?.flip(&[{dim}])?"),
        }
    }

    fn transposed(&self, of: &ConvTranspose2d) -> Result<String, CodeError> {
        let Conv2d { padding: p, stride, dilation, groups } = &of.conv;
        if *groups != 1 {
            return refuse("it has the op conv_transpose2d in groups, which candle lacks");
        }
        let (from, kernel) = (self.0.known(self.0.step.inputs[0]), self.0.known(self.0.step.inputs[1]));
        // Padding cuts off; so does a slice, on each side as much as it should.
        let mut text = format!("{{0}}.conv_transpose2d(&{{1}}, 0, 0, {stride}, {dilation})?");
        for (dim, start, len) in [(2, p.top, of.size[0]), (3, p.left, of.size[1])] {
            let full = (from[dim] - 1) * stride + dilation * (kernel[dim] - 1) + 1;
            let missing = (start + len).saturating_sub(full);
            if missing > 0 {
                text.push_str(&format!(".pad_with_zeros({dim}, 0, {missing})?"));
            }
            if (start, len) != (0, full + missing) {
                text.push_str(&format!(".narrow({dim}, {start}, {len})?.contiguous()?"));
            }
        }
        Ok(text)
    }

    fn pooled(&self, pool: &Pool2d) -> String {
        let Pool2d { kernel, stride, padding: [h, w], .. } = pool;
        let (from, to) = (self.0.known(self.0.step.inputs[0]), self.0.own());
        let [down, across] = overhang(pool, [from[2], from[3]], [to[2], to[3]]);
        let (kernel, stride) = (tuple(kernel), tuple(stride));
        let windows = format!("({kernel}, {stride})?");
        let padded = |with: &str, [top, bottom, left, right]: [usize; 4]| {
            let along = |dim: usize, before: usize, after: usize| match (before, after) {
                (0, 0) => String::new(),
                _ => format!(".{with}({dim}, {before}, {after})?"),
            };
            format!("{{0}}{}{}", along(2, top, bottom), along(3, left, right))
        };
        let all = [*h, h + down, *w, w + across];
        match pool.pool {
            // A window that reaches beyond an edge has the edge itself in it: what repeats it changes no largest value.
            PoolFn::Max => format!("{}.max_pool2d_with_stride{windows}", padded("pad_with_same", all)),
            PoolFn::Avg { .. } if all == [0; 4] => format!("{{0}}.avg_pool2d_with_stride{windows}"),
            PoolFn::Avg { count_padding: true } if [down, across] == [0, 0] => {
                format!("{}.avg_pool2d_with_stride{windows}", padded("pad_with_zeros", all))
            }
            PoolFn::Avg { count_padding } => {
                let (counted, beyond) = match count_padding {
                    true => ([*h, *h, *w, *w], [0, down, 0, across]),
                    false => ([0; 4], all),
                };
                format!("counted_avg_pool2d(&{{0}}, {kernel}, {stride}, {counted:?}, {beyond:?})?")
            }
        }
    }
}

/// As much on all four sides, which a convolution of candle's has by itself.
fn is_even(p: &Padding) -> bool {
    [p.bottom, p.left, p.right] == [p.top; 3]
}

/// What a convolution reads.
fn padded(conv: &Conv2d) -> String {
    let Padding { top, bottom, left, right } = conv.padding;
    if is_even(&conv.padding) {
        return "{0}".to_owned();
    }
    let along = |dim: usize, before: usize, after: usize| match (before, after) {
        (0, 0) => String::new(),
        _ => format!(".pad_with_zeros({dim}, {before}, {after})?"),
    };
    format!("{{0}}{}{}", along(2, top, bottom), along(3, left, right))
}

/// What differs from candle's defaults.
fn config(conv: &Conv2d) -> String {
    let Conv2d { padding, stride, dilation, groups } = conv;
    let pad = if is_even(padding) { padding.top } else { 0 };
    let rows = [("padding", pad, 0), ("stride", *stride, 1), ("dilation", *dilation, 1), ("groups", *groups, 1)];
    let rows: Vec<String> =
        rows.iter().filter(|row| row.1 != row.2).map(|(name, value, _)| format!("{name}: {value}")).collect();
    match rows.is_empty() {
        true => "Default::default()".to_owned(),
        false => format!("Conv2dConfig {{ {}, ..Default::default() }}", rows.join(", ")),
    }
}

fn unary(function: UnaryFn) -> String {
    use UnaryFn::*;
    let plain = |name: &str| format!("{{0}}.{name}()?");
    match function {
        Neg => plain("neg"),
        Abs => plain("abs"),
        Sign => plain("sign"),
        Exp => plain("exp"),
        Log => plain("log"),
        Sqrt => plain("sqrt"),
        Recip => plain("recip"),
        Sqr => plain("sqr"),
        Sin => plain("sin"),
        Cos => plain("cos"),
        Tanh => plain("tanh"),
        Sigmoid => "ops::sigmoid(&{0})?".to_owned(),
        Relu => plain("relu"),
        LeakyRelu(slope) => format!("ops::leaky_relu(&{{0}}, {})?", number(slope, "f64")),
        Elu(alpha) => format!("{{0}}.elu({})?", number(alpha, "f64")),
        // candle's is the approximation by tanh.
        Gelu => plain("gelu"),
        Silu => plain("silu"),
        Floor => plain("floor"),
        Ceil => plain("ceil"),
        Round => plain("round"),
        Clamp(low, high) => format!("{{0}}.clamp({}, {})?", number(low, "f64"), number(high, "f64")),
        Affine(mul, add) => format!("{{0}}.affine({}, {})?", number(mul, "f64"), number(add, "f64")),
        Powf(exponent) => format!("{{0}}.powf({})?", number(exponent, "f64")),
        Above(limit) => format!("{{0}}.gt({})?.to_dtype(DType::F32)?", number(limit, "f64")),
    }
}

fn binary(function: BinaryFn, is_same_shape: bool) -> Result<String, CodeError> {
    use BinaryFn::*;
    let broadcast = if is_same_shape { "" } else { "broadcast_" };
    let plain = |name: &str| Ok(format!("{{0}}.{broadcast}{name}(&{{1}})?"));
    let compared = |name: &str| Ok(format!("{{0}}.{broadcast}{name}(&{{1}})?.to_dtype(DType::F32)?"));
    match function {
        Add => plain("add"),
        Sub => plain("sub"),
        Mul => plain("mul"),
        Div => plain("div"),
        Maximum => plain("maximum"),
        Minimum => plain("minimum"),
        // candle's takes the logarithm of the base.
        Pow => refuse("it has the op pow of two tensors, which candle lacks for bases below zero"),
        Eq => compared("eq"),
        Ne => compared("ne"),
        Lt => compared("lt"),
        Le => compared("le"),
        Gt => compared("gt"),
        Ge => compared("ge"),
    }
}

/// As a literal; `kind` is its type, behind the digits where it ends in `_`.
pub(super) fn number(value: f64, kind: &str) -> String {
    let (kind, suffix) = kind.strip_suffix('_').map_or((kind, ""), |kind| (kind, kind));
    match value {
        _ if value.is_nan() => format!("{kind}::NAN"),
        _ if value.is_infinite() => format!("{kind}::{}INFINITY", if value < 0.0 { "NEG_" } else { "" }),
        _ if kind == "f32" => format!("{:?}{suffix}", value as f32),
        _ => format!("{value:?}{suffix}"),
    }
}

fn tupled(parts: Vec<String>) -> String {
    match &parts[..] {
        [one] => one.clone(),
        // candle has shapes for tuples up to this.
        few if few.len() <= 6 => format!("({})", few.join(", ")),
        many => format!("vec![{}]", many.join(", ")),
    }
}

pub(super) fn tuple(values: &[usize]) -> String {
    tupled(values.iter().map(usize::to_string).collect())
}
