//! Elementwise functions of two tensors, one row each; shapes broadcast.

use super::{
    Case, Form, Given, Pointwise, PointwiseFn, Rule, ShapeError, Simple, Spec, Tensor, broadcast, keeping_nan,
};
use crate::processor::lanes::{self, Lanes};

fn each<T: Copy + 'static>(f: impl Fn(T, T) -> T + 'static) -> PointwiseFn<T> {
    Box::new(move |x, y| {
        for ((y, &a), &b) in y.iter_mut().zip(x[0]).zip(x[1]) {
            *y = f(a, b);
        }
    })
}

/// WGSL's own functions may give a number where one of the two is NaN.
fn keeping_both(function: &str) -> String {
    keeping_nan("{1}", &keeping_nan("{0}", &format!("{function}({{0}}, {{1}})")))
}

/// With what infinity makes of either, which a GPU may not know.
fn power() -> String {
    let is_infinite = |x: &str| format!("(bitcast<u32>({x}) & 0x7fffffffu) == 0x7f800000u");
    let of_base = "select(0.0, abs({0}), {1} > 0.0)";
    let of_exponent = "select(0.0, abs({1}), (abs({0}) > 1.0) == ({1} > 0.0))";
    let finite = format!("select(pow({{0}}, {{1}}), {of_base}, {})", is_infinite("{0}"));
    let any = format!("select({finite}, {of_exponent}, {})", is_infinite("{1}"));
    keeping_nan("{1}", &keeping_nan("{0}", &any))
}

functions! {
    /// The function. Comparisons give 1 or 0 in the operands' own type, so that masks multiply and fuse (candle gives bytes).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    BinaryFn by each:
    /// a + b
    Add => "({0} + {1})", |a, b| a + b;
    /// a - b
    Sub => "({0} - {1})", |a, b| a - b;
    /// a · b
    Mul => "({0} * {1})", |a, b| a * b;
    /// a / b
    Div => "({0} / {1})", |a, b| a / b;
    /// max(a, b), NaN where one is NaN
    Maximum => keeping_both("max"), |a, b| lanes::larger(a, b);
    /// min(a, b), NaN where one is NaN
    Minimum => keeping_both("min"), |a, b| lanes::smaller(a, b);
    /// aᵇ for a > 0
    Pow => power(), |a, b| a.powf(b);
    /// 1 where a = b, 0 elsewhere
    Eq => "select(0.0, 1.0, {0} == {1})", |a, b| if a == b { 1.0 } else { 0.0 };
    /// 1 where a ≠ b, 0 elsewhere
    Ne => "select(1.0, 0.0, {0} == {1})", |a, b| if a != b { 1.0 } else { 0.0 };
    /// 1 where a < b, 0 elsewhere
    Lt => "select(0.0, 1.0, {0} < {1})", |a, b| if a < b { 1.0 } else { 0.0 };
    /// 1 where a ≤ b, 0 elsewhere
    Le => "select(0.0, 1.0, {0} <= {1})", |a, b| if a <= b { 1.0 } else { 0.0 };
    /// 1 where a > b, 0 elsewhere
    Gt => "select(0.0, 1.0, {0} > {1})", |a, b| if a > b { 1.0 } else { 0.0 };
    /// 1 where a ≥ b, 0 elsewhere
    Ge => "select(0.0, 1.0, {0} >= {1})", |a, b| if a >= b { 1.0 } else { 0.0 };
}

/// `y = f(a, b)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binary(pub BinaryFn);

fn rule_f32(f: BinaryFn) -> PointwiseFn<f32> {
    use BinaryFn::*;
    fn each(f: impl Fn(Lanes, Lanes) -> Lanes + 'static) -> PointwiseFn<f32> {
        Box::new(move |x, y| lanes::zip(x[0], x[1], y, &f))
    }
    match f {
        Add => each(|a, b| a + b),
        Sub => each(|a, b| a - b),
        Mul => each(|a, b| a * b),
        Div => each(|a, b| a / b),
        Maximum => each(|a, b| a.largest(b)),
        Minimum => each(|a, b| a.smallest(b)),
        Pow | Eq | Ne | Lt | Le | Gt | Ge => f.one_by_one_f32(),
    }
}

