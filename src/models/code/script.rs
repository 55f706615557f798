//! A network as steps that a page goes through by itself, one picture at a time: what each is called, what it reads, its shape, its
//! numbers. `src/lab/transfer/page/run.js` is who goes through them.

use super::step::CodeStep;
use super::{CodeError, Known, refuse};
use crate::graph::NodeId;
use crate::graph::op::adaptive_pool2d::AdaptiveFn;
use crate::graph::op::binary::BinaryFn;
use crate::graph::op::conv2d::Padding;
use crate::graph::op::matmul::Order;
use crate::graph::op::pool2d::PoolFn;
use crate::graph::op::reduce::ReduceFn;
use crate::graph::op::unary::UnaryFn;
use crate::graph::op::{
    AdaptivePool2d, BatchNorm, Binary, Concat, Conv2d, Erf, Lrn, Matmul, Move, Op, Pad, Pool2d, Reduce, Reshape,
    Softmax, Unary,
};
use crate::models::outline::{Outline, OutlineWork};
use serde::Serialize;

/// One step.
#[derive(Serialize)]
pub struct ScriptStep {
    /// Others read it by this.
    pub id: NodeId,
    /// Of earlier steps.
    pub reads: Vec<NodeId>,
    /// Of its value, for one picture.
    pub shape: Vec<usize>,
    /// What it computes.
    #[serde(flatten)]
    pub work: ScriptWork,
}

/// What a step computes of what it reads.
#[derive(Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named as the op that it is of")]
pub enum ScriptWork {
    Picture,
    Variable {
        name: String,
    },
    Constant {
        values: Vec<f64>,
    },
    /// Zeros above, below, on the left and on the right.
    Conv {
        zeros: [usize; 4],
        stride: usize,
        dilation: usize,
        groups: usize,
    },
    Linear,
    /// Of each channel: mean, variance, weight, bias.
    BatchNorm {
        eps: f64,
    },
    LayerNorm {
        dim: usize,
        eps: f64,
    },
    GeluErf,
    SpatialMean,
    Quantised {
        scale: f32,
        zero: u32,
        most: u32,
    },
    Erf,
    Unary {
        name: &'static str,
        a: f64,
        b: f64,
    },
    Binary {
        name: &'static str,
    },
    /// Which of the two lie transposed.
    Matmul {
        turned: [bool; 2],
    },
    Permute {
        dims: Vec<usize>,
    },
    Broadcast,
    Narrow {
        dim: usize,
        start: usize,
    },
    Flip {
        dim: usize,
    },
    Reshape,
    Concat {
        dim: usize,
    },
    Pad {
        dim: usize,
        left: usize,
    },
    /// A mean counts zeros around the picture or not.
    Pool {
        is_max: bool,
        counts_zeros: bool,
        kernel: [usize; 2],
        stride: [usize; 2],
        zeros: [usize; 2],
    },
    AdaptivePool {
        is_max: bool,
    },
    Reduce {
        name: &'static str,
        start: usize,
        end: usize,
    },
    Softmax {
        log: bool,
    },
    Lrn {
        size: usize,
        alpha: f64,
        beta: f64,
        k: f64,
    },
}

/// The steps, each after what it reads; the last one gives the answer.
///
/// # Errors
/// [`CodeError`] with the op that a page cannot compute.
pub fn to_script(outline: &Outline) -> Result<Vec<ScriptStep>, CodeError> {
    let step = |step| {
        let own = CodeStep { outline, step };
        let (id, reads, shape) = (step.id, step.inputs.clone(), own.own());
        Ok(ScriptStep { id, reads, shape, work: work_of(&step.work)? })
    };
    outline.steps.iter().map(step).collect()
}

fn work_of(work: &OutlineWork) -> Result<ScriptWork, CodeError> {
    Ok(match work {
        OutlineWork::Picture => ScriptWork::Picture,
        OutlineWork::Variable(name) => ScriptWork::Variable { name: name.clone() },
        OutlineWork::Constant(value) => {
            let known = Known::of(value)?;
            known.check()?;
            ScriptWork::Constant { values: known.values }
        }
        OutlineWork::Convolution(Conv2d {
            padding: Padding { top, bottom, left, right },
            stride,
            dilation,
            groups,
        }) => {
            let (stride, dilation, groups) = (*stride, *dilation, *groups);
            ScriptWork::Conv { zeros: [*top, *bottom, *left, *right], stride, dilation, groups }
        }
        OutlineWork::Linear => ScriptWork::Linear,
        OutlineWork::Normalisation(eps) => ScriptWork::BatchNorm { eps: *eps },
        OutlineWork::LayerNorm(dim, eps) => ScriptWork::LayerNorm { dim: *dim, eps: *eps },
        OutlineWork::Gelu => ScriptWork::GeluErf,
        OutlineWork::SpatialMean => ScriptWork::SpatialMean,
        OutlineWork::Quantised { scale, zero, most } => {
            ScriptWork::Quantised { scale: *scale, zero: *zero, most: *most }
        }
        OutlineWork::Op(op) => return of_op(op),
    })
}

