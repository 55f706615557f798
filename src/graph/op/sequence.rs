//! Consecutive numbers from a first one that is known only at run time.

use super::{Case, DType, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};

/// `y[i] = min(first + i, last)`, `count` of U32, from the U32 input `[1]`: the first. Numbers beyond the last are the
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
        x[0].of_type(Self::NAME, DType::U32)?;
        if x[0].shape != [1] {
            return Err(ShapeError::mismatch(Self::NAME, &[1], &x[0].shape));
        }
        Ok(Spec::u32([self.count]))
    }

    // Whole numbers from whole numbers: no gradient by nature.
    rules! { form: kernel, gradient: none, cost: bytes }

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
        computed(x, y, |x: &[&[u32]]| {
            (0..self.count as u32).map(|i| x[0][0].saturating_add(i).min(self.last)).collect()
        })
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        vec![Launch::each(wgsl!("op/sequence.wgsl"), 1, y.elem_count()).constants([("LAST", self.last as usize)])]
    }
}

impl Tensor {
    /// On a U32 `[1]`: it and the numbers after it, `count` in all, none beyond `last`.
    pub fn sequence(&self, count: usize, last: u32) -> Result<Tensor, ShapeError> {
        self.then(Sequence { last, count }, &[])
    }
}
