//! Sums, means, extremes and their places over dimensions.

use super::array::{Kind, KnownArray, Value};
use super::call::{NodeCall, NodeValues, Refusal, known, of_kind, refuse};
use crate::graph::{DType, ShapeError, Spec, Tensor};

pub(super) fn reduce(call: &NodeCall) -> NodeValues {
    let value = call.value(0)?;
    let shape = value.shape();
    let axes = call.ints_or_input("axes", 1)?;
    if axes.as_ref().is_none_or(Vec::is_empty) && call.flag("noop_with_empty_axes", false) {
        return Ok(vec![value.clone()]);
    }
    let axes = call.axes(axes.filter(|axes| !axes.is_empty()), shape.len())?;
    let left: Vec<usize> = (0..shape.len()).map(|d| if axes.contains(&d) { 1 } else { shape[d] }).collect();
    let dropped = || (0..shape.len()).filter(|d| !axes.contains(d)).map(|d| shape[d]).collect::<Vec<_>>();
    let shape_after = if call.flag("keepdims", true) { left.clone() } else { dropped() };
    match value {
        Value::Known(array) => {
            let mut groups = vec![Vec::new(); left.iter().product()];
            for (at, &value) in array.values.iter().enumerate() {
                groups[place(at, &array.shape, &left)].push(value);
            }
            let values = groups.iter().map(|group| now(call.op(), group)).collect::<Result<_, _>>()?;
            known(KnownArray::new(array.kind, shape_after, values))
        }
        Value::Live(tensor, kind) => {
            let y = later(call.op(), tensor, &axes)?;
            of_kind(if y.dims() == shape_after { y } else { y.reshape(shape_after)? }, *kind)
        }
    }
}

/// Where element `at` of `shape` falls in a shape whose reduced extents are 1.
fn place(at: usize, shape: &[usize], left: &[usize]) -> usize {
    let (mut rest, mut stride, mut to) = (at, 1, 0);
    for (&extent, &kept) in shape.iter().zip(left).rev() {
        if kept > 1 {
            to += rest % extent * stride;
        }
        stride *= kept;
        rest /= extent;
    }
    to
}

fn now(op: &str, group: &[f64]) -> Result<f64, Refusal> {
    let sum = |f: fn(f64) -> f64| group.iter().copied().map(f).sum::<f64>();
    Ok(match op {
        "ReduceSum" => sum(|x| x),
        "ReduceMean" => sum(|x| x) / group.len() as f64,
        "ReduceMax" => group.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "ReduceMin" => group.iter().copied().fold(f64::INFINITY, f64::min),
        "ReduceProd" => group.iter().product(),
        "ReduceL1" => sum(f64::abs),
        "ReduceL2" => sum(|x| x * x).sqrt(),
        "ReduceSumSquare" => sum(|x| x * x),
        "ReduceLogSum" => sum(|x| x).ln(),
        "ReduceLogSumExp" => sum(f64::exp).ln(),
        other => return refuse(format!("{other} is no reduction")),
    })
}

fn later(op: &str, x: &Tensor, axes: &[usize]) -> Result<Tensor, Refusal> {
    let each = |x: &Tensor, f: fn(&Tensor, usize) -> Result<Tensor, ShapeError>| {
        axes.iter().try_fold(x.clone(), |x, &axis| f(&x, axis))
    };
    Ok(match op {
        "ReduceSum" => each(x, Tensor::sum_keepdim)?,
        "ReduceMean" => each(x, Tensor::mean_keepdim)?,
        "ReduceMax" => each(x, Tensor::max_keepdim)?,
        "ReduceMin" => each(x, Tensor::min_keepdim)?,
        "ReduceL1" => each(&x.abs()?, Tensor::sum_keepdim)?,
        "ReduceL2" => each(&x.sqr()?, Tensor::sum_keepdim)?.sqrt()?,
        "ReduceSumSquare" => each(&x.sqr()?, Tensor::sum_keepdim)?,
        "ReduceLogSum" => each(x, Tensor::sum_keepdim)?.log()?,
        "ReduceLogSumExp" => {
            let most = each(x, Tensor::max_keepdim)?;
            each(&x.broadcast_sub(&most)?.exp()?, Tensor::sum_keepdim)?.log()?.broadcast_add(&most)?
        }
        "ReduceProd" => axes.iter().try_fold(x.clone(), |x, &axis| product_along(&x, axis))?,
        other => return refuse(format!("{other} is no reduction")),
    })
}

/// By halves, so that no logarithm has to be taken of what may be negative.
fn product_along(x: &Tensor, axis: usize) -> Result<Tensor, Refusal> {
    let mut x = x.clone();
    while x.dims()[axis] > 1 {
        let (len, half) = (x.dims()[axis], x.dims()[axis] / 2);
        let pairs = x.narrow(axis, 0, half)?.broadcast_mul(&x.narrow(axis, half, half)?)?;
        x = if len % 2 == 1 { Tensor::cat(&[&pairs, &x.narrow(axis, len - 1, 1)?], axis)? } else { pairs };
    }
    Ok(x)
}

