//! Mean and variance of each channel: the first half of batch normalisation (Ioffe & Szegedy 2015).

use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};
use candle_core::WithDType;

/// `[2, C]` of `x [N, C, …]`: the mean and the biased variance over all dimensions but the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moments;

/// Batch, channels and elements of one channel of one example.
pub(super) fn extents(op: &'static str, x: &Spec) -> Result<[usize; 3], ShapeError> {
    x.floats(op)?;
    if x.rank() < 2 || x.elem_count() == 0 {
        return Err(ShapeError::bad(op, "wants [batch, channels, …]", &x.shape));
    }
    Ok([x.shape[0], x.shape[1], x.shape[2..].iter().product()])
}

/// Sums `f` over the elements of one row, in eight strands.
pub(super) fn sum_row<T: WithDType>(x: &[T], f: impl Fn(T) -> T) -> f64 {
    let mut strands = [T::zero(); 8];
    let rows = x.chunks_exact(8);
    let mut rest = T::zero();
    rows.remainder().iter().for_each(|&v| rest += f(v));
    for row in rows {
        strands.iter_mut().zip(row).for_each(|(sum, &v)| *sum += f(v));
    }
    strands.into_iter().map(|sum| sum.to_f64()).sum::<f64>() + rest.to_f64()
}

impl Moments {
    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let [batch, channels] = [x[0].dims()[0], x[0].dims()[1]];
        let inner = x[0].elem_count() / (batch * channels);
        computed(x, y, |x: &[&[T]]| {
            let row = |n: usize, c: usize| &x[0][(n * channels + c) * inner..][..inner];
            let count = (batch * inner) as f64;
            let mut means = Vec::with_capacity(2 * channels);
            let mut variances = Vec::with_capacity(channels);
            for c in 0..channels {
                let mean = (0..batch).map(|n| sum_row(row(n, c), |v| v)).sum::<f64>() / count;
                let m = T::from_f64(mean);
                let squares = (0..batch).map(|n| sum_row(row(n, c), |v| (v - m) * (v - m))).sum::<f64>();
                means.push(m);
                variances.push(T::from_f64(squares / count));
            }
            means.extend(variances);
            means
        })
    }
}

impl Rule for Moments {
    const NAME: &'static str = "moments";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [_, channels, _] = extents(Self::NAME, x[0])?;
        Ok(Spec::new([2, channels], x[0].dtype))
    }

    rules! { form: kernel, cost: bytes }

    /// dx = dmean / M + dvar · 2 (x - mean) / M
    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let x = &x[0];
        let count = x.elem_count() / x.dims()[1];
        let row = |t: &Tensor, k| channel_row(t, k, x.rank());
        let spread = x.broadcast_sub(&row(y, 0)?)?.broadcast_mul(&row(dy, 1)?.affine(2.0 / count as f64, 0.0)?)?;
        Ok(vec![Some(spread.broadcast_add(&row(dy, 0)?.affine(1.0 / count as f64, 0.0)?)?)])
    }

    fn cases() -> Vec<Case> {
        let case = |given: Given| {
            Case::new(Moments, [given], |x| {
                let rows = x[0].transpose(0, 1)?.contiguous()?.flatten_from(1)?;
                let mean = rows.mean_keepdim(1)?;
                let var = rows.broadcast_sub(&mean)?.sqr()?.mean_keepdim(1)?;
                Host::cat(&[mean.flatten_all()?, var.flatten_all()?], 0)?.reshape((2, rows.dims()[0]))
            })
        };
        vec![
            case(Given::signed([4, 3, 5, 7])),
            case(Given::signed([3, 70, 2, 2])),
            case(Given::positive([130, 5])),
            case(Given::signed([2, 2, 33, 20])),
        ]
    }
}

impl KernelRule for Moments {
    rules! { cpu: floats }

    fn gpu(&self, x: &[&Spec], _: &Spec, _: &Traits) -> Vec<Launch> {
        by_channel(wgsl!("op/moments.wgsl"), x)
    }
}

/// A workgroup for each channel.
pub(super) fn by_channel(wgsl: &'static str, x: &[&Spec]) -> Vec<Launch> {
    let (batch, channels) = (x[0].shape[0], x[0].shape[1]);
    let inner = x[0].elem_count() / (batch * channels);
    let launch = Launch::flat(wgsl, x.len(), channels * 64, 64);
    vec![launch.constants([("BATCH", batch), ("CHANNELS", channels), ("INNER", inner)])]
}

/// Row `k` of `[2, C]` as `[1, C, 1, …]`, to broadcast over the channels of a tensor of this rank.
pub(super) fn channel_row(t: &Tensor, k: usize, rank: usize) -> Result<Tensor, ShapeError> {
    let mut shape = vec![1; rank];
    shape[1] = t.dims()[1];
    t.narrow(0, k, 1)?.reshape(shape)
}

impl Tensor {
    /// `[2, C]` of `[N, C, …]`: mean and biased variance of each channel.
    pub fn moments(&self) -> Result<Tensor, ShapeError> {
        self.then(Moments, &[])
    }
}
