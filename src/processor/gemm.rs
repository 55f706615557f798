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

    /// Elements, those beside the last column included; their values do not matter.
    pub(crate) fn len(&self) -> usize {
        self.count * self.rows * self.width
    }

    /// Calls `visit` with each piece of columns `first..first + len` of a row that lies in one place: where it begins, and which
    /// of the columns, counted from `first`, it has.
    #[inline(always)]
    pub(crate) fn pieces(
        &self,
        row: usize,
        first: usize,
        len: usize,
        mut visit: impl FnMut(usize, std::ops::Range<usize>),
    ) {
        let mut done = 0;
        while done < len {
            let (panel, lane) = ((first + done) / self.width, (first + done) % self.width);
            let part = (self.width - lane).min(len - done);
            visit((panel * self.rows + row) * self.width + lane, done..done + part);
            done += part;
        }
    }
}

/// The left operand of a product.
#[derive(Clone, Copy)]
pub(crate) enum Left<'a, T> {
    Matrix(Matrix<'a, T>),
    Ready(&'a Ready<T>),
}

impl<'a, T> From<Matrix<'a, T>> for Left<'a, T> {
    fn from(matrix: Matrix<'a, T>) -> Self {
        Left::Matrix(matrix)
    }
}

/// A left operand rearranged once for many products; machines whose kernel does without have none.
pub(crate) struct Ready<T> {
    rows: usize,
    depth: usize,
    elements: Vec<T>,
}

impl<'a, T: WithDType> Left<'a, T> {
    /// The matrix for more than one product. `memory` holds what has to be made for that.
    pub(crate) fn prepared(matrix: Matrix<'a, T>, rows: usize, depth: usize, memory: &'a mut Option<Ready<T>>) -> Self {
        assert!(matrix.holds(rows, depth), "gemm: left operand too short");
        *memory = machine::prepare(matrix, rows, depth);
        memory.as_ref().map_or(Left::Matrix(matrix), Left::Ready)
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
    multiply(extents, a.into(), b.into(), y, y_stride, Old::Overwritten);
}

/// `y[m, n] += a[m, k] · b[k, n]`
pub(crate) fn add_product<'a, 'b, T: WithDType>(
    extents: [usize; 3],
    a: impl Into<Left<'a, T>>,
    b: impl Into<Right<'b, T>>,
    y: &mut [T],
    y_stride: usize,
) {
    multiply(extents, a.into(), b.into(), y, y_stride, Old::Added);
}

/// What becomes of the elements that are there.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Old {
    Overwritten,
    Added,
}

fn multiply<T: WithDType>(
    extents: [usize; 3],
    a: Left<'_, T>,
    b: Right<'_, T>,
    y: &mut [T],
    y_stride: usize,
    old: Old,
) {
    let [m, n, k] = extents;
    if m == 0 || n == 0 {
        return;
    }
    assert!((m - 1) * y_stride + n - 1 < y.len(), "gemm: output too short");
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
    machine::multiply(extents, a, b, y, y_stride, old);
}
