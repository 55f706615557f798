//! The windows of a pooling: which inputs each output looks at, and which outputs look at an input. Twin: the functions
//! `taps` and `covering` of the shaders that pool.

use super::super::{DType, ShapeError, Spec};
use std::ops::Range;

/// A rule for windows over the last two dimensions of `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    Strided(Strided),
    /// As many windows as wanted: window `o` of `to` covers the inputs `⌊o · from / to⌋ .. ⌈(o + 1) · from / to⌉`.
    Adaptive([usize; 2]),
}

/// Windows of one size at equal steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strided {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Rows above and below, columns left and right; at most half the kernel.
    pub padding: [usize; 2],
    /// Also windows that begin inside the input and end beyond it (Caffe's and SqueezeNet's).
    pub ceil: bool,
}

impl Strided {
    fn extent(&self, d: usize, size: usize) -> Option<usize> {
        let (k, s, p) = (self.kernel[d], self.stride[d], self.padding[d]);
        let room = (size + 2 * p).checked_sub(k)?;
        let windows = if self.ceil { room.div_ceil(s) } else { room / s } + 1;
        // A window must begin inside the input or its left padding.
        Some(if self.ceil && (windows - 1) * s >= size + p { windows - 1 } else { windows })
    }

    /// End of window `o` where padding counts, in coordinates of the padded input.
    fn padded_end(&self, d: usize, o: usize, size: usize) -> usize {
        (o * self.stride[d] + self.kernel[d]).min(size + 2 * self.padding[d])
    }
}

impl Windows {
    /// Rows and columns of windows over `x`, which must be floats and not smaller than one window.
    pub(super) fn outputs(&self, op: &'static str, x: &Spec) -> Result<[usize; 2], ShapeError> {
        let [_, _, h, w] = x.nchw(op)?;
        if x.dtype == DType::U32 {
            return Err(ShapeError::Type { op, want: DType::F32, got: DType::U32 });
        }
        let bad = |why: String| ShapeError::Bad { op, why, got: x.shape.clone() };
        match self {
            Windows::Adaptive(size) if size.contains(&0) || h * w == 0 => {
                Err(bad(format!("cannot be pooled to {size:?}")))
            }
            Windows::Adaptive(size) => Ok(*size),
            Windows::Strided(s) => {
                if s.stride.contains(&0) || s.kernel.contains(&0) {
                    return Err(bad("kernel and stride must be positive".to_owned()));
                }
                if (0..2).any(|d| s.padding[d] * 2 > s.kernel[d]) {
                    return Err(bad("padding must be at most half the kernel".to_owned()));
                }
                match (s.extent(0, h), s.extent(1, w)) {
                    (Some(oh), Some(ow)) if h * w > 0 => Ok([oh, ow]),
                    _ => Err(bad("the window is larger than the padded input".to_owned())),
                }
            }
        }
    }

    /// Refuses a `y` that does not come from windows over planes of `size`; otherwise the spec of what it came from.
    pub(super) fn inputs(&self, op: &'static str, y: &Spec, size: [usize; 2]) -> Result<Spec, ShapeError> {
        let [batch, channels, oh, ow] = y.nchw(op)?;
        let x = Spec::new([batch, channels, size[0], size[1]], y.dtype);
        let want = self.outputs(op, &x)?;
        if want != [oh, ow] {
            return Err(ShapeError::Mismatch { op, a: x.shape, b: y.shape.clone() });
        }
        Ok(x)
    }

    /// The inputs that each window along dimension `d` holds: `count` windows over `size` inputs.
    pub(super) fn taps(&self, d: usize, size: usize, count: usize) -> Vec<Range<usize>> {
        let of = |o: usize| match self {
            Windows::Adaptive(_) => o * size / count..((o + 1) * size).div_ceil(count),
            Windows::Strided(s) => {
                let (start, padding) = (o * s.stride[d], s.padding[d]);
                start.max(padding) - padding..(start + s.kernel[d]).min(size + padding) - padding
            }
        };
        (0..count).map(of).collect()
    }

    /// How many places of each window count for its mean: PyTorch's `count_include_pad` or the inputs alone.
    pub(super) fn counted(&self, d: usize, size: usize, count: usize, count_padding: bool) -> Vec<usize> {
        match self {
            Windows::Strided(s) if count_padding => {
                (0..count).map(|o| s.padded_end(d, o, size) - o * s.stride[d]).collect()
            }
            _ => self.taps(d, size, count).iter().map(Range::len).collect(),
        }
    }

