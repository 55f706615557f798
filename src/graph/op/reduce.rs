//! Sums, means and extremes over neighbouring dimensions.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::channels::{pairwise, sum_per_channel, width_and_lanes};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use candle_core::WithDType;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReduceFn {
    Sum,
    Mean,
    Max,
    Min,
}

/// Reduces the dimensions `start..end`, but for those of `keep` among them; they stay with extent 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduce {
    pub reduce: ReduceFn,
    pub start: usize,
    pub end: usize,
    /// Neighbouring dimensions inside `start..end` that are not reduced: channels, between batch and pixels. Empty for none.
    pub keep: Range<usize>,
}

/// One of the outermost blocks of a tensor as `[before, kept, after, inner]`: `before` and `after` are reduced.
#[derive(Clone, Copy)]
struct Extents {
    before: usize,
    kept: usize,
    after: usize,
    inner: usize,
}

impl Extents {
    /// Elements that make one of the result.
    fn len(self) -> usize {
        self.before * self.after
    }
}

impl Reduce {
    fn extents(&self, x: &[usize]) -> Extents {
        let count = |dims: Range<usize>| x[dims].iter().product();
        let keep = if self.keep.is_empty() { self.end..self.end } else { self.keep.clone() };
        Extents {
            before: count(self.start..keep.start),
            kept: count(keep.clone()),
            after: count(keep.end..self.end),
            inner: count(self.end..x.len()),
        }
    }

    fn typed<T: WithDType>(&self, x: &Host, y: &Spec) -> candle_core::Result<Host> {
        let e = self.extents(x.dims());
        let reduced = with_elements(x, |x: &[T]| {
            let mut reduced = Vec::with_capacity(y.elem_count());
            for block in x.chunks_exact(e.len() * e.kept * e.inner) {
                match self.reduce {
                    ReduceFn::Sum => reduced.extend(sums(block, e)),
                    ReduceFn::Mean => {
                        let count = T::from_f64(e.len() as f64);
                        reduced.extend(sums(block, e).into_iter().map(|sum| sum / count));
                    }
                    ReduceFn::Max => reduced.extend(folds(block, e, |best, v| if v > best { v } else { best })),
                    ReduceFn::Min => reduced.extend(folds(block, e, |best, v| if v < best { v } else { best })),
                }
            }
            reduced
        })?;
        from_elements(reduced, y)
    }
}

/// The sums of a block.
fn sums<T: WithDType>(block: &[T], e: Extents) -> Vec<T> {
    if e.kept * e.inner == 1 {
        return sum_per_channel([1, 1, e.len()], block, block, |_| |v, _| v);
    }
    if e.inner == 1 {
        return sum_per_channel([e.before, e.kept, e.after], block, block, |_| |v, _| v);
    }
    if e.kept == 1 {
        return sum_per_channel([e.len(), e.inner, 1], block, block, |_| |v, _| v);
    }
    each(e, |at| pairwise(&|k| block[at(k)], 0, e.len()))
}

/// The extremes of a block.
fn folds<T: WithDType>(block: &[T], e: Extents, better: impl Fn(T, T) -> T) -> Vec<T> {
    each(e, |at| (1..e.len()).fold(block[at(0)], |best, k| better(best, block[at(k)])))
}

/// One value for each result of a block, from where its terms are.
fn each<T>(e: Extents, value: impl Fn(&dyn Fn(usize) -> usize) -> T) -> Vec<T> {
    let of = |i: usize| {
        let (kept, inner) = (i / e.inner, i % e.inner);
        value(&|k| ((k / e.after * e.kept + kept) * e.after + k % e.after) * e.inner + inner)
    };
    (0..e.kept * e.inner).map(of).collect()
}

