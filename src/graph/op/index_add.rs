//! Whole slices added up along one dimension: the reverse of [`super::IndexSelect`].

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Operand, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, check_indexes, wgsl};
use candle_core::WithDType;

/// `y[…, indexes[i], …] += source[…, i, …]` along `dim`, from zeros; inputs are the list of U32 `indexes` and `source`. An
/// index beyond the end is an error on the CPU; the GPU adds to the last slice instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexAdd {
    pub dim: usize,
    /// Extent of the output along `dim`.
    pub extent: usize,
}

impl Rule for IndexAdd {
    const NAME: &'static str = "index_add";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let mut y = x[1].clone();
        if x[0].dtype != DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::U32, got: x[0].dtype });
        }
        if y.dtype == DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::F32, got: DType::U32 });
        }
        let fits = self.dim < y.rank() && self.extent > 0 && x[0].shape == [y.shape[self.dim]];
        if !fits {
            return Err(ShapeError::Mismatch { op: Self::NAME, a: x[0].shape.clone(), b: y.shape });
        }
        y.shape[self.dim] = self.extent;
        Ok(y)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![None, Some(dy.index_select(&x[0], self.dim)?)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |source: Given, extent: usize, dim: usize| {
            let ids = Given::below([source.spec.shape[dim]], extent as u32);
            Case::new(IndexAdd { dim, extent }, [ids, source], move |x| {
                let mut shape = x[1].dims().to_vec();
                shape[dim] = extent;
                Host::zeros(shape, x[1].dtype(), x[1].device())?.index_add(&x[0], &x[1], dim)
            })
        };
        vec![case(Given::signed([9, 5]), 4, 0), case(Given::signed([3, 7, 6]), 4, 1), case(Given::signed([2, 5]), 9, 1)]
    }
}

impl KernelRule for IndexAdd {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        fn add<T: WithDType>(x: &[Host], y: &Spec, dim: usize) -> candle_core::Result<Host> {
            let [_, extent, inner] = y.around(dim);
            let sums = with_elements(&x[0], |ids: &[u32]| {
                check_indexes(IndexAdd::NAME, ids, extent)?;
                with_elements(&x[1], |source: &[T]| {
                    let mut sums = vec![T::zero(); y.elem_count()];
                    for (k, slice) in source.chunks_exact(inner).enumerate() {
                        let at = (k / ids.len() * extent + ids[k % ids.len()] as usize) * inner;
                        sums[at..at + inner].iter_mut().zip(slice).for_each(|(sum, &v)| *sum += v);
                    }
                    sums
                })
            })??;
            from_elements(sums, y)
        }
        match y.dtype {
            DType::F32 => add::<f32>(x, y, self.dim),
            DType::F64(_) => add::<f64>(x, y, self.dim),
            DType::U32 => candle_core::bail!("index_add wants floating-point tensors"),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [_, extent, inner] = y.around(self.dim);
        let len = x[0].elem_count();
        let size = [("EXTENT", extent), ("LEN", len)];
        let lists = Launch::flat(wgsl!("op/index_lists.wgsl"), 1, extent + len, 64).constants(size);
        let mut sums = Launch::flat(wgsl!("op/index_add.wgsl"), 2, y.elem_count(), 64).constants(size);
        sums.operands[0] = Operand::scratch(0);
        // Else every output would look through all indexes.
        vec![lists.to_scratch(0, extent + len), sums.constants([("COUNT", y.elem_count()), ("INNER", inner)])]
    }

    fn takes_epilogue(&self) -> bool {
        true
    }
}

impl Tensor {
    /// This tensor, plus each slice of `source` at its index along `dim`.
    pub fn index_add(&self, indexes: &Tensor, source: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        let Some(&extent) = self.dims().get(dim) else {
            return Err(ShapeError::Bad {
                op: "index_add",
                why: format!("no dimension {dim}"),
                got: self.dims().to_vec(),
            });
        };
        self.add(&indexes.then(IndexAdd { dim, extent }, &[source])?)
    }
}
