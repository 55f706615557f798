//! Per-channel work over `[batch, channels, …]`: extents, sums on the CPU, and how many invocations share a channel on GPUs.

use super::super::launch::{Launch, Traits};
use super::super::{DType, ShapeError, Spec};
use candle_core::WithDType;

/// Elements before, along and after dimension 1 of a tensor of floats.
pub(super) fn extents(op: &'static str, x: &Spec) -> Result<[usize; 3], ShapeError> {
    if x.dtype == DType::U32 {
        return Err(ShapeError::Type { op, want: DType::F32, got: DType::U32 });
    }
    if x.rank() < 2 {
        return Err(ShapeError::Rank { op, want: "2 or more (batch, channels, …)", got: x.shape.clone() });
    }
    if x.elem_count() == 0 {
        return Err(ShapeError::Bad { op, why: "nothing to normalise".to_owned(), got: x.shape.clone() });
    }
    Ok(x.around(1))
}

/// Refuses an input that has not just this shape, or another element type than `x`.
pub(super) fn want(op: &'static str, x: &Spec, got: &Spec, shape: &[usize]) -> Result<(), ShapeError> {
    if got.dtype != x.dtype {
        return Err(ShapeError::Type { op, want: x.dtype, got: got.dtype });
    }
    if got.shape != shape {
        return Err(ShapeError::Mismatch { op, a: shape.to_vec(), b: got.shape.clone() });
    }
    Ok(())
}

/// `1 / √(var + ε)` of each channel, `moments` being means and then variances.
pub(super) fn inverse_deviations<T: WithDType>(moments: &[T], eps: f64) -> Vec<T> {
    moments[moments.len() / 2..].iter().map(|var| T::from_f64(1.0 / (var.to_f64() + eps).sqrt())).collect()
}

/// Per channel the sum of `term(channel)(a, b)` over two tensors of these extents. In two stages: short runs in few lanes,
/// then the runs in halves.
pub(super) fn sum_per_channel<T: WithDType, F: Fn(T, T) -> T>(
    [outer, channels, inner]: [usize; 3],
    a: &[T],
    b: &[T],
    term: impl Fn(usize) -> F,
) -> Vec<T> {
    if inner == 1 {
        // Row by row, so that memory is read in order.
        let mut runs: Vec<T> = Vec::new();
        for (a, b) in a.chunks(RUN * channels).zip(b.chunks(RUN * channels)) {
            let mut sums = vec![T::zero(); channels];
            for (a, b) in a.chunks_exact(channels).zip(b.chunks_exact(channels)) {
                for (c, ((sum, &a), &b)) in sums.iter_mut().zip(a).zip(b).enumerate() {
                    *sum += term(c)(a, b);
                }
            }
            runs.extend(sums);
        }
        let count = outer.div_ceil(RUN);
        return (0..channels).map(|c| pairwise(&|k| runs[k * channels + c], 0, count)).collect();
    }
    let mut sums = Vec::with_capacity(channels);
    let mut runs: Vec<T> = Vec::new();
    for c in 0..channels {
        let term = term(c);
        runs.clear();
        for n in 0..outer {
            let start = (n * channels + c) * inner;
            let (a, b) = (&a[start..start + inner], &b[start..start + inner]);
            runs.extend(a.chunks(LANES * RUN).zip(b.chunks(LANES * RUN)).map(|(a, b)| lanes(a, b, &term)));
        }
        sums.push(pairwise(&|k| runs[k], 0, runs.len()));
    }
    sums
}

/// Terms that are added one after the other.
const RUN: usize = 32;
const LANES: usize = 8;

/// Every eighth term into one of eight sums.
fn lanes<T: WithDType>(a: &[T], b: &[T], term: &impl Fn(T, T) -> T) -> T {
    let mut sums = [T::zero(); LANES];
    let (a, b) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.0.iter().zip(b.0) {
        for k in 0..LANES {
            sums[k] += term(a[k], b[k]);
        }
    }
    for ((sum, &a), &b) in sums.iter_mut().zip(a.1).zip(b.1) {
        *sum += term(a, b);
    }
    pairwise(&|k| sums[k], 0, LANES)
}

/// Sums of halves: the rounding error grows with log n, not n.
pub(super) fn pairwise<T: WithDType>(at: &impl Fn(usize) -> T, start: usize, end: usize) -> T {
    if end - start <= RUN {
        let mut sum = T::zero();
        (start..end).for_each(|k| sum += at(k));
        return sum;
    }
    let middle = (start + end) / 2;
    pairwise(at, start, middle) + pairwise(at, middle, end)
}

/// Invocations of one workgroup, and how many of them share one of `sums` sums of `len` terms each: several where there are
/// many terms, on software adapters only where one each would leave cores idle.
pub(super) fn width_and_lanes(sums: usize, len: usize, device: &Traits) -> [usize; 2] {
    match (device.software, len) {
        (true, _) if len < 256 || sums >= 64 => [64, 1],
        (false, _) if len < 64 => [64, 1],
        (false, 4096..) if device.max_invocations >= 256 => [256, 256],
        _ => [64, 64],
    }
}

/// A launch of `wgsl` that sums over each channel of tensors of these extents.
pub(super) fn launch(
    wgsl: &'static str,
    inputs: usize,
    [outer, channels, inner]: [usize; 3],
    device: &Traits,
) -> Launch {
    let [width, lanes] = width_and_lanes(channels, outer * inner, device);
    Launch::flat(wgsl, inputs, channels * lanes, width).constants([
        ("CHANNELS", channels),
        ("LEN", outer * inner),
        ("INNER", inner),
        ("WIDTH", width),
        ("LANES", lanes),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_their_digits() {
        // A large mean: naive summation in f32 loses three digits here.
        for extents in [[100_000, 2, 1], [3, 2, 50_000], [70, 2, 1001]] {
            let count = extents.iter().product::<usize>();
            let x: Vec<f32> = (0..count).map(|i| 1000.0 + (i % 7) as f32 / 7.0).collect();
            let sums = sum_per_channel(extents, &x, &x, |_| |a, _| a);
            for (c, sum) in sums.iter().enumerate() {
                let of_channel = |i: &usize| i / extents[2] % extents[1] == c;
                let want: f64 = (0..count).filter(of_channel).map(|i| f64::from(x[i])).sum();
                assert!((f64::from(*sum) / want - 1.0).abs() < 3e-7, "{extents:?}: {sum} for {want}");
            }
        }
    }
}
