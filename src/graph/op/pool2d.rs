//! Max and average pooling: padding, ceil mode, overlapping windows.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::windows::{Columns, Strided, Windows};
use super::{AvgUnpool, Case, Cost, Form, Given, KernelRule, MaxUnpool, PoolIndex, Rule, bytes_of, wgsl};
use candle_core::WithDType;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolFn {
    Max,
    /// Padding counts as zeros in the mean or not at all (PyTorch's `count_include_pad`).
    Avg {
        count_padding: bool,
    },
}

/// Windows of `kernel` at steps of `stride` over the last two dimensions of `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool2d {
    pub pool: PoolFn,
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Rows above and below, columns left and right; at most half the kernel.
    pub padding: [usize; 2],
    /// Also windows that begin inside the input and end beyond it (Caffe's and SqueezeNet's).
    pub ceil: bool,
}

impl Pool2d {
    pub(super) fn windows(&self) -> Windows {
        let Pool2d { kernel, stride, padding, ceil, .. } = *self;
        Windows::Strided(Strided { kernel, stride, padding, ceil })
    }
}

/// Pools the planes of `x` on the CPU: rows of windows at a time, input row by input row.
pub(super) fn pool_planes<T: WithDType>(
    pool: PoolFn,
    windows: &Windows,
    x: &Host,
    y: &Spec,
) -> candle_core::Result<Host> {
    let (h, w, oh, ow) = (x.dims()[2], x.dims()[3], y.shape[2], y.shape[3]);
    let (rows, columns) = (windows.taps(0, h, oh), Columns::new(windows.taps(1, w, ow)));
    let count_padding = pool == PoolFn::Avg { count_padding: true };
    let high = windows.counted(0, h, oh, count_padding);
    let wide = windows.counted(1, w, ow, count_padding);
    let pooled = with_elements(x, |x: &[T]| {
        let mut pooled = vec![T::zero(); y.elem_count()];
        for (plane, y) in x.chunks_exact(h * w).zip(pooled.chunks_exact_mut(oh * ow)) {
            for ((rows, &high), y) in rows.iter().zip(&high).zip(y.chunks_exact_mut(ow)) {
                let inputs = plane[rows.start * w..rows.end * w].chunks_exact(w);
                match pool {
                    PoolFn::Max => {
                        let first = &plane[rows.start * w..][..w];
                        y.iter_mut().zip(&columns.taps).for_each(|(y, taps)| *y = first[taps.start]);
                        inputs.for_each(|row| columns.fold(row, y, |best, v, _| if v > best { v } else { best }));
                    }
                    PoolFn::Avg { .. } => {
                        inputs.for_each(|row| columns.fold(row, y, |sum, v, _| sum + v));
                        for (y, &wide) in y.iter_mut().zip(&wide) {
                            *y /= T::from_f64((high * wide) as f64);
                        }
                    }
                }
            }
        }
        pooled
    })?;
    from_elements(pooled, y)
}

impl Rule for Pool2d {
    const NAME: &'static str = "pool2d";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [oh, ow] = self.windows().outputs(Self::NAME, x[0])?;
        Ok(Spec::new([x[0].shape[0], x[0].shape[1], oh, ow], x[0].dtype))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (windows, size) = (self.windows(), [x[0].dims()[2], x[0].dims()[3]]);
        Ok(vec![Some(match self.pool {
            // To the maximum of each window, the first of equals.
            PoolFn::Max => x[0].then(PoolIndex { windows }, &[])?.then(MaxUnpool { windows, size }, &[dy])?,
            PoolFn::Avg { count_padding } => dy.then(AvgUnpool { windows, count_padding, size }, &[])?,
        })])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let pool = |pool, k, s, p, ceil| Pool2d { pool, kernel: [k, k], stride: [s, s], padding: [p, p], ceil };
        let x = |h| [Given::signed([2, 3, h, h])];
        let avg = PoolFn::Avg { count_padding: true };
        vec![
            Case::new(pool(PoolFn::Max, 2, 2, 0, false), x(8), |x| x[0].max_pool2d(2)),
            Case::new(pool(PoolFn::Max, 3, 2, 0, false), x(9), |x| x[0].max_pool2d_with_stride(3, 2)),
            // Shifted up, so that zeros never win: padding as minus infinity, then back.
            Case::new(pool(PoolFn::Max, 3, 2, 1, false), x(8), |x| {
                (x[0]
                    .affine(1.0, 2.0)?
                    .pad_with_zeros(2, 1, 1)?
                    .pad_with_zeros(3, 1, 1)?
                    .max_pool2d_with_stride(3, 2)?
                    - 2.0)?
                    .contiguous()
            }),
            Case::new(pool(PoolFn::Max, 3, 2, 0, true), x(8), |x| {
                (x[0]
                    .affine(1.0, 2.0)?
                    .pad_with_zeros(2, 0, 1)?
                    .pad_with_zeros(3, 0, 1)?
                    .max_pool2d_with_stride(3, 2)?
                    - 2.0)?
                    .contiguous()
            }),
            Case::new(pool(avg, 2, 2, 0, false), x(8), |x| x[0].avg_pool2d(2)),
            Case::new(pool(avg, 3, 1, 1, false), x(6), |x| {
                x[0].pad_with_zeros(2, 1, 1)?.pad_with_zeros(3, 1, 1)?.avg_pool2d_with_stride(3, 1)
            }),
            // Without the padding: the mean of what is there, as the ratio of two sums.
            Case::new(pool(PoolFn::Avg { count_padding: false }, 3, 2, 1, false), x(7), |x| {
                let padded =
                    |x: &Host| x.pad_with_zeros(2, 1, 1)?.pad_with_zeros(3, 1, 1)?.avg_pool2d_with_stride(3, 2);
                padded(&x[0])?.broadcast_div(&padded(&x[0].ones_like()?)?)
            }),
        ]
    }
}

impl KernelRule for Pool2d {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64 => pool_planes::<f64>(self.pool, &self.windows(), &x[0], y),
            DType::F32 => pool_planes::<f32>(self.pool, &self.windows(), &x[0], y),
            DType::U32 => candle_core::bail!("pool2d wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [h, w] = [x[0].shape[2], x[0].shape[3]];
        vec![Launch::flat(wgsl!("op/pool2d.wgsl"), 1, y.elem_count(), 64).constants([
            ("COUNT", y.elem_count()),
            ("H", h),
            ("W", w),
            ("OH", y.shape[2]),
            ("OW", y.shape[3]),
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

    fn takes_epilogue(&self) -> bool {
        true
    }
}

impl Tensor {
    pub fn max_pool2d(&self, kernel: usize) -> Result<Tensor, ShapeError> {
        self.max_pool2d_with_stride(kernel, kernel)
    }

    pub fn max_pool2d_with_stride(&self, kernel: usize, stride: usize) -> Result<Tensor, ShapeError> {
        self.pool2d(Pool2d {
            pool: PoolFn::Max,
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [0; 2],
            ceil: false,
        })
    }

    pub fn avg_pool2d(&self, kernel: usize) -> Result<Tensor, ShapeError> {
        self.avg_pool2d_with_stride(kernel, kernel)
    }

    pub fn avg_pool2d_with_stride(&self, kernel: usize, stride: usize) -> Result<Tensor, ShapeError> {
        self.pool2d(Pool2d {
            pool: PoolFn::Avg { count_padding: true },
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [0; 2],
            ceil: false,
        })
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
