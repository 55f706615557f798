//! Zeros before and after, along one dimension.

use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};

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
        let Some(extent) = y.shape.get_mut(self.dim) else {
            return Err(ShapeError::bad(Self::NAME, format!("no dimension {}", self.dim), &y.shape));
        };
        *extent += self.left + self.right;
        Ok(y)
    }

    rules! { form: kernel, cost: bytes }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![Some(dy.narrow(self.dim, self.left, x[0].dims()[self.dim])?)])
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
        let [outer, _, inner] = y.around(self.dim);
        let (row, start) = (y.shape[self.dim] * inner, self.left * inner);
        for_type!(y.dtype, T => computed(x, y, |x: &[&[T]]| {
            let mut padded = vec![T::default(); y.elem_count()];
            let part = x[0].len() / outer;
            for (to, from) in padded.chunks_exact_mut(row).zip(x[0].chunks_exact(part)) {
                to[start..start + part].copy_from_slice(from);
            }
            padded
        }))
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [_, extent, inner] = y.around(self.dim);
        let launch = Launch::each(wgsl!("op/pad.wgsl"), 1, y.elem_count())
            .constants([("ROW", extent * inner), ("PART", x[0].shape[self.dim] * inner)]);
        // Gradients of slices differ in where they begin.
        vec![launch.sizes([("START", self.left * inner)])]
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