impl Rule for Reduce {
    const NAME: &'static str = "reduce";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let mut y = x[0].clone();
        let bad = |why: String| ShapeError::Bad { op: Self::NAME, why, got: x[0].shape.clone() };
        if y.dtype == DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::F32, got: DType::U32 });
        }
        let keeps = self.keep.is_empty() || (self.start <= self.keep.start && self.keep.end <= self.end);
        if self.start >= self.end || self.end > y.rank() || !keeps {
            return Err(bad(format!("no dimensions {}..{} around {:?}", self.start, self.end, self.keep)));
        }
        if x[0].elem_count() == 0 {
            return Err(bad("nothing to reduce".to_owned()));
        }
        for d in (self.start..self.end).filter(|d| !self.keep.contains(d)) {
            y.shape[d] = 1;
        }
        Ok(y)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let x = &x[0];
        let dx = match self.reduce {
            ReduceFn::Sum => dy.broadcast_as(x.dims())?,
            ReduceFn::Mean => {
                let count = x.elem_count() / y.elem_count();
                dy.affine(1.0 / count as f64, 0.0)?.broadcast_as(x.dims())?
            }
            // Equal extremes share the gradient.
            ReduceFn::Max | ReduceFn::Min => {
                let here = x.broadcast_eq(y)?;
                let ties = here.then(Reduce { reduce: ReduceFn::Sum, ..self.clone() }, &[])?;
                let share = dy.broadcast_div(&ties)?;
                here.broadcast_mul(&share)?
            }
        };
        Ok(vec![Some(dx)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let op = |reduce, start, end| Reduce { reduce, start, end, keep: 0..0 };
        let around = |reduce, keep: Range<usize>, end| Reduce { reduce, start: 0, end, keep };
        let x = || [Given::signed([3, 4, 5])];
        vec![
            Case::new(op(ReduceFn::Sum, 2, 3), x(), |x| x[0].sum_keepdim(2)),
            Case::new(op(ReduceFn::Sum, 0, 1), x(), |x| x[0].sum_keepdim(0)),
            Case::new(op(ReduceFn::Sum, 0, 3), x(), |x| x[0].sum_keepdim((0, 1, 2))),
            Case::new(op(ReduceFn::Mean, 1, 2), x(), |x| x[0].mean_keepdim(1)),
            Case::new(op(ReduceFn::Mean, 1, 3), [Given::signed([2, 40, 50])], |x| x[0].mean_keepdim((1, 2))),
            Case::new(op(ReduceFn::Max, 1, 2), x(), |x| x[0].max_keepdim(1)),
            Case::new(op(ReduceFn::Max, 0, 2), [Given::signed([70, 9])], |x| {
                x[0].flatten_all()?.max(0)?.reshape((1, 1))
            }),
            Case::new(op(ReduceFn::Min, 2, 3), x(), |x| x[0].min_keepdim(2)),
            // All but the channels, in few elements, in many, in many channels, and with something behind them.
            Case::new(around(ReduceFn::Sum, 1..2, 3), x(), |x| x[0].sum_keepdim((0, 2))),
            Case::new(around(ReduceFn::Sum, 1..2, 4), [Given::signed([3, 5, 10, 11])], |x| x[0].sum_keepdim((0, 2, 3))),
            Case::new(around(ReduceFn::Mean, 1..2, 4), [Given::signed([5, 2, 33, 31])], |x| {
                x[0].mean_keepdim((0, 2, 3))
            }),
            Case::new(around(ReduceFn::Sum, 1..2, 3), [Given::signed([2, 90, 300])], |x| x[0].sum_keepdim((0, 2))),
            Case::new(around(ReduceFn::Sum, 1..3, 4), [Given::signed([4, 2, 3, 5, 2])], |x| x[0].sum_keepdim((0, 3))),
            Case::new(around(ReduceFn::Max, 1..2, 3), x(), |x| x[0].max_keepdim(0)?.max_keepdim(2)),
        ]
    }
}

