//! Which kernel computes a convolution on which device.

use super::super::super::launch::{Launch, Movement, Operand, Traits, flat_groups};
use super::super::matmul;
use super::super::wgsl;
use super::{Conv2d, Extents};

/// Output channels of one invocation of the tiled kernels.
const TILE_CHANNELS: usize = 8;

pub(super) fn launch(conv: &Conv2d, e: &Extents, device: &Traits) -> Launch {
    let shape = [
        ("BATCH", e.batch),
        ("GROUPS", e.groups),
        ("C_IN", e.c_in),
        ("C_OUT", e.c_out),
        ("H", e.h),
        ("W", e.w),
        ("KH", e.kh),
        ("KW", e.kw),
        ("OH", e.oh),
        ("OW", e.ow),
        ("STRIDE", conv.stride),
        ("DILATION", conv.dilation),
        ("TOP", conv.padding.top),
        ("LEFT", conv.padding.left),
    ];
    if conv.is_pointwise(e) && e.groups == 1 {
        // One product per picture: weights [c_out, c_in] with pixels [c_in, h·w].
        let gemm =
            matmul::Gemm { batch: e.batch, m: e.c_out, n: e.pixels(), k: e.c_in, a_batched: false, b_batched: true };
        return matmul::launch(&gemm, [1, 0], device);
    }
    if conv.is_depthwise(e) {
        return Launch::flat(wgsl!("op/conv2d_depthwise.wgsl"), 2, e.batch * e.groups * e.pixels(), 64)
            .constants(shape);
    }
    if !e.c_out.is_multiple_of(TILE_CHANNELS) {
        let count = e.batch * e.groups * e.c_out * e.pixels();
        return Launch::flat(wgsl!("op/conv2d_plain.wgsl"), 2, count, 64).constants(shape);
    }
    let enough = e.c_out >= 32 && e.depth() >= 32 && device.max_invocations >= 256;
    let launch = if enough && !device.software {
        let groups = [e.pixels().div_ceil(64) as u32, e.c_out.div_ceil(64) as u32, (e.batch * e.groups) as u32];
        let operands = vec![Operand::plain(0), Operand::packed(1, by_depth(e))];
        Launch { wgsl: wgsl!("op/conv2d_shared.wgsl"), operands, constants: Vec::new(), slots: Vec::new(), groups }
    } else {
        let quads = e.batch * e.groups * e.pixels().div_ceil(4) * (e.c_out / TILE_CHANNELS);
        Launch {
            wgsl: wgsl!("op/conv2d_tile.wgsl"),
            operands: vec![Operand::plain(0), Operand::packed(1, by_tap(e))],
            constants: Vec::new(),
            slots: Vec::new(),
            groups: flat_groups(quads, 64),
        }
    };
    launch.constants(shape)
}

/// Weights as [groups, c_in · kh · kw, c_out]: neighbouring output channels side by side.
fn by_depth(e: &Extents) -> Movement {
    Movement {
        shape: vec![e.groups, e.depth(), e.c_out],
        offset: 0,
        strides: vec![(e.c_out * e.depth()) as isize, 1, e.depth() as isize],
    }
}

/// Weights as [groups, kh · kw, c_in, c_out]: one tap of all input channels after another.
fn by_tap(e: &Extents) -> Movement {
    let taps = e.kh * e.kw;
    Movement {
        shape: vec![e.groups, taps, e.c_in, e.c_out],
        offset: 0,
        strides: vec![(e.c_out * e.depth()) as isize, 1, taps as isize, e.depth() as isize],
    }
}
