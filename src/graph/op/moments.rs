//! Mean and variance of each channel of a batch (Ioffe & Szegedy 2015, algorithm 1).

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::channels::{extents, launch, sum_per_channel};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use candle_core::WithDType;

/// `[batch, channels, …]` → `[2, channels]`: the means over all dimensions but 1, then the biased variances. In two passes, so
/// that a large mean costs the variance no digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moments;

fn typed<T: WithDType>(x: &Host, y: &Spec) -> candle_core::Result<Host> {
    let extents = Spec::new(x.dims(), y.dtype).around(1);
    let count = T::from_f64((extents[0] * extents[2]) as f64);
    let moments = with_elements(x, |x: &[T]| {
        let mut means = sum_per_channel(extents, x, x, |_| |v, _| v);
        means.iter_mut().for_each(|mean| *mean /= count);
        let squares = sum_per_channel(extents, x, x, |c| {
            let mean = means[c];
            move |v, _| (v - mean) * (v - mean)
        });
        means.extend(squares.into_iter().map(|sum| sum / count));
        means
    })?;
    from_elements(moments, y)
}

/// Of `[2, channels]` the first or the second row, to broadcast over `[batch, channels, …]` of this rank.
pub(super) fn row(pair: &Tensor, row: usize, rank: usize) -> Result<Tensor, ShapeError> {
    let mut shape = vec![1; rank];
    (shape[0], shape[1]) = (2, pair.dims()[1]);
    pair.reshape(shape)?.narrow(0, row, 1)
}

/// Two rows of a constant each, to broadcast over `[2, channels]`.
pub(super) fn pair(of: &Tensor, values: [f64; 2]) -> Result<Tensor, ShapeError> {
    let column = Host::new(&values, &candle_core::Device::Cpu).and_then(|pair| {
        let pair = pair.to_dtype(super::super::host::candle_dtype(of.dtype()))?;
        of.graph().constant(&pair.reshape((2, 1))?)
    });
    column.map_err(|error| ShapeError::Bad { op: Moments::NAME, why: error.to_string(), got: vec![2, 1] })
}

impl Rule for Moments {
    const NAME: &'static str = "moments";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [_, channels, _] = extents(Self::NAME, x[0])?;
        Ok(Spec::new([2, channels], x[0].dtype))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // dx = dmean / M + dvar · 2 (x - mean) / M
        let (x, rank) = (&x[0], x[0].rank());
        let count = (x.elem_count() / x.dims()[1]) as f64;
        let scaled = dy.broadcast_mul(&pair(dy, [1.0 / count, 2.0 / count])?)?;
        let centred = x.broadcast_sub(&row(y, 0, rank)?)?;
        let dx = centred.broadcast_mul(&row(&scaled, 1, rank)?)?.broadcast_add(&row(&scaled, 0, rank)?)?;
        Ok(vec![Some(dx)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |x: Given| {
            Case::new(Moments, [x], |x| {
                let channels = x[0].dim(1)?;
                let rows = x[0].transpose(0, 1)?.contiguous()?.reshape((channels, ()))?;
                let mean = rows.mean_keepdim(1)?;
                let var = rows.broadcast_sub(&mean)?.sqr()?.mean_keepdim(1)?;
                Host::cat(&[mean.t()?, var.t()?], 0)
            })
        };
        vec![
            case(Given::signed([2, 3, 4, 5])),
            case(Given::signed([70, 9])),
            case(Given::signed([300, 5])),
            case(Given::signed([3, 4, 40, 31])),
            case(Given::signed([2, 70, 12, 12])),
            case(Given::signed([1, 2, 7])),
            // Longer than what 64 invocations share.
            case(Given::signed([5, 2, 33, 31])),
        ]
    }
}

impl KernelRule for Moments {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64 => typed::<f64>(&x[0], y),
            DType::F32 => typed::<f32>(&x[0], y),
            DType::U32 => candle_core::bail!("moments wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], _: &Spec, device: &Traits) -> Vec<Launch> {
        vec![launch(wgsl!("op/moments.wgsl"), 1, x[0].around(1), device)]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}

impl Tensor {
    /// `[2, channels]`: mean and biased variance over all dimensions but 1.
    pub fn moments(&self) -> Result<Tensor, ShapeError> {
        self.then(Moments, &[])
    }
}
