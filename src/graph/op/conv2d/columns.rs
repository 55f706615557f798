//! Image to columns and back (im2col): the input of every filter tap at every output pixel, in blocks that stay in the cache.

use super::{Conv2d, Extents};
use crate::processor::gemm::{Matrix, Panels};
use crate::processor::lanes::add_scaled;
use crate::processor::strided::{copy, fill};
use candle_core::WithDType;
use std::ops::Range;

/// Elements of one block of columns: 512 KiB of f32.
const BLOCK: usize = 1 << 17;
/// With fewer columns a matrix product spends its time on rearranging the filters.
const FEWEST: usize = 64;
/// More columns of several pictures gain nothing.
const ENOUGH: usize = 256;

/// The part of a batch that one matrix product computes: some output rows of one picture, or all rows of several small ones.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Block {
    pub(in super::super) pictures: usize,
    pub(in super::super) rows: Range<usize>,
}

impl Block {
    /// Output pixels, the columns of its matrices.
    pub(in super::super) fn width(&self, e: &Extents) -> usize {
        self.pictures * self.rows.len() * e.ow
    }

    /// Output pixels before the block in a picture.
    pub(in super::super) fn start(&self, e: &Extents) -> usize {
        self.rows.start * e.ow
    }
}

/// Pictures that are worked on together. Depends on shapes alone, so that results never depend on the machine.
pub(in super::super) fn pictures_at_once(e: &Extents) -> usize {
    let (depth, pixels) = (e.depth().max(1), e.pixels().max(1));
    let fit = BLOCK / (depth * pixels);
    fit.min(ENOUGH.div_ceil(pixels)).max(FEWEST.div_ceil(pixels)).clamp(1, e.batch.max(1))
}

/// The blocks of so many pictures.
pub(in super::super) fn blocks(e: &Extents, pictures: usize) -> impl Iterator<Item = Block> {
    let (ow, oh) = (e.ow.max(1), e.oh);
    let fit = if pictures > 1 { oh } else { (BLOCK / (e.depth().max(1) * ow)).max(FEWEST.div_ceil(ow)) };
    let rows = fit.clamp(1, oh.max(1));
    (0..oh).step_by(rows).map(move |first| Block { pictures, rows: first..oh.min(first + rows) })
}

/// Memory that is used again from block to block.
pub(in super::super) struct Scratch<T> {
    pub(in super::super) columns: Vec<T>,
    pub(in super::super) outputs: Vec<T>,
}

impl<T> Scratch<T> {
    pub(in super::super) fn new() -> Self {
        Self { columns: Vec::new(), outputs: Vec::new() }
    }
}

/// At least `len` elements with arbitrary values.
pub(in super::super) fn room<T: WithDType>(memory: &mut Vec<T>, len: usize) -> &mut [T] {
    if memory.len() < len {
        *memory = vec![T::zero(); len];
    }
    &mut memory[..len]
}

/// A group of channels over a block. Pictures are those from the block's first one on.
#[derive(Clone, Copy)]
pub(in super::super) struct ColumnsView<'a> {
    pub(in super::super) conv: &'a Conv2d,
    pub(in super::super) e: &'a Extents,
    pub(in super::super) group: usize,
    pub(in super::super) block: &'a Block,
}

