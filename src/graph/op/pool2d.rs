//! Max and average pooling: padding, ceil mode, overlapping windows.

mod cpu;

use super::windows::{Windows, planes, weights};
use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits};

/// How a window is reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolFn {
    /// Its largest value; padding never is.
    Max,
    /// Padding counts as zeros in the mean or not at all (PyTorch's `count_include_pad`).
    Avg {
        /// Whether zeros of the padding count.
        count_padding: bool,
    },
}

/// Windows of `kernel` at steps of `stride` over the last two dimensions of `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool2d {
    /// How a window is reduced.
    pub pool: PoolFn,
    /// Height and width of a window.
    pub kernel: [usize; 2],
    /// Rows and columns from one window to the next.
    pub stride: [usize; 2],
    /// Rows above and below, columns left and right; at most half the kernel.
    pub padding: [usize; 2],
    /// Also windows that begin inside the input and end beyond it (Caffe's and SqueezeNet's).
    pub ceil: bool,
}

impl Pool2d {
    /// Windows of `kernel` × `kernel` at steps of `stride`, without padding.
    pub fn square(pool: PoolFn, kernel: usize, stride: usize) -> Self {
        Self { pool, kernel: [kernel; 2], stride: [stride; 2], padding: [0; 2], ceil: false }
    }

    pub(super) fn extent(&self, d: usize, size: usize) -> Option<usize> {
        let (k, s, p) = (self.kernel[d], self.stride[d], self.padding[d]);
        let room = (size + 2 * p).checked_sub(k)?;
        let windows = if self.ceil { room.div_ceil(s) } else { room / s } + 1;
        // A window must begin inside the input or its left padding.
        Some(if self.ceil && (windows - 1) * s >= size + p { windows - 1 } else { windows })
    }

    /// Of window `o` in dimension `d`: the inputs inside, and how many places count for the mean.
    pub(crate) fn window(&self, d: usize, o: usize, size: usize) -> (std::ops::Range<usize>, usize) {
        let start = (o * self.stride[d]) as isize - self.padding[d] as isize;
        let padded = (start + self.kernel[d] as isize).min((size + self.padding[d]) as isize);
        let range = start.max(0) as usize..padded.min(size as isize).max(0) as usize;
        let counted = match self.pool {
            PoolFn::Avg { count_padding: true } => (padded - start) as usize,
            _ => range.len(),
        };
        (range, counted)
    }
}

