//! Packs tensors one behind the other into one long row, each at an aligned offset. An optimiser updates the row in one dispatch.

use super::{Case, DType, Form, Given, Host, Join, Rule, ShapeError, Spec, Tensor};
use crate::graph::plan::ALIGNMENT;

/// `y = [x0…, 0…, x1…, 0…, …]`: each part starts on a multiple of 64 elements, zeros fill the gaps. Producers write
/// straight into it, and variables that only a pack reads lie in memory this way from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pack;

/// 32-bit elements from the start of one part to the next possible start.
pub const STEP: usize = ALIGNMENT / 4;

/// Where each part starts, and the length of the whole.
fn starts(lens: impl Iterator<Item = usize>) -> (Vec<usize>, usize) {
    let mut at = 0;
    let starts = lens.map(|len| {
        let start = at;
        at += len.next_multiple_of(STEP);
        start
    });
    let starts = starts.collect();
    (starts, at)
}

impl Rule for Pack {
    const NAME: &'static str = "pack";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let Some(first) = x.first() else {
            return Err(ShapeError::bad(Self::NAME, "nothing to pack", &[]));
        };
        x.iter().try_for_each(|other| other.of_type(Self::NAME, first.dtype))?;
        Ok(Spec::new([starts(x.iter().map(|x| x.elem_count())).1], first.dtype))
    }

    fn form(&self, x: &[&Spec], _: &Spec) -> Form<'_> {
        let (starts, row) = starts(x.iter().map(|x| x.elem_count()));
        Form::Join(Join { outer: 1, row, starts })
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        if dy.dtype() == DType::U32 {
            return Ok(vec![None; x.len()]);
        }
        let (starts, _) = starts(x.iter().map(|x| x.elem_count()));
        x.iter()
            .zip(starts)
            .map(|(x, start)| dy.narrow(0, start, x.elem_count())?.reshape(x.dims()).map(Some))
            .collect()
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        let padded = |x: &Host| {
            let flat = x.flatten_all()?;
            let len = flat.elem_count();
            flat.pad_with_zeros(0, 0, len.next_multiple_of(STEP) - len)
        };
        let parts = || [Given::signed([3, 5]), Given::signed([64]), Given::signed([1]), Given::signed([2, 2, 40])];
        let whole = move |x: &[Host]| Host::cat(&x.iter().map(padded).collect::<candle_core::Result<Vec<_>>>()?, 0);
        vec![
            Case::new(Pack, parts(), whole),
            Case::new(Pack, [Given::below([70], 1000).of(DType::U32)], move |x| padded(&x[0])),
        ]
    }
}

/// Packs tensors of one graph; at least one.
pub fn pack(parts: &[&Tensor]) -> Result<Tensor, ShapeError> {
    match parts.split_first() {
        Some((first, rest)) => first.then(Pack, rest),
        None => Err(ShapeError::bad(Pack::NAME, "nothing to pack", &[])),
    }
}
