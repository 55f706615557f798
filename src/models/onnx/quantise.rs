//! Quantised values, computed in floats: whole numbers are kept as such, scales and zero points are applied.

use super::array::{Kind, Value};
use super::call::{NodeCall, NodeValues, Refusal, of_kind, one};
use super::pointwise::rounded;
use super::product::product;
use super::{file, windows};
use crate::graph::{Spec, Tensor};
use crate::models::rounding::{around, round_through};
use rten_onnx::onnx::DataType;

/// A scale or a zero point for a tensor of these extents: along its axis where it has one for each channel or for each block of them.
fn spread(x: &Tensor, call: &NodeCall, to: &[usize]) -> Result<Tensor, Refusal> {
    let rank = to.len();
    if x.elem_count() == 1 {
        return Ok(x.reshape(vec![1; rank])?);
    }
    let axis = call.axis(call.int_or("axis", 1), rank)?;
    let block = (call.int_or("block_size", 0).max(0) as usize).min(to[axis]);
    if block > 0 && x.rank() == rank {
        // Each over and over, along the axis.
        let mut shape = x.dims().to_vec();
        let mut wide = shape.clone();
        wide.insert(axis + 1, block);
        shape[axis] *= block;
        let each = x.unsqueeze(axis + 1)?.broadcast_as(wide)?.reshape(shape)?;
        return Ok(each.narrow(axis, 0, to[axis])?);
    }
    if x.rank() != 1 {
        return Ok(x.clone());
    }
    let mut shape = vec![1; rank];
    shape[axis] = x.elem_count();
    Ok(x.reshape(shape)?)
}

/// `(x - zero) · scale`
pub(super) fn dequantise(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let to = x.dims().to_vec();
    let zero = call.optional(2)?.map(|zero| spread(&zero, call, &to)).transpose()?;
    let centred = match zero {
        Some(zero) => x.broadcast_sub(&zero)?,
        None => x,
    };
    one(centred.broadcast_mul(&spread(&call.live(1)?, call, &to)?)?)
}

/// `x / scale`, rounded, `+ zero`, and kept to what the result's bits hold. The gradient goes through what is rounded.
pub(super) fn quantise(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let to = x.dims().to_vec();
    let [low, high] = limits(call, 2);
    let known = match call.inputs.get(2) {
        Some(Some(Value::Known(zero))) => zero.single(),
        Some(Some(Value::Live(..))) => None,
        Some(None) | None => Some(0.0),
    };
    let mut scaled = x.broadcast_div(&spread(&call.live(1)?, call, &to)?)?;
    if let Some(zero) = known {
        let [low, high] = around([low, high], zero);
        scaled = scaled.clamp(low, high)?;
    }
    let scaled = round_through(&scaled)?;
    let zero = call.optional(2)?.map(|zero| spread(&zero, call, &to)).transpose()?;
    let shifted = match zero {
        Some(zero) => scaled.broadcast_add(&zero)?,
        None => scaled,
    };
    of_kind(if known.is_some() { shifted } else { shifted.clamp(low, high)? }, Kind::Int)
}

/// What the result can hold: a file's zero points say it, else a setting, else it is eight bits without a sign.
fn limits(call: &NodeCall, zero: usize) -> [f64; 2] {
    let chosen = file::limits(DataType(call.int_or("output_dtype", 0) as i32));
    let of_zero = call.limits.get(zero).copied().flatten().filter(|_| call.has(zero));
    chosen.or(of_zero).unwrap_or([0.0, 255.0])
}

/// A value in eight bits as floats, with the scale and zero point that follow it.
fn opened(call: &NodeCall, at: usize, channels: bool) -> Result<Tensor, Refusal> {
    let (x, scale) = (call.live(at)?, call.live(at + 1)?);
    let zero = call.optional(at + 2)?;
    let of = |x: &Tensor, rank: usize| -> Result<Tensor, Refusal> {
        if x.elem_count() == 1 {
            return Ok(x.reshape(vec![1; rank])?);
        }
        let mut shape = vec![1; rank];
        // Filters have one each; so have the columns of a matrix.
        shape[if channels { 0 } else { rank - 1 }] = x.elem_count();
        Ok(x.reshape(shape)?)
    };
    let centred = match zero {
        Some(zero) => x.broadcast_sub(&of(&zero, x.rank())?)?,
        None => x.clone(),
    };
    Ok(centred.broadcast_mul(&of(&scale, x.rank())?)?)
}

