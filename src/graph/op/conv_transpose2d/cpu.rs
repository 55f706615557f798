//! The input gradient on the CPU: the transposed filters times the gradient, then every column is added where it was read.

use super::super::conv2d::columns::{ColumnsView, Scratch, blocks, pictures_at_once, room, walk_channel};
use super::super::conv2d::{Conv2d, Extents, Padding, convolved};
use super::super::{Host, Spec, computed};
use super::ConvTranspose2d;
use crate::processor::gemm::{Left, Matrix, Packed, product};
use crate::processor::lanes::add_scaled;
use crate::processor::parallel;
use candle_core::WithDType;

impl ConvTranspose2d {
    pub(super) fn typed<T: WithDType>(&self, x: &[Host], dx: &Spec) -> candle_core::Result<Host> {
        let [dy, w] = [0, 1].map(|k| Spec::new(x[k].dims(), dx.dtype));
        let e = self.conv.extents(dx, &w, &dy);
        computed(x, dx, |x: &[&[T]]| spread(&self.conv, &e, x[0], x[1]))
    }
}

fn spread<T: WithDType>(conv: &Conv2d, e: &Extents, dy: &[T], w: &[T]) -> Vec<T> {
    let mut dx = vec![T::zero(); e.batch * e.x_picture()];
    let (pixels, depth, plane) = (e.pixels(), e.depth(), e.h * e.w);
    if conv.is_depthwise(e) {
        let none = || ();
        parallel::chunks(&mut dx, plane, e.macs(), none, |(), place, dx| {
            let w = &w[place % e.groups * depth..][..depth];
            depthwise(conv, e, &dy[place * pixels..][..pixels], w, dx);
        });
        return dx;
    }
    if let Some((conv, e)) = as_convolution(conv, e) {
        return convolved(&conv, &e, dy, &turned(&e, w));
    }
    let dy_picture = e.groups * e.c_out * pixels;
    let at_once = pictures_at_once(e);
    let filters: Vec<_> = w.chunks_exact(e.c_out * depth).map(|w| Matrix::rows(w, depth).transposed()).collect();
    let ready: Vec<_> = filters.iter().map(|&w| Packed::new(w, depth, e.c_out)).collect();
    parallel::chunks(&mut dx, at_once * e.x_picture(), e.macs(), Scratch::new, |scratch, unit, dx| {
        let dy = &dy[unit * at_once * dy_picture..];
        for block in blocks(e, dx.len() / e.x_picture()) {
            let width = block.width(e);
            for (group, (&w, ready)) in filters.iter().zip(&ready).enumerate() {
                let w = Left::of(w, ready.as_ref());
                let view = ColumnsView { conv, e, group, block: &block };
                let dy = view.outputs(dy, &mut scratch.outputs);
                if conv.is_pointwise(e) && block.pictures == 1 {
                    let dx = &mut dx[group * e.c_in * pixels + block.start(e)..];
                    product([depth, width, e.c_out], w, dy, dx, pixels);
                } else {
                    let columns = room(&mut scratch.columns, depth * width);
                    product([depth, width, e.c_out], w, dy, columns, width);
                    view.scatter_add(columns, dx);
                }
            }
        }
    });
    dx
}

/// At stride 1: the convolution of `dy` whose result is `dx`. It gathers its inputs instead of adding to its outputs, which is
/// less work unless the inputs have more channels.
fn as_convolution(conv: &Conv2d, e: &Extents) -> Option<(Conv2d, Extents)> {
    if [conv.stride, conv.dilation, e.groups] != [1, 1, 1] || conv.is_pointwise(e) || e.c_out > e.c_in {
        return None;
    }
    let (p, [last_row, last_column]) = (conv.padding, [e.kh - 1, e.kw - 1]);
    let padding = Padding {
        top: last_row.checked_sub(p.top)?,
        bottom: last_row.checked_sub(p.bottom)?,
        left: last_column.checked_sub(p.left)?,
        right: last_column.checked_sub(p.right)?,
    };
    let extents = Extents { c_in: e.c_out, c_out: e.c_in, h: e.oh, w: e.ow, oh: e.h, ow: e.w, ..*e };
    Some((Conv2d { padding, stride: 1, dilation: 1, groups: 1 }, extents))
}

/// The filters of that convolution: input and output channels exchanged, taps in the opposite order.
fn turned<T: WithDType>(e: &Extents, w: &[T]) -> Vec<T> {
    let taps = e.kh * e.kw;
    let mut turned = Vec::with_capacity(w.len());
    for c in 0..e.c_out {
        for filter in w.chunks_exact(e.c_out * taps) {
            turned.extend(filter[c * taps..][..taps].iter().rev());
        }
    }
    turned
}

/// One channel: every tap adds its rows where it read them.
fn depthwise<T: WithDType>(conv: &Conv2d, e: &Extents, dy: &[T], w: &[T], dx: &mut [T]) {
    walk_channel(conv, e, |tap, column, valid, first| {
        let (from, to) = (&dy[column..][valid], &mut dx[first..]);
        if conv.stride == 1 {
            add_scaled(to, w[tap], from);
        } else {
            to.iter_mut().step_by(conv.stride).zip(from).for_each(|(to, &dy)| *to += w[tap] * dy);
        }
    });
}
