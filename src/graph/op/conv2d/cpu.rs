//! Convolution on the CPU: image-to-column in blocks that stay in the cache, and one matrix product per block.

use super::super::super::host::{from_elements, with_elements};
use super::super::super::{DType, Host, Spec};
use super::super::gemm::{Matrix, product};
use super::{Conv2d, Extents};
use candle_core::WithDType;

/// Elements of one block of columns: 256 KiB of f32.
const BLOCK: usize = 1 << 16;

pub(super) fn run(conv: &Conv2d, x: &Host, w: &Host, y: &Spec) -> candle_core::Result<Host> {
    match y.dtype {
        DType::F64 => typed::<f64>(conv, x, w, y),
        DType::F32 => typed::<f32>(conv, x, w, y),
        DType::U32 => candle_core::bail!("conv2d wants floating-point tensors"),
    }
}

fn typed<T: WithDType>(conv: &Conv2d, x: &Host, w: &Host, y: &Spec) -> candle_core::Result<Host> {
    let spec = |h: &Host| Spec::new(h.dims(), y.dtype);
    let e = conv.extents(&spec(x), &spec(w), y);
    let out = with_elements(x, |x: &[T]| with_elements(w, |w: &[T]| convolve(conv, &e, x, w)))??;
    from_elements(out, y)
}

fn convolve<T: WithDType>(conv: &Conv2d, e: &Extents, x: &[T], w: &[T]) -> Vec<T> {
    let mut y = vec![T::zero(); e.batch * e.groups * e.c_out * e.pixels()];
    let (plane, depth, pixels) = (e.h * e.w, e.depth(), e.pixels());
    let mut columns = Vec::new();
    for (place, y) in y.chunks_exact_mut(e.c_out * pixels).enumerate() {
        let group = place % e.groups;
        let x = &x[place * e.c_in * plane..][..e.c_in * plane];
        let w = &w[group * e.c_out * depth..][..e.c_out * depth];
        if conv.is_depthwise(e) {
            depthwise(conv, e, x, w, y);
        } else if conv.is_pointwise(e) {
            product([e.c_out, pixels, depth], Matrix::rows(w, depth), Matrix::rows(x, plane), y, pixels);
        } else {
            // Whole output rows per block, as many as fit.
            let rows = (BLOCK / (depth * e.ow)).clamp(1, e.oh);
            for first in (0..e.oh).step_by(rows) {
                let rows = rows.min(e.oh - first);
                let width = rows * e.ow;
                columns.resize(depth * width, T::zero());
                gather(conv, e, x, first..first + rows, &mut columns);
                let to = &mut y[first * e.ow..];
                product([e.c_out, width, depth], Matrix::rows(w, depth), Matrix::rows(&columns, width), to, pixels);
            }
        }
    }
    y
}

/// The outputs `0..extent` whose input `o · stride + shift` lies inside `0..size`.
fn inside(extent: usize, size: usize, stride: usize, shift: isize) -> std::ops::Range<usize> {
    let stride = stride as isize;
    let start = (-shift + stride - 1).div_euclid(stride).max(0);
    let end = (size as isize - shift + stride - 1).div_euclid(stride).clamp(start, (extent as isize).max(start));
    start.min(extent as isize) as usize..end.min(extent as isize) as usize
}

/// Row (c, u, v) of the columns holds what filter tap (c, u, v) sees at each output pixel of these rows.
fn gather<T: WithDType>(conv: &Conv2d, e: &Extents, x: &[T], rows: std::ops::Range<usize>, columns: &mut [T]) {
    let taps = (0..e.c_in).flat_map(|c| (0..e.kh).flat_map(move |u| (0..e.kw).map(move |v| (c, u, v))));
    let width = rows.len() * e.ow;
    for ((c, u, v), column) in taps.zip(columns.chunks_exact_mut(width)) {
        let x = &x[c * e.h * e.w..][..e.h * e.w];
        let shift = (v * conv.dilation) as isize - conv.padding.left as isize;
        let valid = inside(e.ow, e.w, conv.stride, shift);
        for (i, to) in rows.clone().zip(column.chunks_exact_mut(e.ow)) {
            let row = (i * conv.stride + u * conv.dilation).wrapping_sub(conv.padding.top);
            if row >= e.h || valid.is_empty() {
                to.fill(T::zero());
                continue;
            }
            to[..valid.start].fill(T::zero());
            to[valid.end..].fill(T::zero());
            let from = &x[row * e.w..][..e.w];
            let first = ((valid.start * conv.stride) as isize + shift) as usize;
            if conv.stride == 1 {
                to[valid.clone()].copy_from_slice(&from[first..first + valid.len()]);
            } else {
                to[valid.clone()]
                    .iter_mut()
                    .zip(from[first..].iter().step_by(conv.stride))
                    .for_each(|(to, &x)| *to = x);
            }
        }
    }
}

/// One channel: every tap adds its shifted rows.
fn depthwise<T: WithDType>(conv: &Conv2d, e: &Extents, x: &[T], w: &[T], y: &mut [T]) {
    for (u, w) in w.chunks_exact(e.kw).enumerate() {
        for (v, &w) in w.iter().enumerate() {
            let shift = (v * conv.dilation) as isize - conv.padding.left as isize;
            let valid = inside(e.ow, e.w, conv.stride, shift);
            if valid.is_empty() {
                continue;
            }
            let first = ((valid.start * conv.stride) as isize + shift) as usize;
            for (i, to) in y.chunks_exact_mut(e.ow).enumerate() {
                let row = (i * conv.stride + u * conv.dilation).wrapping_sub(conv.padding.top);
                if row >= e.h {
                    continue;
                }
                let from = &x[row * e.w..][..e.w];
                let to = &mut to[valid.clone()];
                if conv.stride == 1 {
                    to.iter_mut().zip(&from[first..]).for_each(|(to, &x)| *to += w * x);
                } else {
                    to.iter_mut().zip(from[first..].iter().step_by(conv.stride)).for_each(|(to, &x)| *to += w * x);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn taps_outside_the_picture_are_left_out() {
        assert_eq!(inside(5, 5, 1, -1), 1..5);
        assert_eq!(inside(5, 5, 1, 1), 0..4);
        assert_eq!(inside(3, 5, 2, -1), 1..3);
        assert_eq!(inside(3, 5, 2, 1), 0..2);
        assert_eq!(inside(2, 3, 1, 7), 0..0);
        assert_eq!(inside(2, 3, 1, -7), 2..2);
    }
}