    /// For the shaders: planes of `x`, planes of `y`, and the rule.
    pub(super) fn constants(&self, x: &[usize], y: &[usize]) -> [(&'static str, usize); 11] {
        let (adaptive, kernel, stride, padding) = match self {
            Windows::Adaptive(_) => (1, [1; 2], [1; 2], [0; 2]),
            Windows::Strided(s) => (0, s.kernel, s.stride, s.padding),
        };
        [
            ("H", x[2]),
            ("W", x[3]),
            ("OH", y[2]),
            ("OW", y[3]),
            ("ADAPTIVE", adaptive),
            ("KH", kernel[0]),
            ("KW", kernel[1]),
            ("STRIDE_H", stride[0]),
            ("STRIDE_W", stride[1]),
            ("TOP", padding[0]),
            ("LEFT", padding[1]),
        ]
    }
}

/// Windows along a row, for the loops of the CPU.
pub(super) struct Columns {
    pub(super) taps: Vec<Range<usize>>,
    /// Those of full width, one step apart: all but a few at the ends, where windows do not adapt.
    inner: Range<usize>,
    step: usize,
}

impl Columns {
    pub(super) fn new(taps: Vec<Range<usize>>) -> Self {
        let width = taps.iter().map(Range::len).max().unwrap_or(0);
        let first = taps.iter().position(|taps| taps.len() == width).unwrap_or(0);
        let step = taps.get(first + 1).map_or(1, |second| second.start - taps[first].start);
        let fits =
            |(o, window): (usize, &Range<usize>)| window.len() == width && window.start == taps[first].start + o * step;
        let count = taps[first..].iter().enumerate().take_while(|&window| fits(window)).count();
        Self { inner: first..first + count, step, taps }
    }

    /// Takes into each window's `y` what it has of `row`: `f(y, input, its column)`.
    pub(super) fn fold<T: Copy, Y: Copy>(&self, row: &[T], y: &mut [Y], f: impl Fn(Y, T, usize) -> Y) {
        let Range { start, end } = self.inner;
        let first = self.taps[start].start;
        match self.taps[start].len() {
            2 => fold_even::<T, Y, 2>(row, first, self.step, &mut y[start..end], &f),
            3 => fold_even::<T, Y, 3>(row, first, self.step, &mut y[start..end], &f),
            _ => fold_any(row, &self.taps[start..end], &mut y[start..end], &f),
        }
        fold_any(row, &self.taps[..start], &mut y[..start], &f);
        fold_any(row, &self.taps[end..], &mut y[end..], &f);
    }
}

/// The usual widths, unrolled.
fn fold_even<T: Copy, Y: Copy, const WIDTH: usize>(
    row: &[T],
    first: usize,
    step: usize,
    y: &mut [Y],
    f: impl Fn(Y, T, usize) -> Y,
) {
    for (o, y) in y.iter_mut().enumerate() {
        let start = first + o * step;
        if let Some(taps) = row[start..].first_chunk::<WIDTH>() {
            for (q, &v) in taps.iter().enumerate() {
                *y = f(*y, v, start + q);
            }
        }
    }
}

fn fold_any<T: Copy, Y: Copy>(row: &[T], windows: &[Range<usize>], y: &mut [Y], f: impl Fn(Y, T, usize) -> Y) {
    for (taps, y) in windows.iter().zip(y) {
        for (q, &v) in taps.clone().zip(&row[taps.clone()]) {
            *y = f(*y, v, q);
        }
    }
}

/// What the gradients of poolings are tested on, with the extents of the input: even, overlapping, padded, with windows that
/// stick out, with gaps; adaptive ones that divide evenly, overlap, take all, and grow.
pub(super) fn samples() -> Vec<(Windows, [usize; 2])> {
    let strided = |kernel, stride, padding, ceil| {
        Windows::Strided(Strided { kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2], ceil })
    };
    vec![
        (strided(2, 2, 0, false), [8, 6]),
        (strided(3, 2, 0, false), [7, 9]),
        (strided(3, 2, 1, false), [8, 7]),
        (strided(3, 2, 0, true), [8, 6]),
        (strided(3, 1, 1, false), [4, 5]),
        (strided(1, 2, 0, false), [5, 6]),
        (strided(2, 3, 1, true), [7, 8]),
        (Windows::Adaptive([3, 2]), [6, 8]),
        (Windows::Adaptive([3, 4]), [7, 5]),
        (Windows::Adaptive([1, 1]), [5, 6]),
        (Windows::Adaptive([5, 7]), [3, 2]),
    ]
}
