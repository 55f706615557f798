//! Pooling on the CPU: first down the columns, over whole rows, until one row is left of each window; then along that row.

use super::super::{Host, Spec, computed};
use super::{Pool2d, PoolFn};
use crate::processor::lanes::{self, Lanes, WIDTH, larger, singles, singles_mut};
use crate::processor::strided;
use candle_core::WithDType;
use std::ops::{Add, Range};

impl Pool2d {
    pub(super) fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let size = [x[0].dims()[2], x[0].dims()[3]];
        let out = [y.shape[2], y.shape[3]];
        computed(x, y, |x: &[&[T]]| {
            let mut pooled = vec![T::zero(); y.elem_count()];
            match (Lines::of(self, size, out), singles(x[0])) {
                (Some(mut lines), Some(x)) => lines.pool(x, singles_mut(&mut pooled).unwrap_or_default()),
                _ => one_by_one(self, size, out, x[0], &mut pooled),
            }
            pooled
        })
    }
}

/// Windows at steps of one or two along the rows, whole vectors at once.
struct Lines<'a> {
    op: &'a Pool2d,
    size: [usize; 2],
    out: [usize; 2],
    /// The window's rows reduced to one, with neutral elements around it.
    line: Vec<f32>,
    /// How many columns of each window count.
    wide: Vec<f32>,
}

impl<'a> Lines<'a> {
    fn of(op: &'a Pool2d, size: [usize; 2], out: [usize; 2]) -> Option<Self> {
        let fits = op.stride[1] <= 2 && out[1] >= WIDTH;
        fits.then(|| Self {
            op,
            size,
            out,
            line: vec![
                if op.pool == PoolFn::Max { f32::NEG_INFINITY } else { 0.0 };
                ((out[1] - 1) * op.stride[1] + op.kernel[1]).max(op.padding[1])
            ],
            wide: (0..out[1]).map(|o| op.window(1, o, size[1]).1 as f32).collect(),
        })
    }

    fn pool(&mut self, x: &[f32], y: &mut [f32]) {
        let ([h, w], [oh, ow]) = (self.size, self.out);
        for (plane, y) in x.chunks_exact((h * w).max(1)).zip(y.chunks_exact_mut((oh * ow).max(1))) {
            for (o, y) in y.chunks_exact_mut(ow).enumerate() {
                let (rows, high) = self.op.window(0, o, h);
                let rows = &plane[rows.start * w..rows.end * w];
                match self.op.pool {
                    PoolFn::Max => self.row(rows, y, Lanes::largest, |v, _| v),
                    PoolFn::Avg { .. } => {
                        let high = Lanes::splat(high as f32);
                        self.row(rows, y, Lanes::add, move |sum, wide| sum / (high * wide));
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn row(
        &mut self,
        rows: &[f32],
        y: &mut [f32],
        join: impl Fn(Lanes, Lanes) -> Lanes,
        finish: impl Fn(Lanes, Lanes) -> Lanes,
    ) {
        let Self { op, line, wide, .. } = self;
        let (left, taps, w) = (op.padding[1], op.kernel[1], self.size[1]);
        let seen = w.min(line.len() - left);
        let inside = &mut line[left..left + seen];
        for (k, row) in rows.chunks_exact(w).enumerate() {
            match k {
                0 => strided::copy(inside, row, 1),
                _ => lanes::update(inside, &row[..seen], &join),
            }
        }
        match op.stride[1] {
            1 => strided::join::<1>(line, taps, y, wide, join, finish),
            _ => strided::join::<2>(line, taps, y, wide, join, finish),
        }
    }
}

fn one_by_one<T: WithDType>(op: &Pool2d, [h, w]: [usize; 2], [oh, ow]: [usize; 2], x: &[T], y: &mut [T]) {
    let columns: Vec<_> = (0..ow).map(|o| op.window(1, o, w)).collect();
    let mut line = vec![T::zero(); w];
    for (plane, y) in x.chunks_exact(h * w).zip(y.chunks_exact_mut((oh * ow).max(1))) {
        for (o, to) in y.chunks_exact_mut(ow).enumerate() {
            let (rows, high) = op.window(0, o, h);
            let rows = &plane[rows.start * w..rows.end * w];
            match op.pool {
                PoolFn::Max => {
                    down(rows, &mut line, larger);
                    across(&line, &columns, to, |v, _| v, larger);
                }
                PoolFn::Avg { .. } => {
                    down(rows, &mut line, |a, b| a + b);
                    let mean = |sum: T, wide| sum / T::from_f64((high * wide) as f64);
                    across(&line, &columns, to, mean, |a, b| a + b);
                }
            }
        }
    }
}

/// All rows into one.
fn down<T: WithDType>(rows: &[T], line: &mut [T], join: impl Fn(T, T) -> T) {
    for (k, row) in rows.chunks_exact(line.len()).enumerate() {
        match k {
            0 => line.copy_from_slice(row),
            _ => line.iter_mut().zip(row).for_each(|(line, &v)| *line = join(*line, v)),
        }
    }
}

/// Reduces the columns of each window to one value, then applies `finish`.
fn across<T: WithDType>(
    line: &[T],
    columns: &[(Range<usize>, usize)],
    to: &mut [T],
    finish: impl Fn(T, usize) -> T,
    join: impl Fn(T, T) -> T,
) {
    for (to, (columns, wide)) in to.iter_mut().zip(columns) {
        let joined = line[columns.clone()].iter().copied().reduce(&join);
        *to = finish(joined.unwrap_or(T::zero()), *wide);
    }
}