impl ColumnsView<'_> {
    /// The columns of a block, laid out in `panels`. Row (c, u, v) holds the input of filter tap (c, u, v) of this group at each
    /// output pixel of the block.
    pub(in super::super) fn gather<'a, T: WithDType>(
        &self,
        x: &[T],
        panels: Panels,
        memory: &'a mut Vec<T>,
    ) -> &'a [T] {
        let Self { conv, e, block, .. } = self;
        // Behind the panels, a row that belongs into several of them.
        let (columns, line) = room(memory, panels.len() + panels.row_len()).split_at_mut(panels.len());
        let width = block.width(e);
        if conv.stride == 1 && e.ow == e.w && panels.are_rows(width) {
            self.shift_planes(x, columns);
            return columns;
        }
        self.walk(|tap, column, valid, first| {
            let row = match panels.whole_row(tap, columns) {
                Some(row) => row,
                None => &mut *line,
            };
            let to = &mut row[column..][..e.ow];
            fill(&mut to[..valid.start], T::zero());
            fill(&mut to[valid.end..], T::zero());
            copy(&mut to[valid.clone()], &x[first..], conv.stride);
            if column + e.ow == width && panels.whole_row(tap, columns).is_none() {
                panels.store_row(tap, line, columns);
            }
        });
        columns
    }

    /// [`Self::gather`] where output rows are as long as input rows: a tap sees the picture shifted.
    fn shift_planes<T: WithDType>(&self, x: &[T], columns: &mut [T]) {
        let &Self { conv, e, group, block } = self;
        let (plane, pixels) = (e.h * e.w, block.rows.len() * e.ow);
        for (row, (c, u, v)) in columns.chunks_exact_mut(block.width(e).max(1)).zip(taps(e)) {
            let down = (u * conv.dilation) as isize - conv.padding.top as isize;
            let right = (v * conv.dilation) as isize - conv.padding.left as isize;
            let (seen, valid) = (inside(e.oh, e.h, 1, down), inside(e.ow, e.w, 1, right));
            let rows = seen.start.max(block.rows.start)..seen.end.min(block.rows.end);
            if rows.is_empty() || valid.is_empty() {
                fill(row, T::zero());
                continue;
            }
            // From the first pixel that sees the picture to the last one, with what lies between.
            let first = ((rows.start * e.w + valid.start) as isize + down * e.w as isize + right) as usize;
            let rows = rows.start - block.rows.start..rows.end - block.rows.start;
            let (start, end) = (rows.start * e.ow + valid.start, (rows.end - 1) * e.ow + valid.end);
            for (picture, to) in row.chunks_exact_mut(pixels).enumerate() {
                let x = &x[((picture * e.groups + group) * e.c_in + c) * plane..][..plane];
                fill(&mut to[..start], T::zero());
                copy(&mut to[start..end], &x[first..], 1);
                fill(&mut to[end..], T::zero());
                if valid.len() < e.ow {
                    for row in to.chunks_exact_mut(e.ow).skip(rows.start).take(rows.len()) {
                        row[..valid.start].iter_mut().for_each(|to| *to = T::zero());
                        row[valid.end..].iter_mut().for_each(|to| *to = T::zero());
                    }
                }
            }
        }
    }

    /// The transpose of [`Self::gather`] into rows one after another: adds each column element to the pixel that it was read from.
    pub(in super::super) fn scatter_add<T: WithDType>(&self, columns: &[T], x: &mut [T]) {
        let (width, stride) = (self.block.width(self.e), self.conv.stride);
        self.walk(|tap, column, valid, first| {
            let (from, to) = (&columns[tap * width + column..][valid], &mut x[first..]);
            if stride == 1 {
                add_scaled(&mut to[..from.len()], T::one(), from);
            } else {
                to.iter_mut().step_by(stride).zip(from).for_each(|(to, &x)| *to += x);
            }
        });
    }

    /// Every output row of every tap: the tap's number, the row's first column, which of its pixels see the picture, and where in
    /// `x` the first of those lies.
    #[inline(always)]
    pub(in super::super) fn walk(&self, mut visit: impl FnMut(usize, usize, Range<usize>, usize)) {
        let &Self { conv, e, group, block } = self;
        for (tap, (c, u, v)) in taps(e).enumerate() {
            let mut column = 0;
            let shift = (v * conv.dilation) as isize - conv.padding.left as isize;
            let valid = inside(e.ow, e.w, conv.stride, shift);
            let first = ((valid.start * conv.stride) as isize + shift) as usize;
            for picture in 0..block.pictures {
                let plane = ((picture * e.groups + group) * e.c_in + c) * e.h * e.w;
                for i in block.rows.clone() {
                    let row = (i * conv.stride + u * conv.dilation).wrapping_sub(conv.padding.top);
                    if row < e.h && !valid.is_empty() {
                        visit(tap, column, valid.clone(), plane + row * e.w + first);
                    } else {
                        visit(tap, column, 0..0, 0);
                    }
                    column += e.ow;
                }
            }
        }
    }

    /// The output channels of this group over the block as a matrix `[c_out, width]`: as they lie in `y` or, of
    /// several pictures, copied side by side into `memory`.
    pub(in super::super) fn outputs<'a, T: WithDType>(&self, y: &'a [T], memory: &'a mut Vec<T>) -> Matrix<'a, T> {
        let &Self { e, group, block, .. } = self;
        let pixels = e.pixels();
        if block.pictures == 1 {
            return Matrix::rows(&y[group * e.c_out * pixels + block.start(e)..], pixels);
        }
        let width = block.width(e);
        let memory = room(memory, e.c_out * width);
        for (o, row) in memory.chunks_exact_mut(width).enumerate() {
            for (picture, to) in row.chunks_exact_mut(pixels).enumerate() {
                let channel = (picture * e.groups + group) * e.c_out + o;
                to.copy_from_slice(&y[channel * pixels..][..pixels]);
            }
        }
        Matrix::rows(memory, width)
    }

    /// Takes `[c_out, width]` of several pictures apart again.
    pub(in super::super) fn store_outputs<T: WithDType>(&self, matrix: &[T], y: &mut [T]) {
        let &Self { e, group, block, .. } = self;
        let pixels = e.pixels();
        for (o, row) in matrix.chunks_exact(block.width(e)).enumerate() {
            for (picture, from) in row.chunks_exact(pixels).enumerate() {
                let channel = (picture * e.groups + group) * e.c_out + o;
                y[channel * pixels..][..pixels].copy_from_slice(from);
            }
        }
    }
}

