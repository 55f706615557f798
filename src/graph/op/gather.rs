//! Elements picked along one dimension by an index each.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::{Case, Cost, Form, Given, KernelRule, Rule, ScatterAdd, bytes_of, check_indexes, wgsl};
use candle_core::WithDType;

/// `y[…, i, …] = x[…, indexes[…, i, …], …]` along `dim`; `x` and the U32 `indexes` have the same extents elsewhere. An index
/// beyond the end is an error on the CPU; the GPU takes the last element instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gather {
    pub dim: usize,
}

/// Checks that `ids` are U32 and have the extents of `x` but along `dim`.
pub(super) fn fits(op: &'static str, x: &Spec, ids: &Spec, dim: usize) -> Result<(), ShapeError> {
    if ids.dtype != DType::U32 {
        return Err(ShapeError::Type { op, want: DType::U32, got: ids.dtype });
    }
    if dim >= x.rank() {
        return Err(ShapeError::Bad { op, why: format!("no dimension {dim}"), got: x.shape.clone() });
    }
    if x.rank() != ids.rank() || (0..x.rank()).any(|d| d != dim && x.shape[d] != ids.shape[d]) {
        return Err(ShapeError::Mismatch { op, a: x.shape.clone(), b: ids.shape.clone() });
    }
    Ok(())
}

impl Rule for Gather {
    const NAME: &'static str = "gather";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        fits(Self::NAME, x[0], x[1], self.dim)?;
        if x[0].elem_count() == 0 {
            let why = "nothing to pick from".to_owned();
            return Err(ShapeError::Bad { op: Self::NAME, why, got: x[0].shape.clone() });
        }
        Ok(Spec::new(x[1].shape.clone(), x[0].dtype))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // dx[…, indexes[…, i, …], …] += dy[…, i, …]
        let scatter = ScatterAdd { dim: self.dim, extent: x[0].dims()[self.dim] };
        Ok(vec![if x[0].dtype() == DType::U32 { None } else { Some(x[1].then(scatter, &[dy])?) }, None])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(&x[1..], y) + y.size_bytes() as u64 }
    }

    fn cases() -> Vec<Case> {
        let case =
            |x: Given, ids: Given, dim: usize| Case::new(Gather { dim }, [x, ids], move |x| x[0].gather(&x[1], dim));
        vec![
            case(Given::signed([7, 10]), Given::below([7, 1], 10), 1),
            case(Given::signed([5, 3]), Given::below([8, 3], 5), 0),
            case(Given::signed([2, 6, 4]), Given::below([2, 9, 4], 6), 1),
            case(Given::below([4, 5], 1000), Given::below([4, 3], 5), 1),
        ]
    }
}

impl KernelRule for Gather {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        fn pick<T: WithDType>(x: &[Host], y: &Spec, dim: usize) -> candle_core::Result<Host> {
            let extent = x[0].dims()[dim];
            let [_, len, inner] = y.around(dim);
            let picked = with_elements(&x[1], |ids: &[u32]| {
                check_indexes(Gather::NAME, ids, extent)?;
                with_elements(&x[0], |x: &[T]| {
                    let from = |i: usize, id: u32| (i / (len * inner) * extent + id as usize) * inner + i % inner;
                    ids.iter().enumerate().map(|(i, &id)| x[from(i, id)]).collect()
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
        vec![Launch::flat(wgsl!("op/gather.wgsl"), 2, y.elem_count(), 64).constants([
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
    pub fn gather(&self, indexes: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        self.then(Gather { dim }, &[indexes])
    }
}
