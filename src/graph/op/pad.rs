//! Zeros before and after, along one dimension.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};

/// `y = x.pad_with_zeros(dim, left, right)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pad {
    /// The dimension that grows.
    pub dim: usize,
    /// Zeros before.
    pub left: usize,
    /// Zeros behind.
    pub right: usize,
}

impl Rule for Pad {
    const NAME: &'static str = "pad_with_zeros";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let mut y = x[0].clone();
        match y.shape.get_mut(self.dim) {
            Some(extent) => *extent += self.left + self.right,
            None => {
                let why = format!("no dimension {}", self.dim);
                return Err(ShapeError::Bad { op: Self::NAME, why, got: y.shape });
            }
        }
        Ok(y)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![Some(dy.narrow(self.dim, self.left, x[0].dims()[self.dim])?)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        vec![
            Case::new(Pad { dim: 1, left: 2, right: 0 }, [Given::signed([2, 3, 4])], |x| x[0].pad_with_zeros(1, 2, 0)),
            Case::new(Pad { dim: 2, left: 0, right: 3 }, [Given::signed([2, 3, 4])], |x| x[0].pad_with_zeros(2, 0, 3)),
        ]
    }
}

impl KernelRule for Pad {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        fn pad<T: candle_core::WithDType>(x: &Host, y: &Spec, row: usize, start: usize) -> candle_core::Result<Host> {
            let padded = with_elements(x, |x: &[T]| {
                let mut padded = vec![T::zero(); y.elem_count()];
                let outer = y.elem_count() / row;
                let part = x.len() / outer;
                for (to, from) in padded.chunks_exact_mut(row).zip(x.chunks_exact(part)) {
                    to[start..start + part].copy_from_slice(from);
                }
                padded
            })?;
            from_elements(padded, y)
        }
        let inner: usize = y.shape[self.dim + 1..].iter().product();
        let (row, start) = (y.shape[self.dim] * inner, self.left * inner);
        match y.dtype {
            DType::F32 => pad::<f32>(&x[0], y, row, start),
            DType::F64(_) => pad::<f64>(&x[0], y, row, start),
            DType::U32 => pad::<u32>(&x[0], y, row, start),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let inner: usize = y.shape[self.dim + 1..].iter().product();
        let launch = Launch::flat(wgsl!("op/pad.wgsl"), 1, y.elem_count(), 64)
            .constants([("COUNT", y.elem_count()), ("ROW", y.shape[self.dim] * inner)])
            .constants([("PART", x[0].shape[self.dim] * inner)]);
        // Gradients of slices differ in where they begin.
        vec![launch.sizes([("START", self.left * inner)])]
    }

    fn takes_epilogue(&self) -> bool {
        false
    }
}

impl Tensor {
    /// `left` zeros before and `right` behind along `dim`.
    pub fn pad_with_zeros(&self, dim: usize, left: usize, right: usize) -> Result<Tensor, ShapeError> {
        if left + right == 0 {
            return Ok(self.clone());
        }
        self.then(Pad { dim, left, right }, &[])
    }
}
