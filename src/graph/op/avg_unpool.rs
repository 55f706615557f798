//! The gradient of average pooling: what came out of each window goes back in equal shares to all that it holds.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::adaptive_pool2d::{AdaptiveFn, AdaptivePool2d};
use super::pool2d::{Pool2d, PoolFn};
use super::windows::{Windows, samples};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use candle_core::WithDType;

/// `y[i] = Σ x[o] / n_o` over the windows `o` that hold input `i`, each of `n_o` places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgUnpool {
    pub windows: Windows,
    /// Padding counts in `n_o`, or not at all.
    pub count_padding: bool,
    /// Height and width of the output.
    pub size: [usize; 2],
}

impl AvgUnpool {
    fn typed<T: WithDType>(&self, x: &Host, y: &Spec) -> candle_core::Result<Host> {
        let ([h, w], oh, ow) = (self.size, x.dims()[2], x.dims()[3]);
        let (rows, columns) = (self.windows.taps(0, h, oh), self.windows.taps(1, w, ow));
        let high = self.windows.counted(0, h, oh, self.count_padding);
        let wide = self.windows.counted(1, w, ow, self.count_padding);
        let sums = with_elements(x, |x: &[T]| {
            let mut sums = vec![T::zero(); y.elem_count()];
            for (x, sums) in x.chunks_exact(oh * ow).zip(sums.chunks_exact_mut(h * w)) {
                for ((rows, high), x) in rows.iter().zip(&high).zip(x.chunks_exact(ow)) {
                    for ((taps, wide), &x) in columns.iter().zip(&wide).zip(x) {
                        let share = x / T::from_f64((high * wide) as f64);
                        for row in sums[rows.start * w..rows.end * w].chunks_exact_mut(w) {
                            row[taps.clone()].iter_mut().for_each(|sum| *sum += share);
                        }
                    }
                }
            }
            sums
        })?;
        from_elements(sums, y)
    }
}

impl Rule for AvgUnpool {
    const NAME: &'static str = "avg_unpool";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        self.windows.inputs(Self::NAME, x[0], self.size)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    /// The reverse of averaging is linear: its gradient is the average again.
    fn vjp(&self, _: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![Some(match self.windows {
            Windows::Adaptive(size) => dy.then(AdaptivePool2d { pool: AdaptiveFn::Avg, size }, &[])?,
            Windows::Strided(s) => {
                let pool = PoolFn::Avg { count_padding: self.count_padding };
                let (kernel, stride, padding, ceil) = (s.kernel, s.stride, s.padding, s.ceil);
                dy.then(Pool2d { pool, kernel, stride, padding, ceil }, &[])?
            }
        })])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |windows: Windows, size: [usize; 2], count_padding: bool| {
            let [h, w] = size;
            let [oh, ow] = windows.outputs("test", &Spec::f32([2, 3, h, w])).unwrap_or_default();
            let (rows, columns) = (windows.taps(0, h, oh), windows.taps(1, w, ow));
            let counted = [0, 1].map(|d| windows.counted(d, size[d], [oh, ow][d], count_padding));
            Case::new(AvgUnpool { windows, count_padding, size }, [Given::signed([2, 3, oh, ow])], move |x| {
                let mut y = Host::zeros((2, 3, h, w), x[0].dtype(), x[0].device())?;
                for (i, rows) in rows.iter().enumerate() {
                    for (j, columns) in columns.iter().enumerate() {
                        let share = (x[0].narrow(2, i, 1)?.narrow(3, j, 1)? / (counted[0][i] * counted[1][j]) as f64)?;
                        let part = share.broadcast_as((2, 3, rows.len(), columns.len()))?.contiguous()?;
                        let part = part.pad_with_zeros(2, rows.start, h - rows.end)?;
                        y = (y + part.pad_with_zeros(3, columns.start, w - columns.end)?)?;
                    }
                }
                Ok(y)
            })
        };
        let mut cases: Vec<Case> = samples().into_iter().map(|(windows, size)| case(windows, size, false)).collect();
        let strided = |(windows, _): &(Windows, [usize; 2])| matches!(windows, Windows::Strided(_));
        cases.extend(samples().into_iter().filter(strided).map(|(windows, size)| case(windows, size, true)));
        cases
    }
}

impl KernelRule for AvgUnpool {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64 => self.typed::<f64>(&x[0], y),
            DType::F32 => self.typed::<f32>(&x[0], y),
            DType::U32 => candle_core::bail!("avg_unpool wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let launch = Launch::flat(wgsl!("op/avg_unpool.wgsl"), 1, y.elem_count(), 64);
        let counts = [("COUNT", y.elem_count()), ("COUNT_PADDING", usize::from(self.count_padding))];
        vec![launch.constants(counts).constants(self.windows.constants(&y.shape, &x[0].shape))]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}
