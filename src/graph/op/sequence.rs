//! Neighbours in order: the places from a first one that is known only at run time.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};

/// `y[i] = min(first + i, last)`, `count` of U32, from the U32 input `[1]`: the first. What would lie beyond the last is the
/// last again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// The largest value.
    pub last: u32,
    /// Elements of the result.
    pub count: usize,
}

impl Rule for Sequence {
    const NAME: &'static str = "sequence";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        if x[0].dtype != DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::U32, got: x[0].dtype });
        }
        if x[0].shape != [1] {
            return Err(ShapeError::Mismatch { op: Self::NAME, a: vec![1], b: x[0].shape.clone() });
        }
        Ok(Spec::u32([self.count]))
    }

    fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
        Form::Kernel(self)
    }

    /// Whole numbers from whole numbers: no gradient by nature.
    fn vjp(&self, _: &[Tensor], _: &Tensor, _: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        Ok(vec![None])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let case = |first: u32, last: u32, count: usize| {
            Case::new(Sequence { last, count }, [Given::picked([1], move |_| first)], move |x| {
                Host::arange(first, first + count as u32, x[0].device())?.minimum(last)
            })
        };
        vec![case(0, 9, 10), case(7, 9, 10), case(500, 1_000_000, 250), case(9, 3, 4)]
    }
}

impl KernelRule for Sequence {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let places = with_elements(&x[0], |first: &[u32]| {
            (0..self.count as u32).map(|i| first[0].saturating_add(i).min(self.last)).collect()
        })?;
        from_elements::<u32>(places, y)
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        vec![
            Launch::flat(wgsl!("op/sequence.wgsl"), 1, y.elem_count(), 64)
                .constants([("COUNT", y.elem_count()), ("LAST", self.last as usize)]),
        ]
    }

    fn takes_epilogue(&self) -> bool {
        false
    }
}

impl Tensor {
    /// On a U32 `[1]`: it and the numbers after it, `count` in all, none beyond `last`.
    pub fn sequence(&self, count: usize, last: u32) -> Result<Tensor, ShapeError> {
        self.then(Sequence { last, count }, &[])
    }
}
