//! Convolution by 3 × 3 taps with 16 multiplications for four outputs instead of 36: F(2 × 2, 3 × 3) of Lavin & Gray, "Fast
//! Algorithms for Convolutional Neural Networks", 2016.
//!
//! A tile is 2 × 2 outputs and the 4 × 4 inputs behind them. With `V = Bᵀ d B` of each tile `d`, and `U = G g Gᵀ` of each
//! filter `g`, the outputs are `Aᵀ (Σ_c U ∘ V) A`: for each of the 16 places of a tile a matrix product over the channels.

pub(super) mod cpu;
pub(super) mod gpu;

use super::{Conv2d, Extents};
use crate::processor::lanes::{Lanes, WIDTH};
use crate::processor::strided;

/// Places of a tile.
const PLACES: usize = 16;

/// Whether it computes this convolution at all.
fn fits(conv: &Conv2d, e: &Extents) -> bool {
    [e.kh, e.kw, conv.stride, conv.dilation, e.groups] == [3, 3, 1, 1, 1] && e.y_count() > 0
}

/// Multiply-accumulates of the products; the transforms only add.
pub(super) fn macs(e: &Extents) -> u64 {
    let [down, across] = tiles(e);
    (e.batch * down * across * PLACES * e.c_in * e.c_out) as u64
}

/// Rows of tiles, and tiles in a row.
fn tiles(e: &Extents) -> [usize; 2] {
    [e.oh.div_ceil(2), e.ow.div_ceil(2)]
}

/// `U` of filters of nine taps each, one after another: `[16, filters]`.
fn transformed(filters: &[f32]) -> Vec<f32> {
    // Sixteen places far from each other, written in turn, would push each other out of a cache.
    const AT_ONCE: usize = 16 * WIDTH;
    let (filters, _) = filters.as_chunks::<9>();
    let mut places = vec![0.0; PLACES * filters.len()];
    let mut block = [[0.0; AT_ONCE]; PLACES];
    for (first, some) in (0..).step_by(AT_ONCE).zip(filters.chunks(AT_ONCE)) {
        for (at, four) in (0..).step_by(WIDTH).zip(some.chunks(WIDTH)) {
            let taps: [[f32; WIDTH]; 9] =
                std::array::from_fn(|tap| std::array::from_fn(|k| four.get(k).map_or(0.0, |filter| filter[tap])));
            let [a, b, c, d, e, f, g, h, i] = taps.map(Lanes::of);
            let columns = [along([a, d, g]), along([b, e, h]), along([c, f, i])];
            for u in 0..4 {
                let row = along(columns.map(|column| column[u]));
                row.into_iter().enumerate().for_each(|(v, value)| value.put(&mut block[4 * u + v], at));
            }
        }
        for (place, block) in places.chunks_exact_mut(filters.len()).zip(&block) {
            strided::copy(&mut place[first..][..some.len()], block, 1);
        }
    }
    places
}

/// `G g` of one column or row of filters.
#[inline(always)]
fn along([a, b, c]: [Lanes; 3]) -> [Lanes; 4] {
    let (half, outer) = (Lanes::splat(0.5), a + c);
    [a, (outer + b) * half, (outer - b) * half, c]
}
