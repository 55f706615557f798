//! The error function, of which GELU is made.

use super::{Case, Form, Given, Pointwise, Rule, ShapeError, Spec, Tensor};
use candle_core::cpu::erf::{erf_f32, erf_f64};

/// `y = 2/√π ∫₀ˣ e^(-t²) dt`, elementwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erf;

/// Abramowitz & Stegun 7.1.26: within 1.5e-7 everywhere. `t` below is `1 / (1 + 0.3275911 |x|)`.
const WGSL: &str = "(sign({0}) * (1.0 - ((((1.061405429 * T - 1.453152027) * T + 1.421413741) * T - 0.284496736) * T \
                    + 0.254829592) * T * exp(-min(({0}) * ({0}), 87.0))))";
const T: &str = "(1.0 / (1.0 + 0.3275911 * abs({0})))";

impl Rule for Erf {
    const NAME: &'static str = "erf";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].floats(Self::NAME)?;
        Ok(x[0].clone())
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        let wgsl = WGSL.replace('T', T);
        let f32 = |x: &[&[f32]], y: &mut [f32]| y.iter_mut().zip(x[0]).for_each(|(y, &x)| *y = erf_f32(x));
        let f64 = |x: &[&[f64]], y: &mut [f64]| y.iter_mut().zip(x[0]).for_each(|(y, &x)| *y = erf_f64(x));
        Form::Pointwise(Pointwise::new(wgsl, Box::new(f32), |_| Box::new(f64)))
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // 2/√π e^(-x²)
        let slope = x[0].sqr()?.neg()?.exp()?.affine(std::f64::consts::FRAC_2_SQRT_PI, 0.0)?;
        Ok(vec![Some(dy.mul(&slope)?)])
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        vec![
            Case::new(Erf, [Given::signed([3, 5, 7])], |x| x[0].erf()),
            Case::new(Erf, [Given::whole([40], 9)], |x| x[0].erf()),
        ]
    }
}

impl Tensor {
    /// The error function of every element.
    pub fn erf(&self) -> Result<Tensor, ShapeError> {
        self.then(Erf, &[])
    }

    /// `x Φ(x)`, Φ the normal distribution's (Hendrycks & Gimpel 2016): PyTorch's GELU.
    pub fn gelu_erf(&self) -> Result<Tensor, ShapeError> {
        let twice = self.affine(std::f64::consts::FRAC_1_SQRT_2, 0.0)?.erf()?.affine(0.5, 0.5)?;
        self.mul(&twice)
    }
}