/// The place of the largest or smallest: of equal ones the first, or the last where that is asked for.
pub(super) fn arg(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let axis = call.axis(call.int_or("axis", 0), x.rank())?;
    let (last, extent) = (call.flag("select_last_index", false), x.dims()[axis]);
    let x = if last { x.flip(axis)? } else { x };
    let places = if call.op() == "ArgMax" { x.argmax_keepdim(axis)? } else { x.argmin_keepdim(axis)? };
    let places = places.to_dtype(DType::F32)?;
    let places = if last { places.affine(-1.0, extent as f64 - 1.0)? } else { places };
    of_kind(if call.flag("keepdims", true) { places } else { places.squeeze(axis)? }, Kind::Int)
}

/// The largest or smallest few, one after the other: each is taken out before the next is looked for.
pub(super) fn top(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let axis = call.axis(call.int_or("axis", -1), x.rank())?;
    let count = match call.int("k") {
        Some(k) => k,
        None => call.known(1, "k")?.single().unwrap_or(0.0) as i64,
    };
    let extent = x.dims()[axis];
    let Some(count) = usize::try_from(count).ok().filter(|&count| (1..=extent.min(MOST_TOP)).contains(&count)) else {
        return refuse(format!("it wants the first {count} of {extent}; up to {MOST_TOP} are supported"));
    };
    let largest = call.flag("largest", true);
    let mut rest = if largest { x } else { x.neg()? };
    let mut shape = vec![1; rest.rank()];
    shape[axis] = extent;
    let places: Vec<f64> = (0..extent).map(|at| at as f64).collect();
    let places = call.graph.constant_of("onnx", &places, &Spec::new(shape, rest.dtype()))?;
    let (mut values, mut indexes) = (Vec::new(), Vec::new());
    let lowest = rest.graph().full(f64::from(f32::MIN), Spec::new(vec![1; rest.rank()], rest.dtype()))?;
    for _ in 0..count {
        let at = rest.argmax_keepdim(axis)?.to_dtype(DType::F32)?;
        values.push(rest.max_keepdim(axis)?);
        rest = places.broadcast_eq(&at)?.where_cond(&lowest, &rest)?;
        indexes.push(at);
    }
    let joined = |parts: &[Tensor]| Tensor::cat(&parts.iter().collect::<Vec<_>>(), axis);
    let values = joined(&values)?;
    let values = if largest { values } else { values.neg()? };
    Ok(vec![Value::Live(values, call.value(0)?.kind()), Value::Live(joined(&indexes)?, Kind::Int)])
}

/// Each of the first few costs a pass over all.
const MOST_TOP: usize = 32;

/// Above or below a diagonal; the rest is zero.
pub(super) fn triangle(call: &NodeCall) -> NodeValues {
    let shift = if call.has(1) { call.known(1, "k")?.single().unwrap_or(0.0) as i64 } else { 0 };
    let upper = call.flag("upper", true);
    let x = call.live(0)?;
    let Some(&[rows, columns]) = x.dims().last_chunk::<2>() else { return refuse("its input is no matrix") };
    if x.elem_count() == 0 {
        return Ok(vec![call.value(0)?.clone()]);
    }
    let stays = |at: usize| {
        let above = (at % columns) as i64 - (at / columns) as i64;
        f64::from(if upper { above >= shift } else { above <= shift })
    };
    let mask: Vec<f64> = (0..rows * columns).map(stays).collect();
    let mask = call.graph.constant_of("onnx", &mask, &Spec::new([rows, columns], x.dtype()))?;
    of_kind(x.broadcast_mul(&mask)?, call.value(0)?.kind())
}

/// Running sums as a product with a triangle of ones.
pub(super) fn cumulative_sum(call: &NodeCall) -> NodeValues {
    let axis = call.known(1, "axis")?.single().unwrap_or(0.0) as i64;
    let x = call.live(0)?;
    let axis = call.axis(axis, x.rank())?;
    let (len, last) = (x.dims()[axis], x.rank() - 1);
    let (exclusive, reverse) = (call.flag("exclusive", false), call.flag("reverse", false));
    let counts = |from: usize, to: usize| {
        let (a, b) = if reverse { (to, from) } else { (from, to) };
        if exclusive { a < b } else { a <= b }
    };
    let ones: Vec<f64> = (0..len * len).map(|at| f64::from(counts(at / len, at % len))).collect();
    along(&x, axis, last, &KnownArray::new(Kind::Float, vec![len, len], ones), call)
        .and_then(|y| of_kind(y, call.value(0)?.kind()))
}

/// A known matrix `[from, to]` applied along one dimension.
pub(super) fn along(
    x: &Tensor,
    axis: usize,
    last: usize,
    matrix: &KnownArray,
    call: &NodeCall,
) -> Result<Tensor, Refusal> {
    let matrix = matrix.live(call.graph)?;
    let turned = if axis == last { x.clone() } else { x.transpose(axis, last)? };
    let shape = turned.dims().to_vec();
    let rows = shape[..last].iter().product();
    let y = turned.reshape(vec![rows, shape[last]])?.matmul(&matrix)?;
    let y = y.reshape([&shape[..last], &matrix.dims()[1..]].concat())?;
    Ok(if axis == last { y } else { y.transpose(axis, last)? })
}
