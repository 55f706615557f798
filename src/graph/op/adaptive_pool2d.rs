//! Pooling to a given size: as many windows as wanted, as large as needed (PyTorch's adaptive pooling).

use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::pool2d::{PoolFn, pool_planes};
use super::windows::Windows;
use super::{AvgUnpool, Case, Cost, Form, Given, KernelRule, MaxUnpool, PoolIndex, Rule, bytes_of, wgsl};
use candle_core::{D, WithDType};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdaptiveFn {
    Max,
    Avg,
}

/// Window `o` of `to` covers the inputs `⌊o · from / to⌋ .. ⌈(o + 1) · from / to⌉`, over the last two dimensions of
/// `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptivePool2d {
    pub pool: AdaptiveFn,
    pub size: [usize; 2],
}

impl AdaptivePool2d {
    fn windows(&self) -> Windows {
        Windows::Adaptive(self.size)
    }

    fn typed<T: WithDType>(&self, x: &Host, y: &Spec) -> candle_core::Result<Host> {
        let pool = match self.pool {
            AdaptiveFn::Max => PoolFn::Max,
            AdaptiveFn::Avg => PoolFn::Avg { count_padding: false },
        };
        pool_planes::<T>(pool, &self.windows(), x, y)
    }
}

impl Rule for AdaptivePool2d {
    const NAME: &'static str = "adaptive_pool2d";

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
            AdaptiveFn::Max => x[0].then(PoolIndex { windows }, &[])?.then(MaxUnpool { windows, size }, &[dy])?,
            AdaptiveFn::Avg => dy.then(AvgUnpool { windows, count_padding: false, size }, &[])?,
        })])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        // Dividing evenly, overlapping, all in one, larger than the input.
        let sizes = [([6, 8], [3, 2]), ([7, 5], [3, 4]), ([5, 6], [1, 1]), ([3, 2], [5, 7])];
        let mut cases = Vec::new();
        for pool in [AdaptiveFn::Max, AdaptiveFn::Avg] {
            for ([h, w], [oh, ow]) in sizes {
                let op = AdaptivePool2d { pool, size: [oh, ow] };
                cases.push(Case::new(op, [Given::signed([2, 3, h, w])], move |x| {
                    let mut pooled = Vec::new();
                    for (i, j) in (0..oh).flat_map(|i| (0..ow).map(move |j| (i, j))) {
                        let (top, left) = (i * h / oh, j * w / ow);
                        let (bottom, right) = (((i + 1) * h).div_ceil(oh), ((j + 1) * w).div_ceil(ow));
                        let part = x[0].narrow(2, top, bottom - top)?.narrow(3, left, right - left)?.flatten_from(2)?;
                        pooled.push(match pool {
                            AdaptiveFn::Max => part.max_keepdim(D::Minus1)?,
                            AdaptiveFn::Avg => part.mean_keepdim(D::Minus1)?,
                        });
                    }
                    Host::cat(&pooled, 2)?.reshape((2, 3, oh, ow))
                }));
            }
        }
        cases
    }
}

impl KernelRule for AdaptivePool2d {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64 => self.typed::<f64>(&x[0], y),
            DType::F32 => self.typed::<f32>(&x[0], y),
            DType::U32 => candle_core::bail!("adaptive_pool2d wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let mode = match self.pool {
            AdaptiveFn::Max => 0,
            AdaptiveFn::Avg => 1,
        };
        vec![Launch::flat(wgsl!("op/adaptive_pool2d.wgsl"), 1, y.elem_count(), 64).constants([
            ("COUNT", y.elem_count()),
            ("H", x[0].shape[2]),
            ("W", x[0].shape[3]),
            ("OH", y.shape[2]),
            ("OW", y.shape[3]),
            ("MODE", mode),
        ])]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}

impl Tensor {
    /// Means over `height × width` windows that cover the picture.
    pub fn adaptive_avg_pool2d(&self, height: usize, width: usize) -> Result<Tensor, ShapeError> {
        self.then(AdaptivePool2d { pool: AdaptiveFn::Avg, size: [height, width] }, &[])
    }

    /// Maxima over `height × width` windows that cover the picture.
    pub fn adaptive_max_pool2d(&self, height: usize, width: usize) -> Result<Tensor, ShapeError> {
        self.then(AdaptivePool2d { pool: AdaptiveFn::Max, size: [height, width] }, &[])
    }
}
