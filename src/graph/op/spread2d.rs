//! The reverse of summing windows: each input sums the values of the windows that cover it. The gradient of average pooling.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::windows::Windows;
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use candle_core::WithDType;

/// `dx[i] = Σ dy[o]` over the windows `o` that cover `i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread2d {
    pub windows: Windows,
    /// Height and width of the result.
    pub size: [usize; 2],
}

impl Spread2d {
    fn typed<T: WithDType>(&self, dy: &Host, y: &Spec) -> candle_core::Result<Host> {
        let [h, w] = self.size;
        let (oh, ow) = (dy.dims()[2], dy.dims()[3]);
        let rows: Vec<_> = (0..oh).map(|o| self.windows.covered(0, o, h, oh)).collect();
        let columns: Vec<_> = (0..ow).map(|o| self.windows.covered(1, o, w, ow)).collect();
        let dx = with_elements(dy, |dy: &[T]| {
            let mut dx = vec![T::zero(); y.elem_count()];
            for (dx, dy) in dx.chunks_exact_mut(h * w).zip(dy.chunks_exact(oh * ow)) {
                for (rows, dy) in rows.iter().zip(dy.chunks_exact(ow)) {
                    for (columns, &dy) in columns.iter().zip(dy) {
                        for r in rows.clone() {
                            dx[r * w..][columns.clone()].iter_mut().for_each(|dx| *dx += dy);
                        }
                    }
                }
            }
            dx
        })?;
        from_elements(dx, y)
    }
}

impl Rule for Spread2d {
    const NAME: &'static str = "spread2d";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [batch, channels, _, _] = x[0].nchw(Self::NAME)?;
        if x[0].dtype == DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::F32, got: DType::U32 });
        }
        Ok(Spec::new([batch, channels, self.size[0], self.size[1]], x[0].dtype))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    /// Each window's value goes to every input it covers: its gradient is their sum.
    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let [oh, ow] = [x[0].dims()[2], x[0].dims()[3]];
        Ok(vec![Some(self.windows.sums(dy, [oh, ow])?)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let mut cases = Vec::new();
        for (windows, [h, w], [oh, ow]) in Windows::samples() {
            cases.push(Case::new(Spread2d { windows, size: [h, w] }, [Given::signed([2, 3, oh, ow])], move |x| {
                let mut dx = Host::zeros((2, 3, h, w), candle_core::DType::F32, x[0].device())?;
                for (i, j) in (0..oh).flat_map(|i| (0..ow).map(move |j| (i, j))) {
                    let (rows, columns) = (windows.covered(0, i, h, oh), windows.covered(1, j, w, ow));
                    let one = x[0].narrow(2, i, 1)?.narrow(3, j, 1)?;
                    let part = one.broadcast_as((2, 3, rows.len(), columns.len()))?.contiguous()?;
                    let part = part.pad_with_zeros(2, rows.start, h - rows.end)?;
                    dx = (dx + part.pad_with_zeros(3, columns.start, w - columns.end)?)?;
                }
                Ok(dx)
            }));
        }
        cases
    }
}

impl KernelRule for Spread2d {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64(_) => self.typed::<f64>(&x[0], y),
            DType::F32 => self.typed::<f32>(&x[0], y),
            DType::U32 => candle_core::bail!("spread2d wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let launch = Launch::flat(wgsl!("op/spread2d.wgsl"), 1, y.elem_count(), 64).constants(self.windows.constants());
        vec![launch.constants([
            ("COUNT", y.elem_count()),
            ("H", self.size[0]),
            ("W", self.size[1]),
            ("OH", x[0].shape[2]),
            ("OW", x[0].shape[3]),
        ])]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}

impl Tensor {
    /// The gradient of summing windows over a plane of `size`.
    pub(super) fn spread2d(&self, windows: Windows, size: [usize; 2]) -> Result<Tensor, ShapeError> {
        self.then(Spread2d { windows, size }, &[])
    }
}
