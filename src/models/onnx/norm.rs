//! Normalisations. All are trained already: statistics that a file holds are used as they are, unless a node asks for its own.

use super::array::Value;
use super::call::{NodeCall, NodeValues, Refusal, one, refuse};
use crate::graph::Tensor;
use crate::graph::op::Lrn;

/// A value for each channel, to be broadcast over a tensor of this rank.
fn row(x: &Tensor, rank: usize) -> Result<Tensor, Refusal> {
    let mut shape = vec![1; rank];
    shape[1] = x.elem_count();
    Ok(x.reshape(shape)?)
}

pub(super) fn batch(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let rank = x.rank();
    if rank < 2 {
        return refuse(format!("its input has {rank} dimensions, and no channels"));
    }
    let part = |at: usize| row(&call.live(at)?, rank);
    if call.flag("training_mode", false) {
        return batch_of_its_own(call, &x);
    }
    one(x.batch_norm(&part(3)?, &part(4)?, &part(1)?, &part(2)?, call.float_or("epsilon", 1e-5))?)
}

/// By the moments of the pictures themselves, which also move the running ones.
fn batch_of_its_own(call: &NodeCall, x: &Tensor) -> NodeValues {
    let (rank, eps) = (x.rank(), call.float_or("epsilon", 1e-5));
    let mean = |x: &Tensor| (0..rank).filter(|&dim| dim != 1).try_fold(x.clone(), |x, dim| x.mean_keepdim(dim));
    let own = mean(x)?;
    let centred = x.broadcast_sub(&own)?;
    let var = mean(&centred.sqr()?)?;
    let unit = centred.broadcast_div(&var.affine(1.0, eps)?.sqrt()?)?;
    let y = unit.broadcast_mul(&row(&call.live(1)?, rank)?)?.broadcast_add(&row(&call.live(2)?, rank)?)?;
    let momentum = call.float_or("momentum", 0.9);
    let moved = |at: usize, own: &Tensor| -> Result<Value, Refusal> {
        let running = call.live(at)?;
        let own = own.reshape(running.dims().to_vec())?.affine(1.0 - momentum, 0.0)?;
        Ok(Value::float(running.affine(momentum, 0.0)?.broadcast_add(&own)?))
    };
    [Ok(Value::float(y)), moved(3, &own), moved(4, &var)].into_iter().take(call.wanted().max(1)).collect()
}

/// Mean and variance of all but the first dimensions become 0 and 1.
fn standardised(x: &Tensor, from: usize, eps: f64) -> Result<Tensor, Refusal> {
    let shape = x.dims().to_vec();
    let inner = shape[from..].iter().product::<usize>();
    let flat = x.reshape([&shape[..from], &[inner]].concat())?;
    let centred = flat.broadcast_sub(&flat.mean_keepdim(from)?)?;
    let std = centred.sqr()?.mean_keepdim(from)?.affine(1.0, eps)?.sqrt()?;
    Ok(centred.broadcast_div(&std)?.reshape(shape)?)
}

pub(super) fn instance(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let y = standardised(&x, 2, call.float_or("epsilon", 1e-5))?;
    one(y.broadcast_mul(&row(&call.live(1)?, x.rank())?)?.broadcast_add(&row(&call.live(2)?, x.rank())?)?)
}

/// Scale and bias have a value for each channel (opset 21) or each group (18).
pub(super) fn group(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let (shape, groups) = (x.dims().to_vec(), call.int_or("num_groups", 1).max(1) as usize);
    if shape.len() < 2 || !shape[1].is_multiple_of(groups) {
        return refuse(format!("its input {shape:?} has no {groups} groups of channels"));
    }
    let parted = x.reshape([&[shape[0], groups, shape[1] / groups], &shape[2..]].concat())?;
    let y = standardised(&parted, 2, call.float_or("epsilon", 1e-5))?;
    let (scale, bias) = (call.live(1)?, call.live(2)?);
    if scale.elem_count() == groups && groups != shape[1] {
        let (scale, bias) = (row(&scale, y.rank())?, row(&bias, y.rank())?);
        return one(y.broadcast_mul(&scale)?.broadcast_add(&bias)?.reshape(shape)?);
    }
    let y = y.reshape(shape.clone())?;
    one(y.broadcast_mul(&row(&scale, shape.len())?)?.broadcast_add(&row(&bias, shape.len())?)?)
}

