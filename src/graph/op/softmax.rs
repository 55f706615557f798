//! Softmax and its logarithm over the last dimension.

use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};
use crate::processor::lanes::larger;

/// `y_i = exp(x_i) / Σ_j exp(x_j)` along the last dimension, or the logarithm of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax {
    /// Whether the logarithm is wanted.
    pub log: bool,
}

impl Rule for Softmax {
    const NAME: &'static str = "softmax";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].floats(Self::NAME)?;
        if x[0].rank() == 0 || x[0].elem_count() == 0 {
            return Err(ShapeError::bad(Self::NAME, "rows must not be empty", &x[0].shape));
        }
        Ok(x[0].clone())
    }

    rules! { form: kernel, cost: bytes }

    fn vjp(&self, _: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let last = y.rank() - 1;
        let dx = if self.log {
            // dx = dy - softmax(x) Σ dy
            dy.broadcast_sub(&y.exp()?.broadcast_mul(&dy.sum_keepdim(last)?)?)?
        } else {
            // dx = y (dy - Σ y dy)
            y.broadcast_mul(&dy.broadcast_sub(&y.broadcast_mul(dy)?.sum_keepdim(last)?)?)?
        };
        Ok(vec![Some(dx)])
    }

    fn cases() -> Vec<Case> {
        [[1, 1], [3, 1000], [7, 257], [70, 75]]
            .into_iter()
            .flat_map(|shape| {
                let x = || [Given::signed(shape)];
                [
                    Case::new(Softmax { log: false }, x(), |x| plain_softmax(&x[0])),
                    Case::new(Softmax { log: true }, x(), |x| plain_softmax(&x[0])?.log()),
                ]
            })
            .collect()
    }
}

/// Softmax in candle's tensor operations.
fn plain_softmax(x: &Host) -> candle_core::Result<Host> {
    let last = x.rank() - 1;
    let e = x.broadcast_sub(&x.max_keepdim(last)?)?.exp()?;
    e.broadcast_div(&e.sum_keepdim(last)?)
}

impl KernelRule for Softmax {
    rules! { epilogue: taken }

    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let len = y.shape[y.rank() - 1];
        for_float!(Self::NAME, y.dtype, T => computed(x, y, |x: &[&[T]]| {
            let mut out = Vec::with_capacity(x[0].len());
            for row in x[0].chunks_exact(len) {
                // The row maximum first: exp overflows f32 above 88.7.
                let max = row.iter().copied().fold(T::MIN, larger);
                let sum: T = row.iter().map(|v| (v - max).exp()).sum();
                if self.log {
                    out.extend(row.iter().map(|v| v - max - sum.ln()));
                } else {
                    out.extend(row.iter().map(|v| (v - max).exp() / sum));
                }
            }
            out
        }))
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch> {
        let len = y.shape[y.rank() - 1];
        let rows = y.elem_count() / len;
        let launch = if device.software && rows >= 64 {
            Launch::flat(wgsl!("op/softmax_rows.wgsl"), 1, rows, 64)
        } else {
            Launch::flat(wgsl!("op/softmax.wgsl"), 1, rows * 64, 64)
        };
        vec![launch.constants([("ROWS", rows), ("LEN", len), ("LOG", usize::from(self.log))])]
    }
}

impl Tensor {
    /// Over the last dimension.
    pub fn softmax(&self) -> Result<Tensor, ShapeError> {
        self.then(Softmax { log: false }, &[])
    }

    /// Over the last dimension.
    pub fn log_softmax(&self) -> Result<Tensor, ShapeError> {
        self.then(Softmax { log: true }, &[])
    }
}
