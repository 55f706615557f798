//! What PyTorch calls each step.

use super::super::lines::Expression;
use super::super::step::CodeStep;
use super::super::{CodeError, refuse};
use crate::graph::DType;
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
use crate::models::outline::{Extent, OutlineWork};
use crate::models::rounding;

/// One step.
pub(super) struct StepText<'a>(pub(super) CodeStep<'a>);

impl StepText<'_> {
    /// Where and what it is, where PyTorch has such a layer.
    pub(super) fn layer(&self) -> Option<(String, String)> {
        let bias = if self.0.step.inputs.len() == 3 { "" } else { ", bias=False" };
        match &self.0.step.work {
            OutlineWork::Convolution(conv) => {
                let path = self.0.path(&["weight", "bias"])?;
                let &[out, fan_in, h, w] = &self.0.known(self.0.step.inputs[1])[..] else { return None };
                let more = conv_settings(conv);
                let channels = fan_in * conv.groups;
                Some((path, format!("nn.Conv2d({channels}, {out}, {}{more}{bias})", pair([h, w]))))
            }
            OutlineWork::Linear => {
                let path = self.0.path(&["weight", "bias"])?;
                let &[out, fan_in] = &self.0.known(self.0.step.inputs[1])[..] else { return None };
                Some((path, format!("nn.Linear({fan_in}, {out}{bias})")))
            }
            OutlineWork::Normalisation(eps) => {
                let path = self.0.path(&["running_mean", "running_var", "weight", "bias"])?;
                let channels = self.0.known(self.0.step.inputs[1])[0];
                let kind = if self.0.step.shape.len() == 2 { "nn.BatchNorm1d" } else { "nn.BatchNorm2d" };
                let eps = if *eps == 1e-5 { String::new() } else { format!(", eps={eps}") };
                Some((path, format!("{kind}({channels}{eps})")))
            }
            OutlineWork::LayerNorm(_, eps) => {
                let path = self.0.path(&["weight", "bias"])?;
                let size = self.0.known(self.0.step.inputs[1])[0];
                let eps = if *eps == 1e-5 { String::new() } else { format!(", eps={eps}") };
                Some((path, format!("nn.LayerNorm({size}{eps})")))
            }
            _ => None,
        }
    }

    /// The call of its layer.
    pub(super) fn module(&self, layer: &str) -> Result<Expression, CodeError> {
        Ok(Expression::call(match &self.0.step.work {
            OutlineWork::Convolution(conv) => format!("{layer}({})", padded(conv)),
            OutlineWork::LayerNorm(dim, _) if *dim + 1 < self.0.step.shape.len() => {
                format!("{layer}({{0}}.movedim({dim}, -1)).movedim(-1, {dim})")
            }
            _ => format!("{layer}({{0}})"),
        }))
    }

    pub(super) fn expression(&self) -> Result<Expression, CodeError> {
        let has_bias = self.0.step.inputs.len() == 3;
        let bias = if has_bias { ", {2}" } else { "" };
        Ok(Expression::call(match &self.0.step.work {
            OutlineWork::Convolution(conv) => {
                format!("F.conv2d({}, {{1}}{bias}{})", padded(conv), conv_settings(conv))
            }
            OutlineWork::Linear => format!("F.linear({{0}}, {{1}}{bias})"),
            OutlineWork::Normalisation(eps) => {
                format!("F.batch_norm({{0}}, {{1}}, {{2}}, {{3}}, {{4}}, eps={eps})")
            }
            OutlineWork::LayerNorm(dim, eps) => {
                let size = self.0.known(self.0.step.inputs[1])[0];
                format!("F.layer_norm({{0}}.movedim({dim}, -1), ({size},), {{1}}, {{2}}, {eps}).movedim(-1, {dim})")
            }
            OutlineWork::Gelu => "F.gelu({0})".to_owned(),
            OutlineWork::SpatialMean => "{0}.mean((2, 3))".to_owned(),
            OutlineWork::Quantised { scale, zero, most } => {
                format!("torch.fake_quantize_per_tensor_affine({{0}}, {scale:?}, {zero}, 0, {most})")
            }
            OutlineWork::Op(op) if op.name() == rounding::NAME => "torch.round({0})".to_owned(),
            OutlineWork::Op(op) => return self.op(op),
            OutlineWork::Picture | OutlineWork::Variable(_) | OutlineWork::Constant(_) => String::new(),
        }))
    }

    /// Extents as arguments: one that is not fixed is what is left, or a multiple of the number of pictures.
    fn extents(&self, open: bool) -> String {
        let shape = &self.0.step.shape;
        let is_one = shape.iter().filter(|extent| matches!(extent, Extent::Batch(_))).count() == 1;
        let extent = |extent: &Extent| match *extent {
            Extent::Fixed(extent) => extent.to_string(),
            Extent::Batch(_) if open && is_one => "-1".to_owned(),
            Extent::Batch(1) => "pictures".to_owned(),
            Extent::Batch(times) => format!("{times} * pictures"),
        };
        shape.iter().map(extent).collect::<Vec<_>>().join(", ")
    }

    fn op(&self, op: &Op) -> Result<Expression, CodeError> {
        if let Some(Unary(function)) = op.get() {
            return Ok(unary(*function));
        }
        if let Some(Binary(function)) = op.get() {
            return Ok(binary(*function));
        }
        if let Some(of) = op.get::<Matmul>() {
            let [a, b] = [of.a, of.b].map(|order| if order == Order::Columns { ".mT" } else { "" });
            return Ok(Expression::infix(format!("{{0}}{a} @ {{1}}{b}")));
        }
        if let Some(of) = op.get::<Move>() {
            return self.moved(of);
        }
        let text = if op.get::<Erf>().is_some() {
            "torch.erf({0})".to_owned()
        } else if op.get::<Reshape>().is_some() {
            format!("{{0}}.reshape({})", self.extents(true))
        } else if let Some(Concat { dim }) = op.get() {
            let parts = (0..self.0.step.inputs.len()).map(|at| format!("{{{at}}}")).collect::<Vec<_>>().join(", ");
            format!("torch.cat([{parts}], {dim})")
        } else if let Some(Pad { dim, left, right }) = op.get() {
            // From the last dimension on.
            let before = "0, 0, ".repeat(self.0.step.shape.len() - 1 - dim);
            format!("F.pad({{0}}, ({before}{left}, {right}))")
        } else if let Some(of) = op.get::<ConvTranspose2d>() {
            self.transposed(of)
        } else if let Some(pool) = op.get::<Pool2d>() {
            pooled(pool)
        } else if let Some(AdaptivePool2d { pool, size }) = op.get() {
            let name = match pool {
                AdaptiveFn::Avg => "avg",
                AdaptiveFn::Max => "max",
                AdaptiveFn::Sum => return refuse("it sums up windows, as gradients do"),
            };
            format!("F.adaptive_{name}_pool2d({{0}}, {})", pair(*size))
        } else if let Some(Reduce { reduce, start, end }) = op.get() {
            let name = match reduce {
                ReduceFn::Sum => "sum",
                ReduceFn::Mean => "mean",
                ReduceFn::Max => "amax",
                ReduceFn::Min => "amin",
            };
            format!("{{0}}.{name}({}, keepdim=True)", tuple(&(*start..*end).collect::<Vec<_>>()))
        } else if let Some(Softmax { log }) = op.get() {
            format!("F.{}softmax({{0}}, -1)", if *log { "log_" } else { "" })
        } else if let Some(Lrn { size, alpha, beta, k }) = op.get() {
            format!("F.local_response_norm({{0}}, {size}, {alpha}, {beta}, {k})")
        } else if let Some(ArgReduce { arg, dim }) = op.get() {
            let name = if *arg == ArgFn::Max { "argmax" } else { "argmin" };
            format!("{{0}}.{name}({dim}, keepdim=True)")
        } else if let Some(Cast { to }) = op.get() {
            format!("{{0}}.{}()", if *to == DType::U32 { "long" } else { "float" })
        } else if op.get::<WhereCond>().is_some() {
            "torch.where({0} != 0, {1}, {2})".to_owned()
        } else if let Some(Gather { dim, indexes }) = op.get() {
            let name = if *indexes == Indexes::PerSlice { "index_select" } else { "gather" };
            format!("{{0}}.{name}({dim}, {{1}})")
        } else if let Some(Resize2d { resize, direction: Direction::Forward, size }) = op.get() {
            let mode = match resize {
                ResizeFn::Nearest => "mode=\"nearest\"",
                ResizeFn::Bilinear => "mode=\"bilinear\", align_corners=False",
                ResizeFn::BilinearAligned => "mode=\"bilinear\", align_corners=True",
            };
            format!("F.interpolate({{0}}, {}, {mode})", tuple(size))
        } else if let Some(BatchNorm { eps }) = op.get() {
            let rows = [1, 2, 3, 4].map(|at| format!("{{{at}}}.flatten()")).join(", ");
            format!("F.batch_norm({{0}}, {rows}, eps={eps})")
        } else {
            return refuse(format!("it has the op {}, for which there is no text", op.name()));
        };
        Ok(Expression::call(text))
    }

    fn moved(&self, of: &Move) -> Result<Expression, CodeError> {
        Ok(Expression::call(match of {
            Move::Permute(dims) => format!("{{0}}.permute({})", joined(dims)),
            Move::BroadcastAs(_) => format!("{{0}}.expand({})", self.extents(false)),
            Move::Narrow { dim, start, .. } => match self.0.step.shape[*dim] {
                Extent::Fixed(len) => format!("{{0}}.narrow({dim}, {start}, {len})"),
                Extent::Batch(1) => format!("{{0}}.narrow({dim}, {start}, pictures)"),
                Extent::Batch(times) => format!("{{0}}.narrow({dim}, {start}, {times} * pictures)"),
            },
            Move::Flip(dim) => format!("{{0}}.flip({dim})"),
        }))
    }

    fn transposed(&self, of: &ConvTranspose2d) -> String {
        let (from, kernel) = (self.0.known(self.0.step.inputs[0]), self.0.known(self.0.step.inputs[1]));
        let Conv2d { padding: p, stride, dilation, groups } = &of.conv;
        let full = |d: usize| (from[2 + d] - 1) * stride + dilation * (kernel[2 + d] - 1) + 1;
        let rest = format!("groups={groups}, dilation={dilation}");
        if p.top == p.bottom && p.left == p.right {
            let more = [of.size[0] + 2 * p.top - full(0), of.size[1] + 2 * p.left - full(1)];
            let padding = pair([p.top, p.left]);
            return format!(
                "F.conv_transpose2d({{0}}, {{1}}, None, {stride}, {padding}, output_padding={}, {rest})",
                pair(more)
            );
        }
        // Padding cuts off; where it cuts more on one side, a slice does.
        let [down, across] =
            [[p.top, of.size[0]], [p.left, of.size[1]]].map(|[start, len]| format!("{start}:{}", start + len));
        format!("F.conv_transpose2d({{0}}, {{1}}, None, {stride}, {rest})[:, :, {down}, {across}]")
    }
}

