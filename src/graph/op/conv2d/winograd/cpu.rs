//! The transforms use vectors, in blocks of tiles that stay in the cache; the products are the CPU's usual ones.

use super::super::columns::room;
use super::super::{Conv2d, Extents};
use super::{PLACES, fits, tiles, transformed};
use crate::processor::finish::Finish;
use crate::processor::gemm::{Left, Matrix, Packed, Panels, Right, product};
use crate::processor::lanes::{Lanes, WIDTH};
use crate::processor::{parallel, strided};
use candle_core::WithDType;

/// Elements of a block's transformed inputs and outputs: 1 MiB.
const BLOCK: usize = 1 << 18;
/// With fewer tiles a product spends its time on its edges.
const FEWEST: usize = 32;
/// How far a vector may reach beyond the last tile of a row, in elements of a line of inputs or outputs.
const SLACK: usize = 2 * WIDTH;

/// Filters in the transformed plane: 16 matrices `[c_out, c_in]`, as products want them.
pub(in super::super) struct TransformedFilters {
    /// Empty where all are ready.
    plain: Vec<f32>,
    ready: Vec<Packed<f32>>,
    extents: [usize; 2],
}

impl TransformedFilters {
    pub(in super::super) fn new(e: &Extents, w: &[f32]) -> Self {
        let [rows, depth] = [e.c_out, e.c_in];
        let plain = transformed(w);
        let of_place = |place: &[f32]| Packed::new(Matrix::rows(place, depth), rows, depth);
        match plain.chunks_exact(rows * depth).map(of_place).collect() {
            Some(ready) => Self { plain: Vec::new(), ready, extents: [rows, depth] },
            None => Self { plain, ready: Vec::new(), extents: [rows, depth] },
        }
    }

    fn place(&self, k: usize) -> Left<'_, f32> {
        let [rows, depth] = self.extents;
        match self.ready.get(k) {
            Some(ready) => Left::Ready(ready),
            None => Matrix::rows(&self.plain[k * rows * depth..][..rows * depth], depth).into(),
        }
    }
}

/// `c_in · c_out / (c_in + c_out)` from which it pays.
const LEAST: usize = 24;

/// Whether a convolution by columns would be slower: the transforms take time for each channel, what they save grows with the
/// product of the channels. Natively columns are as quick, for their one large product is work for all cores.
pub(in super::super) fn pays(conv: &Conv2d, e: &Extents) -> bool {
    parallel::IS_ALONE && fits(conv, e) && e.c_in * e.c_out >= LEAST * (e.c_in + e.c_out)
}

/// The working memory of a block.
#[derive(Default)]
struct Scratch {
    /// A channel of the input with zeros around it.
    padded: Vec<f32>,
    /// One channel's rows of the transformed inputs, on their way into panels.
    lines: Vec<f32>,
    inputs: Vec<f32>,
    outputs: Vec<f32>,
    /// Two rows of the output.
    row: Vec<f32>,
}

/// Some rows of tiles of one picture.
struct Block<'a> {
    conv: &'a Conv2d,
    e: &'a Extents,
    /// The first row, and how many.
    first: usize,
    rows: usize,
    /// Tiles of a row.
    across: usize,
}

pub(in super::super) fn run<T: WithDType>(
    conv: &Conv2d,
    e: &Extents,
    x: &[f32],
    filters: &TransformedFilters,
    finish: Finish<'_, T>,
    y: &mut [f32],
) {
    let [down, across] = tiles(e);
    let fit = (BLOCK / (PLACES * (e.c_in + e.c_out))).max(FEWEST);
    let rows = (fit / across).clamp(1, down);
    parallel::chunks(y, e.c_out * e.pixels(), e.macs(), Scratch::default, |scratch, picture, y| {
        let x = &x[picture * e.x_picture()..][..e.x_picture()];
        for first in (0..down).step_by(rows) {
            let block = Block { conv, e, first, rows: rows.min(down - first), across };
            block.run(scratch, x, filters, finish, y);
        }
    });
}

