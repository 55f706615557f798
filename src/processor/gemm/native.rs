//! Natively: the `gemm` crate, on all cores.

use super::super::parallel::has_threads;
use super::{Left, Matrix, Old, Packed, Right, Target};
use candle_core::WithDType;
use gemm::Parallelism;

/// Rows without a break: the crate rearranges its operands itself.
pub(super) const PANEL: Option<usize> = None;

/// The crate rearranges its operands itself, in every product.
pub(super) fn prepare<T>(_: Matrix<'_, T>, _: usize, _: usize) -> Option<Packed<T>> {
    None
}

/// Extents and operands are checked.
pub(super) fn multiply<T: WithDType>([m, n, k]: [usize; 3], a: Left<'_, T>, b: Right<'_, T>, to: Target<'_, T>) {
    let Target { y, stride, old, finish } = to;
    let a = match a {
        Left::Matrix(a) => a,
        Left::Ready(ready) => Matrix::rows(&ready.elements, k),
    };
    let b = match b {
        Right::Matrix(b) => b,
        Right::Panels(data, _) => Matrix::rows(data, n),
    };
    let parallelism = if has_threads() && m * n * k >= 1 << 16 { Parallelism::Rayon(0) } else { Parallelism::None };
    // SAFETY: the caller has bounded every element that the strides reach; y overlaps no operand.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            y.as_mut_ptr(),
            1,
            stride as isize,
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
    finish.apply(y, stride, [m, n]);
}
