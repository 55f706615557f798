//! Where along one dimension the largest or the smallest element is.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};
use candle_core::WithDType;

/// Which element is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgFn {
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

/// Index (U32) of the extreme along `dim`, which stays with extent 1; the first of equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgReduce {
    /// Which element is looked for.
    pub arg: ArgFn,
    /// The dimension that is searched.
    pub dim: usize,
}

impl ArgReduce {
    fn typed<T: WithDType>(&self, x: &Host, y: &Spec) -> candle_core::Result<Host> {
        let [_, len, inner] = Spec::new(x.dims(), y.dtype).around(self.dim);
        let found = with_elements(x, |x: &[T]| {
            let mut found = Vec::with_capacity(y.elem_count());
            for block in x.chunks_exact(len * inner) {
                for column in 0..inner {
                    let at = |k: usize| block[k * inner + column];
                    found.push((1..len).fold(0, |best, k| {
                        let better = match self.arg {
                            ArgFn::Max => at(k) > at(best),
                            ArgFn::Min => at(k) < at(best),
                        };
                        if better { k } else { best }
                    }) as u32);
                }
            }
            found
        })?;
        from_elements(found, y)
    }
}

impl Rule for ArgReduce {
    const NAME: &'static str = "arg_reduce";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let mut shape = x[0].shape.clone();
        let bad = |why: String| ShapeError::Bad { op: Self::NAME, why, got: x[0].shape.clone() };
        if x[0].elem_count() == 0 {
            return Err(bad("nothing to choose from".to_owned()));
        }
        *shape.get_mut(self.dim).ok_or_else(|| bad(format!("no dimension {}", self.dim)))? = 1;
        Ok(Spec::u32(shape))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    /// An index does not move with the values.
    fn vjp(&self, _: &[Tensor], _: &Tensor, _: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![None])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

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
        match x[0].dtype() {
            candle_core::DType::F64 => self.typed::<f64>(&x[0], y),
            candle_core::DType::U32 => self.typed::<u32>(&x[0], y),
            _ => self.typed::<f32>(&x[0], y),
        }
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
        let smallest = usize::from(self.arg == ArgFn::Min);
        vec![launch.constants([("COUNT", count), ("LEN", len), ("INNER", inner), ("SMALLEST", smallest)])]
    }

    fn takes_epilogue(&self) -> bool {
        false
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
