//! Pooling to a given size: as many windows as wanted, as large as needed (PyTorch's adaptive pooling).

use super::windows::{Windows, planes};
use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};
use crate::processor::lanes::larger;
use candle_core::{D, WithDType};

/// How a window is reduced; the kernel knows the variants by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdaptiveFn {
    /// Its largest value.
    Max,
    /// Its mean.
    Avg,
    /// Its sum.
    Sum,
}

/// Window `o` of `to` covers the inputs `⌊o · from / to⌋ .. ⌈(o + 1) · from / to⌉`, over the last two dimensions of
/// `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptivePool2d {
    /// How a window is reduced.
    pub pool: AdaptiveFn,
    /// Windows down and across: height and width of the result.
    pub size: [usize; 2],
}

impl AdaptivePool2d {
    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let (h, w) = (x[0].dims()[2], x[0].dims()[3]);
        let [oh, ow] = self.size;
        computed(x, y, |x: &[&[T]]| {
            let mut pooled = Vec::with_capacity(y.elem_count());
            for plane in x[0].chunks_exact(h * w) {
                for rows in (0..oh).map(|o| Windows::Adaptive.covered(0, o, h, oh)) {
                    for columns in (0..ow).map(|o| Windows::Adaptive.covered(1, o, w, ow)) {
                        let taps = rows.clone().flat_map(|r| &plane[r * w..][columns.clone()]).copied();
                        let sum = |taps: &mut dyn Iterator<Item = T>| taps.fold(T::zero(), |sum, v| sum + v);
                        pooled.push(match self.pool {
                            AdaptiveFn::Max => taps.reduce(larger).unwrap_or_else(T::zero),
                            AdaptiveFn::Sum => sum(&mut { taps }),
                            AdaptiveFn::Avg => sum(&mut { taps }) / T::from_f64((rows.len() * columns.len()) as f64),
                        });
                    }
                }
            }
            pooled
        })
    }
}

impl Rule for AdaptivePool2d {
    const NAME: &'static str = "adaptive_pool2d";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].planes(Self::NAME, "pooled", self.size)
    }

    rules! { form: kernel, cost: bytes }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (from, to) = ([x[0].dims()[2], x[0].dims()[3]], self.size);
        // The windows that hold input r are ⌊r · to / from⌋ .. ⌈(r + 1) · to / from⌉: the gradient of a sum is again one.
        let spread = AdaptivePool2d { pool: AdaptiveFn::Sum, size: from };
        let dx = match self.pool {
            AdaptiveFn::Max => dy.max_unpool2d(&x[0], Windows::Adaptive)?,
            AdaptiveFn::Sum => dy.then(spread, &[])?,
            AdaptiveFn::Avg => {
                let ones = dy.graph().full(1.0, Spec::new([1, 1, from[0], from[1]], dy.dtype()))?;
                let counts = ones.then(AdaptivePool2d { pool: AdaptiveFn::Sum, size: to }, &[])?;
                dy.broadcast_div(&counts)?.then(spread, &[])?
            }
        };
        Ok(vec![Some(dx)])
    }

    fn cases() -> Vec<Case> {
        // Dividing evenly, overlapping, all in one, larger than the input.
        let sizes = [([6, 8], [3, 2]), ([7, 5], [3, 4]), ([5, 6], [1, 1]), ([3, 2], [5, 7])];
        let mut cases = Vec::new();
        for pool in [AdaptiveFn::Max, AdaptiveFn::Avg, AdaptiveFn::Sum] {
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
                            AdaptiveFn::Sum => part.sum_keepdim(D::Minus1)?,
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
    rules! { epilogue: taken, cpu: floats }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let launch = Launch::each(wgsl!("op/adaptive_pool2d.wgsl"), 1, y.elem_count());
        vec![launch.constants(planes(&x[0].shape, &y.shape)).constants([("MODE", self.pool as usize)])]
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
