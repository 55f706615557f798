//! Three dispatches: the transform of the tiles, sixteen matrix products, and the inverse transform.

use super::super::super::matmul::{self, Gemm, Matmul, Order};
use super::super::super::{Launch, Made, Operand, Traits, flat_groups};
use super::super::gpu::Filters;
use super::super::{Conv2d, Extents};
use super::{PLACES, fits, tiles, transformed};

/// The fewest channels, in and out, for which the products reach their full speed.
const FEWEST_CHANNELS: usize = 16;
/// `c_in · c_out / (c_in + c_out)` from which it pays.
const LEAST: usize = 12;
/// The most elements between two dispatches: 64 MiB.
const MOST_ELEMENTS: usize = 1 << 24;

const FILTERS: Made = Made {
    name: "filters in Winograd's form",
    host: transformed,
    wgsl: wgsl!("op/winograd_filters.wgsl"),
    each: [9, PLACES],
};

/// Tiles of all pictures, and some for a multiple of four: products read their columns by fours.
fn count(e: &Extents) -> usize {
    let [down, across] = tiles(e);
    (e.batch * down * across).next_multiple_of(4)
}

/// Measured on software adapters alone: a GPU in hardware may well be held up by what lies between the dispatches.
pub(in super::super) fn pays(conv: &Conv2d, e: &Extents, device: &Traits) -> bool {
    device.software
        && device.subgroups
        && fits(conv, e)
        && e.c_in.min(e.c_out) >= FEWEST_CHANNELS
        && e.c_in * e.c_out >= LEAST * (e.c_in + e.c_out)
        && PLACES * e.c_in.max(e.c_out) * count(e) <= MOST_ELEMENTS
}

/// The convolution of input 0 with the filters in input 1.
pub(in super::super) fn launches(conv: &Conv2d, e: &Extents, filters: Filters, device: &Traits) -> Vec<Launch> {
    let ([down, across], count) = (tiles(e), count(e));
    let grid = [("BATCH", e.batch), ("DOWN", down), ("ACROSS", across), ("TILES", count)];
    let [inputs, products] = [e.c_in, e.c_out].map(|channels| PLACES * channels * count);

    let of = Matmul { a: Order::Rows, b: Order::Rows };
    let gemm = Gemm { of, batch: PLACES, m: e.c_out, n: count, k: e.c_in, a_batched: true, b_batched: true };
    let input = Launch::flat(wgsl!("op/winograd_input.wgsl"), 1, e.c_in * count, 64);
    let output =
        Launch::new(wgsl!("op/winograd_output.wgsl"), vec![Operand::scratch(1)], flat_groups(e.c_out * count, 64));
    vec![
        // One pipeline for all sizes.
        input
            .sizes(grid)
            .sizes([("C_IN", e.c_in), ("H", e.h), ("W", e.w), ("TOP", conv.padding.top), ("LEFT", conv.padding.left)])
            .to_scratch(0, inputs),
        matmul::launch(&gemm, [filters.made(e, FILTERS), Operand::scratch(0)], device).to_scratch(1, products),
        output.sizes(grid).sizes([("C_OUT", e.c_out), ("OH", e.oh), ("OW", e.ow)]).rows(e.pixels()),
    ]
}
