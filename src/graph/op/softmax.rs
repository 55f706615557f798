//! Softmax and its logarithm over the last dimension.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};

/// `y_i = exp(x_i) / Σ_j exp(x_j)` along the last dimension, or the logarithm of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax {
    /// Whether the logarithm is wanted.
    pub log: bool,
}

macro_rules! float_rule {
    ($name:ident, $t:ty) => {
        fn $name(&self, x: &Host, y: &Spec) -> candle_core::Result<Host> {
            let len = y.shape[y.rank() - 1];
            let out = with_elements(x, |x: &[$t]| {
                let mut out = Vec::with_capacity(x.len());
                for row in x.chunks_exact(len) {
                    // The row maximum first: exp overflows f32 above 88.7.
                    let max = row.iter().copied().fold(<$t>::MIN, <$t>::max);
                    let sum: $t = row.iter().map(|v| (v - max).exp()).sum();
                    if self.log {
                        out.extend(row.iter().map(|v| v - max - sum.ln()));
                    } else {
                        out.extend(row.iter().map(|v| (v - max).exp() / sum));
                    }
                }
                out
            })?;
            from_elements(out, y)
        }
    };
}

impl Softmax {
    float_rule!(rows_f32, f32);
    float_rule!(rows_f64, f64);
}

impl Rule for Softmax {
    const NAME: &'static str = "softmax";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        if x[0].dtype == DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::F32, got: DType::U32 });
        }
        if x[0].rank() == 0 || x[0].elem_count() == 0 {
            return Err(ShapeError::Bad {
                op: Self::NAME,
                why: "rows must not be empty".to_owned(),
                got: x[0].shape.clone(),
            });
        }
        Ok(x[0].clone())
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

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

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
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
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64(_) => self.rows_f64(&x[0], y),
            DType::F32 => self.rows_f32(&x[0], y),
            DType::U32 => candle_core::bail!("softmax wants floating-point tensors"),
        }
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

    fn takes_epilogue(&self) -> bool {
        true
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