impl Rule for Binary {
    const NAME: &'static str = "binary";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let (a, b) = (x[0], x[1]);
        a.floats(Self::NAME)?;
        b.of_type(Self::NAME, a.dtype)?;
        Ok(Spec::new(broadcast(Self::NAME, &a.shape, &b.shape)?, a.dtype))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        let pointwise = Pointwise::new(self.0.wgsl(), rule_f32(self.0), |_| self.0.rule_f64());
        Form::Pointwise(pointwise.simple((self.0 == BinaryFn::Add).then_some(Simple::Add)))
    }

    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        use BinaryFn::*;
        let (a, b) = (&x[0], &x[1]);
        let (da, db) = match self.0 {
            Add => (dy.clone(), dy.clone()),
            Sub => (dy.clone(), dy.neg()?),
            Mul => (dy.broadcast_mul(b)?, dy.broadcast_mul(a)?),
            // -a/b² = -y/b
            Div => (dy.broadcast_div(b)?, dy.broadcast_mul(&y.broadcast_div(b)?.neg()?)?),
            // The whole gradient goes to b where both are equal.
            Maximum => (dy.broadcast_mul(&a.broadcast_gt(b)?)?, dy.broadcast_mul(&a.broadcast_le(b)?)?),
            Minimum => (dy.broadcast_mul(&a.broadcast_lt(b)?)?, dy.broadcast_mul(&a.broadcast_ge(b)?)?),
            // b·a^(b-1) = b·y/a ; y·ln a
            Pow => {
                let da = dy.broadcast_mul(&y.broadcast_mul(b)?.broadcast_div(a)?)?;
                (da, dy.broadcast_mul(&y.broadcast_mul(&a.log()?)?)?)
            }
            Eq | Ne | Lt | Le | Gt | Ge => return Ok(vec![None, None]),
        };
        Ok(vec![Some(da.sum_to(a.dims())?), Some(db.sum_to(b.dims())?)])
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        use BinaryFn::*;
        use candle_core::{Result, Tensor as T};
        type Fn2 = fn(&T, &T) -> Result<T>;
        let shapes = [([2, 3, 4], [2, 3, 4]), ([2, 3, 4], [1, 3, 1]), ([1, 1, 4], [2, 3, 1])];
        let rows: [(BinaryFn, Fn2); 13] = [
            (Add, |a, b| a.broadcast_add(b)),
            (Sub, |a, b| a.broadcast_sub(b)),
            (Mul, |a, b| a.broadcast_mul(b)),
            (Div, |a, b| a.broadcast_div(b)),
            (Maximum, |a, b| a.broadcast_maximum(b)),
            (Minimum, |a, b| a.broadcast_minimum(b)),
            (Pow, |a, b| a.broadcast_pow(b)),
            (Eq, |a, b| a.broadcast_eq(b)?.to_dtype(a.dtype())),
            (Ne, |a, b| a.broadcast_ne(b)?.to_dtype(a.dtype())),
            (Lt, |a, b| a.broadcast_lt(b)?.to_dtype(a.dtype())),
            (Le, |a, b| a.broadcast_le(b)?.to_dtype(a.dtype())),
            (Gt, |a, b| a.broadcast_gt(b)?.to_dtype(a.dtype())),
            (Ge, |a, b| a.broadcast_ge(b)?.to_dtype(a.dtype())),
        ];
        let mut cases = Vec::new();
        for (f, reference) in rows {
            for (a, b) in shapes {
                let inputs = [Given::positive(a), Given::positive(b)];
                cases.push(Case::new(Binary(f), inputs, move |x| reference(&x[0], &x[1])));
            }
        }
        cases
    }
}

macro_rules! methods {
    ($($name:ident => $f:ident),* $(,)?) => {
        impl Tensor {
            $(#[doc = concat!("[`BinaryFn::", stringify!($f), "`] element by element; shapes broadcast as NumPy's do.")]
            pub fn $name(&self, rhs: &Tensor) -> Result<Tensor, ShapeError> {
                self.then(Binary(BinaryFn::$f), &[rhs])
            })*
        }
    };
}
methods! {
    broadcast_add => Add, broadcast_sub => Sub, broadcast_mul => Mul, broadcast_div => Div, broadcast_maximum => Maximum,
    broadcast_minimum => Minimum, broadcast_pow => Pow, broadcast_eq => Eq, broadcast_ne => Ne, broadcast_lt => Lt,
    broadcast_le => Le, broadcast_gt => Gt, broadcast_ge => Ge, add => Add, sub => Sub, mul => Mul, div => Div,
    maximum => Maximum, minimum => Minimum,
}