/// [`ColumnsView::walk`] over one channel of one picture.
#[inline(always)]
pub(in super::super) fn walk_channel(conv: &Conv2d, e: &Extents, visit: impl FnMut(usize, usize, Range<usize>, usize)) {
    ColumnsView { conv, e, group: 0, block: &Block { pictures: 1, rows: 0..e.oh } }.walk(visit);
}

/// Channel, row and column of every tap.
fn taps(e: &Extents) -> impl Iterator<Item = (usize, usize, usize)> {
    let (kh, kw) = (e.kh, e.kw);
    (0..e.c_in).flat_map(move |c| (0..kh).flat_map(move |u| (0..kw).map(move |v| (c, u, v))))
}

/// The outputs `0..extent` whose input `o · stride + shift` lies inside `0..size`.
fn inside(extent: usize, size: usize, stride: usize, shift: isize) -> Range<usize> {
    let stride = stride as isize;
    let start = (-shift + stride - 1).div_euclid(stride).max(0);
    let end = (size as isize - shift + stride - 1).div_euclid(stride).clamp(start, (extent as isize).max(start));
    start.min(extent as isize) as usize..end.min(extent as isize) as usize
}

#[cfg(test)]
mod tests {
    use super::super::super::{Rule, Spec};
    use super::super::{Padding, case_extents};
    use super::*;

    #[test]
    fn taps_outside_the_picture_are_left_out() {
        assert_eq!(inside(5, 5, 1, -1), 1..5);
        assert_eq!(inside(5, 5, 1, 1), 0..4);
        assert_eq!(inside(3, 5, 2, -1), 1..3);
        assert_eq!(inside(3, 5, 2, 1), 0..2);
        assert_eq!(inside(2, 3, 1, 7), 0..0);
        assert_eq!(inside(2, 3, 1, -7), 2..2);
    }

    fn extents(batch: usize, c_in: usize, size: usize) -> Extents {
        Extents { batch, c_in, c_out: 8, groups: 1, h: size, w: size, kh: 3, kw: 3, oh: size, ow: size }
    }