fn is_even(p: &Padding) -> bool {
    p.top == p.bottom && p.left == p.right
}

/// What a convolution reads: zeros that lie more on one side are put there before.
fn padded(conv: &Conv2d) -> String {
    let Padding { top, bottom, left, right } = conv.padding;
    if is_even(&conv.padding) { "{0}".to_owned() } else { format!("F.pad({{0}}, ({left}, {right}, {top}, {bottom}))") }
}

/// What differs from PyTorch's defaults.
fn conv_settings(conv: &Conv2d) -> String {
    let Conv2d { padding, stride, dilation, groups } = conv;
    let mut text = String::new();
    if *stride != 1 {
        text.push_str(&format!(", stride={stride}"));
    }
    if is_even(padding) && *padding != Padding::default() {
        text.push_str(&format!(", padding={}", pair([padding.top, padding.left])));
    }
    if *dilation != 1 {
        text.push_str(&format!(", dilation={dilation}"));
    }
    if *groups != 1 {
        text.push_str(&format!(", groups={groups}"));
    }
    text
}

fn pooled(pool: &Pool2d) -> String {
    let Pool2d { kernel, stride, padding, ceil, .. } = pool;
    let mut text = format!("{{0}}, {}, {}", pair(*kernel), pair(*stride));
    if *padding != [0, 0] {
        text.push_str(&format!(", {}", pair(*padding)));
    }
    if *ceil {
        text.push_str(", ceil_mode=True");
    }
    match pool.pool {
        PoolFn::Max => format!("F.max_pool2d({text})"),
        PoolFn::Avg { count_padding: true } => format!("F.avg_pool2d({text})"),
        PoolFn::Avg { count_padding: false } => format!("F.avg_pool2d({text}, count_include_pad=False)"),
    }
}

