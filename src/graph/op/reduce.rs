//! Sums, means and extremes over neighbouring dimensions.

use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};
use crate::processor::lanes::{larger, smaller};
use candle_core::WithDType;

/// How elements are combined; kernels know the variants by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReduceFn {
    /// Their sum, added by pairs.
    Sum,
    /// Their mean.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

/// Reduces the dimensions `start..end`; they stay with extent 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reduce {
    /// How elements are combined.
    pub reduce: ReduceFn,
    /// The first dimension that is reduced.
    pub start: usize,
    /// Behind the last one.
    pub end: usize,
}

impl Reduce {
    /// Elements before, in and after the reduced dimensions.
    fn extents(&self, x: &[usize]) -> [usize; 3] {
        [x[..self.start].iter().product(), x[self.start..self.end].iter().product(), x[self.end..].iter().product()]
    }

    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let [_, len, inner] = self.extents(x[0].dims());
        computed(x, y, |x: &[&[T]]| {
            let mut reduced = Vec::with_capacity(y.elem_count());
            for block in x[0].chunks_exact(len * inner) {
                for column in 0..inner {
                    let at = |k: usize| block[k * inner + column];
                    reduced.push(match self.reduce {
                        ReduceFn::Sum => pairwise_sum(&at, 0, len),
                        ReduceFn::Mean => pairwise_sum(&at, 0, len) / T::from_f64(len as f64),
                        ReduceFn::Max => (1..len).fold(at(0), |best, k| larger(best, at(k))),
                        ReduceFn::Min => (1..len).fold(at(0), |best, k| smaller(best, at(k))),
                    });
                }
            }
            reduced
        })
    }
}

/// Sums of halves: the rounding error grows with log n, not n.
fn pairwise_sum<T: WithDType>(at: &impl Fn(usize) -> T, start: usize, end: usize) -> T {
    if end - start <= 32 {
        let mut sum = T::zero();
        (start..end).for_each(|k| sum += at(k));
        return sum;
    }
    let middle = (start + end) / 2;
    pairwise_sum(at, start, middle) + pairwise_sum(at, middle, end)
}

impl Rule for Reduce {
    const NAME: &'static str = "reduce";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let mut y = x[0].clone();
        let bad = |why: String| ShapeError::bad(Self::NAME, why, &x[0].shape);
        y.floats(Self::NAME)?;
        if self.start >= self.end || self.end > y.rank() {
            return Err(bad(format!("no dimensions {}..{}", self.start, self.end)));
        }
        if x[0].elem_count() == 0 {
            return Err(bad("nothing to reduce".to_owned()));
        }
        y.shape[self.start..self.end].fill(1);
        Ok(y)
    }

    rules! { form: kernel, cost: bytes }

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
                let share = dy.broadcast_div(&here.sum_dims(self.start, self.end)?)?;
                here.broadcast_mul(&share)?
            }
        };
        Ok(vec![Some(dx)])
    }

    fn cases() -> Vec<Case> {
        let op = |reduce, start, end| Reduce { reduce, start, end };
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
        ]
    }
}

impl KernelRule for Reduce {
    rules! { epilogue: taken, cpu: floats }

    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch> {
        let [_, len, inner] = self.extents(&x[0].shape);
        // A workgroup per output where there are few outputs of many terms each.
        let tree = len >= 256 && (!device.software || y.elem_count() < 64);
        let (wgsl, each) = if tree { (wgsl!("op/reduce_tree.wgsl"), 64) } else { (wgsl!("op/reduce.wgsl"), 1) };
        let launch = Launch::flat(wgsl, 1, y.elem_count() * each, 64);
        vec![launch.constants([
            ("COUNT", y.elem_count()),
            ("LEN", len),
            ("INNER", inner),
            ("MODE", self.reduce as usize),
        ])]
    }
}

macro_rules! methods {
    ($($name:ident, $keepdim:ident => $f:ident: $what:literal),+ $(,)?) => {
        impl Tensor {
            $(#[doc = concat!($what, " along `dim`, which goes.")]
            pub fn $name(&self, dim: usize) -> Result<Tensor, ShapeError> {
                self.$keepdim(dim)?.squeeze(dim)
            }

            #[doc = concat!($what, " along `dim`, which stays with extent 1.")]
            pub fn $keepdim(&self, dim: usize) -> Result<Tensor, ShapeError> {
                self.reduce(ReduceFn::$f, dim, dim + 1)
            })+
        }
    };
}
methods! {
    sum, sum_keepdim => Sum: "Sum",
    mean, mean_keepdim => Mean: "Mean",
    max, max_keepdim => Max: "Maximum (equal ones share its gradient)",
    min, min_keepdim => Min: "Minimum (equal ones share its gradient)",
}

impl Tensor {
    fn reduce(&self, reduce: ReduceFn, start: usize, end: usize) -> Result<Tensor, ShapeError> {
        self.then(Reduce { reduce, start, end }, &[])
    }

    /// Sum over the dimensions `start..end`, which stay with extent 1.
    pub fn sum_dims(&self, start: usize, end: usize) -> Result<Tensor, ShapeError> {
        self.reduce(ReduceFn::Sum, start, end)
    }

    /// One element: the sum of all.
    pub fn sum_all(&self) -> Result<Tensor, ShapeError> {
        self.flatten_from(0)?.sum(0)
    }

    /// One element: the mean of all.
    pub fn mean_all(&self) -> Result<Tensor, ShapeError> {
        self.flatten_from(0)?.mean(0)
    }

    /// Unbiased: over one less than the extent, as candle's.
    pub fn var_keepdim(&self, dim: usize) -> Result<Tensor, ShapeError> {
        let squares = self.broadcast_sub(&self.mean_keepdim(dim)?)?.sqr()?;
        let freedom = self.dims()[dim] as f64 - 1.0;
        squares.sum_keepdim(dim)?.affine(1.0 / freedom, 0.0)
    }

    /// [`Tensor::var_keepdim`] without the dimension.
    pub fn var(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.var_keepdim(dim)?.squeeze(dim)
    }

    /// `log Σ exp x` along `dim`.
    pub fn log_sum_exp(&self, dim: usize) -> Result<Tensor, ShapeError> {
        let max = self.max_keepdim(dim)?;
        self.broadcast_sub(&max)?.exp()?.sum_keepdim(dim)?.log()?.add(&max)?.squeeze(dim)
    }

    /// The reverse of broadcasting: sums over the dimensions that `shape` would repeat.
    pub fn sum_to(&self, shape: &[usize]) -> Result<Tensor, ShapeError> {
        let lead = self.rank().checked_sub(shape.len()).ok_or_else(|| ShapeError::Mismatch {
            op: "sum_to",
            a: self.dims().to_vec(),
            b: shape.to_vec(),
        })?;
        let repeated = |d: usize| d < lead || (shape[d - lead] == 1 && self.dims()[d] != 1);
        let mut y = self.clone();
        let mut d = 0;
        while d < self.rank() {
            let start = d;
            while d < self.rank() && repeated(d) {
                d += 1;
            }
            if d > start {
                y = y.sum_dims(start, d)?;
            }
            d += 1;
        }
        if y.dims() == shape { Ok(y) } else { y.reshape(shape) }
    }
}
