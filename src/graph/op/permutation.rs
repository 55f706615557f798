//! A part of a random order of 0..len, computed place by place: shuffling without a table.

use super::super::host::{from_elements, with_elements};
use super::super::launch::{Launch, Traits};
use super::super::{DType, Host, ShapeError, Spec, Tensor};
use super::threefry::threefry2x32;
use super::{Case, Cost, Form, Given, KernelRule, Rule, bytes_of, wgsl};

/// `count` (U32) neighbours of a random order of `0..len`, from the U32 input `[3]`: seed, epoch, and the place of the first.
/// Places from `len` on wrap round.
///
/// A Feistel network (Luby & Rackoff 1988) over the next even number of bits, with Threefry for its round function; what falls
/// outside `0..len` goes through it again (cycle walking; Black & Rogaway 2002).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permutation {
    pub len: usize,
    pub count: usize,
}

/// Four make a permutation pseudo-random when halves are wide; small sets have narrow ones.
const ROUNDS: u32 = 8;

impl Permutation {
    /// Bits of each half of the network.
    fn half(&self) -> u32 {
        let bits = usize::BITS - (self.len - 1).leading_zeros();
        bits.div_ceil(2)
    }

    fn at(&self, key: [u32; 2], place: u32) -> u32 {
        let half = self.half();
        let mask = (1u32 << half) - 1;
        let mut v = place;
        loop {
            let (mut left, mut right) = (v >> half, v & mask);
            for round in 0..ROUNDS {
                (left, right) = (right, left ^ (threefry2x32(key, [round, right])[0] & mask));
            }
            v = left << half | right;
            if (v as usize) < self.len {
                return v;
            }
        }
    }

    fn place(&self, first: u32, i: usize) -> u32 {
        ((first as usize % self.len + i % self.len) % self.len) as u32
    }
}

impl Rule for Permutation {
    const NAME: &'static str = "permutation";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        if x[0].dtype != DType::U32 {
            return Err(ShapeError::Type { op: Self::NAME, want: DType::U32, got: x[0].dtype });
        }
        if x[0].shape != [3] {
            return Err(ShapeError::Mismatch { op: Self::NAME, a: vec![3], b: x[0].shape.clone() });
        }
        // Twice 15 bits, so that no sum of two places overflows.
        if self.len == 0 || self.len > 1 << 30 {
            let why = format!("1 to 2³⁰ things can be shuffled, not {}", self.len);
            return Err(ShapeError::Bad { op: Self::NAME, why, got: x[0].shape.clone() });
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
        let case = |len: usize, count: usize| {
            let op = Permutation { len, count };
            Case::new(op, [Given::below([3], u32::MAX)], move |x| {
                // The whole order as a table, then the part of it.
                let input = x[0].to_vec1::<u32>()?;
                let mut table: Vec<u32> = (0..len as u32).map(|place| op.at([input[0], input[1]], place)).collect();
                table.rotate_left(input[2] as usize % len);
                let part: Vec<u32> = table.iter().copied().cycle().take(count).collect();
                Host::from_vec(part, count, x[0].device())
            })
        };
        vec![case(1, 5), case(2, 2), case(3, 7), case(17, 17), case(1000, 64), case(1000, 2100), case(50_000, 128)]
    }
}

impl KernelRule for Permutation {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let order = with_elements(&x[0], |input: &[u32]| {
            let key = [input[0], input[1]];
            (0..self.count).map(|i| self.at(key, self.place(input[2], i))).collect()
        })?;
        from_elements::<u32>(order, y)
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        vec![Launch::flat(wgsl!("op/permutation.wgsl"), 1, y.elem_count(), 64).constants([
            ("COUNT", y.elem_count()),
            ("SIZE", self.len),
            ("HALF", self.half() as usize),
            ("ROUNDS", ROUNDS as usize),
        ])]
    }

    fn takes_epilogue(&self) -> bool {
        false
    }
}

impl Tensor {
    /// On a U32 `[3]` of seed, epoch and first place: `count` neighbours of that epoch's order of `0..len`.
    pub fn permutation(&self, len: usize, count: usize) -> Result<Tensor, ShapeError> {
        self.then(Permutation { len, count }, &[])
    }
}