fn unary(function: UnaryFn) -> Expression {
    use UnaryFn::*;
    Expression::call(match function {
        Neg => return Expression::infix("-{0}"),
        Abs => "torch.abs({0})".to_owned(),
        Sign => "torch.sign({0})".to_owned(),
        Exp => "torch.exp({0})".to_owned(),
        Log => "torch.log({0})".to_owned(),
        Sqrt => "torch.sqrt({0})".to_owned(),
        Recip => return Expression::infix("1 / {0}"),
        Sqr => "torch.square({0})".to_owned(),
        Sin => "torch.sin({0})".to_owned(),
        Cos => "torch.cos({0})".to_owned(),
        Tanh => "torch.tanh({0})".to_owned(),
        Sigmoid => "torch.sigmoid({0})".to_owned(),
        Relu => "F.relu({0})".to_owned(),
        LeakyRelu(slope) => format!("F.leaky_relu({{0}}, {slope})"),
        Elu(alpha) => format!("F.elu({{0}}, {alpha})"),
        Gelu => "F.gelu({0}, approximate=\"tanh\")".to_owned(),
        Silu => "F.silu({0})".to_owned(),
        Floor => "torch.floor({0})".to_owned(),
        Ceil => "torch.ceil({0})".to_owned(),
        // PyTorch's own goes to the even one at .5.
        Round => "(lambda x: torch.sign(x) * torch.floor(torch.abs(x) + 0.5))({0})".to_owned(),
        Clamp(low, high) => format!("torch.clamp({{0}}, {low:?}, {high:?})"),
        Affine(mul, add) => {
            return Expression::infix(match (mul, add) {
                (_, 0.0) => format!("{{0}} * {mul}"),
                (1.0, _) => format!("{{0}} + {add}"),
                _ => format!("{{0}} * {mul} + {add}"),
            });
        }
        Powf(exponent) => format!("torch.pow({{0}}, {exponent})"),
        Above(limit) => format!("torch.gt({{0}}, {limit}).float()"),
    })
}

fn binary(function: BinaryFn) -> Expression {
    use BinaryFn::*;
    let compared = |name: &str| Expression::call(format!("torch.{name}({{0}}, {{1}}).float()"));
    match function {
        Add => Expression::infix("{0} + {1}"),
        Sub => Expression::infix("{0} - {1}"),
        Mul => Expression::infix("{0} * {1}"),
        Div => Expression::infix("{0} / {1}"),
        Maximum => Expression::call("torch.maximum({0}, {1})"),
        Minimum => Expression::call("torch.minimum({0}, {1})"),
        Pow => Expression::call("torch.pow({0}, {1})"),
        Eq => compared("eq"),
        Ne => compared("ne"),
        Lt => compared("lt"),
        Le => compared("le"),
        Gt => compared("gt"),
        Ge => compared("ge"),
    }
}

pub(super) fn tuple(values: &[usize]) -> String {
    match values {
        [one] => format!("({one},)"),
        _ => format!("({})", joined(values)),
    }
}

pub(super) fn joined(values: &[usize]) -> String {
    values.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

/// Equal numbers once.
fn pair([a, b]: [usize; 2]) -> String {
    if a == b { a.to_string() } else { format!("({a}, {b})") }
}
