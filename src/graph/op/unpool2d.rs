//! The reverse of pooling, as gathers: each input sums what the windows that cover it send back.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::windows::Windows;
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use candle_core::WithDType;

/// `dx[i] = Σ dy[o]` over the windows `o` whose index names `i`. Inputs: dy, and the index of [`super::PoolIndex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unpool2d {
    pub windows: Windows,
    /// Height and width of what was pooled.
    pub size: [usize; 2],
}

impl Unpool2d {
    fn typed<T: WithDType>(&self, dy: &Host, index: &Host, y: &Spec) -> candle_core::Result<Host> {
        let plane = self.size[0] * self.size[1];
        let windows = dy.dims()[2] * dy.dims()[3];
        let dx = with_elements(dy, |dy: &[T]| {
            with_elements(index, |index: &[u32]| -> candle_core::Result<Vec<T>> {
                let mut dx = vec![T::zero(); y.elem_count()];
                let parts = dy.chunks_exact(windows).zip(index.chunks_exact(windows));
                for (dx, (dy, index)) in dx.chunks_exact_mut(plane).zip(parts) {
                    for (&dy, &at) in dy.iter().zip(index) {
                        match dx.get_mut(at as usize) {
                            Some(dx) => *dx += dy,
                            None => candle_core::bail!("unpool2d: index {at} is beyond the {plane} that there are"),
                        }
                    }
                }
                Ok(dx)
            })
        })???;
        from_elements(dx, y)
    }
}

impl Rule for Unpool2d {
    const NAME: &'static str = "unpool2d";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [batch, channels, _, _] = x[0].nchw(Self::NAME)?;
        if x[0].dtype == DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::F32, got: DType::U32 });
        }
        if x[1].dtype != DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::U32, got: x[1].dtype });
        }
        if x[0].shape != x[1].shape {
            return Err(ShapeError::Mismatch { op: Self::NAME, a: x[0].shape.clone(), b: x[1].shape.clone() });
        }
        Ok(Spec::new([batch, channels, self.size[0], self.size[1]], x[0].dtype))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    /// What is sent back comes from where it was sent: a gather at the index.
    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (shape, index) = (x[0].dims(), &x[1]);
        let planes = shape[0] * shape[1];
        let flat = dy.reshape([planes, self.size[0] * self.size[1]])?;
        let at = index.reshape([planes, shape[2] * shape[3]])?;
        Ok(vec![Some(flat.gather(&at, 1)?.reshape(shape)?), None])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let mut cases = Vec::new();
        for (windows, [h, w], [oh, ow]) in Windows::samples() {
            // An index inside each window: the gather looks only at windows that cover the input.
            let pick = move |k: u32| {
                let (i, j) = (k as usize / ow % oh, k as usize % ow);
                let (rows, columns) = (windows.covered(0, i, h, oh), windows.covered(1, j, w, ow));
                let (r, c) = (k as usize * 7 % rows.len(), k as usize * 5 % columns.len());
                ((rows.start + r) * w + columns.start + c) as u32
            };
            let index = Given::picked([2, 3, oh, ow], pick);
            cases.push(Case::new(
                Unpool2d { windows, size: [h, w] },
                [Given::signed([2, 3, oh, ow]), index],
                move |x| {
                    let zeros = Host::zeros((6, h * w), candle_core::DType::F32, x[0].device())?;
                    let (index, dy) = (x[1].reshape((6, oh * ow))?, x[0].reshape((6, oh * ow))?);
                    zeros.scatter_add(&index, &dy, 1)?.reshape((2, 3, h, w))
                },
            ));
        }
        cases
    }
}

impl KernelRule for Unpool2d {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64(_) => self.typed::<f64>(&x[0], &x[1], y),
            DType::F32 => self.typed::<f32>(&x[0], &x[1], y),
            DType::U32 => candle_core::bail!("unpool2d wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let launch = Launch::flat(wgsl!("op/unpool2d.wgsl"), 2, y.elem_count(), 64).constants(self.windows.constants());
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
    /// The gradient of a max pooling of `x` from the gradient `self` of its output.
    pub(super) fn max_unpool2d(&self, x: &Tensor, windows: Windows) -> Result<Tensor, ShapeError> {
        let index = x.pool_index(windows, [self.dims()[2], self.dims()[3]])?;
        self.then(Unpool2d { windows, size: [x.dims()[2], x.dims()[3]] }, &[&index])
    }
}