impl Block<'_> {
    fn tiles(&self) -> usize {
        self.rows * self.across
    }

    /// Elements of a row of the padded channel.
    fn wide(&self) -> usize {
        2 * self.across + 2 + SLACK
    }

    fn run<T: WithDType>(
        &self,
        scratch: &mut Scratch,
        x: &[f32],
        filters: &TransformedFilters,
        finish: Finish<'_, T>,
        y: &mut [f32],
    ) {
        let (e, tiles) = (self.e, self.tiles());
        let panels = Panels::new(e.c_in, tiles);
        let inputs = room(&mut scratch.inputs, PLACES * panels.len());
        let line = panels.row_len().max(tiles) + SLACK;
        let lines = room(&mut scratch.lines, PLACES * line);
        let padded = room(&mut scratch.padded, (2 * self.rows + 2) * self.wide());
        padded.fill(0.0);
        for (channel, x) in x.chunks_exact(e.h * e.w).enumerate() {
            self.pad(x, padded);
            self.transform(padded, lines, line);
            for (line, inputs) in lines.chunks_exact(line).zip(inputs.chunks_exact_mut(panels.len())) {
                panels.store_row(channel, &line[..panels.row_len()], inputs);
            }
        }
        let place = e.c_out * tiles;
        let outputs = room(&mut scratch.outputs, PLACES * place + SLACK);
        for (k, inputs) in inputs.chunks_exact(panels.len()).enumerate() {
            let y = &mut outputs[k * place..][..place];
            product([e.c_out, tiles, e.c_in], filters.place(k), Right::Panels(inputs, panels), y, tiles);
        }
        let row = room(&mut scratch.row, 2 * (2 * self.across + SLACK));
        for (channel, y) in y.chunks_exact_mut(e.pixels()).enumerate() {
            self.store(&outputs[channel * tiles..], place, finish.lanes(channel), row, y);
        }
    }

    /// Copies the block's part of a channel; the zeros around it stay from channel to channel.
    fn pad(&self, x: &[f32], padded: &mut [f32]) {
        let (e, padding) = (self.e, self.conv.padding);
        let len = e.w.min((2 * self.across + 2).saturating_sub(padding.left));
        for (k, to) in padded.chunks_exact_mut(self.wide()).enumerate() {
            let row = (2 * self.first + k).wrapping_sub(padding.top);
            if row < e.h && len > 0 {
                strided::copy(&mut to[padding.left..][..len], &x[row * e.w..], 1);
            }
        }
    }

    /// `Bᵀ d B` of every tile of a channel; each of the 16 places is a line of its own.
    fn transform(&self, padded: &[f32], lines: &mut [f32], line: usize) {
        let wide = self.wide();
        assert!(padded.len() >= (2 * self.rows + 2) * wide);
        assert!(lines.len() >= PLACES * line && line >= self.tiles() + WIDTH);
        for row in 0..self.rows {
            for tile in (0..self.across).step_by(WIDTH) {
                // SAFETY: a row ends `SLACK` elements after the inputs of its last tile, a line `WIDTH` after its last tile.
                unsafe {
                    let across: [[Lanes; 4]; 4] = std::array::from_fn(|r| {
                        let at = (2 * row + r) * wide + 2 * tile;
                        let [a, b] = [Lanes::load(padded, at), Lanes::load(padded, at + 4)];
                        let [c, d] = [Lanes::load(padded, at + 2), Lanes::load(padded, at + 6)];
                        let [x0, x1, x2, x3] = [a.evens(b), a.odds(b), c.evens(d), c.odds(d)];
                        [x0 - x2, x1 + x2, x2 - x1, x1 - x3]
                    });
                    for k in 0..4 {
                        let [x0, x1, x2, x3] = across.map(|row| row[k]);
                        let at = k * line + row * self.across + tile;
                        (x0 - x2).store(lines, at);
                        (x1 + x2).store(lines, at + 4 * line);
                        (x2 - x1).store(lines, at + 8 * line);
                        (x1 - x3).store(lines, at + 12 * line);
                    }
                }
            }
        }
    }

    /// `Aᵀ m A` of every tile of a channel, finished, to where it belongs in the picture; `place` elements lie between two places
    /// of a tile.
    fn store(&self, m: &[f32], place: usize, [bias, low, high]: [Lanes; 3], row: &mut [f32], y: &mut [f32]) {
        let e = self.e;
        let (upper, lower) = row.split_at_mut(row.len() / 2);
        assert!(m.len() >= 15 * place + self.tiles() + WIDTH && upper.len() >= 2 * self.across + SLACK);
        for r in 0..self.rows {
            for tile in (0..self.across).step_by(WIDTH) {
                // SAFETY: the assert; the last vector of a line of tiles reaches less than `WIDTH` beyond it.
                unsafe {
                    let m = |k: usize| Lanes::load(m, k * place + r * self.across + tile);
                    let down: [[Lanes; 2]; 4] = std::array::from_fn(|k| {
                        let [m0, m1, m2, m3] = [m(k), m(4 + k), m(8 + k), m(12 + k)];
                        [m0 + m1 + m2, m1 - m2 - m3]
                    });
                    for (i, to) in [&mut *upper, &mut *lower].into_iter().enumerate() {
                        let [m0, m1, m2, m3] = down.map(|column| column[i]);
                        let found = [m0 + m1 + m2, m1 - m2 - m3];
                        let [even, odd] = found.map(|y| (y + bias).larger(low).smaller(high));
                        let [first, second] = even.between(odd);
                        first.store(to, 2 * tile);
                        second.store(to, 2 * tile + WIDTH);
                    }
                }
            }
            let rows = y[2 * (self.first + r) * e.ow..].chunks_exact_mut(e.ow);
            for (to, from) in rows.zip([&*upper, &*lower]) {
                strided::copy(to, from, 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::{Around, Given, Rule};
    use super::super::super::{Padding, cpu};
    use super::*;
    use crate::graph::host::with_elements;

    #[test]
    fn tiles_give_what_columns_give() {
        let uneven = Padding { top: 0, left: 2, bottom: 1, right: 0 };
        for (shape, channels, padding) in [
            ([1, 3, 6, 6], 5, Padding::even(1)),
            ([2, 20, 7, 9], 33, Padding::even(1)),
            ([1, 8, 28, 31], 8, Padding::even(0)),
            ([1, 4, 3, 3], 4, Padding::default()),
            ([1, 4, 1, 1], 4, Padding::even(1)),
            ([1, 6, 12, 5], 7, uneven),
            ([1, 160, 30, 30], 130, Padding::even(2)),
        ] {
            let [x, w] = [Given::signed(shape), Given::signed([channels, shape[1], 3, 3])];
            let conv = Conv2d { padding, stride: 1, dilation: 1, groups: 1 };
            let y = conv.spec(&[&x.spec, &w.spec]).unwrap();
            let e = conv.extents(&x.spec, &w.spec, &y);
            let [x, w, bias] = [x.value(0), w.value(1), Given::signed([channels]).value(2)].map(|value| value.unwrap());
            let around = Around { bias: Some(bias.clone()), bounds: Some([0.0, 4.0]), prepared: None };
            let expected = cpu::run::<f32>(&conv, &[x.clone(), w.clone()], &y, &around).unwrap();
            let found = with_elements(&x, |x: &[f32]| {
                with_elements(&w, |w: &[f32]| {
                    with_elements(&bias, |bias: &[f32]| {
                        let finish = Finish { bias: Some(bias), bounds: Some([0.0, 4.0]) };
                        let mut y = vec![0.0; e.y_count()];
                        run(&conv, &e, x, &TransformedFilters::new(&e, w), finish, &mut y);
                        y
                    })
                })
            });
            let found = found.unwrap().unwrap().unwrap();
            let worst = with_elements(&expected, |expected: &[f32]| {
                assert!(expected.iter().any(|&v| v > 0.0));
                expected.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            });
            let (worst, limit) = (worst.unwrap(), 2e-6 * (e.depth() as f32).sqrt().max(10.0));
            assert!(worst < limit, "{shape:?}: {worst}");
        }
    }
}
