//! The two sums that the gradient of batch normalisation needs, in one pass over the batch.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::batch_norm::{check, eps_slot, moments_gradient};
use super::channels::{inverse_deviations, launch, sum_per_channel, want};
use super::moments::row;
use super::{BatchNorm, BatchScale, Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use candle_core::WithDType;

/// `[2, channels]`: `Σ g` and `Σ g x̂` over all dimensions but 1, with `x̂ = (x - mean) / √(var + ε)`. Inputs are `g` and `x`
/// (`[batch, channels, …]`) and `moments [2, channels]` (means, then variances).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelSums {
    /// Added to the variances; positive.
    pub eps: f64,
}

fn typed<T: WithDType>(inputs: &[Host], y: &Spec, eps: f64) -> candle_core::Result<Host> {
    let extents = Spec::new(inputs[0].dims(), y.dtype).around(1);
    let sums = with_elements(&inputs[0], |g: &[T]| {
        with_elements(&inputs[1], |x: &[T]| {
            with_elements(&inputs[2], |moments: &[T]| {
                let mut sums = sum_per_channel(extents, g, x, |_| |g, _| g);
                let products = sum_per_channel(extents, g, x, |c| {
                    let mean = moments[c];
                    move |g, x| g * (x - mean)
                });
                sums.extend(products.into_iter().zip(inverse_deviations(moments, eps)).map(|(sum, r)| sum * r));
                sums
            })
        })
    })???;
    from_elements(sums, y)
}

impl Rule for ChannelSums {
    const NAME: &'static str = "channel_sums";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        check(Self::NAME, self.eps, &[x[0], x[2]])?;
        want(Self::NAME, x[0], x[1], &x[0].shape)?;
        Ok(x[2].clone())
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (eps, [g, x, moments]) = (self.eps, [&x[0], &x[1], &x[2]]);
        let of_channels = |k: usize| row(dy, k, 2)?.reshape([dy.dims()[1]]);
        let (plain, normalised) = (of_channels(0)?, of_channels(1)?);
        // dg = dy₀ + dy₁ x̂, dx = dy₁ g / √(var + ε)
        Ok(vec![
            Some(x.then(BatchNorm { eps }, &[moments, &normalised, &plain])?),
            Some(g.then(BatchScale { eps }, &[moments, &normalised])?),
            Some(moments_gradient(y, moments, &normalised, eps)?),
        ])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |x: Given, eps: f64| {
            let moments = Given::positive([2, x.spec.shape[1]]);
            Case::new(ChannelSums { eps }, [x.clone(), x, moments], move |x| {
                let channels = x[0].dim(1)?;
                let rows = |x: &Host| x.transpose(0, 1)?.contiguous()?.reshape((channels, ()));
                let of_channels = |k: usize| x[2].narrow(0, k, 1)?.t();
                let deviation = (of_channels(1)? + eps)?.sqrt()?;
                let normalised = rows(&x[1])?.broadcast_sub(&of_channels(0)?)?.broadcast_div(&deviation)?;
                let products = (rows(&x[0])? * normalised)?;
                Host::cat(&[rows(&x[0])?.sum_keepdim(1)?.t()?, products.sum_keepdim(1)?.t()?], 0)
            })
        };
        vec![
            case(Given::signed([2, 3, 4, 5]), 1e-5),
            case(Given::signed([70, 9]), 0.01),
            case(Given::signed([300, 5]), 0.01),
            case(Given::signed([3, 4, 20, 31]), 1e-3),
            case(Given::signed([2, 70, 12, 12]), 1e-3),
            case(Given::signed([5, 2, 33, 31]), 1e-5),
        ]
    }
}

impl KernelRule for ChannelSums {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64 => typed::<f64>(x, y, self.eps),
            DType::F32 => typed::<f32>(x, y, self.eps),
            DType::U32 => candle_core::bail!("channel_sums wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], _: &Spec, device: &Traits) -> Vec<Launch> {
        let mut launch = launch(wgsl!("op/channel_sums.wgsl"), 3, x[0].around(1), device);
        launch.slots.push(eps_slot(self.eps));
        vec![launch]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}
