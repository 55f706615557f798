//! The two sums behind the gradients of a batch norm.

use super::moments::{by_channel, channel_row, extents};
use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};
use candle_core::WithDType;

/// `[2, C]` of `a` and `b [N, C, …]` and `moments [2, C]`: per channel `Σ a`, and `Σ a (b - mean)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelSums;

impl ChannelSums {
    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let [batch, channels] = [x[0].dims()[0], x[0].dims()[1]];
        let inner = x[0].elem_count() / (batch * channels);
        computed(x, y, |x: &[&[T]]| {
            let (a, b, moments) = (x[0], x[1], x[2]);
            let mut plain = vec![0.0; channels];
            let mut products = vec![0.0; channels];
            for (k, (a, b)) in a.chunks_exact(inner).zip(b.chunks_exact(inner)).enumerate() {
                let mean = moments[k % channels];
                let mut strands = [[T::zero(); 2]; 8];
                let split = inner - inner % 8;
                for (a, b) in a[..split].chunks_exact(8).zip(b[..split].chunks_exact(8)) {
                    for (s, (&a, &b)) in strands.iter_mut().zip(a.iter().zip(b)) {
                        s[0] += a;
                        s[1] += a * (b - mean);
                    }
                }
                for (&a, &b) in a[split..].iter().zip(&b[split..]) {
                    strands[0][0] += a;
                    strands[0][1] += a * (b - mean);
                }
                plain[k % channels] += strands.iter().map(|s| s[0].to_f64()).sum::<f64>();
                products[k % channels] += strands.iter().map(|s| s[1].to_f64()).sum::<f64>();
            }
            plain.into_iter().chain(products).map(T::from_f64).collect::<Vec<T>>()
        })
    }
}

impl Rule for ChannelSums {
    const NAME: &'static str = "channel_sums";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [_, channels, _] = extents(Self::NAME, x[0])?;
        if x[1] != x[0] || x[2].shape != [2, channels] || x[2].dtype != x[0].dtype {
            return Err(ShapeError::mismatch(Self::NAME, &x[0].shape, &x[1].shape));
        }
        Ok(x[2].clone())
    }

    rules! { form: kernel, cost: bytes }

    /// With s = (s₀, s₁) the gradient of the two sums: da = s₀ + s₁ (b - mean), db = s₁ a, dmean = -s₁ Σ a.
    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (a, b, moments) = (&x[0], &x[1], &x[2]);
        let row = |t: &Tensor, k| channel_row(t, k, a.rank());
        let off = b.broadcast_sub(&row(moments, 0)?)?;
        let da = off.broadcast_mul(&row(dy, 1)?)?.broadcast_add(&row(dy, 0)?)?;
        let db = a.broadcast_mul(&row(dy, 1)?)?;
        let dmean = dy.narrow(0, 1, 1)?.mul(&y.narrow(0, 0, 1)?)?.neg()?;
        Ok(vec![Some(da), Some(db), Some(dmean.pad_with_zeros(0, 0, 1)?)])
    }

    fn cases() -> Vec<Case> {
        let case = |shape: [usize; 4]| {
            let given = [Given::signed(shape), Given::signed(shape), Given::signed([2, shape[1]])];
            Case::new(ChannelSums, given, |x| {
                let rows = |t: &Host| t.transpose(0, 1)?.contiguous()?.flatten_from(1);
                let (a, b) = (rows(&x[0])?, rows(&x[1])?);
                let off = b.broadcast_sub(&x[2].narrow(0, 0, 1)?.t()?)?;
                Host::cat(&[a.sum(1)?, (a * off)?.sum(1)?], 0)?.reshape(x[2].dims())
            })
        };
        vec![case([4, 3, 5, 7]), case([3, 70, 2, 2]), case([2, 2, 33, 20])]
    }
}

impl KernelRule for ChannelSums {
    rules! { cpu: floats }

    fn gpu(&self, x: &[&Spec], _: &Spec, _: &Traits) -> Vec<Launch> {
        by_channel(wgsl!("op/channel_sums.wgsl"), x)
    }
}
