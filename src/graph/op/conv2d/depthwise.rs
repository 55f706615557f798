//! Convolution of each channel by itself, on the CPU.

use super::columns::walk_channel;
use super::{Conv2d, Extents};
use crate::processor::finish::Finish;
use crate::processor::lanes::{Lanes, WIDTH, add_scaled, singles, singles_mut};
use crate::processor::{parallel, strided};
use candle_core::WithDType;

/// Elements that are copied before they are read: a processor that reads what it has just written, in other vectors than it
/// wrote, waits for the memory.
const COPIED: usize = 4096;

/// `y` holds zeros.
pub(super) fn run<T: WithDType>(conv: &Conv2d, e: &Extents, x: &[T], w: &[T], finish: Finish<'_, T>, y: &mut [T]) {
    let (plane, pixels, taps) = (e.h * e.w, e.pixels(), e.depth());
    if let (Some(rows), Some(x), Some(w)) = (Rows::of(conv, e), singles(x), singles(w))
        && let Some(y) = singles_mut(y)
    {
        let at_once = (COPIED / rows.len()).max(1);
        // Zeros; those around the channels stay.
        let memory = || vec![0.0; at_once * rows.len()];
        return parallel::chunks(y, at_once * pixels, e.macs(), memory, |padded, chunk, y| {
            let first = chunk * at_once;
            let planes = x[first * plane..].chunks_exact(plane);
            padded.chunks_exact_mut(rows.len()).zip(planes).for_each(|(padded, x)| rows.pad(x, padded));
            let padded = padded.chunks_exact(rows.len());
            for (place, (padded, y)) in (first..).zip(padded.zip(y.chunks_exact_mut(pixels))) {
                let channel = place % e.groups;
                rows.convolve(padded, &w[channel * taps..][..taps], finish.lanes(channel), y);
            }
        });
    }
    let none = || ();
    parallel::chunks(y, pixels, e.macs(), none, |(), place, y| {
        let channel = place % e.groups;
        tap_by_tap(conv, e, &x[place * plane..][..plane], &w[channel * taps..][..taps], y);
        finish.rows_from(channel).apply(y, pixels, [1, pixels]);
    });
}

/// 3 × 3 taps at steps of one or two, whole vectors of a row at once: a channel is copied with zeros around it, then every
/// output pixel is like every other.
struct Rows<'a> {
    conv: &'a Conv2d,
    e: &'a Extents,
    /// Of the copy: rows, and elements of a row.
    size: [usize; 2],
}

impl<'a> Rows<'a> {
    fn of(conv: &'a Conv2d, e: &'a Extents) -> Option<Self> {
        let fits = [e.kh, e.kw, conv.dilation] == [3, 3, 1] && conv.stride <= 2 && e.pixels() > 0;
        let seen = |outputs: usize| (outputs - 1) * conv.stride + 3;
        fits.then(|| Self { conv, e, size: [seen(e.oh), seen(e.ow.max(WIDTH))] })
    }

    /// Elements of the copy.
    fn len(&self) -> usize {
        self.size[0] * self.size[1]
    }

    fn pad(&self, x: &[f32], padded: &mut [f32]) {
        let (w, wide) = (self.e.w, self.size[1]);
        let (top, left) = (self.conv.padding.top, self.conv.padding.left.min(wide));
        let len = w.min(wide - left);
        for (to, from) in padded.chunks_exact_mut(wide).skip(top).zip(x.chunks_exact(w)) {
            strided::copy(&mut to[left..left + len], from, 1);
        }
    }

    fn convolve(&self, padded: &[f32], w: &[f32], finish: [Lanes; 3], y: &mut [f32]) {
        let (ow, stride, wide) = (self.e.ow, self.conv.stride, self.size[1]);
        let row = |u: usize| [Lanes::splat(w[3 * u]), Lanes::splat(w[3 * u + 1]), Lanes::splat(w[3 * u + 2])];
        let w = [row(0), row(1), row(2)];
        for (i, y) in y.chunks_exact_mut(ow).enumerate() {
            let row = |u: usize| &padded[(i * stride + u) * wide..][..wide];
            let rows = [row(0), row(1), row(2)];
            let mut few = [0.0; WIDTH];
            let to = if ow < WIDTH { &mut few[..] } else { &mut *y };
            match stride {
                1 => strided::convolve::<1>(rows, &w, finish, to),
                _ => strided::convolve::<2>(rows, &w, finish, to),
            }
            if ow < WIDTH {
                y.copy_from_slice(&few[..ow]);
            }
        }
    }
}

/// Taps of any kind: each adds its shifted rows.
fn tap_by_tap<T: WithDType>(conv: &Conv2d, e: &Extents, x: &[T], w: &[T], y: &mut [T]) {
    walk_channel(conv, e, |tap, column, valid, first| {
        let (from, to) = (&x[first..], &mut y[column..][valid]);
        if conv.stride == 1 {
            add_scaled(to, w[tap], from);
        } else {
            to.iter_mut().zip(from.iter().step_by(conv.stride)).for_each(|(to, &x)| *to += w[tap] * x);
        }
    });
}
