//! Convolution on the CPU: image-to-column in blocks that stay in the cache, and one matrix product per block; the pictures
//! of a batch on all cores.

use super::super::super::host::{from_elements, with_elements};
use super::super::super::{DType, Host, Spec};
use super::columns::{Scratch, blocks, gather, inside, pictures_at_once, room, store_outputs};
use super::{Conv2d, Extents};
use crate::processor::gemm::{Left, Matrix, Panels, Right, product};
use crate::processor::lanes::add_scaled;
use crate::processor::parallel;
use candle_core::WithDType;

pub(super) fn run(conv: &Conv2d, x: &Host, w: &Host, y: &Spec) -> candle_core::Result<Host> {
    match y.dtype {
        DType::F64(_) => typed::<f64>(conv, x, w, y),
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
    let mut y = vec![T::zero(); e.y_count()];
    if conv.is_depthwise(e) {
        let (plane, taps) = (e.h * e.w, e.depth());
        parallel::chunks(
            &mut y,
            e.pixels(),
            e.macs(),
            || (),
            |(), place, y| {
                let w = &w[place % e.groups * taps..][..taps];
                depthwise(conv, e, &x[place * plane..][..plane], w, y);
            },
        );
        return y;
    }
    let (pixels, depth) = (e.pixels(), e.depth());
    let y_picture = e.groups * e.c_out * pixels;
    let at_once = pictures_at_once(e);
    let mut ready: Vec<_> = (0..e.groups).map(|_| None).collect();
    let filters = w.chunks_exact(e.c_out * depth).zip(&mut ready);
    let filters: Vec<Left<'_, T>> =
        filters.map(|(w, ready)| Left::prepared(Matrix::rows(w, depth), e.c_out, depth, ready)).collect();
    parallel::chunks(&mut y, at_once * y_picture, e.macs(), Scratch::new, |scratch, unit, y| {
        let x = &x[unit * at_once * e.x_picture()..];
        for block in blocks(e, y.len() / y_picture) {
            let width = block.width(e);
            for (group, &w) in filters.iter().enumerate() {
                let columns = if conv.is_pointwise(e) && block.pictures == 1 {
                    Matrix::rows(&x[group * e.c_in * pixels + block.start(e)..], pixels).into()
                } else {
                    let panels = Panels::new(depth, width);
                    let columns = room(&mut scratch.columns, panels.len());
                    gather(conv, e, group, &block, x, panels, columns);
                    Right::Panels(columns, panels)
                };
                if block.pictures == 1 {
                    let y = &mut y[group * e.c_out * pixels + block.start(e)..];
                    product([e.c_out, width, depth], w, columns, y, pixels);
                } else {
                    let side_by_side = room(&mut scratch.outputs, e.c_out * width);
                    product([e.c_out, width, depth], w, columns, side_by_side, width);
                    store_outputs(e, group, &block, side_by_side, y);
                }
            }
        }
    });
    y
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
                    add_scaled(to, w, &from[first..]);
                } else {
                    to.iter_mut().zip(from[first..].iter().step_by(conv.stride)).for_each(|(to, &x)| *to += w * x);
                }
            }
        }
    }
}
