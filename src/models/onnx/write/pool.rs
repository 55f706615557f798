//! Pooling, whose last windows programs cut off in different ways: where that could matter, the file says all of it.

use super::op::{StepCall, reduced};
use super::writer::Setting;
use super::{OnnxError, unwritten};
use crate::graph::op::adaptive_pool2d::AdaptiveFn;
use crate::graph::op::pool2d::PoolFn;
use crate::graph::op::reduce::ReduceFn;
use crate::graph::op::{AdaptivePool2d, Pool2d};
use crate::models::outline::overhang;

pub(super) fn windows(pool: &Pool2d, call: &mut StepCall<'_, '_>) -> Result<String, OnnxError> {
    let (from, to, x) = (call.plane(Some(0))?, call.plane(None)?, call.x[0].clone());
    let over = overhang(pool, from, to);
    // Programs agree on windows that begin inside the picture or the padding before it and end behind it, unless zeros count.
    let counted = pool.pool == PoolFn::Avg { count_padding: true };
    let rounded = |d: usize| (from[d] + 2 * pool.padding[d] - pool.kernel[d]).div_ceil(pool.stride[d]) + 1;
    let is_ceil = over != [0, 0] && !counted && (0..2).all(|d| rounded(d) == to[d]);
    let last = if is_ceil { [0, 0] } else { over };
    let [top, left] = pool.padding;
    let ints = |values: &[usize]| Setting::Ints(values.iter().map(|&value| value as i64).collect());
    let mut settings = vec![
        ("kernel_shape", ints(&pool.kernel)),
        ("strides", ints(&pool.stride)),
        ("pads", ints(&[top, left, top + last[0], left + last[1]])),
        ("ceil_mode", Setting::Int(i64::from(is_ceil))),
    ];
    let op = match pool.pool {
        PoolFn::Max => "MaxPool",
        PoolFn::Avg { .. } => {
            settings.push(("count_include_pad", Setting::Int(i64::from(counted))));
            "AveragePool"
        }
    };
    let y = call.node(op, &[&x], &settings);
    if !counted || over == [0, 0] {
        return Ok(y);
    }
    // Zeros of the padding count, and what lies beyond it does not.
    let all = pool.kernel[0] * pool.kernel[1];
    let within = |d: usize, o: usize| {
        let start = o * pool.stride[d];
        (start + pool.kernel[d]).min(from[d] + 2 * pool.padding[d]) - start
    };
    let shares: Vec<f64> =
        (0..to[0] * to[1]).map(|at| all as f64 / (within(0, at / to[1]) * within(1, at % to[1])) as f64).collect();
    let shares = call.writer.floats(&[1, 1, to[0], to[1]], &shares);
    Ok(call.node("Mul", &[&y, &shares], &[]))
}

pub(super) fn adaptive(pool: &AdaptivePool2d, call: &mut StepCall<'_, '_>) -> Result<String, OnnxError> {
    let (from, to, x) = (call.plane(Some(0))?, pool.size, call.x[0].clone());
    let whole = match pool.pool {
        AdaptiveFn::Avg => Some(("GlobalAveragePool", "AveragePool")),
        AdaptiveFn::Max => Some(("GlobalMaxPool", "MaxPool")),
        AdaptiveFn::Sum => None,
    };
    if let Some((global, even)) = whole.filter(|_| (0..2).all(|d| from[d].is_multiple_of(to[d]))) {
        if to == [1, 1] {
            return Ok(call.one(global));
        }
        let size = || Setting::Ints(vec![(from[0] / to[0]) as i64, (from[1] / to[1]) as i64]);
        return Ok(call.node(even, &[&x], &[("kernel_shape", size()), ("strides", size())]));
    }
    // A window is all of some rows and columns: first the rows, then the columns.
    let reduce = match pool.pool {
        AdaptiveFn::Avg => ReduceFn::Mean,
        AdaptiveFn::Max => ReduceFn::Max,
        AdaptiveFn::Sum => ReduceFn::Sum,
    };
    let mut y = x;
    for d in 0..2 {
        let dim = 2 + d;
        let windows = (0..to[d]).map(|o| [o * from[d] / to[d], ((o + 1) * from[d]).div_ceil(to[d])]);
        let mut parts = Vec::new();
        for [start, end] in windows {
            let part = call.slice(&y, dim, [start as i64, end as i64, 1]);
            parts.push(reduced(call, &part, reduce, &[dim as i64]));
        }
        if parts.is_empty() {
            return Err(unwritten(&"it has no windows"));
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        y = call.node("Concat", &parts, &[("axis", Setting::Int(dim as i64))]);
    }
    Ok(y)
}