impl KernelRule for Reduce {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64 => self.typed::<f64>(&x[0], y),
            DType::F32 => self.typed::<f32>(&x[0], y),
            DType::U32 => candle_core::bail!("reduce wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch> {
        let e = self.extents(&x[0].shape);
        let mode = match self.reduce {
            ReduceFn::Sum => 0,
            ReduceFn::Mean => 1,
            ReduceFn::Max => 2,
            ReduceFn::Min => 3,
        };
        // Several invocations per output where there are few outputs of many terms each.
        let count = y.elem_count();
        let launch = match width_and_lanes(count, e.len(), device) {
            [width, lanes] if e.len() >= 256 && lanes > 1 => {
                Launch::flat(wgsl!("op/reduce_tree.wgsl"), 1, count * lanes, width).constants([("WIDTH", width)])
            }
            _ => Launch::flat(wgsl!("op/reduce.wgsl"), 1, count, 64),
        };
        vec![launch.constants([
            ("COUNT", count),
            ("LEN", e.len()),
            ("KEPT", e.kept),
            ("AFTER", e.after),
            ("INNER", e.inner),
            ("MODE", mode),
        ])]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}

impl Tensor {
    fn reduce(&self, reduce: ReduceFn, start: usize, end: usize) -> Result<Tensor, ShapeError> {
        self.then(Reduce { reduce, start, end, keep: 0..0 }, &[])
    }

    /// Sum over the dimensions `start..end`, which stay with extent 1.
    pub fn sum_dims(&self, start: usize, end: usize) -> Result<Tensor, ShapeError> {
        self.reduce(ReduceFn::Sum, start, end)
    }

    pub fn sum_keepdim(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.reduce(ReduceFn::Sum, dim, dim + 1)
    }

    pub fn sum(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.sum_keepdim(dim)?.squeeze(dim)
    }

    /// One element: the sum of all.
    pub fn sum_all(&self) -> Result<Tensor, ShapeError> {
        self.flatten_from(0)?.sum(0)
    }

    pub fn mean_keepdim(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.reduce(ReduceFn::Mean, dim, dim + 1)
    }

    pub fn mean(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.mean_keepdim(dim)?.squeeze(dim)
    }

    pub fn mean_all(&self) -> Result<Tensor, ShapeError> {
        self.flatten_from(0)?.mean(0)
    }

    pub fn max_keepdim(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.reduce(ReduceFn::Max, dim, dim + 1)
    }

    pub fn max(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.max_keepdim(dim)?.squeeze(dim)
    }

    pub fn min_keepdim(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.reduce(ReduceFn::Min, dim, dim + 1)
    }

    pub fn min(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.min_keepdim(dim)?.squeeze(dim)
    }

    /// Unbiased: over one less than the extent, as candle's.
    pub fn var_keepdim(&self, dim: usize) -> Result<Tensor, ShapeError> {
        let squares = self.broadcast_sub(&self.mean_keepdim(dim)?)?.sqr()?;
        let freedom = self.dims()[dim] as f64 - 1.0;
        squares.sum_keepdim(dim)?.affine(1.0 / freedom, 0.0)
    }

    pub fn var(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.var_keepdim(dim)?.squeeze(dim)
    }

    /// `log Σ exp x` along `dim`.
    pub fn log_sum_exp(&self, dim: usize) -> Result<Tensor, ShapeError> {
        let max = self.max_keepdim(dim)?;
        self.broadcast_sub(&max)?.exp()?.sum_keepdim(dim)?.log()?.add(&max)?.squeeze(dim)
    }

    /// The reverse of broadcasting: sums whatever `shape` repeats.
    pub fn sum_to(&self, shape: &[usize]) -> Result<Tensor, ShapeError> {
        let lead = self.rank().checked_sub(shape.len()).ok_or_else(|| ShapeError::Mismatch {
            op: "sum_to",
            a: self.dims().to_vec(),
            b: shape.to_vec(),
        })?;
        let repeated = |d: usize| d < lead || (shape[d - lead] == 1 && self.dims()[d] != 1);
        // Runs of dimensions to sum. What lies between two of them is kept in one go: channels, between batch and pixels.
        let mut runs: Vec<Range<usize>> = Vec::new();
        for d in (0..self.rank()).filter(|&d| repeated(d)) {
            match runs.last_mut() {
                Some(run) if run.end == d => run.end += 1,
                _ => runs.push(d..d + 1),
            }
        }
        let mut y = self.clone();
        for two in runs.chunks(2) {
            let (start, end) = (two[0].start, two[two.len() - 1].end);
            let keep = if two.len() == 2 { two[0].end..two[1].start } else { 0..0 };
            y = y.then(Reduce { reduce: ReduceFn::Sum, start, end, keep }, &[])?;
        }
        if y.dims() == shape { Ok(y) } else { y.reshape(shape) }
    }
}
