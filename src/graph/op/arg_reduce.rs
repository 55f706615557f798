//! Where along one dimension the largest or the smallest element is.

use super::{Case, DType, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed, dtype_of};
use crate::processor::lanes::{is_nan, larger, smaller};
use candle_core::WithDType;

/// The element to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgFn {
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

/// Index (U32) of the extreme along `dim`, which stays with extent 1; the first of equals, and the first NaN where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgReduce {
    /// The element to find.
    pub arg: ArgFn,
    /// The dimension that is searched.
    pub dim: usize,
}

impl ArgReduce {
    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let [_, len, inner] = Spec::new(x[0].dims(), y.dtype).around(self.dim);
        computed(x, y, |x: &[&[T]]| {
            let mut found = Vec::with_capacity(y.elem_count());
            for block in x[0].chunks_exact(len * inner) {
                for column in 0..inner {
                    let at = |k: usize| block[k * inner + column];
                    found.push((1..len).fold(0, |best, k| {
                        let joined = match self.arg {
                            ArgFn::Max => larger(at(best), at(k)),
                            ArgFn::Min => smaller(at(best), at(k)),
                        };
                        // NaN is the extreme of all, the first one.
                        if is_nan(at(best)) || joined == at(best) { best } else { k }
                    }) as u32);
                }
            }
            found
        })
    }
}

impl Rule for ArgReduce {
    const NAME: &'static str = "arg_reduce";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let mut shape = x[0].shape.clone();
        let bad = |why: String| ShapeError::bad(Self::NAME, why, &x[0].shape);
        if x[0].elem_count() == 0 {
            return Err(bad("nothing to choose from".to_owned()));
        }
        *shape.get_mut(self.dim).ok_or_else(|| bad(format!("no dimension {}", self.dim)))? = 1;
        Ok(Spec::u32(shape))
    }

    // An index does not move with the values.
    rules! { form: kernel, gradient: none, cost: bytes }

    fn cases() -> Vec<Case> {
        let (max, min) = (|dim| ArgReduce { arg: ArgFn::Max, dim }, |dim| ArgReduce { arg: ArgFn::Min, dim });
        let x = || [Given::signed([3, 4, 5])];
        // Few different values in long rows: ties everywhere.
        let ties = || [Given::whole([3, 700], 5)];
        vec![
            Case::new(max(2), x(), |x| x[0].argmax_keepdim(2)),
            Case::new(max(0), x(), |x| x[0].argmax_keepdim(0)),
            Case::new(min(1), x(), |x| x[0].argmin_keepdim(1)),
            Case::new(max(1), ties(), |x| x[0].argmax_keepdim(1)),
            Case::new(min(1), ties(), |x| x[0].argmin_keepdim(1)),
            Case::new(min(0), ties(), |x| x[0].argmin_keepdim(0)),
            Case::new(max(1), [Given::below([7, 9], 4)], |x| x[0].argmax_keepdim(1)),
            Case::new(max(0), [Given::below([300, 2], 1000)], |x| x[0].argmax_keepdim(0)),
        ]
    }
}

impl KernelRule for ArgReduce {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        for_type!(dtype_of(&x[0])?, T => self.typed::<T>(x, y))
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch> {
        let [_, len, inner] = x[0].around(self.dim);
        let count = y.elem_count();
        // A workgroup per output where there are few outputs of many terms each.
        let mut launch = if len >= 256 && (!device.software || count < 64) {
            Launch::flat(wgsl!("op/arg_reduce_tree.wgsl"), 1, count * 64, 64)
        } else {
            Launch::flat(wgsl!("op/arg_reduce.wgsl"), 1, count, 64)
        };
        if x[0].dtype == DType::U32 {
            launch.slots.push(("element", "alias Element = u32;\n".into()));
        }
        let (smallest, floats) = (usize::from(self.arg == ArgFn::Min), usize::from(x[0].dtype != DType::U32));
        let constants = [("COUNT", count), ("LEN", len), ("INNER", inner), ("SMALLEST", smallest), ("FLOATS", floats)];
        vec![launch.constants(constants)]
    }
}

impl Tensor {
    /// Index (U32) of the largest element along `dim`, which stays with extent 1; the first of equals.
    pub fn argmax_keepdim(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.then(ArgReduce { arg: ArgFn::Max, dim }, &[])
    }

    /// [`Tensor::argmax_keepdim`] without the dimension.
    pub fn argmax(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.argmax_keepdim(dim)?.squeeze(dim)
    }

    /// Index (U32) of the smallest element along `dim`, which stays with extent 1; the first of equals.
    pub fn argmin_keepdim(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.then(ArgReduce { arg: ArgFn::Min, dim }, &[])
    }

    /// [`Tensor::argmin_keepdim`] without the dimension.
    pub fn argmin(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.argmin_keepdim(dim)?.squeeze(dim)
    }
}
