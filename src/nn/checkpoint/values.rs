//! Little-endian values of any alignment, as f32.

use half::{bf16, f16};
use safetensors::Dtype;

/// Types that become f32.
pub(super) fn is_float(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64)
}

/// Fills `to` with the values of `data`, of which there are as many; leaves it as it is where [`is_float`] says no.
pub(super) fn read_le(dtype: Dtype, data: &[u8], to: &mut [f32]) {
    fn fill<const N: usize>(data: &[u8], to: &mut [f32], value: impl Fn([u8; N]) -> f32) {
        to.iter_mut().zip(chunks(data)).for_each(|(to, bytes)| *to = value(bytes));
    }
    match dtype {
        Dtype::F32 => fill(data, to, f32::from_le_bytes),
        Dtype::F16 => fill(data, to, |bytes| f16::from_le_bytes(bytes).to_f32()),
        Dtype::BF16 => fill(data, to, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        Dtype::F64 => fill(data, to, |bytes| f64::from_le_bytes(bytes) as f32),
        _ => {}
    }
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
