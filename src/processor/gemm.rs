//! The CPU's matrix product on slices, so that convolutions need no intermediate tensors: candle's own `gemm` crate natively,
//! a kernel of ours that may use fused multiply-adds in the browser.

#[cfg(target_arch = "wasm32")]
mod assembler;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod kernel;
#[cfg(not(target_arch = "wasm32"))]
mod native;

use super::finish::Finish;
#[cfg(target_arch = "wasm32")]
use browser as machine;
#[cfg(target_arch = "wasm32")]
pub use browser::{Instructions, pretend};
use candle_core::WithDType;
#[cfg(not(target_arch = "wasm32"))]
use native as machine;

/// A matrix of `rows × cols` in `data`, one row after another at `row_stride`; element (r, c) is
/// `data[r · row_stride + c · col_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) row_stride: usize,
    pub(crate) col_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// Rows one after another without gaps.
    pub(crate) fn rows(data: &'a [T], cols: usize) -> Self {
        Self { data, row_stride: cols, col_stride: 1 }
    }

    /// The same elements with rows and columns exchanged.
    pub(crate) fn transposed(self) -> Self {
        Self { row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }

    /// Whether every element of `rows × cols` lies in `data`.
    fn holds(&self, rows: usize, cols: usize) -> bool {
        rows == 0 || cols == 0 || (rows - 1) * self.row_stride + (cols - 1) * self.col_stride < self.data.len()
    }
}

/// How a right operand of `rows × cols` lies in memory that was filled for the product alone: in panels of `width` columns,
/// each with its rows one after another. A kernel that wants another width would have to rearrange it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panels {
    rows: usize,
    width: usize,
    count: usize,
}

impl Panels {
    /// As this machine's kernel wants them.
    pub(crate) fn new(rows: usize, cols: usize) -> Self {
        let width = machine::PANEL.unwrap_or(cols).max(1);
        Self { rows, width, count: cols.div_ceil(width) }
    }

    /// A matrix like any other, its rows one after another.
    pub(crate) fn rows(rows: usize, cols: usize) -> Self {
        Self { rows, width: cols.max(1), count: 1 }
    }

    /// Whether they lie like a plain matrix of `cols` columns.
    pub(crate) fn are_rows(&self, cols: usize) -> bool {
        self.count == 1 && self.width == cols
    }

    /// Elements, those beside the last column included; their values do not matter.
    pub(crate) fn len(&self) -> usize {
        self.count * self.rows * self.width
    }

    /// Elements of a row, those beside the last column included.
    pub(crate) fn row_len(&self) -> usize {
        self.count * self.width
    }

    /// Where all elements of a row lie in one place, that place.
    pub(crate) fn whole_row<'a, T>(&self, row: usize, data: &'a mut [T]) -> Option<&'a mut [T]> {
        (self.count == 1).then(|| &mut data[row * self.width..][..self.width])
    }

    /// Puts a row, [`Self::row_len`] elements one after another, where it belongs.
    pub(crate) fn store_row<T: Copy>(&self, row: usize, from: &[T], data: &mut [T]) {
        // Of a width that is known beforehand a copy takes no call.
        const WIDTH: usize = 8;
        let places = data[row * self.width..].chunks_mut((self.rows * self.width).max(1));
        if self.width == WIDTH {
            for (to, from) in places.zip(from.as_chunks::<WIDTH>().0) {
                if let Some(to) = to.first_chunk_mut::<WIDTH>() {
                    *to = *from;
                }
            }
        } else {
            places.zip(from.chunks_exact(self.width)).for_each(|(to, from)| to[..self.width].copy_from_slice(from));
        }
    }
}

/// The left operand of a product.
#[derive(Clone, Copy)]
pub(crate) enum Left<'a, T> {
    Matrix(Matrix<'a, T>),
    Ready(&'a Packed<T>),
}

impl<'a, T> From<Matrix<'a, T>> for Left<'a, T> {
    fn from(matrix: Matrix<'a, T>) -> Self {
        Left::Matrix(matrix)
    }
}

