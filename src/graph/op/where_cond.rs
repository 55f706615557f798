//! One tensor or the other, element by element.

use super::{Case, Form, Given, Rule, ShapeError, Spec, Tensor, broadcast};

/// `y = a where cond is not zero, b elsewhere`. The condition has the operands' own type, as the comparisons of this crate
/// (candle takes bytes); shapes broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhereCond;

impl Rule for WhereCond {
    const NAME: &'static str = "where_cond";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].floats(Self::NAME)?;
        let mut shape = x[0].shape.clone();
        for other in &x[1..] {
            other.of_type(Self::NAME, x[0].dtype)?;
            shape = broadcast(Self::NAME, &shape, &other.shape)?;
        }
        Ok(Spec::new(shape, x[0].dtype))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Pointwise(pointwise!("select({2}, {1}, {0} != 0.0)".to_owned(), T => |x: &[&[T]], y: &mut [T]| {
            for (((y, &cond), &a), &b) in y.iter_mut().zip(x[0]).zip(x[1]).zip(x[2]) {
                *y = if cond != 0.0 { a } else { b };
            }
        }))
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let zero = dy.graph().full(0.0, Spec::new(vec![1; dy.rank()], dy.dtype()))?;
        let da = x[0].where_cond(dy, &zero)?.sum_to(x[1].dims())?;
        let db = x[0].where_cond(&zero, dy)?.sum_to(x[2].dims())?;
        Ok(vec![None, Some(da), Some(db)])
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        let case = |cond: Given, a: Given, b: Given| {
            Case::new(WhereCond, [cond, a, b], |x| {
                let part = |k: usize| x[k].broadcast_as((2, 3, 4))?.contiguous();
                part(0)?.ne(0.0)?.where_cond(&part(1)?, &part(2)?)
            })
        };
        let signed = Given::signed::<3>;
        vec![
            case(Given::whole([2, 3, 4], 2), signed([2, 3, 4]), signed([2, 3, 4])),
            case(Given::whole([3, 1], 3), signed([2, 3, 4]), signed([1, 1, 4])),
            case(Given::whole([2, 3, 4], 2), signed([1, 1, 1]), signed([2, 1, 1])),
        ]
    }
}

impl Tensor {
    /// `on_true` where this tensor is not zero, `on_false` elsewhere.
    pub fn where_cond(&self, on_true: &Tensor, on_false: &Tensor) -> Result<Tensor, ShapeError> {
        self.then(WhereCond, &[on_true, on_false])
    }
}
