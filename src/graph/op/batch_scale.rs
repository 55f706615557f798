//! Batch normalisation without its shifts: what it makes of differences, and so its gradient.

use super::super::host::with_elements;
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::batch_norm::{check, eps_slot, scale_and_shift};
use super::channels::inverse_deviations;
use super::moments::{pair, row};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use candle_core::WithDType;

/// `y = x · weight / √(var + ε)` per channel: inputs are `x [batch, channels, …]`, `moments [2, channels]` (of which the
/// variances count) and `weight [channels]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchScale {
    /// Added to the variances; positive.
    pub eps: f64,
}

fn typed<T: WithDType>(x: &[Host], y: &Spec, eps: f64) -> candle_core::Result<Host> {
    with_elements(&x[1], |moments: &[T]| {
        with_elements(&x[2], |weight: &[T]| {
            let mut scale = inverse_deviations(moments, eps);
            scale.iter_mut().zip(weight).for_each(|(scale, &weight)| *scale *= weight);
            scale_and_shift(&x[0], y, &scale, |_| [T::zero(); 2])
        })
    })??
}

impl Rule for BatchScale {
    const NAME: &'static str = "batch_scale";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        check(Self::NAME, self.eps, x)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let [x, moments, weight] = [&x[0], &x[1], &x[2]];
        let channels = weight.elem_count();
        // With r = 1 / √(var + ε): dx = dy · weight · r, dweight = r Σ dy x, dvar = -½ r³ weight Σ dy x
        let mut of_channels = vec![1; x.rank()];
        of_channels[1] = channels;
        let sum = dy.mul(x)?.sum_to(&of_channels)?.reshape([1, channels])?;
        let r = row(moments, 1, 2)?.affine(1.0, self.eps)?.powf(-0.5)?;
        let dweight = sum.mul(&r)?;
        let dvar = dweight.mul(&r.sqr()?)?.mul(&weight.reshape([1, channels])?)?;
        Ok(vec![
            Some(dy.then(*self, &[moments, weight])?),
            Some(dvar.broadcast_mul(&pair(x, [0.0, -0.5])?)?),
            Some(dweight.reshape([channels])?),
        ])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |x: Given, eps: f64| {
            let channels = x.spec.shape[1];
            let inputs = [x, Given::positive([2, channels]), Given::signed([channels])];
            Case::new(BatchScale { eps }, inputs, move |x| {
                let mut shape = vec![1; x[0].rank()];
                shape[1] = x[0].dim(1)?;
                let deviation = (x[1].narrow(0, 1, 1)?.reshape(shape.as_slice())? + eps)?.sqrt()?;
                x[0].broadcast_div(&deviation)?.broadcast_mul(&x[2].reshape(shape.as_slice())?)
            })
        };
        vec![
            case(Given::signed([2, 3, 4, 5]), 1e-5),
            case(Given::signed([7, 6]), 0.01),
            case(Given::signed([3, 2, 9]), 1e-3),
            case(Given::signed([2, 5]), 0.01),
        ]
    }
}

impl KernelRule for BatchScale {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64 => typed::<f64>(x, y, self.eps),
            DType::F32 => typed::<f32>(x, y, self.eps),
            DType::U32 => candle_core::bail!("batch_scale wants floating-point tensors"),
        }
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [_, channels, inner] = y.around(1);
        let counts = [("COUNT", y.elem_count()), ("CHANNELS", channels), ("INNER", inner)];
        let mut launch = Launch::flat(wgsl!("op/batch_scale.wgsl"), 3, y.elem_count(), 64).constants(counts);
        launch.slots.push(eps_slot(self.eps));
        vec![launch]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}
