//! Weights and pictures that a formula gives, as the scripts of the fixtures have them.

use candle_core::{Device, Tensor};

/// FNV-1a.
pub(crate) fn fnv(text: &str) -> u64 {
    let step = |state: u64, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// As `bits` there, of the tensor of this name: what gives element i.
pub(crate) fn bits(name: &str) -> impl Fn(usize) -> u32 {
    let start = fnv(name);
    let salt = (start ^ (start >> 32)) as u32;
    move |i| {
        let mut x = (i as u32).wrapping_mul(0x9E37_79B9).wrapping_add(salt);
        x = (x ^ (x >> 16)).wrapping_mul(0x7FEB_352D);
        x = (x ^ (x >> 15)).wrapping_mul(0x846C_A68B);
        x ^ (x >> 16)
    }
}

/// As `value` in `fixtures/networks.py`.
pub(crate) fn value(name: &str, shape: &[usize]) -> Tensor {
    let bits = bits(name);
    let unit = |i: usize| (bits(i) >> 8) as f32 / 16_777_216.0;
    let last = name.rsplit('.').next().unwrap();
    let (mul, add) = if ["running_var", "layer_scale"].contains(&last) || last == "weight" && shape.len() == 1 {
        (1.0, 0.1)
    } else {
        let scale = match last.ends_with("weight") {
            true => (6.0 / shape[1..].iter().product::<usize>() as f64).sqrt() as f32,
            false if name == "image" => 1.0,
            false => 0.1,
        };
        (scale, f32::NAN)
    };
    let of = |i| if add.is_nan() { (unit(i) * 2.0 - 1.0) * mul } else { unit(i) + add };
    Tensor::from_vec((0..shape.iter().product()).map(of).collect::<Vec<f32>>(), shape, &Device::Cpu).unwrap()
}
