//! The reverse of pooling: each input sums the values that the windows covering it send back. The gradients of average and max
//! pooling.

use super::windows::{Windows, planes};
use super::{
    Case, DType, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, from_elements, with_elements,
};
use candle_core::WithDType;

/// Where a window sends its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receivers {
    /// To every input that it covers.
    All,
    /// To the one that a second input names, the index of [`super::PoolIndex`].
    Indexed,
}

/// `dx[i] = Σ dy[o]` over the windows `o` that cover `i` and send to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unpool2d {
    /// The windows of the pooling.
    pub windows: Windows,
    /// Height and width of what was pooled.
    pub size: [usize; 2],
    /// Where a window sends its value.
    pub receivers: Receivers,
}

impl Unpool2d {
    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let out = [x[0].dims()[2], x[0].dims()[3]];
        let dx = with_elements(&x[0], |dy: &[T]| match self.receivers {
            Receivers::All => Ok(self.spread(dy, out, y)),
            Receivers::Indexed => with_elements(&x[1], |index: &[u32]| self.scattered(dy, index, out, y))?,
        })??;
        from_elements(dx, y)
    }

    fn spread<T: WithDType>(&self, dy: &[T], [oh, ow]: [usize; 2], y: &Spec) -> Vec<T> {
        let [h, w] = self.size;
        let rows: Vec<_> = (0..oh).map(|o| self.windows.covered(0, o, h, oh)).collect();
        let columns: Vec<_> = (0..ow).map(|o| self.windows.covered(1, o, w, ow)).collect();
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
    }

    fn scattered<T: WithDType>(
        &self,
        dy: &[T],
        index: &[u32],
        [oh, ow]: [usize; 2],
        y: &Spec,
    ) -> candle_core::Result<Vec<T>> {
        let plane = self.size[0] * self.size[1];
        let mut dx = vec![T::zero(); y.elem_count()];
        let parts = dy.chunks_exact(oh * ow).zip(index.chunks_exact(oh * ow));
        for (dx, (dy, index)) in dx.chunks_exact_mut(plane).zip(parts) {
            for (&dy, &at) in dy.iter().zip(index) {
                match dx.get_mut(at as usize) {
                    Some(dx) => *dx += dy,
                    None => candle_core::bail!("unpool2d: index {at} is beyond the {plane} that there are"),
                }
            }
        }
        Ok(dx)
    }
}

impl Rule for Unpool2d {
    const NAME: &'static str = "unpool2d";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [batch, channels, _, _] = x[0].float_nchw(Self::NAME)?;
        if self.receivers == Receivers::Indexed {
            x[1].of_type(Self::NAME, DType::U32)?;
            if x[0].shape != x[1].shape {
                return Err(ShapeError::mismatch(Self::NAME, &x[0].shape, &x[1].shape));
            }
        }
        Ok(Spec::new([batch, channels, self.size[0], self.size[1]], x[0].dtype))
    }

    rules! { form: kernel, cost: bytes }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (shape, [h, w]) = (x[0].dims(), self.size);
        match self.receivers {
            // A value goes to every input of its window: its gradient is their sum.
            Receivers::All => Ok(vec![Some(self.windows.sums(dy, [shape[2], shape[3]])?)]),
            // The gradient of a scatter is a gather at the same index.
            Receivers::Indexed => {
                let planes = shape[0] * shape[1];
                let at = x[1].reshape([planes, shape[2] * shape[3]])?;
                Ok(vec![Some(dy.reshape([planes, h * w])?.gather(&at, 1)?.reshape(shape)?), None])
            }
        }
    }

    fn cases() -> Vec<Case> {
        let mut cases = Vec::new();
        for (windows, size @ [h, w], [oh, ow]) in Windows::samples() {
            let dy = Given::signed([2, 3, oh, ow]);
            let covered = move |i, j| (windows.covered(0, i, h, oh), windows.covered(1, j, w, ow));
            cases.push(Case::new(Unpool2d { windows, size, receivers: Receivers::All }, [dy.clone()], move |x| {
                let mut dx = Host::zeros((2, 3, h, w), candle_core::DType::F32, x[0].device())?;
                for (i, j) in (0..oh).flat_map(|i| (0..ow).map(move |j| (i, j))) {
                    let (rows, columns) = covered(i, j);
                    let one = x[0].narrow(2, i, 1)?.narrow(3, j, 1)?;
                    let part = one.broadcast_as((2, 3, rows.len(), columns.len()))?.contiguous()?;
                    let part = part.pad_with_zeros(2, rows.start, h - rows.end)?;
                    dx = (dx + part.pad_with_zeros(3, columns.start, w - columns.end)?)?;
                }
                Ok(dx)
            }));
            // An index inside each window: the GPU looks only at windows that cover the input.
            let index = Given::picked([2, 3, oh, ow], move |k: u32| {
                let (rows, columns) = covered(k as usize / ow % oh, k as usize % ow);
                let (r, c) = (k as usize * 7 % rows.len(), k as usize * 5 % columns.len());
                ((rows.start + r) * w + columns.start + c) as u32
            });
            cases.push(Case::new(Unpool2d { windows, size, receivers: Receivers::Indexed }, [dy, index], move |x| {
                let zeros = Host::zeros((6, h * w), candle_core::DType::F32, x[0].device())?;
                let (index, dy) = (x[1].reshape((6, oh * ow))?, x[0].reshape((6, oh * ow))?);
                zeros.scatter_add(&index, &dy, 1)?.reshape((2, 3, h, w))
            }));
        }
        cases
    }
}

impl KernelRule for Unpool2d {
    rules! { epilogue: taken, cpu: floats }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let wgsl = match self.receivers {
            Receivers::All => wgsl!("op/unpool2d_all.wgsl"),
            Receivers::Indexed => wgsl!("op/unpool2d_indexed.wgsl"),
        };
        let launch = Launch::each(wgsl, x.len(), y.elem_count()).constants(self.windows.constants());
        vec![launch.constants(planes(&y.shape, &x[0].shape))]
    }
}

impl Tensor {
    /// The gradient of summing windows over a plane of `size`.
    pub(super) fn sum_unpool2d(&self, windows: Windows, size: [usize; 2]) -> Result<Tensor, ShapeError> {
        self.then(Unpool2d { windows, size, receivers: Receivers::All }, &[])
    }

    /// The gradient of a max pooling of `x` from the gradient `self` of its output.
    pub(super) fn max_unpool2d(&self, x: &Tensor, windows: Windows) -> Result<Tensor, ShapeError> {
        let index = x.pool_index(windows, [self.dims()[2], self.dims()[3]])?;
        let unpool = Unpool2d { windows, size: [x.dims()[2], x.dims()[3]], receivers: Receivers::Indexed };
        self.then(unpool, &[&index])
    }
}
