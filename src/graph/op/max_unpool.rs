//! The gradient of max pooling: what came out of each window goes back to where its maximum was.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::windows::{Strided, Windows};
use super::{Case, Cost, Fill, Form, Given, KernelRule, Rule, bytes_of, check_indexes, wgsl};
use candle_core::WithDType;

/// `y[i] = Σ x[o]` over the windows `o` whose index is `i`, plane by plane. Inputs are the U32 `indexes`, each a place inside
/// its window as [`super::PoolIndex`] finds it, and `x` of the same shape. On the CPU an index beyond the plane is an error;
/// the GPU looks at the windows around each place alone, and leaves others out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxUnpool {
    pub windows: Windows,
    /// Height and width of the output.
    pub size: [usize; 2],
}

impl MaxUnpool {
    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let (from, to) = (x[1].dims()[2] * x[1].dims()[3], self.size[0] * self.size[1]);
        let sums = with_elements(&x[0], |ids: &[u32]| {
            check_indexes(Self::NAME, ids, to)?;
            with_elements(&x[1], |x: &[T]| {
                let mut sums = vec![T::zero(); y.elem_count()];
                let planes = x.chunks_exact(from).zip(ids.chunks_exact(from));
                for ((x, ids), sums) in planes.zip(sums.chunks_exact_mut(to)) {
                    for (&x, &id) in x.iter().zip(ids) {
                        sums[id as usize] += x;
                    }
                }
                sums
            })
        })??;
        from_elements(sums, y)
    }
}

impl Rule for MaxUnpool {
    const NAME: &'static str = "max_unpool";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        if x[0].dtype != DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::U32, got: x[0].dtype });
        }
        if x[0].shape != x[1].shape {
            return Err(ShapeError::Mismatch { op: Self::NAME, a: x[0].shape.clone(), b: x[1].shape.clone() });
        }
        self.windows.inputs(Self::NAME, x[1], self.size)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // dx[o] = dy[index[o]]
        let dx = dy.flatten_from(2)?.gather(&x[0].flatten_from(2)?, 2)?.reshape(x[1].dims())?;
        Ok(vec![None, Some(dx)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let strided = |kernel, stride, padding| {
            Windows::Strided(Strided { kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2], ceil: false })
        };
        let case = |windows: Windows, size: [usize; 2], [oh, ow]: [usize; 2], places: &'static [u32]| {
            let ids = Given { spec: Spec::u32([2, 3, oh, ow]), fill: Fill::Cycle(places) };
            Case::new(MaxUnpool { windows, size }, [ids, Given::signed([2, 3, oh, ow])], move |x| {
                Host::zeros((2, 3, size[0] * size[1]), x[1].dtype(), x[1].device())?
                    .scatter_add(&x[0].flatten_from(2)?, &x[1].flatten_from(2)?, 2)?
                    .reshape((2, 3, size[0], size[1]))
            })
        };
        // Places inside the windows, several windows with the same one where they overlap.
        vec![
            case(strided(2, 2, 0), [4, 6], [2, 3], &[0, 9, 11, 19, 14, 16]),
            case(strided(3, 2, 0), [5, 5], [2, 2], &[12, 12, 12, 23]),
            case(strided(3, 2, 1), [4, 4], [2, 2], &[5, 6, 5, 15]),
            case(strided(3, 1, 1), [2, 3], [2, 3], &[1, 1, 1, 4, 1, 5]),
            case(Windows::Adaptive([3, 2]), [4, 3], [3, 2], &[4, 4, 4, 5, 7, 11]),
            case(Windows::Adaptive([3, 4]), [2, 2], [3, 4], &[0, 0, 1, 1, 2, 0, 3, 1, 2, 2, 3, 3]),
        ]
    }
}

impl KernelRule for MaxUnpool {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        match y.dtype {
            DType::F64 => self.typed::<f64>(x, y),
            DType::F32 => self.typed::<f32>(x, y),
            DType::U32 => candle_core::bail!("max_unpool wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let launch = Launch::flat(wgsl!("op/max_unpool.wgsl"), 2, y.elem_count(), 64);
        vec![launch.constants([("COUNT", y.elem_count())]).constants(self.windows.constants(&y.shape, &x[1].shape))]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}