impl Rule for Pool2d {
    const NAME: &'static str = "pool2d";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [batch, channels, h, w] = x[0].float_nchw(Self::NAME)?;
        let bad = |why: &str| ShapeError::bad(Self::NAME, why, &x[0].shape);
        if self.stride.contains(&0) || self.kernel.contains(&0) {
            return Err(bad("kernel and stride must be positive"));
        }
        if (0..2).any(|d| self.padding[d] * 2 > self.kernel[d]) {
            return Err(bad("padding must be at most half the kernel"));
        }
        match (self.extent(0, h), self.extent(1, w)) {
            (Some(oh), Some(ow)) => Ok(Spec::new([batch, channels, oh, ow], x[0].dtype)),
            _ => Err(bad("the window is larger than the padded input")),
        }
    }

    rules! { form: kernel, cost: bytes }

    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (windows, size) = (Windows::of(self), [x[0].dims()[2], x[0].dims()[3]]);
        let dx = match self.pool {
            // The gradient goes to the place of the maximum.
            PoolFn::Max => dy.max_unpool2d(&x[0], windows)?,
            // Every input of the window gets an equal share.
            PoolFn::Avg { .. } => {
                let count = |d: usize, o| self.window(d, o, size[d]).1;
                let shares = weights(dy, [y.dims()[2], y.dims()[3]], |i, j| 1.0 / (count(0, i) * count(1, j)) as f64)?;
                dy.broadcast_mul(&shares)?.sum_unpool2d(windows, size)?
            }
        };
        Ok(vec![Some(dx)])
    }

    fn cases() -> Vec<Case> {
        let pool = |pool, k, s, p, ceil| Pool2d { pool, kernel: [k, k], stride: [s, s], padding: [p, p], ceil };
        let x = |h| [Given::signed([2, 3, h, h])];
        let avg = PoolFn::Avg { count_padding: true };
        let padded = |x: &Host, left, right| x.pad_with_zeros(2, left, right)?.pad_with_zeros(3, left, right);
        // Shifted up, so that zeros never win: padding as minus infinity, then back.
        let padded_max = move |x: &[Host], left, right| {
            (padded(&x[0].affine(1.0, 2.0)?, left, right)?.max_pool2d_with_stride(3, 2)? - 2.0)?.contiguous()
        };
        vec![
            Case::new(pool(PoolFn::Max, 2, 2, 0, false), x(8), |x| x[0].max_pool2d(2)),
            Case::new(pool(PoolFn::Max, 3, 2, 0, false), x(9), |x| x[0].max_pool2d_with_stride(3, 2)),
            Case::new(pool(PoolFn::Max, 3, 2, 1, false), x(8), move |x| padded_max(x, 1, 1)),
            Case::new(pool(PoolFn::Max, 3, 2, 0, true), x(8), move |x| padded_max(x, 0, 1)),
            Case::new(pool(avg, 2, 2, 0, false), x(8), |x| x[0].avg_pool2d(2)),
            Case::new(pool(avg, 3, 1, 1, false), x(6), move |x| padded(&x[0], 1, 1)?.avg_pool2d_with_stride(3, 1)),
            // Without the padding, the mean is the ratio of two sums.
            Case::new(pool(PoolFn::Avg { count_padding: false }, 3, 2, 1, false), x(7), move |x| {
                let mean = |x: &Host| padded(x, 1, 1)?.avg_pool2d_with_stride(3, 2);
                mean(&x[0])?.broadcast_div(&mean(&x[0].ones_like()?)?)
            }),
        ]
    }
}

impl KernelRule for Pool2d {
    rules! { epilogue: taken, cpu: floats }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let launch = Launch::each(wgsl!("op/pool2d.wgsl"), 1, y.elem_count()).constants(planes(&x[0].shape, &y.shape));
        vec![launch.constants([
            ("KH", self.kernel[0]),
            ("KW", self.kernel[1]),
            ("STRIDE_H", self.stride[0]),
            ("STRIDE_W", self.stride[1]),
            ("TOP", self.padding[0]),
            ("LEFT", self.padding[1]),
            ("AVERAGE", usize::from(self.pool != PoolFn::Max)),
            ("COUNT_PADDING", usize::from(self.pool == PoolFn::Avg { count_padding: true })),
        ])]
    }
}

impl Tensor {
    /// The maxima of windows of `kernel` × `kernel` side by side.
    pub fn max_pool2d(&self, kernel: usize) -> Result<Tensor, ShapeError> {
        self.max_pool2d_with_stride(kernel, kernel)
    }

    /// The maxima of windows of `kernel` × `kernel` at steps of `stride`, without padding.
    pub fn max_pool2d_with_stride(&self, kernel: usize, stride: usize) -> Result<Tensor, ShapeError> {
        self.pool2d(Pool2d::square(PoolFn::Max, kernel, stride))
    }

    /// The means of windows of `kernel` × `kernel` side by side.
    pub fn avg_pool2d(&self, kernel: usize) -> Result<Tensor, ShapeError> {
        self.avg_pool2d_with_stride(kernel, kernel)
    }

    /// The means of windows of `kernel` × `kernel` at steps of `stride`, without padding.
    pub fn avg_pool2d_with_stride(&self, kernel: usize, stride: usize) -> Result<Tensor, ShapeError> {
        self.pool2d(Pool2d::square(PoolFn::Avg { count_padding: true }, kernel, stride))
    }

    /// Any pooling.
    pub fn pool2d(&self, pool: Pool2d) -> Result<Tensor, ShapeError> {
        self.then(pool, &[])
    }

    /// Mean over all pixels: `[batch, channels, height, width]` → `[batch, channels]`.
    pub fn global_avg_pool2d(&self) -> Result<Tensor, ShapeError> {
        self.flatten_from(2)?.mean(2)
    }
}
