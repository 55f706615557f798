//! Whole slices picked along one dimension: rows of an embedding, a shuffled batch.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::{Case, Cost, Form, Given, IndexAdd, KernelRule, Rule, bytes_of, check_indexes, wgsl};
use candle_core::WithDType;

/// `y[…, i, …] = x[…, indexes[i], …]` along `dim`, with one list of U32 `indexes` for all. An index beyond the end is an error
/// on the CPU; the GPU takes the last slice instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexSelect {
    pub dim: usize,
}

impl Rule for IndexSelect {
    const NAME: &'static str = "index_select";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        if x[1].dtype != DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::U32, got: x[1].dtype });
        }
        let &[count] = x[1].shape.as_slice() else {
            return Err(ShapeError::Rank { op: Self::NAME, want: "1 (indexes)", got: x[1].shape.clone() });
        };
        if self.dim >= x[0].rank() || x[0].elem_count() == 0 {
            let why = format!("nothing to pick from along dimension {}", self.dim);
            return Err(ShapeError::Bad { op: Self::NAME, why, got: x[0].shape.clone() });
        }
        let mut y = x[0].clone();
        y.shape[self.dim] = count;
        Ok(y)
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // dx[…, indexes[i], …] += dy[…, i, …]
        let add = IndexAdd { dim: self.dim, extent: x[0].dims()[self.dim] };
        Ok(vec![if x[0].dtype() == DType::U32 { None } else { Some(x[1].then(add, &[dy])?) }, None])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(&x[1..], y) + y.size_bytes() as u64 }
    }

    fn cases() -> Vec<Case> {
        let case = |x: Given, ids: Given, dim: usize| {
            Case::new(IndexSelect { dim }, [x, ids], move |x| x[0].index_select(&x[1], dim))
        };
        vec![
            case(Given::signed([9, 5]), Given::below([4], 9), 0),
            case(Given::signed([3, 4, 6]), Given::below([7], 4), 1),
            case(Given::signed([2, 5]), Given::below([6], 5), 1),
            case(Given::below([6, 3], 1000), Given::below([5], 6), 0),
        ]
    }
}

impl KernelRule for IndexSelect {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        fn pick<T: WithDType>(x: &[Host], y: &Spec, dim: usize) -> candle_core::Result<Host> {
            let extent = x[0].dims()[dim];
            let [_, _, inner] = y.around(dim);
            let picked = with_elements(&x[1], |ids: &[u32]| {
                check_indexes(IndexSelect::NAME, ids, extent)?;
                with_elements(&x[0], |x: &[T]| {
                    let mut picked = Vec::with_capacity(y.elem_count());
                    for block in x.chunks_exact(extent * inner) {
                        ids.iter().for_each(|&id| picked.extend_from_slice(&block[id as usize * inner..][..inner]));
                    }
                    picked
                })
            })??;
            from_elements(picked, y)
        }
        match y.dtype {
            DType::F32 => pick::<f32>(x, y, self.dim),
            DType::F64(_) => pick::<f64>(x, y, self.dim),
            DType::U32 => pick::<u32>(x, y, self.dim),
        }
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [_, len, inner] = y.around(self.dim);
        vec![Launch::flat(wgsl!("op/index_select.wgsl"), 2, y.elem_count(), 64).constants([
            ("COUNT", y.elem_count()),
            ("EXTENT", x[0].shape[self.dim]),
            ("LEN", len),
            ("INNER", inner),
        ])]
    }

    fn takes_epilogue(&self) -> bool {
        false
    }
}

impl Tensor {
    pub fn index_select(&self, indexes: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        self.then(IndexSelect { dim }, &[indexes])
    }
}