pub(super) fn layer(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let (shape, eps) = (x.dims().to_vec(), call.float_or("epsilon", 1e-5));
    let from = call.axis(call.int_or("axis", -1), shape.len())?;
    let flat = x.reshape([&shape[..from], &[shape[from..].iter().product()]].concat())?;
    let mean = flat.mean_keepdim(from)?;
    let centred = if call.op() == "RMSNormalization" { flat } else { flat.broadcast_sub(&mean)? };
    let inverse = centred.sqr()?.mean_keepdim(from)?.affine(1.0, eps)?.sqrt()?.recip()?;
    let y = centred.broadcast_mul(&inverse)?.reshape(shape.clone())?;
    let y = if call.has(1) { y.broadcast_mul(&call.live(1)?)? } else { y };
    let y = if call.has(2) { y.broadcast_add(&call.live(2)?)? } else { y };
    let reduced = [&shape[..from], &vec![1; shape.len() - from]].concat();
    let rest = [mean, inverse].into_iter().map(|part| Ok(Value::float(part.reshape(reduced.clone())?)));
    std::iter::once(Ok(Value::float(y))).chain(rest).take(call.wanted()).collect()
}

pub(super) fn local_response(call: &NodeCall) -> NodeValues {
    let size = call.int_or("size", 1).max(1) as usize;
    let lrn = Lrn {
        size,
        alpha: call.float_or("alpha", 1e-4),
        beta: call.float_or("beta", 0.75),
        k: call.float_or("bias", 1.0),
    };
    let x = call.live(0)?;
    // The longer half of an even window lies behind a channel, and the engine's before it.
    one(if size % 2 == 1 { x.local_response_norm(lrn)? } else { x.flip(1)?.local_response_norm(lrn)?.flip(1)? })
}

/// Over dimensions, to length 1 by the 1- or 2-norm.
pub(super) fn lp(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let axis = call.axis(call.int_or("axis", -1), x.rank())?;
    let length = match call.int_or("p", 2) {
        1 => x.abs()?.sum_keepdim(axis)?,
        _ => x.sqr()?.sum_keepdim(axis)?.sqrt()?,
    };
    // What is all zeros stays so.
    one(x.broadcast_div(&length.clamp(f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX))?)?)
}

/// Channels, rows and columns to mean 0 and variance 1 over the given dimensions.
pub(super) fn mean_variance(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let axes = call.axes(Some(call.ints("axes").unwrap_or_else(|| vec![0, 2, 3])), x.rank())?;
    let mean = |x: &Tensor| axes.iter().try_fold(x.clone(), |x, &axis| x.mean_keepdim(axis));
    let centred = x.broadcast_sub(&mean(&x)?)?;
    one(centred.broadcast_div(&mean(&centred.sqr()?)?.affine(1.0, 1e-9)?.sqrt()?)?)
}

/// Over one dimension; before opset 13 over all from it on.
pub(super) fn softmax(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let old = call.opset < 13;
    let axis = call.axis(call.int_or("axis", if old { 1 } else { -1 }), x.rank())?;
    let apply = |x: &Tensor| match call.op() {
        "LogSoftmax" => x.log_softmax(),
        _ => x.softmax(),
    };
    if old {
        let shape = x.dims().to_vec();
        let rows = shape[..axis].iter().product::<usize>();
        let y = apply(&x.reshape(vec![rows, shape[axis..].iter().product()])?)?;
        return one(y.reshape(shape)?);
    }
    let last = x.rank() - 1;
    let y = if axis == last { apply(&x)? } else { apply(&x.transpose(axis, last)?)?.transpose(axis, last)? };
    one(y)
}
