//! Elements added up along one dimension at an index each: the reverse of [`super::Gather`].

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::gather::fits;
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, check_indexes, wgsl};
use candle_core::WithDType;

/// `y[…, indexes[…, i, …], …] += source[…, i, …]` along `dim`, from zeros; inputs are the U32 `indexes` and `source`, of one
/// shape. An index beyond the end is an error on the CPU; the GPU adds to the last element instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScatterAdd {
    pub dim: usize,
    /// Extent of the output along `dim`.
    pub extent: usize,
}

impl Rule for ScatterAdd {
    const NAME: &'static str = "scatter_add";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let mut y = x[1].clone();
        if y.dtype == DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::F32, got: DType::U32 });
        }
        fits(Self::NAME, &y, x[0], self.dim)?;
        if x[0].shape != y.shape || self.extent == 0 {
            return Err(ShapeError::Mismatch { op: Self::NAME, a: x[0].shape.clone(), b: y.shape });
        }
        y.shape[self.dim] = self.extent;
        Ok(y)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![None, Some(dy.gather(&x[0], self.dim)?)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |source: Given, limit: u32, dim: usize| {
            let ids = Given { spec: Spec::u32(source.spec.shape.clone()), ..Given::below([1], limit) };
            let extent = limit as usize;
            Case::new(ScatterAdd { dim, extent }, [ids, source], move |x| {
                let mut shape = x[1].dims().to_vec();
                shape[dim] = extent;
                Host::zeros(shape, x[1].dtype(), x[1].device())?.scatter_add(&x[0], &x[1], dim)
            })
        };
        vec![
            case(Given::signed([7, 4]), 10, 1),
            case(Given::signed([8, 3]), 5, 0),
            case(Given::signed([2, 9, 4]), 3, 1),
        ]
    }
}

impl KernelRule for ScatterAdd {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        fn add<T: WithDType>(x: &[Host], y: &Spec, dim: usize) -> candle_core::Result<Host> {
            let [_, extent, inner] = y.around(dim);
            let len = x[0].dims()[dim];
            let sums = with_elements(&x[0], |ids: &[u32]| {
                check_indexes(ScatterAdd::NAME, ids, extent)?;
                with_elements(&x[1], |source: &[T]| {
                    let mut sums = vec![T::zero(); y.elem_count()];
                    for (i, (&id, &v)) in ids.iter().zip(source).enumerate() {
                        sums[(i / (len * inner) * extent + id as usize) * inner + i % inner] += v;
                    }
                    sums
                })
            })??;
            from_elements(sums, y)
        }
        match y.dtype {
            DType::F32 => add::<f32>(x, y, self.dim),
            DType::F64(_) => add::<f64>(x, y, self.dim),
            DType::U32 => candle_core::bail!("scatter_add wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [_, extent, inner] = y.around(self.dim);
        vec![Launch::flat(wgsl!("op/scatter_add.wgsl"), 2, y.elem_count(), 64).constants([
            ("COUNT", y.elem_count()),
            ("EXTENT", extent),
            ("LEN", x[0].shape[self.dim]),
            ("INNER", inner),
        ])]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}

impl Tensor {
    /// This tensor, plus each element of `source` at its index along `dim`.
    pub fn scatter_add(&self, indexes: &Tensor, source: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        fits("scatter_add", self.spec(), indexes.spec(), dim)?;
        self.add(&indexes.then(ScatterAdd { dim, extent: self.dims()[dim] }, &[source])?)
    }
}
