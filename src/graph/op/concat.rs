//! Tensors side by side along one dimension.

use super::{Case, Form, Given, Host, Join, Rule, ShapeError, Spec, Tensor};

/// `y = cat(x0, x1, …; dim)`. Where the parts lie one behind the other in memory, the planner lets their producers write
/// straight into the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concat {
    /// The dimension along which the inputs lie one behind the other.
    pub dim: usize,
}

impl Rule for Concat {
    const NAME: &'static str = "cat";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let first = x[0];
        if self.dim >= first.rank() {
            return Err(ShapeError::bad(Self::NAME, format!("no dimension {}", self.dim), &first.shape));
        }
        let mut shape = first.shape.clone();
        shape[self.dim] = 0;
        for other in x {
            let same = other.rank() == first.rank()
                && other.dtype == first.dtype
                && (0..first.rank()).all(|d| d == self.dim || other.shape[d] == first.shape[d]);
            if !same {
                return Err(ShapeError::mismatch(Self::NAME, &first.shape, &other.shape));
            }
            shape[self.dim] += other.shape[self.dim];
        }
        Ok(Spec::new(shape, first.dtype))
    }

    fn form(&self, x: &[&Spec], y: &Spec) -> Form<'_> {
        let outer = y.shape[..self.dim].iter().product::<usize>();
        let mut at = 0;
        let starts = x
            .iter()
            .map(|part| {
                let start = at;
                at += part.elem_count() / outer;
                start
            })
            .collect();
        Form::Join(Join { outer, row: at, starts })
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let mut start = 0;
        x.iter()
            .map(|part| {
                let len = part.dims()[self.dim];
                start += len;
                dy.narrow(self.dim, start - len, len).map(Some)
            })
            .collect()
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        let case = |dim, x: &[Given]| Case::new(Concat { dim }, x, move |x| Host::cat(x, dim));
        vec![
            // 64 elements = 256 bytes: parts that can be written in place.
            case(1, &[Given::signed([1, 4, 4, 4]), Given::signed([1, 3, 4, 4])]),
            case(1, &[Given::signed([2, 3, 2]), Given::signed([2, 1, 2]), Given::signed([2, 2, 2])]),
            case(0, &[Given::signed([1, 3]), Given::signed([2, 3])]),
        ]
    }
}

impl Tensor {
    /// Tensors side by side; all have the same shape but for `dim`. The list must not be empty.
    pub fn cat(parts: &[&Tensor], dim: usize) -> Result<Tensor, ShapeError> {
        match parts {
            [] => Err(ShapeError::bad("cat", "nothing to join", &[])),
            [first, rest @ ..] => first.then(Concat { dim }, rest),
        }
    }

    /// Tensors of one shape side by side along a new dimension `dim`.
    pub fn stack(parts: &[&Tensor], dim: usize) -> Result<Tensor, ShapeError> {
        let parts = parts.iter().map(|part| part.unsqueeze(dim)).collect::<Result<Vec<_>, _>>()?;
        Self::cat(&parts.iter().collect::<Vec<_>>(), dim)
    }
}