    #[test]
    fn blocks_cover_every_row_once() {
        for (batch, c_in, size) in [(1, 3, 224), (64, 16, 32), (64, 64, 8), (5, 512, 4), (2, 1, 1)] {
            let e = extents(batch, c_in, size);
            let pictures = pictures_at_once(&e);
            assert!((1..=batch).contains(&pictures));
            let mut next = 0;
            for block in blocks(&e, pictures) {
                assert_eq!(block.rows.start, next);
                assert!(pictures == 1 || block.rows == (0..size));
                next = block.rows.end;
            }
            assert_eq!(next, size);
        }
    }

    /// Of every test case, in blocks of several pictures and of some rows: the pixel at the tap's place, or zero beyond the edge.
    #[test]
    fn columns_have_what_taps_see() {
        for (x, w, conv) in case_extents() {
            let (x, w) = (Spec::f32(x), Spec::f32(w));
            let e = conv.extents(&x, &w, &conv.spec(&[&x, &w]).unwrap());
            let x: Vec<f64> = (1..=x.elem_count()).map(|k| k as f64).collect();
            let blocks = [(e.batch, 0..e.oh), (1, 0..e.oh), (1, e.oh / 2..e.oh), (1, 0..e.oh.div_ceil(2))];
            for (group, (pictures, rows)) in (0..e.groups).flat_map(|group| blocks.clone().map(|block| (group, block)))
            {
                let block = Block { pictures, rows: rows.clone() };
                let width = block.width(&e);
                let mut memory = vec![-1.0; e.depth() * width];
                let view = ColumnsView { conv: &conv, e: &e, group, block: &block };
                let columns = view.gather(&x, Panels::rows(e.depth(), width), &mut memory);
                for (k, &seen) in columns[..e.depth() * width].iter().enumerate() {
                    let (tap, pixel) = (k / width, k % width);
                    let (channel, u, v) = (tap / (e.kh * e.kw), tap / e.kw % e.kh, tap % e.kw);
                    let (picture, i, j) = (pixel / (rows.len() * e.ow), pixel / e.ow % rows.len(), pixel % e.ow);
                    let r = ((rows.start + i) * conv.stride + u * conv.dilation).wrapping_sub(conv.padding.top);
                    let q = (j * conv.stride + v * conv.dilation).wrapping_sub(conv.padding.left);
                    let plane = (picture * e.groups + group) * e.c_in + channel;
                    let want = if r < e.h && q < e.w { x[(plane * e.h + r) * e.w + q] } else { 0.0 };
                    assert_eq!(seen, want, "{conv:?} {e:?} {block:?} at {k}");
                }
            }
        }
    }

    /// ⟨gather x, y⟩ = ⟨x, scatter y⟩
    #[test]
    fn scattering_is_the_transpose_of_gathering() {
        let conv =
            Conv2d { padding: Padding { top: 2, bottom: 1, left: 0, right: 1 }, stride: 2, dilation: 2, groups: 2 };
        let e = Extents { batch: 2, c_in: 2, c_out: 1, groups: 2, h: 7, w: 6, kh: 2, kw: 3, oh: 4, ow: 2 };
        let value = |k: usize| ((k * 7919) % 101) as f64 - 50.0;
        let x: Vec<f64> = (0..2 * 2 * 2 * 7 * 6).map(value).collect();
        let block = Block { pictures: 2, rows: 0..4 };
        let y: Vec<f64> = (0..e.depth() * block.width(&e)).map(|k| value(k + 13)).collect();
        let (mut memory, mut back) = (vec![9.0; y.len()], vec![0.0; x.len()]);
        let view = ColumnsView { conv: &conv, e: &e, group: 1, block: &block };
        let columns = view.gather(&x, Panels::rows(e.depth(), block.width(&e)), &mut memory);
        view.scatter_add(&y, &mut back);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert!(dot(columns, &y) != 0.0);
        assert_eq!(dot(columns, &y), dot(&x, &back));
    }
}
