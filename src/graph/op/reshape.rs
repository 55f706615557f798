//! The same elements under another shape.

use super::{Case, Cost, Form, Given, Rule, ShapeError, Spec, Tensor};

/// `y = x.reshape(shape)`; no work on any backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reshape {
    /// The new shape, of as many elements.
    pub shape: Vec<usize>,
}

impl Rule for Reshape {
    const NAME: &'static str = "reshape";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let y = Spec::new(self.shape.clone(), x[0].dtype);
        if y.elem_count() != x[0].elem_count() {
            return Err(ShapeError::Mismatch { op: Self::NAME, a: x[0].shape.clone(), b: self.shape.clone() });
        }
        Ok(y)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Alias
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![Some(dy.reshape(x[0].dims())?)])
    }

    fn cost(&self, _: &[&Spec], _: &Spec) -> Cost {
        Cost::default()
    }

    fn cases() -> Vec<Case> {
        vec![Case::new(Reshape { shape: vec![4, 6] }, [Given::signed([2, 3, 4])], |x| x[0].reshape((4, 6)))]
    }
}

impl Tensor {
    /// The same elements in the same order under another shape.
    ///
    /// # Errors
    /// Where it has another number of elements.
    pub fn reshape(&self, shape: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError> {
        self.then(Reshape { shape: shape.into() }, &[])
    }

    /// Joins the dimensions from `start` on into one.
    pub fn flatten_from(&self, start: usize) -> Result<Tensor, ShapeError> {
        let Some((before, joined)) = self.dims().split_at_checked(start) else {
            return Err(ShapeError::bad("flatten_from", format!("no dimension {start}"), self.dims()));
        };
        self.reshape([before, &[joined.iter().product()]].concat())
    }

    /// A dimension of extent 1 before dimension `dim`.
    pub fn unsqueeze(&self, dim: usize) -> Result<Tensor, ShapeError> {
        let mut shape = self.dims().to_vec();
        if dim > shape.len() {
            return Err(ShapeError::bad("unsqueeze", format!("no place for dimension {dim}"), &shape));
        }
        shape.insert(dim, 1);
        self.reshape(shape)
    }

    /// Without dimension `dim`, which must have extent 1.
    pub fn squeeze(&self, dim: usize) -> Result<Tensor, ShapeError> {
        let mut shape = self.dims().to_vec();
        if shape.get(dim) != Some(&1) {
            return Err(ShapeError::bad("squeeze", format!("dimension {dim} must be 1"), &shape));
        }
        shape.remove(dim);
        self.reshape(shape)
    }
}
