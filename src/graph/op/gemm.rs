//! The CPU's matrix product: candle's own `gemm` crate, on slices, so that convolutions need no intermediate tensors.

use super::super::host::parallel::has_threads;
use candle_core::WithDType;
use gemm::Parallelism;

/// A matrix of `rows × cols` in `data`, one row after another at `row_stride`; element (r, c) is
/// `data[r · row_stride + c · col_stride]`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a, T> {
    pub(super) data: &'a [T],
    pub(super) row_stride: usize,
    pub(super) col_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// Rows one after another without gaps.
    pub(super) fn rows(data: &'a [T], cols: usize) -> Self {
        Self { data, row_stride: cols, col_stride: 1 }
    }

    /// The same elements with rows and columns exchanged.
    pub(super) fn transposed(self) -> Self {
        Self { row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }
}

/// `y[m, n] = a[m, k] · b[k, n]`; the rows of `y` lie `y_stride` apart.
pub(super) fn product<T: WithDType>(
    extents: [usize; 3],
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    y: &mut [T],
    y_stride: usize,
) {
    multiply(extents, a, b, y, y_stride, Old::Overwritten);
}

/// `y[m, n] += a[m, k] · b[k, n]`
pub(super) fn add_product<T: WithDType>(
    extents: [usize; 3],
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    y: &mut [T],
    y_stride: usize,
) {
    multiply(extents, a, b, y, y_stride, Old::Added);
}

/// What becomes of the elements that are there.
#[derive(Clone, Copy, PartialEq)]
enum Old {
    Overwritten,
    Added,
}

fn multiply<T: WithDType>(
    [m, n, k]: [usize; 3],
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    y: &mut [T],
    y_stride: usize,
    old: Old,
) {
    let last = |rows: usize, cols: usize, rs: usize, cs: usize| (rows - 1) * rs + (cols - 1) * cs;
    if m == 0 || n == 0 {
        return;
    }
    assert!(last(m, n, y_stride, 1) < y.len(), "gemm: output too short");
    if k > 0 {
        assert!(last(m, k, a.row_stride, a.col_stride) < a.data.len(), "gemm: left operand too short");
        assert!(last(k, n, b.row_stride, b.col_stride) < b.data.len(), "gemm: right operand too short");
    }
    let parallelism = if has_threads() && m * n * k >= 1 << 16 { Parallelism::Rayon(0) } else { Parallelism::None };
    // SAFETY: the asserts above bound every element that the strides reach; y overlaps no operand.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            y.as_mut_ptr(),
            1,
            y_stride as isize,
            old == Old::Added,
            a.data.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            // y = α y + β a·b
            T::one(),
            T::one(),
            false,
            false,
            false,
            parallelism,
        );
    }
}
