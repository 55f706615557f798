//! A network of every op that a forward pass may have and that other libraries can say, for the source that is written of it.

use candle_core::{Device, Tensor as Host};
use neocog::graph::op::binary::BinaryFn;
use neocog::graph::op::conv2d::Padding;
use neocog::graph::op::pool2d::PoolFn;
use neocog::graph::op::reduce::ReduceFn;
use neocog::graph::op::resize2d::ResizeFn;
use neocog::graph::op::unary::UnaryFn;
use neocog::graph::op::{Binary, Cast, Conv2d, Lrn, Op, Pool2d, Reduce, Unary};
use neocog::graph::{DType, Init, ShapeError, Tensor};
use neocog::models::{Architecture, Brought, FileTrial, Network};
use neocog::nn::checkpoint::Checkpoint;
use neocog::nn::{Normalise, Resizing, VarBuilder};
use std::rc::Rc;

#[derive(Debug)]
struct EveryOp;

pub(crate) fn every_op() -> Network {
    Network {
        id: "every_op".to_owned(),
        title: "Every op".to_owned(),
        paper: "",
        input: [3, 30, 26],
        classes: 7,
        names: None,
        normalise: Normalise::UNIT,
        resizing: Resizing::default(),
        architecture: Architecture::Brought(Rc::new(EveryOp)),
    }
}

/// Of one tensor, or of several of a kind.
fn of(op: impl Into<Op>, inputs: &[&Tensor]) -> Result<Tensor, ShapeError> {
    inputs[0].graph().apply(op, inputs)
}

fn sum(parts: Vec<Tensor>) -> Result<Tensor, ShapeError> {
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap();
    parts.try_fold(first, |all, part| all.add(&part))
}

