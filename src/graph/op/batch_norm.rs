//! Batch normalisation (Ioffe & Szegedy 2015) by given moments: those of the batch while training, running ones after it.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::channels::{extents, inverse_deviations, want};
use super::moments::{pair, row};
use super::{BatchScale, Case, ChannelSums, Cost, Form, Given, KernelRule, Rule, bytes_of, literal, wgsl};
use candle_core::WithDType;

/// `y = (x - mean) / √(var + ε) · weight + bias` per channel: inputs are `x [batch, channels, …]`, `moments [2, channels]` (means,
/// then variances), `weight [channels]` and `bias [channels]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Added to the variances; positive.
    pub eps: f64,
}

/// `y = x · scale + shift` with one pair per channel.
pub(super) fn scale_and_shift<T: WithDType>(
    x: &Host,
    y: &Spec,
    scale: &[T],
    mean_and_bias: impl Fn(usize) -> [T; 2],
) -> candle_core::Result<Host> {
    let [_, channels, inner] = y.around(1);
    let out = with_elements(x, |x: &[T]| {
        let mut out = vec![T::zero(); x.len()];
        if inner == 1 {
            let pairs: Vec<[T; 2]> = (0..channels).map(mean_and_bias).collect();
            for (y, x) in out.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
                for (((y, &x), &scale), &[mean, bias]) in y.iter_mut().zip(x).zip(scale).zip(&pairs) {
                    *y = (x - mean) * scale + bias;
                }
            }
        } else {
            for (plane, (y, x)) in out.chunks_exact_mut(inner).zip(x.chunks_exact(inner)).enumerate() {
                let (scale, [mean, bias]) = (scale[plane % channels], mean_and_bias(plane % channels));
                y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - mean) * scale + bias);
            }
        }
        out
    })?;
    from_elements(out, y)
}

fn typed<T: WithDType>(x: &[Host], y: &Spec, eps: f64) -> candle_core::Result<Host> {
    with_elements(&x[1], |moments: &[T]| {
        with_elements(&x[2], |weight: &[T]| {
            with_elements(&x[3], |bias: &[T]| {
                let mut scale = inverse_deviations(moments, eps);
                scale.iter_mut().zip(weight).for_each(|(scale, &weight)| *scale *= weight);
                scale_and_shift(&x[0], y, &scale, |c| [moments[c], bias[c]])
            })
        })
    })???
}

/// The gradient of the moments, from `sums` of the gradient (see [`ChannelSums`]): with r = 1 / √(var + ε),
/// dmean = -weight · r · Σ dy and dvar = -½ · weight · r² · Σ dy x̂.
pub(super) fn moments_gradient(
    sums: &Tensor,
    moments: &Tensor,
    weight: &Tensor,
    eps: f64,
) -> Result<Tensor, ShapeError> {
    let scaled = sums.then(BatchScale { eps }, &[moments, weight])?;
    let r = moments.narrow(0, 1, 1)?.affine(1.0, eps)?.powf(-0.5)?;
    let first = pair(sums, [1.0, 0.0])?;
    let rows = first.where_cond(&scaled, &scaled.broadcast_mul(&r)?)?;
    rows.broadcast_mul(&pair(sums, [-1.0, -0.5])?)
}

/// Checks the moments and the per-channel tensors of a normalisation of `x`.
pub(super) fn check(op: &'static str, eps: f64, x: &[&Spec]) -> Result<Spec, ShapeError> {
    let [_, channels, _] = extents(op, x[0])?;
    let positive = eps > 0.0 && eps.is_finite();
    if !positive {
        let why = format!("ε must be positive, not {eps}");
        return Err(ShapeError::Bad { op, why, got: x[0].shape.clone() });
    }
    want(op, x[0], x[1], &[2, channels])?;
    x[2..].iter().try_for_each(|of_channels| want(op, x[0], of_channels, &[channels]))?;
    Ok(x[0].clone())
}

/// The slot `eps` of the shaders that normalise.
pub(super) fn eps_slot(eps: f64) -> (&'static str, std::borrow::Cow<'static, str>) {
    ("eps", format!("const EPS = {};\n", literal(eps)).into())
}

impl Rule for BatchNorm {
    const NAME: &'static str = "batch_norm";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        check(Self::NAME, self.eps, x)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (eps, [x, moments, weight]) = (self.eps, [&x[0], &x[1], &x[2]]);
        // dbias = Σ dy, dweight = Σ dy x̂, dx = dy · weight / √(var + ε)
        let sums = dy.then(ChannelSums { eps }, &[x, moments])?;
        let of_channels = |k: usize| row(&sums, k, 2)?.reshape(weight.dims());
        Ok(vec![
            Some(dy.then(BatchScale { eps }, &[moments, weight])?),
            Some(moments_gradient(&sums, moments, weight, eps)?),
            Some(of_channels(1)?),
            Some(of_channels(0)?),
        ])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |x: Given, eps: f64| {
            let channels = x.spec.shape[1];
            let of_channels = || Given::signed([channels]);
            let moments = Given::positive([2, channels]);
            Case::new(BatchNorm { eps }, [x, moments, of_channels(), of_channels()], move |x| {
                let mut shape = vec![1; x[0].rank()];
                shape[1] = x[0].dim(1)?;
                let wide = |x: &Host| x.reshape(shape.as_slice());
                let deviation = (wide(&x[1].narrow(0, 1, 1)?)? + eps)?.sqrt()?;
                let centred = x[0].broadcast_sub(&wide(&x[1].narrow(0, 0, 1)?)?)?;
                centred.broadcast_div(&deviation)?.broadcast_mul(&wide(&x[2])?)?.broadcast_add(&wide(&x[3])?)
            })
        };
        vec![
            case(Given::signed([2, 3, 4, 5]), 1e-5),
            case(Given::signed([7, 6]), 0.01),
            case(Given::signed([3, 2, 9]), 1e-3),
            // As large as its moments.
            case(Given::signed([2, 5]), 0.01),
        ]
    }
}

impl KernelRule for BatchNorm {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64 => typed::<f64>(x, y, self.eps),
            DType::F32 => typed::<f32>(x, y, self.eps),
            DType::U32 => candle_core::bail!("batch_norm wants floating-point tensors"),
        }
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [_, channels, inner] = y.around(1);
        let counts = [("COUNT", y.elem_count()), ("CHANNELS", channels), ("INNER", inner)];
        let mut launch = Launch::flat(wgsl!("op/batch_norm.wgsl"), 4, y.elem_count(), 64).constants(counts);
        launch.slots.push(eps_slot(self.eps));
        vec![launch]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}

impl Tensor {
    /// Normalised by `moments [2, channels]` (see [`Tensor::moments`]), then scaled and shifted per channel.
    pub fn batch_norm(&self, moments: &Tensor, weight: &Tensor, bias: &Tensor, eps: f64) -> Result<Tensor, ShapeError> {
        self.then(BatchNorm { eps }, &[moments, weight, bias])
    }
}
