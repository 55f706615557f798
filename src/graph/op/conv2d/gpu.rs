//! Which kernel computes a convolution on which device.

use super::super::matmul::{self, Matmul, Order};
use super::super::{Launch, Made, Movement, Operand, Packing, Traits, flat_groups};
use super::{Conv2d, Extents, winograd};

/// Output channels of one invocation of the tiled kernels.
const TILE_CHANNELS: usize = 8;
/// The same where quads share their loads.
const QUAD_CHANNELS: usize = 16;

/// The layout of a convolution's filters in its input tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) enum Filters {
    /// As `[groups · c_out, c_in, kh, kw]`.
    Straight,
    /// As those of the convolution whose input gradient this one is: `[groups · c_in, c_out, kh, kw]`, and each filter turned by
    /// half a turn.
    Turned,
}

/// An axis of the filters.
#[derive(Clone, Copy)]
enum Axis {
    Out,
    In,
    Row,
    Column,
}

impl Filters {
    /// Reads the filters with the axes in this order, within each group. The extents are those of the convolution that runs.
    fn read(self, e: &Extents, order: [Axis; 4]) -> Movement {
        let taps = e.kh * e.kw;
        let stride = |axis| match (self, axis) {
            (Filters::Straight, Axis::Out) => (e.c_in * taps) as isize,
            (Filters::Straight, Axis::In) | (Filters::Turned, Axis::Out) => taps as isize,
            (Filters::Turned, Axis::In) => (e.c_out * taps) as isize,
            (Filters::Straight, Axis::Row) => e.kw as isize,
            (Filters::Turned, Axis::Row) => -(e.kw as isize),
            (Filters::Straight, Axis::Column) => 1,
            (Filters::Turned, Axis::Column) => -1,
        };
        let extent = |axis| match axis {
            Axis::Out => e.c_out,
            Axis::In => e.c_in,
            Axis::Row => e.kh,
            Axis::Column => e.kw,
        };
        let mut movement = Movement {
            shape: vec![e.groups],
            offset: if self == Filters::Turned { taps - 1 } else { 0 },
            strides: vec![(e.c_out * e.c_in * taps) as isize],
        };
        movement.shape.extend(order.map(extent));
        movement.strides.extend(order.map(stride));
        movement
    }

    /// Input 1 in that order.
    fn operand(self, e: &Extents, order: [Axis; 4]) -> Operand {
        let movement = self.read(e, order);
        if movement.is_identity() { Operand::plain(1) } else { Operand::packed(1, movement) }
    }

    /// Input 1 filter by filter, transformed by `made`.
    pub(super) fn made(self, e: &Extents, made: Made) -> Operand {
        let movement = self.read(e, [Axis::Out, Axis::In, Axis::Row, Axis::Column]);
        Operand::packed(1, Packing { movement, made: Some(made) })
    }
}

/// The kernels for a convolution of input 0 with the filters in input 1.
///
/// Only `padding.top` and `padding.left` count, modulo 2³²: kernels add in that ring, and may so be told to begin inside the
/// picture.
pub(in super::super) fn launches(conv: &Conv2d, e: &Extents, filters: Filters, device: &Traits) -> Vec<Launch> {
    match winograd::gpu::pays(conv, e, device) {
        true => winograd::gpu::launches(conv, e, filters, device),
        false => vec![launch(conv, e, filters, device)],
    }
}

/// Multiply-accumulates of these kernels, where they are fewer than those of the sums over all taps.
pub(in super::super) fn macs(conv: &Conv2d, e: &Extents, device: &Traits) -> Option<u64> {
    winograd::gpu::pays(conv, e, device).then(|| winograd::macs(e))
}

/// The same by sums over all taps.
fn launch(conv: &Conv2d, e: &Extents, filters: Filters, device: &Traits) -> Launch {
    let shape = conv.constants(e);
    let as_given = filters.operand(e, [Axis::Out, Axis::In, Axis::Row, Axis::Column]);
    if conv.is_pointwise(e) && e.groups == 1 {
        // One product per picture: weights [c_out, c_in] with pixels [c_in, h·w].
        let of = Matmul { a: Order::Rows, b: Order::Rows };
        let (m, n, k) = (e.c_out, e.pixels(), e.c_in);
        let gemm = matmul::Gemm { of, batch: e.batch, m, n, k, a_batched: false, b_batched: true };
        return matmul::launch(&gemm, [as_given, Operand::plain(0)], device);
    }
    let plain = |wgsl, count| {
        let operands = vec![Operand::plain(0), as_given];
        Launch { operands, ..Launch::flat(wgsl, 2, count, 64) }.constants(shape)
    };
    if conv.is_depthwise(e) {
        return plain(wgsl!("op/conv2d_depthwise.wgsl"), e.y_count());
    }
    if !e.c_out.is_multiple_of(TILE_CHANNELS) {
        return plain(wgsl!("op/conv2d_plain.wgsl"), e.y_count());
    }
    let enough = e.c_out >= 32 && e.depth() >= 32 && device.max_invocations >= 256;
    let launch = if enough && !device.software {
        let groups = [e.pixels().div_ceil(64) as u32, e.c_out.div_ceil(64) as u32, (e.batch * e.groups) as u32];
        // Neighbouring output channels side by side.
        let by_depth = filters.operand(e, [Axis::In, Axis::Row, Axis::Column, Axis::Out]);
        Launch::new(wgsl!("op/conv2d_shared.wgsl"), vec![Operand::plain(0), by_depth], groups)
    } else {
        // One tap of all input channels after another.
        let by_tap = filters.operand(e, [Axis::Row, Axis::Column, Axis::In, Axis::Out]);
        let operands = vec![Operand::plain(0), by_tap];
        let places = e.batch * e.groups;
        if device.software && device.subgroups && e.c_out.is_multiple_of(QUAD_CHANNELS) {
            let count = places * e.pixels().div_ceil(16) * 4 * (e.c_out / QUAD_CHANNELS);
            // Quads take long to compile: one pipeline for all sizes.
            let launch = Launch::new(wgsl!("op/conv2d_quad.wgsl"), operands, flat_groups(count, 64));
            return launch.sizes(shape).rows(e.pixels());
        }
        let count = places * e.pixels().div_ceil(4) * (e.c_out / TILE_CHANNELS);
        Launch::new(wgsl!("op/conv2d_tile.wgsl"), operands, flat_groups(count, 64))
    };
    launch.constants(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_filters_are_read_backwards() {
        let e = Extents { batch: 1, c_in: 2, c_out: 3, groups: 2, h: 4, w: 4, kh: 2, kw: 3, oh: 3, ow: 2 };
        let read = Filters::Turned.read(&e, [Axis::Out, Axis::In, Axis::Row, Axis::Column]);
        // Filter (group 1, out 2, in 1) of the turned ones is (group 1, out 1, in 2) of those given, last tap first.
        let at = ((6 + 2 * 2 + 1) * 2) * 3;
        let given = (((2 + 1) * 3 + 2) * 2 * 3) + 5;
        assert_eq!((0..6).map(|k| read.source(at + k)).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5].map(|k| given - k));
        assert!(Filters::Straight.read(&e, [Axis::Out, Axis::In, Axis::Row, Axis::Column]).is_identity());
    }
}
