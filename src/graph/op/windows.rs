//! Windows over a plane: which inputs each covers, and which windows cover an input. Pooling and its gradients share them.

use super::adaptive_pool2d::{AdaptiveFn, AdaptivePool2d};
use super::pool2d::{Pool2d, PoolFn};
use super::{ShapeError, Spec, Tensor};
use std::ops::Range;

/// The windows of both dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// Of equal size, at equal steps, cut off at the edges.
    Strided {
        /// Height and width of a window.
        kernel: [usize; 2],
        /// Rows and columns from one window to the next.
        stride: [usize; 2],
        /// Rows above, columns left.
        padding: [usize; 2],
    },
    /// As many windows as outputs, as large as needed: window `o` of `to` covers `⌊o · from / to⌋ .. ⌈(o + 1) · from / to⌉`.
    Adaptive,
}

impl Windows {
    pub(super) fn of(pool: &Pool2d) -> Windows {
        Windows::Strided { kernel: pool.kernel, stride: pool.stride, padding: pool.padding }
    }

    /// Inputs inside window `o` of `windows` in dimension `d` of extent `size`.
    pub(super) fn covered(&self, d: usize, o: usize, size: usize, windows: usize) -> Range<usize> {
        match self {
            Windows::Strided { kernel, stride, padding } => {
                let start = o * stride[d];
                let end = (start + kernel[d]).saturating_sub(padding[d]).min(size);
                start.saturating_sub(padding[d]).min(end)..end
            }
            Windows::Adaptive => o * size / windows..((o + 1) * size).div_ceil(windows),
        }
    }

    /// The sum of each window of `x`; `windows` down and across.
    pub(super) fn sums(&self, x: &Tensor, windows: [usize; 2]) -> Result<Tensor, ShapeError> {
        match *self {
            Windows::Adaptive => x.then(AdaptivePool2d { pool: AdaptiveFn::Sum, size: windows }, &[]),
            Windows::Strided { kernel, stride, padding } => {
                let pool = PoolFn::Avg { count_padding: false };
                let ceil = |ceil| Pool2d { pool, kernel, stride, padding, ceil };
                let size = [x.dims()[2], x.dims()[3]];
                let fits = (0..2).all(|d| ceil(false).extent(d, size[d]) == Some(windows[d]));
                let means = x.pool2d(ceil(!fits))?;
                let count = |d: usize, o| self.covered(d, o, size[d], windows[d]).len();
                let counts = weights(x, windows, |i, j| (count(0, i) * count(1, j)) as f64)?;
                means.broadcast_mul(&counts)
            }
        }
    }

    /// For the kernels.
    pub(super) fn constants(&self) -> [(&'static str, usize); 7] {
        let (adaptive, kernel, stride, padding) = match *self {
            Windows::Strided { kernel, stride, padding } => (0, kernel, stride, padding),
            Windows::Adaptive => (1, [1; 2], [1; 2], [0; 2]),
        };
        [
            ("ADAPTIVE", adaptive),
            ("KH", kernel[0]),
            ("KW", kernel[1]),
            ("STRIDE_H", stride[0]),
            ("STRIDE_W", stride[1]),
            ("TOP", padding[0]),
            ("LEFT", padding[1]),
        ]
    }

    /// Windows to test gradients on, with the input's and output's extents.
    pub(super) fn samples() -> Vec<(Windows, [usize; 2], [usize; 2])> {
        let strided = |k, s, p, ceil, size: [usize; 2]| {
            let pool = Pool2d { pool: PoolFn::Max, kernel: [k; 2], stride: [s; 2], padding: [p; 2], ceil };
            (Windows::of(&pool), size, [0, 1].map(|d| pool.extent(d, size[d]).unwrap_or(1)))
        };
        vec![
            strided(2, 2, 0, false, [6, 8]),
            strided(3, 2, 0, false, [9, 7]),
            strided(3, 2, 1, false, [8, 8]),
            strided(3, 2, 0, true, [8, 8]),
            strided(3, 1, 1, false, [5, 6]),
            strided(2, 3, 0, false, [8, 9]),
            (Windows::Adaptive, [7, 5], [3, 4]),
            (Windows::Adaptive, [3, 2], [5, 7]),
        ]
    }
}

/// For the kernels: height and width of what is pooled, `[…, h, w]`, and of the windows, `[…, oh, ow]`.
pub(super) fn planes(whole: &[usize], windows: &[usize]) -> [(&'static str, usize); 4] {
    [("H", whole[2]), ("W", whole[3]), ("OH", windows[2]), ("OW", windows[3])]
}

/// A constant `[1, 1, windows…]` of `like`'s element type.
pub(super) fn weights(
    like: &Tensor,
    [oh, ow]: [usize; 2],
    weight: impl Fn(usize, usize) -> f64,
) -> Result<Tensor, ShapeError> {
    let values: Vec<f64> = (0..oh * ow).map(|k| weight(k / ow, k % ow)).collect();
    like.graph().constant_of("pool2d", &values, &Spec::new([1, 1, oh, ow], like.dtype()))
}