fn of_op(op: &Op) -> Result<ScriptWork, CodeError> {
    Ok(if let Some(Unary(function)) = op.get() {
        unary(*function)
    } else if let Some(Binary(function)) = op.get() {
        ScriptWork::Binary { name: binary(*function) }
    } else if let Some(of) = op.get::<Matmul>() {
        ScriptWork::Matmul { turned: [of.a, of.b].map(|order| order == Order::Columns) }
    } else if let Some(of) = op.get::<Move>() {
        match of {
            Move::Permute(dims) => ScriptWork::Permute { dims: dims.to_vec() },
            Move::BroadcastAs(_) => ScriptWork::Broadcast,
            Move::Narrow { dim, start, .. } => ScriptWork::Narrow { dim: *dim, start: *start },
            Move::Flip(dim) => ScriptWork::Flip { dim: *dim },
        }
    } else if op.get::<Erf>().is_some() {
        ScriptWork::Erf
    } else if op.get::<Reshape>().is_some() {
        ScriptWork::Reshape
    } else if let Some(Concat { dim }) = op.get() {
        ScriptWork::Concat { dim: *dim }
    } else if let Some(Pad { dim, left, .. }) = op.get() {
        ScriptWork::Pad { dim: *dim, left: *left }
    } else if let Some(Pool2d { pool, kernel, stride, padding, .. }) = op.get() {
        let counts_zeros = *pool == PoolFn::Avg { count_padding: true };
        let (is_max, kernel, stride, zeros) = (*pool == PoolFn::Max, *kernel, *stride, *padding);
        ScriptWork::Pool { is_max, counts_zeros, kernel, stride, zeros }
    } else if let Some(AdaptivePool2d { pool, .. }) = op.get() {
        match pool {
            AdaptiveFn::Avg => ScriptWork::AdaptivePool { is_max: false },
            AdaptiveFn::Max => ScriptWork::AdaptivePool { is_max: true },
            AdaptiveFn::Sum => return refuse("it sums up windows, as gradients do"),
        }
    } else if let Some(Reduce { reduce, start, end }) = op.get() {
        let name = match reduce {
            ReduceFn::Sum => "sum",
            ReduceFn::Mean => "mean",
            ReduceFn::Max => "max",
            ReduceFn::Min => "min",
        };
        ScriptWork::Reduce { name, start: *start, end: *end }
    } else if let Some(Softmax { log }) = op.get() {
        ScriptWork::Softmax { log: *log }
    } else if let Some(Lrn { size, alpha, beta, k }) = op.get() {
        ScriptWork::Lrn { size: *size, alpha: *alpha, beta: *beta, k: *k }
    } else if let Some(BatchNorm { eps }) = op.get() {
        ScriptWork::BatchNorm { eps: *eps }
    } else {
        return refuse(format!("it has the op {}, which a page by itself does not compute", op.name()));
    })
}

fn unary(function: UnaryFn) -> ScriptWork {
    use UnaryFn::*;
    // JSON knows no infinity.
    let known = |x: f64| x.clamp(f64::MIN, f64::MAX);
    let (name, a, b) = match function {
        Neg => ("affine", -1.0, 0.0),
        Abs => ("abs", 0.0, 0.0),
        Sign => ("sign", 0.0, 0.0),
        Exp => ("exp", 0.0, 0.0),
        Log => ("log", 0.0, 0.0),
        Sqrt => ("sqrt", 0.0, 0.0),
        Recip => ("recip", 0.0, 0.0),
        Sqr => ("sqr", 0.0, 0.0),
        Sin => ("sin", 0.0, 0.0),
        Cos => ("cos", 0.0, 0.0),
        Tanh => ("tanh", 0.0, 0.0),
        Sigmoid => ("sigmoid", 0.0, 0.0),
        Relu => ("relu", 0.0, 0.0),
        LeakyRelu(slope) => ("leaky_relu", slope, 0.0),
        Elu(alpha) => ("elu", alpha, 0.0),
        Gelu => ("gelu", 0.0, 0.0),
        Silu => ("silu", 0.0, 0.0),
        Floor => ("floor", 0.0, 0.0),
        Ceil => ("ceil", 0.0, 0.0),
        Round => ("round", 0.0, 0.0),
        Clamp(low, high) => ("clamp", known(low), known(high)),
        Affine(mul, add) => ("affine", mul, add),
        Powf(exponent) => ("pow", exponent, 0.0),
        Above(limit) => ("above", limit, 0.0),
    };
    ScriptWork::Unary { name, a, b }
}

fn binary(function: BinaryFn) -> &'static str {
    use BinaryFn::*;
    match function {
        Add => "add",
        Sub => "sub",
        Mul => "mul",
        Div => "div",
        Maximum => "max",
        Minimum => "min",
        Pow => "pow",
        Eq => "eq",
        Ne => "ne",
        Lt => "lt",
        Le => "le",
        Gt => "gt",
        Ge => "ge",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::networks;

    #[test]
    fn every_network_is_one() {
        for network in networks() {
            let steps =
                to_script(&Outline::of(&network).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", network.id));
            let of = |at: usize| steps[..at].iter().map(|step| step.id).collect::<Vec<_>>();
            for (at, step) in steps.iter().enumerate() {
                let known = of(at);
                assert!(step.reads.iter().all(|read| known.contains(read)), "{}", network.id);
            }
            assert_eq!(steps.last().unwrap().shape, [1, network.classes], "{}", network.id);
        }
    }
}