/// Back to eight bits.
fn closed(call: &NodeCall, y: &Tensor, at: usize) -> NodeValues {
    let (scale, zero) = (call.live(at)?, call.live(at + 1)?);
    let of = |x: &Tensor| x.reshape(vec![1; y.rank()]);
    let shifted = rounded(&y.broadcast_div(&of(&scale)?)?)?.broadcast_add(&of(&zero)?)?;
    let [low, high] = limits(call, at + 1);
    of_kind(shifted.clamp(low, high)?, Kind::Int)
}

/// A call of another operator with these inputs, and the attributes of this one.
fn as_call<'a>(call: &NodeCall<'a>, inputs: Vec<Tensor>) -> NodeCall<'a> {
    let inputs = inputs.into_iter().map(|x| Some(Value::float(x))).collect();
    NodeCall { node: call.node, opset: call.opset, graph: call.graph, inputs, limits: Vec::new(), variable: &|_| None }
}

fn tensor(given: NodeValues) -> Result<Tensor, Refusal> {
    match given?.into_iter().next() {
        Some(Value::Live(tensor, _)) => Ok(tensor),
        _ => Err(Refusal("it gives nothing".into())),
    }
}

pub(super) fn conv(call: &NodeCall) -> NodeValues {
    let mut inputs = vec![opened(call, 0, false)?, opened(call, 3, true)?];
    if let Some(bias) = call.optional(8)? {
        // Whole numbers of the product of both scales.
        inputs
            .push(bias.broadcast_mul(&call.live(1)?.flatten_from(0)?)?.broadcast_mul(&call.live(4)?.flatten_from(0)?)?);
    }
    closed(call, &tensor(windows::conv(&as_call(call, inputs)))?, 6)
}

pub(super) fn matmul(call: &NodeCall) -> NodeValues {
    let y = product(&opened(call, 0, false)?, &opened(call, 3, false)?)?;
    closed(call, &y, 6)
}

/// `ConvInteger` and `MatMulInteger`: whole numbers less their zero points.
pub(super) fn whole(call: &NodeCall) -> NodeValues {
    let centred = |at: usize| -> Result<Tensor, Refusal> {
        let x = call.live(at)?;
        let Some(zero) = call.optional(at + 2)? else { return Ok(x) };
        let mut shape = vec![1; x.rank()];
        if zero.elem_count() > 1 {
            let axis = match (call.op(), at) {
                ("ConvInteger", _) => 0,
                (_, 0) => x.rank() - 2,
                _ => x.rank() - 1,
            };
            shape[axis] = zero.elem_count();
        }
        Ok(x.broadcast_sub(&zero.reshape(shape)?)?)
    };
    let (a, b) = (centred(0)?, centred(1)?);
    let y = match call.op() {
        "ConvInteger" => tensor(windows::conv(&as_call(call, vec![a, b])))?,
        _ => product(&a, &b)?,
    };
    of_kind(y, Kind::Int)
}

/// Eight bits without a sign, from the range that the values have.
pub(super) fn dynamic(call: &NodeCall) -> NodeValues {
    let x = call.live(0)?;
    let flat = x.flatten_from(0)?;
    let zero = call.graph.full(0.0, Spec::f32([1]))?;
    let low = flat.min_keepdim(0)?.broadcast_minimum(&zero)?;
    let high = flat.max_keepdim(0)?.broadcast_maximum(&zero)?;
    let scale = high.broadcast_sub(&low)?.affine(1.0 / 255.0, 0.0)?;
    let point = rounded(&low.neg()?.broadcast_div(&scale)?.clamp(0.0, 255.0)?)?;
    let y = rounded(&flat.broadcast_div(&scale)?)?.broadcast_add(&point)?.clamp(0.0, 255.0)?;
    let y = y.reshape(x.dims().to_vec())?;
    let single = |x: Tensor, kind| -> Result<Value, Refusal> { Ok(Value::Live(x.reshape(Vec::new())?, kind)) };
    Ok(vec![Value::Live(y, Kind::Int), single(scale, Kind::Float)?, single(point, Kind::Int)?])
}