impl Brought for EveryOp {
    fn forward(&self, x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError> {
        let weight = |shape: &[usize], name: &str| vb.get_with_hints(shape, name, Init::HeNormal);
        let x = windows(x, &weight)?;
        let x = pointwise(&x, &weight([1, 7, 1, 1].as_slice(), "scale")?)?;
        reduced(&x)
    }

    fn trial(&self, _: &Checkpoint, _: &[Vec<u8>], _: &[Vec<u8>]) -> Result<Box<dyn FileTrial>, String> {
        Err("it came from no file".to_owned())
    }
}

type Weight<'a> = &'a dyn Fn(&[usize], &str) -> Result<Tensor, ShapeError>;

/// `[batch, 3, 30, 26]` → `[batch, 7, 10, 12]`.
fn windows(x: &Tensor, weight: Weight<'_>) -> Result<Tensor, ShapeError> {
    let padding = Padding { top: 1, bottom: 2, left: 0, right: 1 };
    let conv = Conv2d { padding, stride: 2, dilation: 1, groups: 1 };
    let x = x.conv2d_padded(&weight(&[6, 3, 5, 4], "stem.weight")?, conv)?;
    let x = x.local_response_norm(Lrn { size: 5, alpha: 0.5, beta: 0.75, k: 2.0 })?;
    let pools = [PoolFn::Max, PoolFn::Avg { count_padding: false }, PoolFn::Avg { count_padding: true }];
    let pooled = pools.map(|pool| {
        [true, false].map(|ceil| x.pool2d(Pool2d { pool, kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceil }))
    });
    let pooled = pooled.into_iter().flatten().map(|x| x?.adaptive_avg_pool2d(7, 7)).collect::<Result<Vec<_>, _>>()?;
    let x = Tensor::cat(&pooled.iter().collect::<Vec<_>>(), 1)?;
    let x = x.adaptive_avg_pool2d(5, 3)?.sub(&x.adaptive_max_pool2d(5, 3)?)?;
    let sizes = [ResizeFn::Nearest, ResizeFn::Bilinear, ResizeFn::BilinearAligned];
    let resized = sizes.map(|resize| x.resize2d(resize, [9, 6])).into_iter().collect::<Result<Vec<_>, _>>()?;
    let x = Tensor::cat(&resized.iter().collect::<Vec<_>>(), 1)?;
    let x = x.conv_transpose2d(&weight(&[108, 4, 3, 3], "up.weight")?, 1, 1, 2, 1, 1)?;
    x.flip(3)?.narrow(2, 3, 10)?.pad_with_zeros(1, 1, 2)
}

fn pointwise(x: &Tensor, scale: &Tensor) -> Result<Tensor, ShapeError> {
    use UnaryFn::*;
    let plain = [
        Neg,
        Abs,
        Sign,
        Sqr,
        Sin,
        Cos,
        Tanh,
        Sigmoid,
        Relu,
        LeakyRelu(0.1),
        Elu(0.7),
        Gelu,
        Silu,
        Floor,
        Ceil,
        Round,
        Clamp(-0.5, 0.5),
        Affine(1.5, -0.25),
        Above(0.1),
    ];
    let x = of(Unary(Tanh), &[x])?;
    let all = plain.map(|function| of(Unary(function), &[&x])).into_iter().collect::<Result<Vec<_>, _>>()?;
    let positive = of(Unary(Affine(1.0, 1.5)), &[&x])?;
    let more = [Exp, Log, Sqrt, Recip, Powf(1.3)].map(|function| of(Unary(function), &[&positive]));
    let y = sum(all)?.add(&sum(more.into_iter().collect::<Result<Vec<_>, _>>()?)?)?;
    let y = y.add(&x.erf()?)?.add(&x.gelu_erf()?)?;
    let y = of(Unary(Affine(0.1, 0.0)), &[&y])?;
    use BinaryFn::{Add, Div, Eq, Ge, Gt, Le, Lt, Maximum, Minimum, Mul, Ne, Sub};
    let two = [Add, Sub, Mul, Maximum, Minimum, Eq, Ne, Lt, Le, Gt, Ge];
    let both = two.map(|function| of(Binary(function), &[&y, &x])).into_iter().collect::<Result<Vec<_>, _>>()?;
    let spread = [Mul, Maximum, Ge].map(|function| of(Binary(function), &[&y, scale]));
    let y = sum(both)?.add(&sum(spread.into_iter().collect::<Result<Vec<_>, _>>()?)?)?;
    let y = of(Binary(Div), &[&y, &positive])?;
    of(Unary(Above(0.0)), &[&x])?.where_cond(&y, &x)
}

/// `[batch, 7, 10, 12]` → `[batch, 7]`.
fn reduced(x: &Tensor) -> Result<Tensor, ShapeError> {
    let reduced = [ReduceFn::Sum, ReduceFn::Mean, ReduceFn::Max, ReduceFn::Min]
        .map(|reduce| of(Reduce { reduce, start: 2, end: 4 }, &[x]));
    let reduced = sum(reduced.into_iter().collect::<Result<Vec<_>, _>>()?)?;
    let order = x.graph().constant(&Host::new(&[6u32, 0, 5, 1, 4, 2, 3], &Device::Cpu).unwrap()).unwrap();
    let turned = x.index_select(&order, 1)?;
    let strongest = turned.gather(&turned.argmax_keepdim(3)?, 3)?;
    let place = of(Cast { to: DType::F32 }, &[&turned.argmin_keepdim(3)?])?;
    let products = turned.matmul(&x.t()?)?.softmax()?.add(&x.matmul(&turned.t()?)?.log_softmax()?)?;
    let batch = x.dims()[0];
    let flat = |x: &Tensor| x.reshape([batch, 7, x.elem_count() / batch / 7])?.mean_keepdim(2)?.reshape([batch, 7]);
    sum(vec![
        flat(&reduced)?,
        flat(&strongest)?,
        flat(&place)?,
        flat(&products)?,
        flat(&x.permute([0, 1, 3, 2])?.broadcast_as([batch, 7, 12, 10])?)?,
    ])
}
