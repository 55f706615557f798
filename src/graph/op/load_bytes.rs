//! Examples out of a data set that lies on the device as bytes.

use super::{
    Case, Cost, DType, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, bytes_of,
    check_indexes, computed, with_elements,
};

/// The bytes of the examples at some indexes, as F32 in 0..=255: inputs are the U32 `words [examples, ⌈bytes / 4⌉]` with four
/// bytes each, the first in the lowest bits, and the U32 `indexes [batch]`; the result is `[batch, example…]`. An index beyond
/// the end is an error on the CPU; the GPU takes the last example instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBytes {
    /// Shape of one example.
    pub example: Vec<usize>,
}

impl LoadBytes {
    /// Bytes of one example.
    fn row(&self) -> usize {
        self.example.iter().product()
    }
}

impl Rule for LoadBytes {
    const NAME: &'static str = "load_bytes";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let batch = batch(Self::NAME, x, &self.example)?;
        Ok(Spec::f32([&[batch], self.example.as_slice()].concat()))
    }

    // Bytes and indexes are whole numbers: no gradient by nature.
    rules! { form: kernel, gradient: none }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(&x[1..], y) + y.elem_count() as u64 }
    }

    fn cases() -> Vec<Case> {
        let case = |example: &[usize], examples: usize, batch: usize| {
            let op = LoadBytes { example: example.to_vec() };
            let row = op.row();
            let inputs = [Given::below([examples, row.div_ceil(4)], u32::MAX), Given::below([batch], examples as u32)];
            let shape = [&[batch], example].concat();
            Case::new(op, inputs, move |x| {
                let picked = x[0].index_select(&x[1], 0)?.to_vec2::<u32>()?;
                let bytes = picked.iter().flat_map(|words| {
                    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
                    bytes.into_iter().take(row).map(f32::from)
                });
                Host::from_vec(bytes.collect::<Vec<f32>>(), shape.as_slice(), x[0].device())
            })
        };
        vec![case(&[8], 5, 3), case(&[7], 4, 9), case(&[3, 5, 5], 20, 6), case(&[1], 3, 2), case(&[28, 28], 10, 4)]
    }
}

/// The batch, where all inputs are U32, the first `[examples, words]` of such examples and the second `[batch]`.
pub(super) fn batch(op: &'static str, x: &[&Spec], example: &[usize]) -> Result<usize, ShapeError> {
    x.iter().try_for_each(|x| x.of_type(op, DType::U32))?;
    let words = example.iter().product::<usize>().div_ceil(4);
    let fits = matches!(x[0].shape[..], [examples, row] if examples > 0 && row == words && row > 0);
    match x[1].shape[..] {
        _ if !fits => Err(ShapeError::mismatch(op, example, &x[0].shape)),
        [batch] => Ok(batch),
        _ => Err(ShapeError::Rank { op, want: "1 (indexes)", got: x[1].shape.clone() }),
    }
}

impl KernelRule for LoadBytes {
    rules! { epilogue: taken }

    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let (examples, words, row) = (x[0].dims()[0], x[0].dims()[1], self.row());
        with_elements(&x[1], |ids: &[u32]| check_indexes(Self::NAME, ids, examples))??;
        computed(x, y, |x: &[&[u32]]| {
            let mut loaded = vec![0.0f32; y.elem_count()];
            for (y, &id) in loaded.chunks_exact_mut(row).zip(x[1]) {
                for (y, word) in y.chunks_mut(4).zip(&x[0][id as usize * words..][..words]) {
                    y.iter_mut().zip(word.to_le_bytes()).for_each(|(y, byte)| *y = f32::from(byte));
                }
            }
            loaded
        })
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        vec![Launch::each(wgsl!("op/load_bytes.wgsl"), 2, y.elem_count()).constants([
            ("EXAMPLES", x[0].shape[0]),
            ("WORDS", x[0].shape[1]),
            ("ROW", self.row()),
        ])]
    }
}

impl Tensor {
    /// On the U32 words of a data set: the bytes of the examples at `indexes`, as floats.
    pub fn load_bytes(&self, indexes: &Tensor, example: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError> {
        self.then(LoadBytes { example: example.into() }, &[indexes])
    }
}
