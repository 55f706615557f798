//! Little-endian values of any alignment, as f32.

use half::{bf16, f16};
use safetensors::Dtype;

/// `None` where the dtype is not one of F32, F16, BF16 and F64.
pub(super) fn f32_from_le(dtype: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    Some(match dtype {
        Dtype::F32 => chunks(data).map(f32::from_le_bytes).collect(),
        Dtype::F16 => chunks(data).map(|bytes| f16::from_le_bytes(bytes).to_f32()).collect(),
        Dtype::BF16 => chunks(data).map(|bytes| bf16::from_le_bytes(bytes).to_f32()).collect(),
        Dtype::F64 => chunks(data).map(|bytes| f64::from_le_bytes(bytes) as f32).collect(),
        _ => return None,
    })
}

/// How many values become NaN or infinity as f32; none where the dtype holds no such weights.
pub(super) fn not_finite(dtype: Dtype, data: &[u8]) -> u64 {
    let count = match dtype {
        Dtype::F32 => chunks(data).filter(|&bytes| !f32::from_le_bytes(bytes).is_finite()).count(),
        Dtype::F16 => chunks(data).filter(|&bytes| !f16::from_le_bytes(bytes).is_finite()).count(),
        Dtype::BF16 => chunks(data).filter(|&bytes| !bf16::from_le_bytes(bytes).is_finite()).count(),
        Dtype::F64 => chunks(data).filter(|&bytes| !(f64::from_le_bytes(bytes) as f32).is_finite()).count(),
        _ => 0,
    };
    count as u64
}

fn chunks<const N: usize>(data: &[u8]) -> impl Iterator<Item = [u8; N]> {
    data.as_chunks::<N>().0.iter().copied()
}
