//! Numbers that become whole ones of few bits and floats again, `s (clamp(round(x / s) + z) - z)`, as ONNX's `QuantizeLinear` and
//! `DequantizeLinear` say it. The gradient goes straight through what is rounded (Bengio, Léonard & Courville, "Estimating or propagating
//! gradients through stochastic neurons for conditional computation", 2013; Jacob et al. 2018): that of a staircase is zero, and nothing
//! could be learnt or attacked through it.

use crate::graph::op::{Case, Cost, Form, Op, Pointwise, Rule};
use crate::graph::{ShapeError, Spec, Tensor};

/// Of the op by which such numbers are told in a graph.
pub(super) const NAME: &str = "round_through";

/// What still rounds to the last number.
const EDGE: f64 = 0.49;

/// The nearest whole number, at .5 the even one; its gradient is that of `x`.
#[derive(Debug)]
struct RoundThrough;

impl Rule for RoundThrough {
    const NAME: &'static str = NAME;

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        Ok(x[0].clone())
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        let f32 = |x: &[&[f32]], y: &mut [f32]| y.iter_mut().zip(x[0]).for_each(|(y, x)| *y = x.round_ties_even());
        let f64 = |x: &[&[f64]], y: &mut [f64]| y.iter_mut().zip(x[0]).for_each(|(y, x)| *y = x.round_ties_even());
        Form::Pointwise(Pointwise::new("round({0})".to_owned(), Box::new(f32), |_| Box::new(f64)))
    }

    /// dx = dy
    fn vjp(&self, _: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![Some(dy.clone())])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: (x[0].size_bytes() + y.size_bytes()) as u64 }
    }

    fn cases() -> Vec<Case> {
        Vec::new()
    }
}

/// To the nearest whole number, at .5 to the even one, with the gradient of `x`.
///
/// # Errors
/// None.
pub(crate) fn round_through(x: &Tensor) -> Result<Tensor, ShapeError> {
    x.graph().apply(Op::own(RoundThrough), &[x])
}

/// `s (q - z)` of the nearest whole `q` from 0 to `most`, at most 255. The gradient is that of `x` wherever `q` is one of them.
///
/// # Errors
/// None of floats.
pub(crate) fn quantised(x: &Tensor, [scale, zero]: [f32; 2], most: u32) -> Result<Tensor, ShapeError> {
    let one = |value: f32| x.graph().full(f64::from(value), Spec::f32(vec![1; x.rank()]));
    let (s, z) = (one(scale)?, one(zero)?);
    let [low, high] = around([0.0, f64::from(most)], f64::from(zero));
    let whole = round_through(&x.broadcast_div(&s)?.clamp(low, high)?)?.broadcast_add(&z)?;
    whole.broadcast_sub(&z)?.broadcast_mul(&s)
}

/// Between what `x / s` is held, so that it rounds to whole numbers within these limits and those at the ends have a gradient.
pub(super) fn around([low, high]: [f64; 2], zero: f64) -> [f64; 2] {
    [low - zero - EDGE, high - zero + EDGE]
}