/// A left operand rearranged once for many products; machines whose kernel needs no rearranging have none.
pub(crate) struct Packed<T> {
    rows: usize,
    depth: usize,
    elements: Vec<T>,
}

impl<T: WithDType> Packed<T> {
    /// Rearranges a matrix for more than one product; `None` where that would gain nothing.
    pub(crate) fn new(matrix: Matrix<'_, T>, rows: usize, depth: usize) -> Option<Self> {
        assert!(matrix.holds(rows, depth), "gemm: left operand too short");
        machine::prepare(matrix, rows, depth)
    }
}

impl<'a, T: WithDType> Left<'a, T> {
    /// The matrix, or what was made of it.
    pub(crate) fn of(matrix: Matrix<'a, T>, ready: Option<&'a Packed<T>>) -> Self {
        ready.map_or(Left::Matrix(matrix), Left::Ready)
    }
}

/// The right operand of a product.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a, T> {
    Matrix(Matrix<'a, T>),
    Panels(&'a [T], Panels),
}

impl<'a, T> From<Matrix<'a, T>> for Right<'a, T> {
    fn from(matrix: Matrix<'a, T>) -> Self {
        Right::Matrix(matrix)
    }
}

/// `y[m, n] = a[m, k] · b[k, n]`; the rows of `y` lie `y_stride` apart.
pub(crate) fn product<'a, 'b, T: WithDType>(
    extents: [usize; 3],
    a: impl Into<Left<'a, T>>,
    b: impl Into<Right<'b, T>>,
    y: &mut [T],
    y_stride: usize,
) {
    finished_product(extents, a, b, y, y_stride, Finish::NONE);
}

/// The same, followed by `finish`.
pub(crate) fn finished_product<'a, 'b, T: WithDType>(
    extents: [usize; 3],
    a: impl Into<Left<'a, T>>,
    b: impl Into<Right<'b, T>>,
    y: &mut [T],
    y_stride: usize,
    finish: Finish<'_, T>,
) {
    multiply(extents, a.into(), b.into(), Target { y, stride: y_stride, old: Old::Overwritten, finish });
}

/// `y[m, n] += a[m, k] · b[k, n]`
pub(crate) fn add_product<'a, 'b, T: WithDType>(
    extents: [usize; 3],
    a: impl Into<Left<'a, T>>,
    b: impl Into<Right<'b, T>>,
    y: &mut [T],
    y_stride: usize,
) {
    multiply(extents, a.into(), b.into(), Target { y, stride: y_stride, old: Old::Added, finish: Finish::NONE });
}

/// What happens to the old elements of the target.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Old {
    Overwritten,
    Added,
}

/// Where a product goes, row by row.
struct Target<'a, T> {
    y: &'a mut [T],
    stride: usize,
    old: Old,
    finish: Finish<'a, T>,
}

fn multiply<T: WithDType>(extents: [usize; 3], a: Left<'_, T>, b: Right<'_, T>, to: Target<'_, T>) {
    let [m, n, k] = extents;
    if m == 0 || n == 0 {
        return;
    }
    assert!((m - 1) * to.stride + n - 1 < to.y.len(), "gemm: output too short");
    assert!(to.finish.holds(m), "gemm: bias too short");
    let fits = match a {
        Left::Matrix(a) => a.holds(m, k),
        Left::Ready(ready) => [ready.rows, ready.depth] == [m, k],
    };
    assert!(fits, "gemm: left operand too short");
    let fits = match b {
        Right::Matrix(b) => b.holds(k, n),
        Right::Panels(data, panels) => panels == Panels::new(k, n) && panels.len() <= data.len(),
    };
    assert!(fits, "gemm: right operand too short");
    machine::multiply(extents, a, b, to);
}
