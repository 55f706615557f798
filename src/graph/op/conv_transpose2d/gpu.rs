//! Which kernel computes the input gradient of a convolution on which device.

use super::super::conv2d::gpu::{Filters, launches as convolve};
use super::super::conv2d::{Conv2d, Extents, Padding};
use super::super::{Launch, Movement, Operand, Traits, flat_groups};

/// Input channels of one invocation of the tiled kernels.
const TILE_CHANNELS: usize = 8;
/// The same where their number is no multiple of that.
const FEW_CHANNELS: usize = 4;

/// `dy` is input 0, `w` input 1; `e` are the extents of the convolution whose gradient this is.
pub(super) fn launches(conv: &Conv2d, e: &Extents, device: &Traits) -> Vec<Launch> {
    if conv.stride == 1 {
        let (conv, e) = turned(conv, e);
        return convolve(&conv, &e, Filters::Turned, device);
    }
    let shape = conv.constants(e);
    // One phase of pixels for each remainder of row and column: its members see the same taps.
    let phases = conv.stride * conv.stride;
    let cells = e.h.div_ceil(conv.stride) * e.w.div_ceil(conv.stride);
    let operands = vec![Operand::plain(0), by_tap(e)];
    if !e.c_in.is_multiple_of(TILE_CHANNELS) {
        let quads = e.batch * e.groups * e.c_in.div_ceil(FEW_CHANNELS) * phases * cells.div_ceil(4);
        let launch = Launch::new(wgsl!("op/conv_transpose2d_few.wgsl"), operands, flat_groups(quads, 64));
        return vec![launch.constants(shape)];
    }
    let enough = e.c_in >= 32 && e.c_out >= 16 && device.max_invocations >= 256;
    let launch = if enough && !device.software {
        let across = phases * cells.div_ceil(64);
        let groups = [across as u32, e.c_in.div_ceil(64) as u32, (e.batch * e.groups) as u32];
        Launch::new(wgsl!("op/conv_transpose2d_shared.wgsl"), operands, groups)
    } else {
        let quads = e.batch * e.groups * (e.c_in / TILE_CHANNELS) * phases * cells.div_ceil(4);
        Launch::new(wgsl!("op/conv_transpose2d_tile.wgsl"), operands, flat_groups(quads, 64))
    };
    vec![launch.constants(shape)]
}

/// At stride 1 the gradient is a convolution of `dy` with the filters turned: it sees `dilation · (k - 1) - padding` zeros
/// around, or, where that is negative, begins inside.
pub(super) fn turned(conv: &Conv2d, e: &Extents) -> (Conv2d, Extents) {
    let around = |k: usize, before: usize| (conv.dilation * (k - 1)).wrapping_sub(before);
    let p = conv.padding;
    let padding = Padding {
        top: around(e.kh, p.top),
        bottom: around(e.kh, p.bottom),
        left: around(e.kw, p.left),
        right: around(e.kw, p.right),
    };
    let exchanged = Extents { c_in: e.c_out, c_out: e.c_in, h: e.oh, w: e.ow, oh: e.h, ow: e.w, ..*e };
    (Conv2d { padding, ..conv.clone() }, exchanged)
}

/// Weights as `[groups, kh, kw, c_out, c_in]`: neighbouring input channels side by side, one tap after another.
fn by_tap(e: &Extents) -> Operand {
    let taps = e.kh * e.kw;
    let movement = Movement {
        shape: vec![e.groups, taps, e.c_out, e.c_in],
        offset: 0,
        strides: vec![(e.c_out * e.depth()) as isize, 1, e.depth() as isize, taps as isize],
    };
    if movement.is_identity() { Operand::plain(1) } else { Operand::packed(1, movement) }
}
