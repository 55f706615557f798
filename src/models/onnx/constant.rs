//! Values that stand in the file.

use super::array::{Kind, KnownArray};
use super::call::{NodeCall, NodeValues, Refusal, known, of_kind, refuse};
use crate::graph::Spec;
use rten_onnx::onnx::{DataType, TensorProto};

pub(super) fn constant(call: &NodeCall) -> NodeValues {
    if let Some(tensor) = call.tensor_of("value") {
        return known(array(tensor)?);
    }
    if let Some(value) = call.int("value_int") {
        return known(KnownArray::scalar(Kind::Int, value as f64));
    }
    if let Some(values) = call.ints("value_ints").filter(|values| !values.is_empty()) {
        return known(KnownArray::ints(values));
    }
    if let Some(values) = call.floats("value_floats").filter(|values| !values.is_empty()) {
        let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
        return known(KnownArray::new(Kind::Float, vec![values.len()], values));
    }
    known(KnownArray::scalar(Kind::Float, call.float_or("value_float", 0.0)))
}

/// Elements of a value that is made of one number.
const LARGEST: usize = 1 << 28;
/// Up to this many, shapes and limits may be computed with it.
const SMALL: usize = 1 << 16;

pub(super) fn of_shape(call: &NodeCall) -> NodeValues {
    let shape: Vec<usize> = call.known(0, "shape")?.as_ints().iter().map(|&extent| extent.max(0) as usize).collect();
    let count = shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent));
    let Some(count) = count.filter(|&count| count <= LARGEST) else {
        return refuse(format!("it makes a value of {shape:?}"));
    };
    let one = match call.tensor_of("value") {
        Some(tensor) => array(tensor)?,
        None => KnownArray::scalar(Kind::Float, 0.0),
    };
    let value = one.values.first().copied().unwrap_or(0.0);
    if count > SMALL {
        return of_kind(call.graph.full(value, Spec::f32(shape))?, one.kind);
    }
    known(KnownArray::new(one.kind, shape, vec![value; count]))
}

pub(super) fn kind_of(dtype: DataType) -> Option<Kind> {
    Some(match dtype {
        DataType::FLOAT | DataType::DOUBLE | DataType::FLOAT16 | DataType::BFLOAT16 => Kind::Float,
        DataType::BOOL => Kind::Bool,
        DataType::INT8 | DataType::INT16 | DataType::INT32 | DataType::INT64 => Kind::Int,
        DataType::UINT8 | DataType::UINT16 | DataType::UINT32 | DataType::UINT64 => Kind::Int,
        _ => return None,
    })
}

/// Elements of a file's tensor, and how it names their type where that is none of numbers.
pub(super) fn array(tensor: &TensorProto) -> Result<KnownArray, Refusal> {
    let dtype = tensor.data_type.unwrap_or(DataType::FLOAT);
    let Some(kind) = kind_of(dtype) else {
        return refuse(format!(
            "it holds elements of type {}, which are not supported",
            dtype.name().unwrap_or("unknown")
        ));
    };
    let shape = shape(tensor)?;
    let count: usize = shape.iter().product();
    let values = values(tensor, dtype);
    if values.len() != count {
        return refuse(format!("its tensor of {shape:?} holds {} values", values.len()));
    }
    Ok(KnownArray::new(kind, shape, values))
}

pub(super) fn shape(tensor: &TensorProto) -> Result<Vec<usize>, Refusal> {
    let extents = tensor.dims.iter().map(|&extent| usize::try_from(extent)).collect::<Result<Vec<_>, _>>();
    let shape = extents.or_else(|_| refuse(format!("its tensor has the shape {:?}", tensor.dims)))?;
    let count = shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent));
    if count.is_none_or(|count| count > isize::MAX as usize / 8) {
        return refuse(format!("its tensor has the shape {shape:?}"));
    }
    Ok(shape)
}

fn values(tensor: &TensorProto, dtype: DataType) -> Vec<f64> {
    let raw = tensor.raw_data.as_ref().map(|raw| raw.borrow());
    if let Some(raw) = raw.filter(|raw| !raw.is_empty()) {
        macro_rules! read {
            ($t:ty, $width:literal) => {
                raw.as_chunks::<$width>().0.iter().map(|bytes| <$t>::from_le_bytes(*bytes) as f64).collect()
            };
        }
        return match dtype {
            DataType::FLOAT => read!(f32, 4),
            DataType::DOUBLE => read!(f64, 8),
            DataType::FLOAT16 => raw.as_chunks::<2>().0.iter().map(|b| half::f16::from_le_bytes(*b).to_f64()).collect(),
            DataType::BFLOAT16 => {
                raw.as_chunks::<2>().0.iter().map(|b| half::bf16::from_le_bytes(*b).to_f64()).collect()
            }
            DataType::INT8 => read!(i8, 1),
            DataType::UINT8 | DataType::BOOL => read!(u8, 1),
            DataType::INT16 => read!(i16, 2),
            DataType::UINT16 => read!(u16, 2),
            DataType::INT32 => read!(i32, 4),
            DataType::UINT32 => read!(u32, 4),
            DataType::UINT64 => read!(u64, 8),
            _ => read!(i64, 8),
        };
    }
    let halves = |to: fn(u16) -> f64| tensor.int32_data.iter().map(|&bits| to(bits as u16)).collect();
    match dtype {
        DataType::FLOAT => tensor.float_data.iter().copied().map(f64::from).collect(),
        DataType::DOUBLE => tensor.double_data.clone(),
        DataType::FLOAT16 => halves(|bits| half::f16::from_bits(bits).to_f64()),
        DataType::BFLOAT16 => halves(|bits| half::bf16::from_bits(bits).to_f64()),
        DataType::INT64 | DataType::UINT32 | DataType::UINT64 => tensor.int64_data.iter().map(|&v| v as f64).collect(),
        _ => tensor.int32_data.iter().map(|&value| f64::from(value)).collect(),
    }
}
